"""What the database really holds, in plain SQL: past the session, its guard and its rules, in the room of one tenant."""

from __future__ import annotations

from typing import Any

from app.engine.wall import NAME
from app.extensions import db


def told(tenant: int, statement: Any, values: tuple[Any, ...] = ()) -> list[Any]:
    """The rows of one statement: SQL in words with its values, or a select of columns."""
    with db.engine.begin() as connection:
        connection.exec_driver_sql(NAME, (str(tenant), "none"))
        if isinstance(statement, str):
            return list(connection.exec_driver_sql(statement, values))
        return list(connection.execute(statement))
