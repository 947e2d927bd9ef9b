"""The columns of a file that comes in: which field each is, and what its cells say, for all rows at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.engine import policy, present, signatures, vault
from app.engine.current import tenant_id
from app.engine.errors import Refused
from app.engine.fields import Link, Secret, fields_of
from app.engine.mending import mend
from app.engine.record import Record
from app.engine.rules import Level
from app.engine.trial import Fault, letter

LOCALES = ("zh", "en")
SLICE = 5000  # values of one question
KEPT = 10_000  # cells of one column that are remembered


class ImportHeading(Record):
    """What a company means by a heading that is no field's name: learned from its last import."""

    __platform__ = True
    __audited__ = False
    __unique__ = (("model", "heading"),)
    model: Mapped[str] = mapped_column()
    heading: Mapped[str] = mapped_column()
    field: Mapped[str] = mapped_column()  # empty: such a column is left out


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file is to be read: column -> field ('' leaves it out), and how its rows find the records that they are about."""

    columns: dict[int, str] = field(default_factory=dict)  # where nothing is said, the heading says it
    match: str = ""  # the field that tells which record a row is about
    mode: str = "insert"  # or update, or both


def headings(model: Any) -> dict[str, str]:
    """Every word a column may be headed with -> its field: the name in code, and the label in both languages."""
    found: dict[str, str] = {}
    for name, known in reversed(list(fields_of(model).items())):
        for locale in LOCALES:
            with force_locale(locale):
                found[plain(str(known.label))] = name
    return {**found, **{plain(name): name for name in fields_of(model)}}


def heard(session: Session, model: Any) -> dict[str, str]:
    """What the company meant by its headings before."""
    kept = select(ImportHeading.heading, ImportHeading.field).where(ImportHeading.model == model.__name__)
    return {heading: name for heading, name in session.execute(kept) if not name or name in fields_of(model)}


def remember(session: Session, model: Any, heads: list[str], columns: dict[int, str]) -> None:
    """Keep what somebody said about headings that do not say it themselves."""
    known = headings(model)
    kept = {h.heading: h for h in session.scalars(select(ImportHeading).where(ImportHeading.model == model.__name__))}
    for n, name in columns.items():
        word = plain(heads[n]) if n < len(heads) else ""
        if not word or known.get(word) == name:
            continue
        if word in kept:
            kept[word].field = name
        else:
            kept[word] = ImportHeading(model=model.__name__, heading=word[:160], field=name)
            session.add(kept[word])


def plain(word: str) -> str:
    return "".join(word.split()).strip("*").lower()


def matched(session: Session, model: Any, heads: list[str], plan: Plan) -> tuple[dict[int, str], list[str], list[Fault]]:
    """Column -> field, the headings that code alone fills, and the faults: a heading nobody knows, or not the actor's to set."""
    known, fields = headings(model) | heard(session, model), fields_of(model)
    columns: dict[int, str] = {}
    ignored: list[str] = []
    faults: list[Fault] = []
    settable = set(policy.writable(model)) - set(signatures.names(model))
    for n, head in enumerate(heads):
        name = plan.columns.get(n, known.get(plain(head)))
        if name == "" or (not head.strip() and n not in plan.columns):
            continue
        if name in fields and (fields[name].readonly or (name == "state" and model.__flow__)) and name != plan.match:
            ignored.append(head)
        elif name is None or (name not in settable and not keyed(model, name, plan)):
            faults.append(Fault(1, letter(n), head, head, str(_("No such field, or not yours to set."))))
        elif name in columns.values():
            faults.append(Fault(1, letter(n), head, head, str(_("This column is there twice."))))
        else:
            columns[n] = name
    if not columns and not faults:
        faults.append(Fault(1, "", "", "", str(_("No column of this file is a field that you may set."))))
    return columns, ignored, faults


def keyed(model: Any, name: str, plan: Plan) -> bool:
    """Whether a column only says which record a row is about; for that the field must be one that may be asked about."""
    return name == plan.match and plan.mode == "update" and name in keys(model)


def keys(model: Any) -> list[str]:
    """The fields by which a row may find its record."""
    fields = fields_of(model)
    words = [n for n in policy.comparable(model) if hasattr(model, n) and fields[n].kind(model, n) == "text"]
    return [n for n in fields if n in words or policy.findable(model, n)]


class Column:
    """One column of a file as values of its field."""

    def __init__(self, session: Session, model: Any, name: str) -> None:
        self.session, self.model, self.name, self.field = session, model, name, fields_of(model)[name]
        self.kind = self.field.kind(model, name)
        self.target: Any = self.field.target(model, name) if isinstance(self.field, Link) else None
        self.parse = present.parser(model, name, session)
        self.known: dict[str, Any] = {"": None}
        self.mended: dict[str, str] = {}  # what stands in a cell -> how it was read instead
        self.words: dict[str, str] = {}
        for locale in LOCALES if self.field.choices else ():
            with force_locale(locale):
                self.words |= {str(label): code for code, label in (self.field.choices or {}).items()}

    def learn(self, texts: set[str]) -> None:
        """Look up the records that a column of links names, all of them at once."""
        self.known |= linked(self.session, self.target, texts - {""})

    def read(self, texts: Iterable[str]) -> list[Any]:
        """A value for each cell, of a link the number of its record; a ``Refused`` stands for a cell that cannot be one."""
        known, fresh = self.known, self.missing if self.target is not None else self.fresh
        return [known[text] if text in known else fresh(text) for text in texts]

    def missing(self, text: str) -> Refused:
        found = self.known[text] = Refused(_("There is no “%(name)s”, or you may not see it.", name=text))
        return found

    def fresh(self, text: str) -> Any:
        value: Any
        try:
            sent = self.words.get(text) or mend(self.kind, text)
            value = self.parse(sent)
            if text not in self.words and sent != text and "".join(text.split()) != sent:
                self.mended[text] = sent
        except Refused as refused:
            value = refused
        if len(self.known) < KEPT:
            self.known[text] = value
        return value


def linked(session: Session, target: Any, texts: set[str]) -> dict[str, Any]:
    """Text -> the one record of that name, number or code among those the actor sees; or the refusal where there are several."""
    found: dict[str, Any] = {}
    for name in target.__search__:
        if isinstance(fields_of(target)[name], Secret) or not policy.comparable(target, [name]):
            continue
        for text, ids in holders(session, target, name, sorted(texts - found.keys())).items():
            several = Refused(_("There are several called “%(name)s”. Use a number or code.", name=text))
            found[text] = ids[0] if len(ids) == 1 else several
    return found


def holders(session: Session, model: Any, name: str, texts: list[str]) -> dict[str, list[int]]:
    """Text -> the records whose field is that, as far as the actor may know it; a question for each few thousand."""
    secret = isinstance(fields_of(model)[name], Secret)
    column = getattr(model, f"{name}_hash") if secret else getattr(model, name)
    known = policy.readable_where(model, name, Level.MASKED if secret else Level.READ)
    found: dict[str, list[int]] = {}
    for start in range(0, len(texts), SLICE):
        part = texts[start : start + SLICE]
        back = {h: t for t in part for h in vault.fingerprints(vault.normal(t), "hash", tenant_id())} if secret else {t: t for t in part}
        asked = select(column, model.id).where(column.in_(back), *([] if known is None else [known])).order_by(model.id)
        for value, pk in session.execute(asked):
            found.setdefault(back[value], []).append(pk)
    return found
