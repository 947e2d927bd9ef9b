"""Many rows of one table in few statements. Only for the guard, which has judged each of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm.attributes import set_committed_value

BATCH = 1000  # rows of one statement


def insert_all(connection: Connection, model: Any, new: list[Any]) -> None:
    """Insert records that are in no session, with the defaults of their columns; each gets its id."""
    groups: dict[frozenset[str], list[tuple[Any, dict[str, Any]]]] = {}
    for record in new:
        record.version = 1
        row = row_of(model.__table__, record.__dict__)
        groups.setdefault(frozenset(row), []).append((record, row))
    table = model.__table__
    add = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    for pairs in groups.values():
        for start in range(0, len(pairs), BATCH):
            part = pairs[start : start + BATCH]
            ids = connection.execute(add, [row for _record, row in part]).scalars().all()
            for (record, _row), pk in zip(part, ids, strict=True):
                set_committed_value(record, "id", pk)


def row_of(table: Any, held: dict[str, Any]) -> dict[str, Any]:
    """The columns of a record. What it does not say is its default; JSON and what the database fills in are then left out."""
    row: dict[str, Any] = {}
    for column in table.columns:
        name = column.key
        if name in held:
            if held[name] is not None or not isinstance(column.type, JSON):
                row[name] = held[name]
        elif column.default is not None and not column.default.is_sequence:
            default = column.default
            row[name] = default.arg(None) if default.is_callable else default.arg
        elif column.server_default is None and column.computed is None and column.identity is None and not isinstance(column.type, JSON):
            row[name] = None
    return row
