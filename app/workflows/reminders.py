"""The reminders every company begins with: birthdays, contracts that end, money that is due, planned talks, neglected customers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.audit import told
from app.engine.clock import local, today
from app.engine.notes import RecordNote
from app.engine.reminders import OWNER, Reminder, ReminderRule, Shipped, ship
from app.models.coupon import Coupon
from app.models.customer import Customer

FINANCE = "role:finance"
OFFER: dict[str, Any] = {"amount": "50", "percent": "", "days": 60, "visit": True}
VISIT = "生日上门回访"  # data, not words of a screen: it stands in the note for good


def renewal(contract: Any) -> str:
    """The contract's own page, where "Renew" copies it with its fees into a draft."""
    return f"/contract/show/{contract.id}"


def talk(customer: Any) -> str:
    return f"/followup/add?customer={customer.id}"


def talked(_session: Session, followup: Any, done: bool) -> None:  # noqa: FBT001
    """The planned contact is done with its reminder, and planned again when that is taken back."""
    followup.done = done


def birthday_offer(session: Session, rule: ReminderRule, customer: Customer, reminder: Reminder) -> None:
    """A coupon for this birthday, and a visit to do: both once a year, in the transaction of the reminder."""
    offer = OFFER | (rule.more or {})
    day = local(reminder.at).date()
    there = select(Coupon.id).where(Coupon.customer_id == customer.id, Coupon.occasion == "birthday", Coupon.year == day.year)
    amount, percent = (Decimal(str(offer[n])) if offer[n] else None for n in ("amount", "percent"))
    if (amount or percent) and session.scalar(there) is None:
        until = today() + timedelta(days=int(offer["days"]))
        amount = None if percent else amount
        session.add(Coupon(customer=customer, occasion="birthday", year=day.year, amount=amount, percent=percent, valid_until=until))
    if offer["visit"]:
        task = RecordNote(
            model="Customer", record_id=customer.id, text=VISIT, due_on=day, for_id=customer.owner_id, store_id=customer.store_id
        )
        session.add_all([task, told(customer, "todo")])
    session.flush()


ship(
    Shipped("neglected", "Customer", "contacted_at", _("Key customer without contact"), (-14,), asked="(attention.eq.1,stage.ne.past)",
            first=True, again=7, link=(_("Follow-up"), talk)),
    Shipped("contact", "Followup", "next_at", _("Planned contact"), (0,), asked="done.eq.0", done=talked,
            link=(_("Follow-up"), lambda f: f"/followup/add?customer={f.customer_id}")),
    Shipped("birthday", "Customer", "birthday", _("Birthday"), (3,), yearly=True, asked="stage.ne.past", link=(_("Follow-up"), talk)),
    Shipped("birthday_offer", "Customer", "birthday", _("Birthday offer"), (7,), yearly=True, asked="(stage.ne.past,level.eq.vip)",
            active=False, more=OFFER, deed=birthday_offer, link=(_("Follow-up"), talk)),
    Shipped("contract_ends", "Contract", "ends_on", _("Contract ends"), (30, 15, 7), asked="state.eq.active", link=(_("Renew"), renewal)),
    Shipped("card_ends", "HourCard", "expires_on", _("Member card expires"), (30, 7), asked="(state.eq.active,balance.gt.0)",
            link=(_("Open the card"), lambda c: f"/hour_card/show/{c.id}")),
    Shipped("paper_ends", "WorkerPaper", "until", _("Paper runs out"), (30, 7, 0), told=("role:manager", "role:dispatcher"),
            asked="latest.eq.1", link=(_("Open the carer"), lambda p: f"/worker/show/{p.worker_id}")),
    Shipped("payment_due", "Receivable", "due_on", _("Payment due"), (3,), told=(OWNER, FINANCE), asked="arrears.gt.0", again=7),
)  # fmt: skip
