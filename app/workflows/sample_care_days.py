"""The sample's hospital order: surgery on two days, one more carer for the nights, and that one replaced at noon."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.engine.clock import local
from app.models import care_sums
from app.models.care_day import CareChange, CareDay
from app.models.care_sums import Line
from app.models.dispatch import Visit
from app.models.order import Order
from app.workflows.care_lines import begin_of, days_of, follow_price, full_hours, listed_day
from app.workflows.sample_company import Company

NIGHT, PAY, NOON = Decimal("240.00"), Decimal("170.00"), Decimal(4)  # a night's price and pay, and the hours from eight to noon
LEAST = 3  # days of an order that has something to tell


def make_care_days(session: Session, company: Company, made: list[Any]) -> None:
    """The longest order of days that is under way gets its days. No order and no visit is added for it."""
    visits = [m for m in made if isinstance(m, Visit) and m.state == "on_site" and m.order.service.unit == "day"]
    visit = max(visits, key=lambda v: (v.ends_at - v.starts_at, v.id), default=None)
    if visit is None or len(days_of(visit.order)) < LEAST:
        return
    order, days = visit.order, [local(d).date() for d in days_of(visit.order)]
    others = [w for w in company.workers if w.active == "working" and w.id != visit.worker_id and order.service.skill in w.skills][:2]
    usual, full = care_sums.spread(order.amount or Decimal(0), len(days)), full_hours(order)
    lines = care_sums.lay(days, visit.worker_id, usual, care_sums.spread(visit.pay or Decimal(0), len(days)), full)
    lines = [replace(x, visit=visit.id) for x in lines]
    put(session, order, "start", lines, {"worker_id": visit.worker_id, "visit_id": visit.id, "price": listed_day(order) or usual[0]})
    if len(others) > 1:
        first, second = others
        lines = care_sums.join(lines, first.id, days[1:], price=NIGHT, rate=PAY, full=full)
        put(session, order, "add", lines, {"at": days[1], "worker_id": first.id, "price": NIGHT, "reason": "夜里需要有人看护"})
        lines = care_sums.swap(lines, first.id, second.id, days[2], NOON, price=None, rate=PAY)
        told = {"replaced_id": first.id, "worker_id": second.id, "price_before": NIGHT, "price": NIGHT, "reason": "家属想要会四川话的人"}
        put(session, order, "replace", lines, {"at": days[2], "handover": "少盐；夜里翻身两次；左手有留置针，擦洗时避开", **told})
    if len(days) > LEAST:
        surgery = set(days[3:5])
        lines = care_sums.pause(lines, surgery, "手术，进 ICU 观察")
        put(session, order, "pause", lines, {"at": days[3], "until": max(surgery), "reason": "手术，进 ICU 观察"})
    follow_price(session, order)


def put(session: Session, order: Order, deed: str, lines: list[Line], told: dict[str, Any]) -> None:
    """One change, and the lines as they are after it."""
    at = begin_of(order, told.pop("at", local(order.starts_at).date()))
    change = CareChange(order_id=order.id, deed=deed, at=at, doer_id=order.owner_id, **told)
    session.add(change)
    session.flush()
    there = {(r.worker_id, r.on_day): r for r in session.query(CareDay).filter(CareDay.order_id == order.id)}
    for x in lines:
        row = there.pop((x.worker, x.day), None)
        if row is not None and row.line() == x:
            continue
        if row is None:
            row = CareDay(order_id=order.id, worker_id=x.worker, on_day=x.day, visit_id=x.visit)
            session.add(row)
        row.from_hour, row.to_hour, row.full_hours, row.price, row.rate = x.start, x.end, x.full, x.price, x.rate
        row.kind, row.reason, row.change_id = "paused" if x.paused else "planned", x.reason or None, change.id
    for gone in there.values():
        session.delete(gone)
    session.flush()
