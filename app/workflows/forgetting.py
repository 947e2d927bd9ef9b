"""Erasing a person and keeping the accounts: what says who somebody is goes, what was ordered and paid stays."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, literal, select, update  # noqa: TID251
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Session

from app.engine.clock import now
from app.engine.current import current
from app.engine.custom import Custom
from app.engine.fields import fields_of, is_personal
from app.engine.merging import taken_up
from app.engine.notify import Message
from app.engine.outbox import Notice
from app.engine.shroud import throw_away
from app.engine.storage import Storage
from app.engine.undo import Undo
from app.models.contract import Contract
from app.models.contract_version import ContractVersion
from app.models.customer import Customer
from app.models.privacy import PrivacyTicket
from app.workflows.subject import Subject

NOBODY = "已匿名"  # data, not words of a screen: it stands in the record for good
TEXTS = ("note", "place", "phone", "idnumber")  # free texts may say anything


def forget(session: Session, storage: Storage, subject: Subject) -> None:
    """Make everything personal about the customer unreadable, in the caller's transaction. It cannot be undone.

    Ledgers stay as they are. The trail keeps that something was changed, when and by whom, but not what stood there.
    """
    subject.customer.name = NOBODY
    for model, rows in subject.found.items():
        names = personal(model)
        for row in rows if not model.__appended__ else ():
            for name in names:
                empty(row, name)
            if row.extra:  # of fields that were put away too
                row.extra = {n: v for n, v in row.extra.items() if not n.startswith("x_")} or None
    session.flush()
    unword(session, [r.id for r in subject.found.get(Contract, ())])
    for model, rows in subject.found.items():
        if ids := [r.id for r in rows]:
            ids += taken_up(session, model, ids)
            throw_away(session, model, ids)
            unsay(session, model, ids)
    for one in subject.files(session):
        storage.drop(one.key)  # at once: a file that outlived a failure of this transaction would be worse than one too few
        one.name, one.removed_at, one.removed_by = NOBODY, one.removed_at or now(), one.removed_by or current().actor_id
    for note in subject.notes(session):
        note.text, note.mentions = NOBODY, None
    session.flush()


def unword(session: Session, contracts: list[int]) -> None:
    """The words of what was agreed name people: of each version only its hash stays, which proves them to whoever has a copy."""
    for version in session.scalars(select(ContractVersion).where(ContractVersion.contract_id.in_(contracts))):
        version.words, version.cells, version.why = NOBODY, {}, ""


def personal(model: Any) -> list[str]:
    """The fields of a kind of record that are emptied: not those that others follow from, nor why a wish was turned down."""
    kept = {"name", "pinyin", "initials"} if model is Customer else {"reason"} if model is PrivacyTicket else set()
    return [name for name in fields_of(model) if is_personal(model, name) and name not in kept]


def empty(row: Any, name: str) -> None:
    """Take a value away; a column that cannot be empty says that it was."""
    field, model = fields_of(type(row))[name], type(row)
    if field.read(row, name) is None or (field.readonly and field.kind(model, name) not in TEXTS):
        return
    if isinstance(field, Custom) or model.__table__.c[name].nullable:
        field.write(row, name, None)
    elif field.kind(model, name) in ("text", "note"):
        field.write(row, name, NOBODY)


def unsay(session: Session, model: Any, ids: list[int]) -> None:
    """Messages name people: those about these records go, with what the rehearsal kept of them. The caller is trusted."""
    urls = [f"/{model.__tablename__}/show/{pk}" for pk in ids]
    keys = list(session.scalars(select(Message.key).where(Message.url.in_(urls))))
    about = Notice.model == model.__name__, Notice.record_id.in_(ids)
    # Not business records, and not for the trail: it would only keep what is to be forgotten.
    session.execute(delete(Undo).where(Undo.model == model.__name__, Undo.record_id.in_(ids)).execution_options(synchronize_session=False))
    session.execute(delete(Message).where(Message.url.in_(urls)).execution_options(synchronize_session=False))
    session.execute(update(Notice).where(*about).values(facts={}, error=None).execution_options(synchronize_session=False))
    if keys:
        session.execute(select(func.drop_rehearsed(literal(keys, ARRAY(TEXT)))))


