"""What must not be kept: a second record with somebody's own number, and the number of a bank card in any text."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine import values, vault
from app.engine.current import current, tenant_id, trusted
from app.engine.errors import Invalid, Refused
from app.engine.fields import fields_of
from app.engine.present import label
from app.engine.record import Record

LOCK = 7_401_002  # any number; the same in every process of one database


def check_alone(session: Session, record: Any, name: str) -> None:
    """Refuse a number that an earlier record of the tenant has, and say which, or whom to ask.

    The constraint of the database is what holds; this gives the words. While keys are being changed one number may have
    two hashes, which the constraint cannot know: then the writers of a tenant queue up here.
    """
    model, value = type(record), getattr(record, name)
    if not value or current().trusted == "sample":
        return
    if vault.rotating():
        session.execute(select(func.pg_advisory_xact_lock(LOCK, tenant_id())))
    table = model.__table__
    there = vault.same(table.c[f"{name}_hash"], vault.normal(value), "hash", tenant_id())
    mine = table.c.id != record.id if record.id is not None else table.c.id.is_not(None)
    with trusted("same number"):
        earlier = session.execute(select(model.id, model.owner_id).where(there, mine).order_by(model.id).limit(1)).first()
    if earlier is None:
        return
    field = fields_of(model)[name].label
    seen = None if current().trusted else session.scalars(select(model).where(model.id == earlier.id)).first()
    if seen is not None:
        raise Invalid({name: _("“%(field)s” is already kept with %(record)s.", field=field, record=label(seen))})
    who = colleague(session, model, earlier.owner_id)
    raise Invalid({name: _("“%(field)s” is already kept with another record; %(owner)s looks after it.", field=field, owner=who)})


def colleague(session: Session, model: Any, owner: int | None) -> str:
    """The name of who looks after a record that the actor does not see."""
    staff = model.__mapper__.relationships["owner"].mapper.class_
    with trusted("same number"):
        name = session.scalar(select(getattr(staff, staff.__search__[0])).where(staff.id == owner)) if owner else None
    return name or str(_("a colleague"))


def check_cards(record: Record, found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The changes themselves, unless some text among them holds the number of a bank card: whoever wrote it."""
    wrong = {}
    for name, (_before, after) in found.items():
        field = fields_of(type(record))[name]
        kind = field.kind(type(record), name)
        if isinstance(after, str) and (kind == "note" or (kind == "text" and not field.readonly)):
            try:
                values.no_card(after)
            except Refused as refused:
                wrong[name] = refused.args[0]
    if wrong:
        raise Invalid(wrong)
    return found
