"""What a field of a record in hand holds, or will begin with."""

from __future__ import annotations

from typing import Any

from app.engine.custom import Custom
from app.engine.fields import fields_of


def held(record: Any, name: str) -> Any:
    """What a field holds, or will begin with when the record is new."""
    value = fields_of(type(record))[name].read(record, name)
    return value if value is not None or record.id is not None else first_value(type(record), name)


def first_value(model: Any, name: str) -> Any:
    """What a new record's column starts with, when that is a plain value."""
    if isinstance(field := fields_of(model).get(name), Custom):
        return field.start
    attr = model.__mapper__.attrs.get(name)
    column = attr.columns[0] if attr is not None and hasattr(attr, "columns") else None
    given = getattr(column, "default", None)
    return given.arg if given is not None and given.is_scalar else None
