"""What must not be kept: a second record with somebody's own number, and the number of a bank card in any text."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import String, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.engine import values, vault
from app.engine.current import current, tenant_id, trusted
from app.engine.errors import Invalid, Refused
from app.engine.fields import fields_of
from app.engine.present import label
from app.engine.record import Record

SLICE = 5000  # numbers of one question
LOCK = 7_401_002  # any number; the same in every process of one database


def check_alone(session: Session, model: Any, name: str, mine: dict[str, int | None]) -> None:
    """Refuse numbers that an earlier record of the tenant has, and say which, or whom to ask. ``mine``: number -> whose it is to be.

    The constraint of the database is what holds; this gives the words. While keys are being changed one number may have
    two hashes, which the constraint cannot know: then the writers of a tenant queue up here.
    """
    if not mine or current().trusted == "sample":
        return
    if vault.rotating():
        session.execute(select(func.pg_advisory_xact_lock(LOCK, tenant_id())))
    for words in taken(session, model, name, mine).values():
        raise Invalid({name: words})


def taken(session: Session, model: Any, name: str, mine: dict[str, int | None], *, whose: bool = True) -> dict[str, Any]:
    """The words for each of these numbers that another record has; a few questions for all of them.

    ``whose`` names the colleague who looks after a record that the actor does not see.
    """
    earlier: dict[str, Any] = {}
    column, numbers = model.__table__.c[f"{name}_hash"], list(mine)
    for start in range(0, len(numbers), SLICE):
        hashes = {h: n for n in numbers[start : start + SLICE] for h in vault.fingerprints(vault.normal(n), "hash", tenant_id())}
        query = select(column, model.id, model.owner_id).order_by(model.id)
        with trusted("same number"):
            for kept, pk, owner in session.execute(query.where(column == any_(literal(list(hashes), ARRAY(String))))):
                if pk != mine[hashes[kept]]:
                    earlier.setdefault(hashes[kept], (pk, owner))
    seen: dict[int, str] = {}
    pks = [] if current().trusted else sorted({pk for pk, _owner in earlier.values()})
    for start in range(0, len(pks), SLICE):
        seen |= {r.id: label(r) for r in session.scalars(select(model).where(model.id.in_(pks[start : start + SLICE])))}
    owners = {owner: colleague(session, model, owner) for pk, owner in earlier.values() if pk not in seen} if whose else {}
    field, found = fields_of(model)[name].label, {}
    for number, (pk, owner) in earlier.items():
        if pk in seen:
            found[number] = _("“%(field)s” is already kept with %(record)s.", field=field, record=seen[pk])
        elif not whose:
            found[number] = _("“%(field)s” is already kept with another record.", field=field)
        else:
            words = _("“%(field)s” is already kept with another record; %(owner)s looks after it.", field=field, owner=owners[owner])
            found[number] = words
    return found


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
