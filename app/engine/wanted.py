"""What a record asks for, depending on what else it holds: declared once on the model, held to here and on the page.

``__shown__ = {"reverses": "amount.lt.0"}`` asks for a field only where the condition holds, ``__needed__`` makes it needed there,
``__periods__ = (("starts_at", "ends_at"),)`` puts the end not before the start, ``__within__ = {"district": "city"}`` says which
field narrows the suggestions for another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _

from app.engine import answers, laid, policy
from app.engine.audit import differences
from app.engine.compare import fits, matches
from app.engine.conditions import holds, leaves, parse
from app.engine.current import current
from app.engine.custom import Custom, paths
from app.engine.errors import Refused
from app.engine.fields import fields_of
from app.engine.held import held
from app.engine.rules import Level

BACKWARDS = _("The end must come after the start.")
VOID: tuple[Any, ...] = (None, "", [])


def asked_of(model: Any) -> tuple[dict[str, str], dict[str, str], dict[str, Any]]:
    """Field -> where it is asked for, where it is needed, and what it begins with: as declared, and as the company's own fields say."""
    memo, slot = current().memo, ("asked", model)
    if slot not in memo:
        own = {n: f for n, f in fields_of(model).items() if isinstance(f, Custom)}
        shown = model.__shown__ | {n: f.shown for n, f in own.items() if f.shown}
        needed = model.__needed__ | {n: f.shown for n, f in own.items() if f.shown and f.needed}
        memo[slot] = shown, needed, {n: f.kept(f.start) for n, f in own.items() if f.start is not None}
    found: tuple[dict[str, str], dict[str, str], dict[str, Any]] = memo[slot]
    return found


def shown_of(model: Any) -> dict[str, str]:
    return asked_of(model)[0]


def needed_of(model: Any) -> dict[str, str]:
    return asked_of(model)[1]


def starts(model: Any) -> dict[str, Any]:
    """What the company's own fields begin with, as ``extra`` holds it."""
    return asked_of(model)[2]


def begin(record: Any) -> bool:
    """Let a new record's own fields begin with what they are to; one that was left empty on purpose stays so. Whether any did."""
    model, held_ = type(record), record.extra or {}
    mine = {n: v for n, v in starts(model).items() if n not in held_}
    mine = {n: v for n, v in mine.items() if not (asked := shown_of(model).get(n)) or true(record, asked)}
    if mine:
        record.extra = {**held_, **mine}
    return bool(mine)


def wrong(record: Any, sent: Iterable[str]) -> dict[str, Any]:
    """The fields that do not fit the others, with words. What was not touched by what was sent is left alone."""
    model, found, touched = type(record), {}, set(sent)
    new = record.id is None
    for start, end in model.__periods__:
        first, last = held(record, start), held(record, end)
        if touched & {start, end} and first is not None and last is not None and last < first:
            found[end] = BACKWARDS
    for name, asked in shown_of(model).items():
        if name in touched and given(record, name) and not true(record, asked):
            found[name] = _("Leave this empty here: it does not fit the rest.")
    for name, asked in needed_of(model).items():
        near = new or touched & {name, *paths(asked)}
        if near and held(record, name) in VOID and policy.ceiling(model, name) >= Level.FILL and true(record, asked):
            found[name] = _("Needed.")
    for name, some in laid.needed(model).items():
        near = new or touched & {name, *(n for asked in some for n in paths(asked))}
        lacks = near and held(record, name) in VOID and policy.ceiling(model, name) >= Level.FILL
        if lacks and any(true(record, asked) for asked in some) and stands(record, name) and (new or not shut(record, name)):
            found.setdefault(name, _("Needed, says the layout of your role."))
    return found | changed_though_shut(record, touched)


def changed_though_shut(record: Any, touched: set[str]) -> dict[str, Any]:
    """What was changed of a kept record where the layout lets nobody: by the rest as it is now, and by the field itself as it was."""
    rules = laid.shut(type(record))
    if record.id is None or not touched & set(rules) or current().trusted:
        return {}
    was = {n: pair[0] for n, pair in differences(record).items() if n in touched and n in rules}
    return {
        n: _("Read only here, says the layout of your role.")
        for n, value in was.items() if any(answers.true(record, asked, {n: value}) for asked in rules[n])
    }  # fmt: skip


def shut(record: Any, name: str) -> bool:
    """Whether the layout lets nobody of the role change a field of a kept record as it stands; then it does not ask for it either."""
    return any(answers.true(record, asked) for asked in laid.shut(type(record)).get(name, ()))


def stands(record: Any, name: str) -> bool:
    """Whether the layout shows a field here: what it hides it does not ask for."""
    return all(true(record, asked) for asked in laid.shown(type(record), name))


def true(record: Any, asked: str) -> bool:
    """Whether a written condition or an expression on the record's own fields holds for it as it is in hand."""
    if answers.is_expression(asked):
        return answers.true(record, asked)
    model = type(record)
    return holds(parse(asked), lambda leaf: matches(model, leaf.path, leaf.how, leaf.value, held(record, leaf.path)))


def given(record: Any, name: str) -> bool:
    value = held(record, name)
    return value not in VOID and value is not False  # a box that is not ticked says nothing


def problems(model: Any, fields: Any) -> list[str]:
    """What is wrong with the declarations of one record, a line each."""
    found, name = [], model.__name__
    pairs = [p for pair in (*model.__periods__, *model.__within__.items()) for p in pair]
    found += [f"{name}: no field {n} for a period or a place within" for n in pairs if n not in fields]
    for one, asked in (*model.__shown__.items(), *model.__needed__.items()):
        try:
            for leaf in leaves(parse(asked)):
                fits(model, leaf.path, leaf.how, leaf.value)
        except Refused as refused:
            found.append(f"{name}.{one}: {asked}: {refused}")
        if one not in fields:
            found.append(f"{name}: no field {one} to ask for")
    return found
