"""Walk a tenant's chain of seals, compute every hash again, and name what does not fit. A seal in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Integer, any_, func, literal, not_, select
from sqlalchemy.orm import Session

from app.engine.audit import AuditEntry
from app.engine.current import tenant_id
from app.engine.seal import FORMS, MARK, SEALED, START, AuditSeal, columns, content, digest, ids_of, own_hash, sealed, unsealed

AT_ONCE = 20  # seals of one query
NAMED = 1000  # entries put in by hand that are named
Head = tuple[int, str]  # a seal's number and hash


@dataclass(frozen=True, slots=True)
class Break:
    """One place where the chain does not hold."""

    seal: int
    what: str  # entries: changed, removed, inserted; seals: missing, altered, cut (what was seen before is not there any more)
    entries: tuple[int, ...] = ()


@dataclass(slots=True)
class Report:
    """What a walk found."""

    breaks: list[Break] = field(default_factory=list)
    seals: int = 0
    entries: int = 0
    waiting: int = 0  # entries too new to have a seal
    head: Head = (0, START)
    upto: datetime | None = None  # when the last seal was made

    @property
    def whole(self) -> bool:
        return not self.breaks


def verify(session: Session, witness: Head | None = None, *, full: bool = True) -> Report:
    """Check the acting tenant's chain. The caller is trusted.

    ``witness`` is the last seal of an earlier walk, kept elsewhere: without it nobody could tell that the end of the chain was cut
    off, or that all of it was written anew. A walk that is not ``full`` begins behind the witness.
    """
    report, seen = Report(), False
    if not full and witness:
        report.head = witness
        seen = session.scalar(select(AuditSeal.sha256).where(AuditSeal.number == witness[0])) == witness[1]
    for one in seals(session, report.head[0]):
        step(report, one)
        seen = seen or report.head == witness
        entries(session, report, one)
    if witness and witness[0] and not seen:
        report.breaks.append(Break(witness[0], "cut"))
    if full:
        rest(session, report)
    return report


def seals(session: Session, after: int) -> Iterator[Any]:
    """The seals in their order, as plain rows."""
    query = select(*(getattr(AuditSeal, n) for n in SEALED), AuditSeal.sha256).where(AuditSeal.tenant_id == tenant_id())
    while found := session.execute(query.where(AuditSeal.number > after).order_by(AuditSeal.number).limit(AT_ONCE)).all():
        yield from found
        after = found[-1].number


def step(report: Report, one: Any) -> None:
    """From one seal to the next."""
    number, sha256 = report.head
    missing = range(number + 1, one.number)[:NAMED]
    report.breaks += [Break(n, "missing") for n in missing]
    if own_hash(one) != one.sha256 or (one.previous != sha256 and not missing):
        report.breaks.append(Break(one.number, "altered"))
    report.head, report.upto = (one.number, one.sha256), one.sealed_at
    report.seals += 1
    report.entries += one.entries


def entries(session: Session, report: Report, one: Any) -> None:
    """Compare the entries under a seal with its hash."""
    if one.form not in FORMS:
        return  # nobody but a stranger writes a form that the program does not know: step() has said so
    ids = ids_of(one.covered)
    wanted = AuditEntry.id == any_(literal(ids, ARRAY(Integer)))
    found = {row.id: digest(row) for row in session.execute(columns(one.form).where(wanted))}
    if gone := tuple(pk for pk in ids if pk not in found):
        report.breaks.append(Break(one.number, "removed", gone))
    marks = {pk: one.marks[MARK * n : MARK * (n + 1)] for n, pk in enumerate(ids)}
    changed = tuple(pk for pk in ids if pk in found and found[pk][:MARK] != marks[pk])
    if changed or (not gone and content(found[pk] for pk in ids) != one.content):
        report.breaks.append(Break(one.number, "changed", changed))


def rest(session: Session, report: Report) -> None:
    """The entries that no seal covers: too new for one, or put in by hand where nothing could come any more."""
    mine = AuditSeal.tenant_id == tenant_id()
    floor = session.scalar(select(AuditSeal.floor).where(mine).order_by(AuditSeal.number.desc()).limit(1)) or 0
    old = select(AuditEntry.id).where(AuditEntry.tenant_id == tenant_id(), AuditEntry.id <= floor, not_(sealed()))
    put_in: dict[int, list[int]] = {}
    for pk in session.scalars(old.order_by(AuditEntry.id).limit(NAMED)):
        reaching = select(func.min(AuditSeal.number)).where(mine, AuditSeal.reach >= pk)
        put_in.setdefault(session.scalar(reaching) or 0, []).append(pk)
    report.breaks += [Break(number, "inserted", tuple(pks)) for number, pks in put_in.items()]
    new = select(func.count(AuditEntry.id)).where(AuditEntry.tenant_id == tenant_id(), *unsealed(floor))
    report.waiting = session.scalar(new) or 0
