"""Rows as plain columns, for lists too long to build records of; what may be read of each is still the policy's word.

Rows that the policy cannot tell apart (same owner, store, state, and whatever its conditions look at) have one
stand-in record, and the policy is asked about that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, load_only
from sqlalchemy.orm.attributes import set_committed_value

from app.engine import guard, policy, query, values
from app.engine.clock import zone
from app.engine.custom import Custom
from app.engine.fields import Field, Link, fields_of
from app.engine.present import label
from app.engine.reach import GIVEN, names
from app.engine.rules import Level

KNOWN = 20_000  # labels of linked records that are remembered
Make = Callable[[Sequence[Any]], list[Any]]  # stored values of one field -> cells


class Holder:
    """What a custom field is read from."""

    def __init__(self, extra: Any) -> None:
        self.extra = extra


def deciding(model: Any) -> list[str]:
    """The attributes on which the level of a cell may depend, the id apart."""
    fields = fields_of(model)
    found = ["owner_id", "store_id", *([GIVEN] if hasattr(model, GIVEN) else []), *(["state"] if model.__flow__ else [])]
    for reach, _levels, _targets in policy.rules(model):
        for name in names(reach):
            field = fields.get(name)
            found.append("extra" if isinstance(field, Custom) else getattr(field, "via", name))
    return list(dict.fromkeys(found))


class Judge:
    """Answers by a row's deciding values what the actor may do with each of its cells."""

    def __init__(self, model: Any, names: list[str]) -> None:
        self.model, self.names, self.deciding = model, names, deciding(model)
        self.shared = {pk for (name, pk) in policy.shares() if name == model.__name__}
        self.loose = any(n == "extra" or (n in fields_of(model) and fields_of(model)[n].kind(model, n) == "tags") for n in self.deciding)
        self.known: dict[Any, tuple[Level, ...]] = {}

    def levels(self, pk: int, decided: tuple[Any, ...]) -> tuple[Level, ...]:
        slot = (pk if pk in self.shared else None, *(map(still, decided) if self.loose else decided))
        if slot not in self.known:
            record = stand_in(self.model, {"id": pk, **dict(zip(self.deciding, decided, strict=True))})
            self.known[slot] = tuple(policy.level(record, n) for n in self.names)
        return self.known[slot]


def still(value: Any) -> Any:
    """A value that can be a key."""
    if isinstance(value, dict):
        return tuple(sorted(value.items()))
    return tuple(value) if isinstance(value, list) else value


def stand_in(model: Any, attributes: dict[str, Any]) -> Any:
    """A record that is in no session and was never made by anybody, to be judged."""
    record = inspect(model).class_manager.new_instance()
    for name, value in attributes.items():
        set_committed_value(record, name, value)
    return record


class Labels:
    """What linked records are called, for whoever may see them; looked up for a whole page of rows at once."""

    def __init__(self, session: Session, target: Any) -> None:
        self.session, self.target, self.known = session, target, dict[int, str | None]()

    def learn(self, wanted: set[int]) -> None:
        new = {pk for pk in wanted if pk is not None} - self.known.keys()
        if not new:
            return
        if len(self.known) + len(new) > KNOWN:
            self.known.clear()
            new = {pk for pk in wanted if pk is not None}
        self.known.update(dict.fromkeys(new))  # None stays for what the actor does not see
        found = select(self.target).where(self.target.id.in_(new)).options(load_only(*query.known_by(self.target)))
        for record in self.session.scalars(found):
            self.known[record.id] = label(record)


def cells(session: Session, model: Any, names: list[str], wanted: list[Any], order: list[Any], write: bool, batch: int) -> Iterable[list[list[Any]]]:  # noqa: E501, FBT001, PLR0913, PLR0917
    """Batches of rows, each as its columns; ``write`` keeps dates and numbers what they are."""
    fields, judge = fields_of(model), Judge(model, names)
    columns: dict[str, Any] = {"id": model.id}
    columns |= {n: getattr(model, n) for n in judge.deciding}
    where = [place_of(columns, model, n, fields[n]) for n in names]
    at = {n: i for i, n in enumerate(columns)}
    decided = itemgetter(*[at[n] for n in judge.deciding])
    labels = {i: Labels(session, fields[n].target(model, n)) for i, n in enumerate(names) if isinstance(fields[n], Link)}  # type: ignore[attr-defined]
    spots = [at[w] for w in where]
    plain = [reader(model, n, fields[n], labels.get(i), real=write) for i, n in enumerate(names)]
    closed = [masker(model, n, fields[n], labels.get(i)) for i, n in enumerate(names)]
    asked = select(*columns.values()).where(*wanted).order_by(*order).execution_options(yield_per=batch)
    found = guard.plainly(session, asked)
    for rows in found.partitions(batch):
        for i, known in labels.items():
            known.learn({row[spots[i]] for row in rows})
        alike: dict[tuple[Level, ...], list[int]] = {}
        for n, row in enumerate(rows):
            alike.setdefault(judge.levels(row[0], decided(row)), []).append(n)
        made: list[list[Any]] = [[None] * len(rows) for _name in names]
        for levels, places in alike.items():
            stored = list(zip(*(rows if len(alike) == 1 else [rows[n] for n in places]), strict=True))
            for i, has in enumerate(levels):
                make = None if has == Level.NONE else closed[i] if has == Level.MASKED else plain[i]
                if make is not None and len(alike) == 1:
                    made[i] = make(stored[spots[i]])
                elif make is not None:
                    for n, value in zip(places, make(stored[spots[i]]), strict=True):
                        made[i][n] = value
        yield made


def place_of(columns: dict[str, Any], model: Any, name: str, field: Field) -> str:
    """Add what a field is read from to the columns; returns under which word."""
    word = "extra" if isinstance(field, Custom) else getattr(field, "via", name)
    columns.setdefault(word, getattr(model, word))
    return word


def each(make: Callable[[Any], Any]) -> Make:
    return lambda many: [None if value is None else make(value) for value in many]


def masker(model: Any, name: str, field: Field, labels: Labels | None) -> Make:
    kind, read = field.kind(model, name), opener(name, field)

    def masked(value: Any) -> Any:
        if labels is not None:
            return None if labels.known.get(value) is None else values.mask(kind, "x")
        value = value if read is None else read(value)
        return None if value is None else values.mask(kind, value)

    return each(masked)


def opener(name: str, field: Field) -> Callable[[Any], Any] | None:
    return (lambda extra: field.read(Holder(extra), name)) if isinstance(field, Custom) else None


def reader(model: Any, name: str, field: Field, labels: Labels | None, *, real: bool) -> Make:
    """How the stored values of a field become cells."""
    if labels is not None:
        known = labels
        return lambda many: list(map(known.known.get, many))  # asked each time: the dictionary is made anew when it is full
    kind, read = field.kind(model, name), opener(name, field)
    make = maker(model, name, field, kind, real=real)
    if read is not None:
        return each(read if make is None else lambda extra: None if (value := read(extra)) is None else make(value))
    if make is None:
        return list
    if words := worded(model, name, field) if kind != "tags" else {}:
        return lambda many: [words.get(value, value) for value in many]
    return each(make)


def worded(model: Any, name: str, field: Field) -> dict[str, str]:
    """The words for the codes of a field."""
    states = model.__flow__.states if name == "state" and model.__flow__ else {}
    return {**{c: str(w) for c, w in (field.choices or {}).items()}, **{code: str(state.label) for code, state in states.items()}}


def maker(model: Any, name: str, field: Field, kind: str, *, real: bool) -> Callable[[Any], Any] | None:  # noqa: PLR0911
    """How one value becomes a cell; None where it is one already."""
    words = worded(model, name, field)
    if kind == "tags":
        return lambda many: ", ".join(words.get(one, str(one)) for one in many) or None
    if words:
        return lambda code: words.get(code, str(code))
    if kind == "signature":
        return lambda _number: str(_("Signed"))
    if kind == "flag":
        yes, no = str(_("Yes")), str(_("No"))
        return lambda value: yes if value else no
    if kind == "moment":
        home = zone()
        if real:
            return lambda value: value.astimezone(home).replace(tzinfo=None, microsecond=0)
        return lambda value: value.astimezone(home).isoformat(" ", "minutes")[:16]
    if kind in ("money", "number"):
        return float if real else str
    if real or kind in ("text", "note", "phone", "idnumber"):
        return None
    return date_text if kind == "day" else str


def date_text(value: datetime) -> str:
    return value.isoformat()
