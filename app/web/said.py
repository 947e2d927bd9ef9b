"""Conditions in the reader's words: the chips above a list."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.engine.conditions import ALL, ANY, Group, Leaf, Node
from app.engine.fields import Link, fields_of
from app.engine.periods import COUNTED
from app.engine.present import label
from app.extensions import db
from app.web.cells import choices, described

OPERATORS = {
    "eq": _("is"), "ne": _("is not"), "gt": _("more than"), "ge": _("from"), "lt": _("less than"), "le": _("up to"),
    "bt": _("between"), "ct": _("contains"), "nc": _("does not contain"), "sw": _("starts with"), "in": _("is one of"),
    "empty": _("is empty"), "me": _("is myself"), "when": _("lies in"), "yearly": _("has its day of the year within days"),
}  # fmt: skip
OF_DAYS = {"gt": _("after"), "ge": _("from"), "lt": _("before"), "le": _("until")}
OF_TAGS = {"ct": _("has"), "nc": _("does not have"), "in": _("has one of")}
PERIODS = {
    "today": _("today"), "yesterday": _("yesterday"), "tomorrow": _("tomorrow"), "this_week": _("this week"), "last_week": _("last week"),
    "next_week": _("next week"), "this_month": _("this month"), "last_month": _("last month"), "next_month": _("next month"),
    "last_": _("the last … days"), "next_": _("the next … days"), "older_": _("more than … days ago"),
}  # fmt: skip
JOINTS = {ALL: _("and"), ANY: _("or"), "none": _("and not")}
BEYOND = " › "


def operator_word(kind: str, how: str) -> str:
    words: dict[str, Any] = OF_DAYS if kind in ("day", "moment") else OF_TAGS if kind == "tags" else {}
    return str(words.get(how, OPERATORS[how]))


def said(model: Any, node: Node, *, inner: bool = False) -> str:
    """A condition or a group of them; inside another a group stands in parentheses."""
    if isinstance(node, Leaf):
        return " ".join(part for part in parts(model, node) if part)
    joint = str(JOINTS[ALL] if node.mode == ALL else JOINTS[ANY])
    text = f" {joint} ".join(said(model, t, inner=True) for t in node.terms)
    if node.mode not in (ALL, ANY):
        return str(_("not (%(terms)s)", terms=text))
    return f"({text})" if inner and len(node.terms) > 1 else text


def parts(model: Any, leaf: Leaf) -> tuple[str, str, str]:
    """The field, the operator and the value of one condition."""
    target, name, labels = reached(model, leaf.path)
    kind = described(target, name)["kind"]
    if leaf.how == "empty":
        return BEYOND.join(labels), str(_("is filled") if leaf.value == "0" else OPERATORS["empty"]), ""
    return BEYOND.join(labels), operator_word(kind, leaf.how), "" if leaf.how == "me" else value(target, name, leaf)


def reached(model: Any, path: str) -> tuple[Any, str, list[str]]:
    """The record type and field at the end of a path, and the labels on the way. Whoever asks was let through before."""
    *links, name = path.split(".")
    labels = []
    for link in links:
        field = fields_of(model)[link]
        labels.append(str(field.label))
        model = field.target(model, link)  # type: ignore[attr-defined]
    return model, name, [*labels, str(fields_of(model)[name].label)]


def value(model: Any, name: str, leaf: Leaf) -> str:
    """What is compared with, in words; a record by its name, as far as the reader may know it."""
    given, field = leaf.value, fields_of(model)[name]
    if leaf.how == "when":
        counted = COUNTED.fullmatch(given)
        return str(PERIODS[f"{counted[1]}_"]).replace("…", counted[2]) if counted else str(PERIODS.get(given, given))
    if codes := dict(choices(model, name)):
        return "、".join(codes.get(v, v) for v in given.split(","))
    if isinstance(field, Link) and given.isdecimal() and len(given) < 10:
        target = db.session.get(field.target(model, name), int(given))
        return label(target) if target else given
    if field.kind(model, name) == "flag":
        return str(_("Yes") if given in ("1", "true") else _("No"))
    return " – ".join(given.split(",")) if leaf.how == "bt" else "、".join(given.split(",")) if leaf.how == "in" else given


def as_json(model: Any, node: Node) -> dict[str, Any]:
    """A tree as the builder on the page takes it up; values that are records bring their names along."""
    if isinstance(node, Group):
        return {"mode": node.mode, "terms": [as_json(model, t) for t in node.terms]}
    made: dict[str, Any] = {"path": node.path, "how": node.how, "value": node.value}
    target, name, _labels = reached(model, node.path)
    if isinstance(fields_of(target)[name], Link) and node.how not in ("empty", "me"):
        made["label"] = value(target, name, node)
    return made
