"""Many rows of one table in one statement, sent as one JSON value. Only for the guard, which has judged each of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import JSON, Integer, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSON as PG_JSON
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm.attributes import set_committed_value

from app.engine.vault import Sealed


def insert_all(connection: Connection, model: Any, new: list[Any]) -> None:
    """Insert records that are in no session, with the defaults of their columns; each gets its id."""
    groups: dict[frozenset[str], list[tuple[Any, dict[str, Any]]]] = {}
    for record in new:
        record.version = 1
        row = row_of(model.__table__, record.__dict__)
        groups.setdefault(frozenset(row), []).append((record, row))
    table = model.__table__
    for pairs in groups.values():
        add = insert_rows(table, sorted(pairs[0][1])).returning(table.c.id)
        ids = connection.execute(add, packed(table, [row for _record, row in pairs])).scalars().all()
        for (record, _row), pk in zip(pairs, sorted(ids), strict=True):  # given in the order of the rows
            set_committed_value(record, "id", pk)


def row_of(table: Any, held: dict[str, Any]) -> dict[str, Any]:
    """The columns of a record. What it does not say is its default, or left out: then the database fills it in."""
    row: dict[str, Any] = {}
    for one in table.columns:
        name = one.key
        if name in held:
            if held[name] is not None or not isinstance(one.type, JSON):
                row[name] = held[name]
        elif (default := one.default) is not None and not default.is_sequence:
            row[name] = default.arg(None) if default.is_callable else default.arg
        elif one.server_default is None and one.computed is None and one.identity is None and not isinstance(one.type, JSON):
            row[name] = None
    return row


def insert_rows(table: Any, names: Iterable[str]) -> Any:
    """The statement that puts the rows of :func:`packed` into these columns, one after the other."""
    names = list(names)
    types = [column(n, Text() if isinstance(table.c[n].type, Sealed) else table.c[n].type) for n in names]
    sent = func.json_to_recordset(cast(bindparam("rows", type_=Text()), PG_JSON))
    source = sent.table_valued(column("row_", Integer), *types, name="sent").render_derived(with_types=True)
    return insert(table).from_select(names, select(*[source.c[n] for n in names]).order_by(source.c.row_), include_defaults=False)


def packed(table: Any, rows: list[dict[str, Any]]) -> dict[str, str]:
    """The rows as the statement takes them, sealed where the column is."""
    sealed = [c.key for c in table.columns if isinstance(c.type, Sealed)]
    sent = []
    for n, row in enumerate(rows):
        made = {"row_": n, **{k: v for k, v in row.items() if v is not None}}
        for name in sealed:
            if name in made:
                made[name] = table.c[name].type.process_bind_param(made[name], None)
        sent.append(made)
    return {"rows": json.dumps(sent, default=written, ensure_ascii=False)}


def written(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
