"""Many rows of one table in one statement, sent as one JSON value. Only for the guard, which has judged each of them."""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSON as PG_JSON
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from app.engine.vault import Sealed, seal

Row = dict[str, Any]


def insert_all(connection: Connection, table: Any, rows: list[Row], same: Row) -> list[int]:
    """Insert rows that are told apart by an ``id``, with the defaults of their columns; returns the ids, in the order of the rows.

    ``same`` is what all of them have. The rows are the function's to change.
    """
    given: set[str] = set().union(*rows) | same.keys()
    groups: dict[tuple[str, ...], list[int]] = {}
    own: list[str] = []  # columns that the database fills where a row says nothing
    for one in table.columns:
        name, default = one.key, one.default
        if one.server_default is not None and default is None and name in given and name not in same:
            own.append(name)
        elif default is not None and not default.is_sequence and name not in same:
            for row in rows:
                if name not in row:
                    row[name] = default.arg(None) if default.is_callable else default.arg
            given.add(name)
    for n, row in enumerate(rows):
        groups.setdefault(tuple(name for name in own if name in row), []).append(n)
    ids = [0] * len(rows)
    for has, places in groups.items():
        names = tuple(sorted(given - same.keys() - (set(own) - {*has})))
        add = insert_rows(table, names, tuple(sorted(same))).returning(table.c.id)
        found = connection.execute(add, packed(table, [rows[n] for n in places], same)).scalars().all()
        for n, pk in zip(places, sorted(found), strict=True):  # given in the order of the rows
            ids[n] = pk
    return ids


@lru_cache(256)
def insert_rows(table: Any, names: tuple[str, ...], same: tuple[str, ...] = ()) -> Any:
    """The statement that puts the rows of :func:`packed` into these columns, one after the other; ``same`` are those all rows share."""
    types = [column(n, Text() if isinstance(table.c[n].type, Sealed) else table.c[n].type) for n in names]
    sent = func.json_to_recordset(cast(bindparam("rows", type_=Text()), PG_JSON))
    source = sent.table_valued(column("row_", Integer), *types, name="sent").render_derived(with_types=True)
    shared = [bindparam(f"same_{n}", type_=table.c[n].type) for n in same]
    rows = select(*[source.c[n] for n in names], *shared).select_from(source).order_by(source.c.row_)
    return insert(table).from_select([*names, *same], rows, include_defaults=False)


def packed(table: Any, rows: list[Row], same: Row | None = None) -> Row:
    """The rows as the statement takes them, sealed where the column is; they are changed by it."""
    for one in table.columns:
        if isinstance(one.type, Sealed):
            for row in rows:
                if row.get(one.key) is not None:
                    row[one.key] = seal(str(row[one.key]))
    for n, row in enumerate(rows):
        row["row_"] = n
    return {"rows": json.dumps(rows, default=written, ensure_ascii=False), **{f"same_{n}": v for n, v in (same or {}).items()}}


def written(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
