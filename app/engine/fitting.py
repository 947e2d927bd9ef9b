"""What a field of a company's own may be: each part of its description checked, in words a person can act on."""

from __future__ import annotations

from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine import custom, wordlist
from app.engine.compare import fits
from app.engine.conditions import Leaf, leaves, parse, write
from app.engine.current import tenant_id, trusted
from app.engine.errors import Refused
from app.engine.expr.fit import fitted
from app.engine.expr.read import MARK, names
from app.engine.expr.said import code
from app.engine.fields import declared, fields_of
from app.engine.present import coded
from app.engine.rules import CustomField
from app.engine.values import read

MOST, LONGEST, HELP = 200, 60, 300  # fields of a company; letters of a label and of a help
# What lies safely in ``extra``. Phones and identity numbers are sealed and found by hashes, links are held by keys: they need columns.
KINDS = {
    "text": _("Short text"), "note": _("Long text"), "choice": _("One choice"), "tags": _("Several choices"), "number": _("Number"),
    "money": _("Amount of money"), "whole": _("Whole number"), "day": _("Day"), "moment": _("Day and time"), "flag": _("Yes or no"),
    "rating": _("Stars"),
}  # fmt: skip
LISTS = ("choice", "tags")
SAFE = {"text": ("note",), "note": ("text",), "whole": ("number", "money"), "money": ("number",), "rating": ("whole", "number")}
CONDITIONS = ("eq", "ne", "empty")
TOO_MANY = _("You have %(n)s fields of your own. Put one away first.", n=MOST)


def label(_session: Session, model: Any, row: CustomField, value: str) -> str:
    value = short(value, LONGEST)
    if not value:
        raise Refused(_("Give the field a name."))
    others = [f for n, f in fields_of(model).items() if n != (row.name if row.id else "")]
    for locale in ("zh", "en"):  # a file that comes in may be headed in either
        with force_locale(locale):
            if value.lower() in {str(f.label).strip().lower() for f in others}:
                raise Refused(_("There is a field of this name already."))
    return value


def label_en(session: Session, model: Any, row: CustomField, value: str) -> str:
    return label(session, model, row, value) if str(value or "").strip() else ""


def short(value: Any, most: int) -> str:
    value = " ".join(str(value or "").split())
    if len(value) > most or "\x00" in value:
        raise Refused(_("At most %(n)s characters.", n=most))
    return str(value)


def kind(session: Session, model: Any, row: CustomField, value: str) -> str:
    if value not in KINDS and not (row.id and value == row.kind):
        raise Refused(_("Choose one from the list."))
    if row.id and value != row.kind and value not in SAFE.get(row.kind, ()) and filled(session, model, row):
        raise Refused(_("The values that are kept would not fit this type. Make a new field, and put this one away."))
    return value


def group(_session: Session, model: Any, _row: CustomField, value: str) -> str:
    if value not in {f.group for f in declared(model).values()}:
        raise Refused(_("Choose one from the list."))
    return value


def shown(_session: Session, model: Any, row: CustomField, value: str) -> str:
    """A condition such as ``level.eq.vip``, where a choice may be said by its word; or an expression, kept in codes."""
    if value.startswith(MARK):
        tree = fitted(model, value[1:])
        if row.id and row.name in names(tree):
            raise Refused(_("Choose another field to go by."))
        return code(tree)
    made = []
    for leaf in leaves(parse(value)):
        field = fields_of(model).get(leaf.path)
        if field is None or (row.id and leaf.path == row.name) or leaf.how not in CONDITIONS:
            raise Refused(_("Choose another field to go by."))
        fits(model, leaf.path, leaf.how, leaf.value)
        made.append(Leaf(leaf.path, leaf.how, coded(field, leaf.value) if field.choices and leaf.how != "empty" else leaf.value))
    return write(made[0]) if len(made) == 1 else ""


CHECKS: dict[str, Any] = {
    "kind": kind, "label": label, "label_en": label_en, "group": group, "shown": shown,
    "help": lambda _s, _m, _r, value: short(value, HELP), "help_en": lambda _s, _m, _r, value: short(value, HELP),
    "required": lambda _s, _m, _r, value: bool(value), "listed": lambda _s, _m, _r, value: bool(value),
    "section": lambda _s, _m, _r, value: short(value, LONGEST), "start": lambda _s, _m, _r, value: value,
    "choices": lambda _s, _m, row, value: wordlist.read(row.choices or [], value or []),
}  # fmt: skip


def unfit(session: Session, model: Any, row: CustomField) -> dict[str, Any]:
    """What is wrong with a field as a whole."""
    if row.kind in LISTS and not any(not c["archived"] for c in row.choices or []):
        return {"choices": _("Write at least one choice.")}
    if row.builtin:
        begins = getattr(model.__table__.c[row.builtin].default, "arg", None)
        gone = next((c for c in row.choices or [] if c["archived"] and c["code"] == begins), None)
        return {"choices": _("New records begin with “%(choice)s”; it cannot be put away.", choice=gone["zh"])} if gone else {}
    if row.kind not in LISTS:
        row.choices = None
    if row.id is None and own_count(session) >= MOST:
        return {"label": TOO_MANY}
    try:
        row.start = begins_with(row)
    except Refused as refused:
        return {"start": refused.args[0]}
    return {}


def own_count(session: Session) -> int:
    mine = CustomField.tenant_id == tenant_id(), ~CustomField.archived, CustomField.builtin.is_(None)
    return session.scalar(select(func.count(CustomField.id)).where(*mine)) or 0


def begins_with(row: CustomField) -> Any:
    """What a new record begins with, as it is kept. Raises ``Refused`` for what the field cannot hold."""
    value = read(row.kind, row.start) if row.start not in (None, "", []) else None
    if row.kind in LISTS and value is not None:
        live = [c for c in row.choices or [] if not c["archived"]]
        words = {c[n]: c["code"] for c in live for n in ("en", "zh", "code") if c.get(n)}
        codes = [words.get(v) for v in (value if isinstance(value, list) else [value])]
        if None in codes:
            raise Refused(_("Choose one from the list."))
        return codes if row.kind == "tags" else codes[0]
    return custom.kept(value)


def filled(session: Session, model: Any, row: CustomField, *, empty: bool = False) -> int:
    """How many records of the company hold a value, or none; whoever's they are."""
    held = model.extra[row.name].astext
    with trusted("fields"):
        some = select(func.count(model.id)).where(model.tenant_id == tenant_id(), held.is_(None) if empty else held.is_not(None))
        return session.scalar(some) or 0
