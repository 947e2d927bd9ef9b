"""Return visits that rules ask for: each once for its rule, record and day, however often this runs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, Integer, cast, func, literal, select
from sqlalchemy.orm import Session

from app.engine.clock import local, today, zone
from app.models.care import ReturnVisit, VisitRule
from app.models.contract import LIVE, Contract
from app.models.customer import Customer
from app.models.order import Order
from app.workflows.visits import add_once

GRACE = 7  # days that the program may have been off without a visit being forgotten
MOST = 500  # visits of one rule in one run


def run_rules(session: Session, day: date | None = None) -> int:
    """Add the visits that are due. The caller is trusted, and commits."""
    return sum(run(session, rule, day or today()) for rule in session.scalars(select(VisitRule).where(VisitRule.active)))


def run(session: Session, rule: VisitRule, day: date) -> int:
    model, since, where = source(rule)
    over = cast(literal(day, Date) - since, Integer) - int(rule.days)
    wait = over % int(rule.again) if rule.again else over
    back = min(GRACE, (day - local(rule.created_at).date()).days + 1)  # a new rule asks for nothing that was due before it
    rows = select(model, wait).where(*where, over >= 0, wait < back).order_by(model.id).limit(MOST)
    made = 0
    for record, late in session.execute(rows):
        due = day - timedelta(days=int(late))
        made += add_once(session, visit(rule, record, due), f"rule:{rule.id}:{record.__tablename__}:{record.id}:{due}")
    return made


def source(rule: VisitRule) -> tuple[Any, Any, list[Any]]:
    """(record class, the day it counts from, conditions) of a rule."""
    found: dict[str, tuple[Any, Any, list[Any]]] = {
        "customer": (Customer, local_day(Customer.created_at), []),
        "signed": (Contract, Contract.signed_on, [Contract.state.in_(LIVE)]),
        "over": (Contract, Contract.ends_on, [Contract.state.in_(("expired", "ended"))]),
        "done": (Order, local_day(func.coalesce(Order.ends_at, Order.starts_at)), [Order.state == "done"]),
    }
    model, since, where = found[rule.since]
    if rule.level:
        known = select(Customer.id).where(Customer.level == rule.level)
        where.append(Customer.level == rule.level if model is Customer else model.customer_id.in_(known))
    if rule.kind and model is Contract:
        where.append(Contract.kind == rule.kind)
    if rule.service_id and model is not Customer:
        where.append(model.service_id == rule.service_id)
    return model, since, where


def local_day(moment: Any) -> Any:
    return cast(func.timezone(zone().key, moment), Date)


def visit(rule: VisitRule, record: Any, due: date) -> ReturnVisit:
    made = ReturnVisit(rule_id=rule.id, due_on=due, ask=rule.ask)
    made.customer_id = record.id if isinstance(record, Customer) else record.customer_id
    if isinstance(record, Contract):
        made.contract_id = record.id
    elif isinstance(record, Order):
        made.order_id = record.id
    return made
