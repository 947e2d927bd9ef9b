"""What stands on the card of a ringing telephone: everything under the agent's own rights, the first words on top."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.engine import policy, query
from app.engine.clock import now, today
from app.engine.current import current, tenant_id, trusted
from app.engine.present import label
from app.engine.record import record_named, records
from app.engine.tenant import Tenant
from app.engine.values import mask
from app.extensions import db
from app.models.contract import Contract
from app.models.customer import Customer
from app.models.dispatch import FREE, Visit
from app.models.order import Order
from app.models.organisation import Staff
from app.models.payment import Receipt, Receivable
from app.models.telephone import CallFact, CallTrace, PhoneCall, PhoneExtension, PhoneLine, callers
from app.views.caller import arrears, colleagues
from app.web.cells import cell, moment
from app.workflows.calls import living

BACK, LATEST, MANY = 20, 3, 3  # visits and orders that say what is usual; contacts that are shown; customers of one number
SOON = timedelta(days=60)
Fact = dict[str, Any]


def rehearses() -> bool:
    """Whether the actor sets up lines, in one of the sample's companies: there it may ring without an exchange."""
    return policy.may(PhoneLine, "can:add") and bool(db.session.scalar(select(Tenant.sample).where(Tenant.id == current().tenant_id)))


def of_mine(pk: int) -> PhoneCall | None:
    """A call that rang, or rings, at the actor's own telephone: whose it becomes, its card is there for the agent who has it."""
    who = current()
    with trusted("call"):
        call = db.session.get(PhoneCall, pk)
        if call is None or call.tenant_id != who.tenant_id:
            return None
        heard = CallFact.call_id == call.id, CallFact.agent_id == who.actor_id
        mine = call.agent_id == who.actor_id or db.session.scalar(select(CallFact.id).where(*heard).limit(1))
        return call if mine else None


def card(call: PhoneCall) -> dict[str, Any]:
    """Everything ``parts/ring.html`` needs."""
    who, phone = current(), call.phone or ""
    with trusted("call"):
        line, facts = call.line, {f.event for f in db.session.scalars(select(CallFact).where(CallFact.call_id == call.id))}
        taken = label(call.agent) if call.agent is not None and call.agent_id != who.actor_id else ""
        same = {c.id: c.owner_id for c in callers(db.session, phone)} if phone else {}
        if call.customer_id and call.customer_id not in same:
            same = {call.customer_id: call.customer.owner_id if call.customer else None}
    if call.customer_id in same:
        same = {call.customer_id: same[call.customer_id]}
    found = select(Customer).where(Customer.id.in_(same)).order_by(Customer.id.desc()).limit(MANY)
    mine = list(db.session.scalars(found)) if same else []
    one = mine[0] if len(mine) == 1 else None
    started = call.answered_at or call.rang_at
    return {
        "id": call.id, "state": call.result if call.ended_at is None or call.result == "missed" else "ended", "live": call.ended_at is None,
        "out": call.direction == "out", "number": number(call, phone), "line": label(line),
        "seconds": int(((call.ended_at or now()) - started).total_seconds()), "at": moment(call.rang_at),
        "mine": call.agent_id == who.actor_id or (call.agent_id is None and call.ended_at is None),
        "taken": taken, "note": call.note or "",
        "recorded": line.recorded, "notice": cell(line, "notice").shown, "has_recording": "recording" in facts,
        "person": person(one) if one is not None else None,
        "choose": [{"id": c.id, "name": label(c), "place": cell(c, "district").shown} for c in mine] if one is None else [],
        "others": colleagues([owner for pk, owner in same.items() if pk not in {c.id for c in mine}]),
        "unknown": not same and policy.may(Customer, "can:add"), "has_phone": bool(phone),
        "beside": beside(call), "made": made(call), "extensions": extensions(call),
    }  # fmt: skip


def number(call: PhoneCall, phone: str) -> str:
    """The caller's number as far as the agent may read it of that call; its ends for whoever may not."""
    if not phone:
        return str(_("Number withheld"))
    return cell(call, "phone").shown if policy.seen(call) else mask("phone", phone)


def person(customer: Any) -> dict[str, Any]:
    """Who it is, what is usual, what is open, and what happened last."""
    orders = list(
        db.session.scalars(
            select(Order).where(Order.customer_id == customer.id).options(joinedload(Order.service)).order_by(Order.id.desc()).limit(BACK)
        ).unique()
    )  # fmt: skip
    visits = list(
        db.session.scalars(
            select(Visit).join(Order, Order.id == Visit.order_id).where(Order.customer_id == customer.id, Visit.state.not_in(FREE))
            .options(joinedload(Visit.worker), joinedload(Visit.order)).order_by(Visit.starts_at.desc()).limit(BACK)
        ).unique()
    )  # fmt: skip
    usual = Counter(o.service_id for o in orders).most_common(1)
    service = next(o for o in orders if o.service_id == usual[0][0]) if usual else None
    often = Counter(v.worker_id for v in visits).most_common(1)
    worker = next(v for v in visits if v.worker_id == often[0][0]) if often else None
    coming = [v for v in visits if v.ends_at > now() and v.state != "finished"]
    waits = [o for o in orders if o.state == "placed" and o.starts_at > now()]
    following: Any = min(coming, key=lambda v: v.starts_at) if coming else min(waits, key=lambda o: o.starts_at) if waits else None
    order = getattr(following, "order", following)
    names = {"service": cell(service, "service").shown if service else "", "worker": cell(worker, "worker").shown if worker else ""}
    owes, when = arrears(customer), cell(following, "starts_at").shown if following is not None else ""
    return {
        "id": customer.id, "name": label(customer), "url": f"/customer/show/{customer.id}", "attention": cell(customer, "attention"),
        "level": cell(customer, "level").shown, "phone": cell(customer, "phone").shown, "place": place(customer), "orders": len(orders),
        "more": len(orders) == BACK, "owner": whose(customer), "usual": service.service_id if service else "", **names,
        "next": when, "next_url": f"/order/show/{order.id}" if order is not None else "",
        "next_order": order.id if order is not None else "",
        "next_worker": cell(following, "worker").shown if isinstance(following, Visit) else "", "owes": owes,
        "owes_url": pay_url(customer) if owes else "", "rows": rows(customer), "latest": latest(customer, orders),
        "can_order": policy.may(Order, "can:add"), "complain_url": complain_url(customer),
    }  # fmt: skip


def place(customer: Any) -> str:
    return " ".join(c.shown for n in ("district", "address") if (c := cell(customer, n)).shown)


def whose(customer: Any) -> str:
    return str(_("you")) if customer.owner_id == current().actor_id else "、".join(colleagues([customer.owner_id]))


def pay_url(customer: Any) -> str:
    """Where the arrears are taken: the receipt of the oldest debt, for whoever writes receipts; else the list of what is owed."""
    if policy.may(Receipt, "can:add"):
        owed = [Receivable.customer_id == customer.id, query.where(Receivable, "arrears", "gt", "0")]
        if pk := db.session.scalar(select(Receivable.id).where(*owed).order_by(Receivable.due_on, Receivable.id).limit(1)):
            return f"/receipt/add?receivable={pk}"
    return f"/receivable/list?customer={customer.id}&arrears.gt=0"


def rows(customer: Any) -> list[Fact]:
    """What else to keep in mind: the contract, habits and diet, an open complaint; what there is nothing of is left out."""
    found: list[Fact] = []
    if policy.opens(Contract):
        live = Contract.customer_id == customer.id, Contract.state == "active"
        if contract := db.session.scalars(select(Contract).where(*live).order_by(Contract.ends_on).limit(1)).first():
            end = cell(contract, "ends_on")
            words = _("%(number)s, until %(day)s", number=label(contract), day=end.shown) if end.shown else label(contract)
            soon = contract.ends_on is not None and contract.ends_on < today() + SOON
            found.append({"label": _("Contract"), "text": words, "url": f"/contract/show/{contract.id}", "tint": "warn" if soon else ""})
    if complaint := open_complaint(customer):
        found.append({"label": _("Complaint"), "text": label(complaint), "url": f"/complaint/show/{complaint.id}", "tint": "bad b"})
    for name, words in (("habits", _("Habits")), ("diet", _("Diet"))):
        if text := cell(customer, name).shown:
            found.append({"label": words, "text": text, "url": "", "tint": ""})
    return found


def open_complaint(customer: Any) -> Any:
    model = record_named("complaint")
    if model is None or not hasattr(model, "customer_id") or not policy.opens(model):
        return None
    states = [s for s, state in model.__flow__.states.items() if not state.final] if model.__flow__ else None
    mine = [model.customer_id == customer.id, *([model.state.in_(states)] if states is not None else [])]
    return db.session.scalars(select(model).where(*mine).order_by(model.id.desc()).limit(1)).first()


def complain_url(customer: Any) -> str:
    model = record_named("complaint")
    return f"/complaint/add?customer={customer.id}" if model is not None and policy.may(model, "can:add") else ""


def latest(customer: Any, orders: list[Any]) -> list[Fact]:
    """The last contacts of all kinds, newest first: orders, payments and calls, as far as the actor sees them."""
    found: list[tuple[datetime, Fact]] = []
    for o in orders[:LATEST]:
        words, state = cell(o, "service").shown, cell(o, "state")
        found.append((o.created_at, {"icon": "clipboard-list", "text": f"{words} · {state.shown}", "url": f"/order/show/{o.id}"}))
    if policy.opens(Receipt):
        paid = select(Receipt).where(Receipt.customer_id == customer.id).order_by(Receipt.id.desc()).limit(LATEST)
        for r in db.session.scalars(paid):
            words = _("%(method)s, paid %(amount)s", method=cell(r, "method").shown, amount=cell(r, "amount").shown)
            found.append((r.created_at, {"icon": "cash", "text": words, "url": f"/receipt/show/{r.id}"}))
    if policy.opens(PhoneCall):
        before = PhoneCall.customer_id == customer.id, PhoneCall.ended_at.is_not(None)
        for c in db.session.scalars(select(PhoneCall).where(*before).order_by(PhoneCall.rang_at.desc()).limit(LATEST)):
            words = cell(c, "note").shown.partition("\n")[0][:40] or cell(c, "result").shown
            found.append((c.rang_at, {"icon": "phone", "text": words, "url": f"/phone_call/show/{c.id}"}))
    newest = sorted(found, key=lambda pair: pair[0], reverse=True)[:LATEST]
    return [fact | {"at": moment(at)} for at, fact in newest]


def beside(call: PhoneCall) -> list[str]:
    """Colleagues who are on the telephone with the same customer now."""
    if call.customer_id is None or call.ended_at is not None:
        return []
    with trusted("call"):
        same = PhoneCall.customer_id == call.customer_id, PhoneCall.id != call.id, PhoneCall.agent_id != current().actor_id
        agents = db.session.scalars(select(PhoneCall.agent_id).where(*same, *living()).distinct())
    return colleagues([pk for pk in agents if pk])


def made(call: PhoneCall) -> list[Fact]:
    """What was made during the call, as far as the actor sees it."""
    found: list[Fact] = []
    traces = select(CallTrace).where(CallTrace.call_id == call.id, CallTrace.tenant_id == tenant_id()).order_by(CallTrace.id).limit(20)
    for trace in db.session.scalars(traces):
        model = next((m for m in kinds() if m.__name__ == trace.model), None)
        record = query.find(db.session, model, trace.record_id) if model is not None else None
        if model is not None and record is not None:
            found.append({"kind": str(model.__label__), "text": label(record), "url": f"/{model.__tablename__}/show/{record.id}"})
        elif trace.model == "RecordNote":
            found.append({"kind": str(_("Note")), "text": "", "url": ""})
    return found


def kinds() -> list[Any]:
    return [m for m in records() if not m.__platform__ and policy.opens(m)]


def extensions(call: PhoneCall) -> list[Fact]:
    """To whom the call can be put through: the other telephones of its line."""
    if call.ended_at is not None:
        return []
    with trusted("call"):
        there = select(PhoneExtension.number, Staff.name).join(Staff, Staff.id == PhoneExtension.agent_id)
        mine = PhoneExtension.line_id == call.line_id, Staff.active, PhoneExtension.agent_id != current().actor_id
        found = db.session.execute(there.where(*mine).order_by(func.length(PhoneExtension.number), PhoneExtension.number).limit(40)).all()
    return [{"extension": number, "name": name} for number, name in found]
