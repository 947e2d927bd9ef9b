"""Records in and out of plain data, cell by cell under the policy. Every surface goes through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine import policy, signatures, values
from app.engine.audit import AuditEntry
from app.engine.current import trusted
from app.engine.custom import Custom
from app.engine.errors import Conflict, Forbidden, Invalid, Refused
from app.engine.fields import Field, Link, fields_of
from app.engine.record import Record
from app.engine.rules import Level
from app.engine.wanted import wrong as unfit


def present(record: Any, names: list[str] | None = None) -> dict[str, Any]:
    """The cells the actor may see, for JSON; the others are left out, not blanked."""
    return present_all([record], names)[0]


def present_all(records: list[Any], names: list[str] | None = None) -> list[dict[str, Any]]:
    """The same of many records of one type: what rows that the actor has alike rights on have in common is worked out once."""
    made, called = [], dict[tuple[type, int], Any]()
    plans = dict[int, tuple[Mapping[str, Level], list[tuple[str, Field, Level, bool]]]]()
    for record in records:
        model, levels = type(record), policy.levels(record)
        if id(levels) not in plans:  # the levels are kept beside, so that no others can be at their place
            fields = fields_of(model)
            seen = [(n, fields[n], levels[n]) for n in names or policy.readable(model) if levels[n] > Level.NONE]
            as_it_is = ("text", "note", "choice", "flag", "whole", "tags", "rating")
            plans[id(levels)] = levels, [(n, f, has, has > Level.MASKED and f.kind(model, n) in as_it_is) for n, f, has in seen]
        found: dict[str, Any] = {"id": record.id, "version": record.version}
        for name, field, level, bare in plans[id(levels)][1]:
            if bare:
                found[name] = field.read(record, name)
                continue
            has, value = told(record, name, field, level)
            if isinstance(value, Record):
                slot = type(value), value.id
                found[name] = dict(called.get(slot) or called.setdefault(slot, plain(value)))
            elif has > Level.NONE:
                found[name] = plain(value)
        made.append(found)
    return made


def value_of(record: Any, name: str, levels: Mapping[str, Level] | None = None) -> tuple[Level, Any]:
    """One cell as the actor may see it: his level, and the value, its mask, or None. For many cells of a row, pass its levels."""
    return told(record, name, fields_of(type(record))[name], (levels or policy.levels(record))[name])


def told(record: Any, name: str, field: Field, has: Level) -> tuple[Level, Any]:
    """The same for whoever has the field and its level in hand."""
    if has == Level.NONE:
        return has, None
    value = field.read(record, name)
    if isinstance(field, Link) and (getattr(record, field.via) is not None if value is None else not policy.seen(value)):
        return Level.NONE, None  # there is one, in rows the actor does not see
    return has, values.mask(field.kind(type(record), name), value) if has == Level.MASKED else value


def label(record: Any) -> str:
    """What a record is called, for someone who may perhaps not read its name."""
    return str(record) if tells_name(record) else f"{type(record).__label__} {record.id}"


def tells_name(record: Any) -> bool:
    """Whether the actor may read all that ``str()`` of a record says; what is named after another one, that one's name too."""
    model, levels = type(record), policy.levels(record)
    called = model.__called__ or model.__search__[:1]
    if any(levels[n] < Level.READ for n in called):
        return False
    links = [getattr(record, n) for n in called if isinstance(fields_of(model)[n], Link)]
    return all(policy.seen(one) and tells_name(one) for one in links if one is not None)


def apply(record: Any, data: dict[str, Any], session: Session) -> Any:
    """Set what was sent and nothing else. Rights are checked here, and again at the flush.

    Raises ``Conflict`` when ``version`` is older than the record's, ``Invalid`` naming every field that is wrong.
    """
    model, data = type(record), dict(data)
    fields, new = fields_of(model), record.id is None
    opened = data.pop("version", None)
    if unknown := set(data) - {n for n in fields if policy.ceiling(model, n) > Level.NONE}:
        raise Forbidden(_("No such field, or not yours to set: %(names)s", names=", ".join(sorted(unknown))))
    if opened not in (None, "") and not new and str(opened) != str(record.version):
        raise Conflict(difference(record, data, int(opened), session))
    with session.no_autoflush:  # looking up a link would flush half of the change: two versions, two audit rows
        wrong, drawn = set_all(record, data, session, new=new)
        if new:
            empty = [n for n, f in fields.items() if f.required(model, n) and f.read(record, n) in (None, "", [])]
            needed = [n for n in empty if asked(model, n, fields[n], data)]
            wrong.update({n: _("Needed.") for n in needed if n not in wrong})
        if not wrong:
            wrong = unfit(record, data)
    if wrong:
        raise Invalid(wrong)
    for name, picture in drawn.items():  # last: what is refused leaves no picture behind
        put(record, name, signatures.keep(session, record, name, picture), new=new)
    return record


def asked(model: Any, name: str, field: Field, data: Mapping[str, Any]) -> bool:
    """Whether the lack of a needed value is the actor's to mend: not where a company's own field is not his, or begins with one."""
    return not isinstance(field, Custom) or (policy.ceiling(model, name) >= Level.FILL and (field.start is None or name in data))


def set_all(record: Any, data: dict[str, Any], session: Session, *, new: bool) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Set each cell that can be; returns what is wrong with the others, and the signatures that are yet to be kept."""
    model, wrong, drawn = type(record), dict[str, Any](), dict[str, bytes]()
    fields = fields_of(model)
    for name, sent in data.items():
        try:
            if sent and fields[name].kind(model, name) == signatures.KIND:
                drawn[name] = signatures.read(record, name, sent)
            else:
                set_one(record, name, sent, session, new=new)
        except Forbidden:
            raise
        except Refused as refused:
            wrong[name] = refused.args[0]
    return wrong, drawn


def set_one(record: Any, name: str, sent: Any, session: Session, *, new: bool) -> None:
    put(record, name, parsed(type(record), name, sent, session), new=new)


def put(record: Any, name: str, value: Any, *, new: bool) -> None:
    """Set one cell to a value that :func:`parsed` gave, if the actor may."""
    model = type(record)
    field = fields_of(model)[name]
    before = field.read(record, name)
    if value == before or (value is None and before in ("", [])):
        if new and value is None and isinstance(field, Custom) and field.start is not None:
            field.write(record, name, None)  # left empty on purpose
        return  # a form sends back what it showed; that is no change
    ceiling = policy.ceiling(model, name) >= Level.FILL
    if not (ceiling if new else policy.may_set(record, name, before)):
        raise Forbidden(
            _("“%(field)s” may be filled in once, not changed.", field=field.label)
            if policy.level(record, name) == Level.FILL
            else _("You may not change “%(field)s” here.", field=field.label)
        )
    if value is None and field.required(model, name):
        raise Refused(_("Needed."))
    check_choice(field, value, before)
    if value is record:
        raise Refused(_("Choose one from the list."))  # nothing is its own parent
    field.write(record, name, value)


def check_choice(field: Field, value: Any, before: Any = None) -> None:
    """Refuse a choice that was put away, unless it stood there before."""
    many, old = (v if isinstance(v, list) else [v] for v in (value, before))
    if field.retired and (gone := [v for v in many if v in field.retired and v not in old]):
        word = (field.choices or {}).get(gone[0], gone[0])
        raise Refused(_("“%(choice)s” was put away. Choose another one.", choice=word))


def parsed(model: Any, name: str, sent: Any, session: Session) -> Any:
    """What was sent, as a value of the field. Raises ``Refused`` in words."""
    return parser(model, name, session)(sent)


def parser(model: Any, name: str, session: Session) -> Callable[[Any], Any]:
    """:func:`parsed` for many values of one field."""
    field = fields_of(model)[name]
    kind, choices = field.kind(model, name), field.choices
    longest = getattr(getattr(model, name).property.columns[0].type, "length", None) if kind != "link" and hasattr(model, name) else None

    def parse(sent: Any) -> Any:
        value = values.read(kind, sent)
        if choices and value is not None:
            return [coded(field, v) for v in value] if isinstance(value, list) else coded(field, value)
        if longest and isinstance(value, str) and len(value) > longest:
            raise Refused(_("At most %(n)s characters.", n=longest))
        return value

    return partial(behind, session, field.target(model, name)) if isinstance(field, Link) else parse


def behind(session: Session, target: Any, sent: Any) -> Any:
    """The record that a link names by its number."""
    sent = sent.get("id") if isinstance(sent, dict) else sent
    if sent in (None, ""):
        return None
    if not str(sent).isdecimal() or int(sent) > 2**31 - 1:
        raise Refused(_("Choose one from the list."))
    return session.get(target, int(sent)) or refuse(_("There is no such record, or you may not see it."))


def coded(field: Any, value: str) -> str:
    """A code, given as such or by its word."""
    if value in field.choices:
        return value
    by_word = {str(word): code for code, word in sorted(field.choices.items(), key=lambda pair: pair[0] not in field.retired)}
    return by_word.get(value) or str(refuse(_("Choose one from the list.")))


def refuse(words: Any) -> Any:
    raise Refused(words)


def difference(record: Any, data: dict[str, Any], opened: int, session: Session) -> list[dict[str, Any]]:
    """What others changed since the actor opened the record, beside what he wants; only cells he may read."""
    with trusted("difference"):
        query = select(AuditEntry.changes).where(
            AuditEntry.model == type(record).__name__, AuditEntry.record_id == record.id, AuditEntry.made > opened
        )
        theirs = {n for changes in session.scalars(query) for n in changes}
    return [
        {"field": n, "label": str(f.label), "now": plain(f.read(record, n)), "yours": plain(data.get(n))}
        for n, f in fields_of(type(record)).items()
        if n in theirs and policy.level(record, n) >= Level.READ
    ]


def plain(value: Any) -> Any:
    """A value as JSON has it: money as text with its cents, moments in ISO 8601 with zone, links as id and label."""
    if isinstance(value, Record):
        return {"id": value.id, "label": label(value)}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, (bool, int, float, list)) else str(value)
