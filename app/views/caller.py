"""Who calls: what the agent should know about the customers of a number, and whom to ask about the others."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.engine import policy, query, values
from app.engine.current import trusted
from app.engine.errors import Refused
from app.engine.groups import shown as shown_value
from app.engine.present import label
from app.extensions import db
from app.models.customer import Customer
from app.models.dispatch import FREE, Visit
from app.models.order import Order
from app.models.organisation import Staff
from app.models.payment import Receivable
from app.models.telephone import callers
from app.web.cells import cell, shown

CARDS, LATEST = 5, 3  # customers of one number that are shown in full, and their last orders


def found(text: str) -> dict[str, Any]:
    """{mine: [...], others: [{owner}], hint}; an incomplete number finds nobody."""
    try:
        phone = values.phone(text)
    except Refused as refused:
        return {"mine": [], "others": [], "hint": str(refused) if text else ""}
    same = {c.id: c.owner_id for c in callers(db.session, phone)}
    if not same:
        return {"mine": [], "others": [], "hint": ""}
    mine = list(db.session.scalars(select(Customer).where(Customer.id.in_(same)).order_by(Customer.id.desc())))
    others = [owner for pk, owner in same.items() if pk not in {c.id for c in mine}]
    owners = [{"owner": name} for name in colleagues(others)]
    return {"mine": [card(c) for c in mine[:CARDS]], "others": owners, "hint": ""}


def colleagues(pks: list[int | None]) -> list[str]:
    """Their names, each once, wherever they work: it is they who must be asked."""
    if not pks:
        return []
    with trusted("same phone"):
        rows = db.session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(pks)))
        names = {row.id: row.name for row in rows}
    return [names.get(pk or 0) or str(_("a colleague")) for pk in dict.fromkeys(pks)]


def card(customer: Any) -> dict[str, Any]:
    """What the agent should know before saying a word."""
    orders = list(
        db.session.scalars(
            select(Order).where(Order.customer_id == customer.id).options(joinedload(Order.service))
            .order_by(Order.id.desc()).limit(LATEST)
        ).unique()
    )  # fmt: skip
    cells = {n: cell(customer, n) for n in ("attention", "phone", "habits", "diet", "district", "address", "door")}
    return {
        "id": customer.id, "name": label(customer), "url": f"/customer/show/{customer.id}",
        "attention": {"code": cells["attention"].tint, "word": cells["attention"].shown},
        "place": " ".join(cells[n].shown for n in ("district", "address", "door") if cells[n].shown),
        "arrears": arrears(customer), "carer": usual_carer(customer), "usual": orders[0].service_id if orders else None,
        "orders": [last(o) for o in orders],
        **{n: cells[n].shown for n in ("phone", "habits", "diet")},
    }  # fmt: skip


def last(order: Any) -> dict[str, str]:
    """One line about an earlier order."""
    state = cell(order, "state")
    words = f"{cell(order, 'starts_at').shown} {cell(order, 'service').shown}"
    return {"url": f"/order/show/{order.id}", "text": words, "state": state.shown, "tint": state.tint}


def arrears(customer: Any) -> str:
    """What the customer owes, as far as the actor may add it up; nothing when that is nothing."""
    if policy.comparable(Receivable, ["arrears"]) != ["arrears"]:
        return ""
    mine = [Receivable.customer_id == customer.id, query.where(Receivable, "arrears", "gt", "0")]
    owed = db.session.scalar(select(func.sum(shown_value(Receivable, "arrears"))).where(*mine)) or Decimal(0)
    return shown("money", owed) if owed > 0 else ""


def usual_carer(customer: Any) -> str:
    """The name of the carer who was there last."""
    mine = select(Visit).join(Order, Order.id == Visit.order_id).options(joinedload(Visit.worker))
    mine = mine.where(Order.customer_id == customer.id, Visit.state.not_in(FREE)).order_by(Visit.id.desc())
    visit = db.session.scalars(mine.limit(1)).first()
    return cell(visit, "worker").shown if visit is not None else ""
