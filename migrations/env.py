"""Alembic's environment: runs in the connection it is given, knows the tables from the models, and keeps types plain."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask_appbuilder import Model

from app.engine.vault import Sealed


def render_item(kind: str, item: Any, _context: Any) -> Any:
    """Sealed text is text to the database; a revision must not depend on a class that may move."""
    return "sa.Text()" if kind == "type" and isinstance(item, Sealed) else False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    return kind != "table" or name in Model.metadata.tables


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Model.metadata,
    render_item=render_item,
    include_name=include_name,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
