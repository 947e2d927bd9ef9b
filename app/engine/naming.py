"""Where a company's settings and saved questions name one choice of a field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.conditions import WORDS, Leaf, leaves, parse
from app.engine.current import tenant_id, trusted
from app.engine.dashboards import Dashboard, Tile
from app.engine.errors import Refused
from app.engine.expr.read import MARK, kept, names, walk
from app.engine.fields import Link, declared, fields_of
from app.engine.layout_versions import LayoutDraft
from app.engine.printing.language import TAG, WORD
from app.engine.printing.templates import PrintTemplate
from app.engine.record import record_named, records
from app.engine.rules import CustomField, Layout, Scope
from app.engine.views import MINE, SavedView

Place = tuple[Any, Any, str]  # what it is, its name, and the record type that it is about


def uses(session: Session, model: Any, row: CustomField, code: str) -> list[str]:
    """In words, every place that names a choice of a field, those of other record types included."""
    found: list[str] = []
    for what, title, kind in (*ruled(session, model, row, code), *questions(session, model, row.name, code)):
        of = next((r for r in records() if kind in (r.__name__, r.__tablename__)), model)
        found.append(f"{what}: {title}" + (f" ({of.__label__})" if of is not model else ""))
    said = {code} | {w for c in row.choices or [] if c["code"] == code for w in (c["zh"], c.get("en", "")) if w}
    live = [t for t in every(session, PrintTemplate) if not t.archived]
    found += [f"{_('Print template')}: {t.name}" for t in live if printed(t.body, row.name, said)]
    return list(dict.fromkeys(found))


def every(session: Session, table: Any) -> Iterable[Any]:
    return session.scalars(select(table).where(table.tenant_id == tenant_id()).order_by(table.id))


def ruled(session: Session, model: Any, row: CustomField, code: str) -> Iterator[Place]:
    """What new records begin with, rights, conditions of fields and layouts, and what the program itself goes by."""
    name = row.name
    if started(model, row, code):
        yield _("What a new record begins with"), row.label if not row.builtin else declared(model)[name].label, ""
    for scope in every(session, Scope):
        if "?" in scope.reach and asks(scope.model, scope.reach.partition("?")[2], model, name, code):
            yield _("Rows that a role reaches"), scope.role, scope.model
    for other in every(session, CustomField):
        if other.id != row.id and other.shown and conditional(other.model, other.shown, model, name, code):
            yield _("When a field is shown"), other.label, other.model
    for layout in (*every(session, Layout), *every(session, LayoutDraft)):
        rules = [text for parts in layout.shape.get("rules", {}).values() for text in parts.values()]
        if any(conditional(layout.model, text, model, name, code) for text in rules):
            yield _("Layout"), layout.role, layout.model
    for text in (*model.__shown__.values(), *model.__needed__.values()):
        if asks(model.__name__, text, model, name, code):
            yield _("A rule of the program"), text, ""


def questions(session: Session, model: Any, name: str, code: str) -> Iterator[Place]:
    """Saved views, and tiles of dashboards."""
    for view in every(session, SavedView):
        if asks(view.model, view.question, model, name, code):
            yield _("Saved view"), whose(session, view), view.model
    boards = {b.id: b for b in every(session, Dashboard)}
    for tile in every(session, Tile):
        if asks(tile.model, tile.question, model, name, code):
            yield _("Dashboard"), f"{whose(session, boards[tile.dashboard_id])} · {tile.title}", tile.model


def whose(session: Session, kept: Any) -> str:
    """A saved view or dashboard; one that is somebody's own with that name, for nobody else can change it."""
    if kept.audience != MINE:
        return str(kept.name)
    with trusted("whose it is"):
        owner = session.get(record_named("staff"), kept.owner_id)
    return f"{kept.name} · {owner}"


def started(model: Any, row: CustomField, code: str) -> bool:
    """Whether new records begin with it."""
    if not row.builtin:
        return code in (row.start if isinstance(row.start, list) else [row.start])
    default = model.__table__.c[row.builtin].default
    return default is not None and getattr(default, "arg", None) == code


def conditional(kind: str, text: str, model: Any, name: str, code: str) -> bool:
    """Whether a kept expression, or a condition as an address has it, names the choice."""
    if not text.startswith(MARK):
        return asks(kind, f"where={text}" if "=" not in text else text, model, name, code)
    if kind not in (model.__name__, model.__tablename__):
        return False
    tree = kept(text)
    return name in names(tree) and any(code in p.of for p in walk(tree) if p.op == "value")


def asks(kind: str, question: str, model: Any, name: str, code: str) -> bool:
    """Whether a written question compares the field of this record type with the choice, over links too."""
    start = next((r for r in records() if kind in (r.__name__, r.__tablename__)), None)
    if start is None:
        return False
    return any(code in leaf.value.split(",") and leads(start, leaf.path, model, name) for leaf in asked(question))


def asked(question: str) -> Iterator[Leaf]:
    for key, value in parse_qsl(question, keep_blank_values=True) if "=" in question else [("where", question)]:
        if key == "where":
            try:
                yield from leaves(parse(value))
            except Refused:
                continue  # it asks nothing that can be read
        else:
            *path, last = key.split(".")
            yield Leaf(".".join(path) if path and last in WORDS else key, last if path and last in WORDS else "eq", value)


def leads(start: Any, path: str, model: Any, name: str) -> bool:
    *links, last = path.split(".")
    there = start
    for link in links:
        field = fields_of(there).get(link)
        if not isinstance(field, Link):
            return False
        there = field.target(there, link)
    return there is model and last == name


def printed(body: str, name: str, said: set[str]) -> bool:
    """Whether a tag of a template has both the field and a text that is the choice or its word."""
    for tag in TAG.finditer(body):
        words = list(WORD.finditer(tag[1] or tag[2] or ""))
        paths = {m["path"].rpartition(".")[2] for m in words if m["path"]}
        if name in paths and said & {m["text"][1:-1] for m in words if m["text"]}:
            return True
    return False


