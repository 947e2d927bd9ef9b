"""The condition of a reach once more, in SQL written for the proof alone. Only its written form is read by the product's own reader."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from app.engine.conditions import Group, Leaf, parse
from app.engine.custom import Custom
from app.engine.fields import Field, Link

DAY = len("2026-11-20")  # so long a value asks for a whole day of a moment
PLAIN = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
HOW = {"ct": "strpos({}, %s) > 0", "nc": "strpos({}, %s) = 0", "sw": "starts_with({}, %s)"}
CASTS = {"number": "::numeric", "money": "::numeric", "whole": "::int", "day": "::date", "flag": "::boolean", "moment": "::timestamptz"}


@lru_cache(None)
def apart(reach: str) -> tuple[str, tuple[Group | Leaf, ...]]:
    """A reach as its word and what narrows it: each parameter is a comparison, ``where`` a whole tree."""
    word, _mark, asked = reach.partition("?")
    pairs = [(n.partition("."), n, v) for n, v in parse_qsl(asked, keep_blank_values=True)]
    return word, tuple(parse(v) if n == "where" else Leaf(name, how or "eq", v) for (name, _dot, how), n, v in pairs)


def comparison(model: Any, tenant: int, actor: int, known: Field | None, asked: Leaf) -> tuple[str, tuple[Any, ...]]:
    """The statement that finds the rows of one comparison. What it does not know is an error, not a guess."""
    how, value = asked.how, asked.value
    if known is None or how not in {"in", "bt", "me", "empty", *PLAIN, *HOW}:
        raise LookupError(f"the reference of the proof does not know the condition “{asked}”")
    kind = known.kind(model, asked.path)
    values: tuple[Any, ...] = tuple(value.split(",")) if how in ("in", "bt") else (value,)
    cell = f'"{known.via if isinstance(known, Link) else asked.path}"'
    if isinstance(known, Custom):
        cell = f"(extra->>'{asked.path}'){CASTS.get(kind, '')}"
    if kind == "moment" and len(values[0]) == DAY:
        cell = f"({cell} AT TIME ZONE (SELECT zone FROM tenant WHERE id = {tenant}))::date"  # noqa: S608
    if how == "empty":
        test, values = f"({cell} IS NULL) = %s::boolean", (value or "1",)
    elif kind == "tags":
        test, values = f"{'NOT ' * (how == 'nc')}{cell} && %s::text[]", ("{" + ",".join(f'"{v}"' for v in values) + "}",)
    elif how == "me":
        test, values = f"{cell} = %s", (actor,)
    elif how in ("in", "bt"):
        test = f"{cell} IN ({', '.join(['%s'] * len(values))})" if how == "in" else f"{cell} BETWEEN %s AND %s"
    else:
        test = HOW[how].format(cell) if how in HOW else f"{cell} {PLAIN[how]} %s"
    return f'SELECT id FROM "{model.__tablename__}" WHERE {test}', values  # noqa: S608
