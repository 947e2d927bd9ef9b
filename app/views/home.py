"""The first page of the day: what concerns each role, counted, with the list behind every figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_appbuilder import expose
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import and_, func, literal, select

from app.engine import policy, query
from app.engine.clock import local, now, today
from app.engine.current import current
from app.engine.groups import shown as value_of
from app.engine.tenant import FRANCHISE, Tenant
from app.extensions import db
from app.models.care import ReturnVisit
from app.models.complaint import Complaint
from app.models.contract import Contract
from app.models.customer import Customer
from app.models.dispatch import FREE, Visit
from app.models.order import Order
from app.models.organisation import Store
from app.models.payment import Receipt, Receivable
from app.web import reminders
from app.web.cells import shown
from app.web.figures import Figure, Listing, lists, tiles
from app.web.notes import mine
from app.web.screen import Screen, allowed
from app.workflows.dispatch import DispatchFlow

Asked = list[Figure | Listing]
ORDER = ("customer", "starts_at", "service", "district")
DEBT = ("customer", "number", "due_on")
WAITING = "state=placed&sort=starts_at"
DUE, OPEN = "state=planned&due_on.le=", "state.in=opened,handling&sort=due_at"
BOOKED = "state=booked&sort=respond_by"
NOON, EVENING = 12, 18
UNSIGNED = "slip=missing&sort=starts_at"


class HomeScreen(Screen):
    """Where everybody lands."""

    doors = ((0, _("Home"), "ti-home", "/", lambda: True),)

    @expose("/")
    @allowed()
    def home(self) -> Any:
        roles = [role for role in HOMES if role in current().roles]
        asked = [a for role in roles for a in HOMES[role]()]
        shown_lists = lists(a for a in asked if isinstance(a, Listing))
        leads = current().roles & {"manager", "admin", "head_office"} and policy.comparable(Order, ["starts_at"])
        return self.render(
            "home.html",
            page_title=_("Home"),
            greeting=greeting(),
            tiles=tiles(a for a in asked if isinstance(a, Figure)),
            lists=[*reminders.mine(), *mine(), *(franchises() if "head_office" in roles else []), *shown_lists],
            charts=["/order/chart/1"] if leads else [],
        )


def greeting() -> Any:
    """A word for the time of day, with the name."""
    hour, name = local(now()).hour, current_user.staff.name
    if hour < NOON:
        return _("Good morning, %(name)s", name=name)
    return _("Good afternoon, %(name)s", name=name) if hour < EVENING else _("Good evening, %(name)s", name=name)


def agent() -> Asked:
    mine, day = f"owner={current().actor_id}", today()
    todays, waiting, owed = (
        f"{mine}&starts_at={day}&state.ne=cancelled&sort=starts_at",
        f"{mine}&{WAITING}",
        f"{mine}&arrears.gt=0&sort=due_on",
    )
    return [
        Figure(_("My orders today"), Order, todays, tint="plan"),
        Figure(_("My orders without a carer"), Order, waiting, tint="wait"),
        Figure(_("My customers' unpaid bills"), Receivable, owed, tint="bad"),
        Figure(_("Owed by my customers"), Receivable, owed, "arrears", "bad"),
        Figure(_("My return visits due"), ReturnVisit, f"{mine}&{DUE}{day}&sort=due_on", tint="wait"),
        Figure(_("My contracts to be signed"), Contract, f"{mine}&state=to_sign&sort=starts_on", tint="wait"),
        Figure(_("My complaints"), Complaint, f"{mine}&{OPEN}", tint="bad"),
        Listing(_("My orders today"), Order, todays, _("No orders today."), ORDER),
        waiting_list(_("My orders without a carer"), waiting),
        debts(_("My customers in arrears"), owed),
    ]


def dispatcher() -> Asked:
    late = f"state=placed&starts_at.lt={local(now()):%Y-%m-%dT%H:%M}&sort=starts_at"
    states = [s for s in DispatchFlow.states.values() if s.name not in FREE]
    return [
        Figure(_("Orders without a carer"), Order, WAITING, tint="wait"),
        Figure(_("Late, without a carer"), Order, late, tint="bad"),
        Figure(_("Unsigned slips"), Visit, UNSIGNED, tint="bad"),
        Figure(_("Not answered in time"), Order, unanswered(), tint="bad"),
        Figure(_("To be confirmed"), Order, BOOKED, tint="wait"),
        *[Figure(_("Visits today: %(state)s", state=s.label), Visit, f"starts_at={today()}&state={s.name}", tint=s.tint) for s in states],
        waiting_list(_("Orders without a carer"), WAITING),
        visits(),
    ]


def finance() -> Asked:
    overdue = f"due_on.lt={today()}&arrears.gt=0&sort=due_on"
    return [
        Figure(_("Unpaid bills"), Receivable, "arrears.gt=0", tint="wait"),
        Figure(_("Receipts today"), Receipt, f"received_on={today()}", "amount", "done"),
        Figure(_("Overdue bills"), Receivable, overdue, tint="bad"),
        Figure(_("Overdue"), Receivable, overdue, "arrears", "bad"),
        Figure(_("Unsigned slips"), Visit, UNSIGNED, tint="bad"),
        debts(_("Overdue bills"), overdue),
    ]


def manager() -> Asked:
    day = today()
    return [
        Figure(_("New orders today"), Order, f"created_at={day}", tint="plan"),
        Figure(_("New customers today"), Customer, f"created_at={day}", tint="plan"),
        Figure(_("Orders without a carer"), Order, WAITING, tint="wait"),
        Figure(_("Orders under way"), Order, "state=under_way", tint="run"),
        Figure(_("Not answered in time"), Order, unanswered(), tint="bad"),
        Figure(_("Prices to agree to"), Order, "state=pricing&sort=starts_at", tint="pause"),
        Figure(_("Visits done today"), Visit, f"finished_at={day}", tint="done"),
        Figure(_("Receipts today"), Receipt, f"received_on={day}", "amount", "done"),
        Figure(_("Arrears"), Receivable, "arrears.gt=0", "arrears", "bad"),
        Figure(_("Contracts to review"), Contract, "state=in_review&sort=starts_on", tint="wait"),
        Figure(_("Return visits due"), ReturnVisit, f"{DUE}{day}&sort=due_on", tint="wait"),
        Figure(_("Open complaints"), Complaint, OPEN, tint="bad"),
        Figure(_("Unsigned slips"), Visit, UNSIGNED, tint="bad"),
        waiting_list(_("Orders without a carer"), WAITING),
        visits(),
    ]


def partner() -> Asked:
    day = f"starts_at={today()}&sort=starts_at"
    return [
        Figure(_("Orders without a carer"), Order, WAITING, tint="wait"),
        Figure(_("Visits today"), Visit, day, tint="plan"),
        waiting_list(_("Orders without a carer"), WAITING),
        visits(),
    ]


def head_office() -> Asked:
    month = f"created_at.ge={today():%Y-%m-01}"
    return [
        Figure(_("Orders this month"), Order, month, tint="plan"),
        Figure(_("Amount this month"), Order, month, "amount", "done"),
        Figure(_("Arrears"), Receivable, "arrears.gt=0", "arrears", "bad"),
    ]


HOMES: dict[str, Callable[[], Asked]] = {
    "head_office": head_office, "admin": manager, "manager": manager,
    "dispatcher": dispatcher, "agent": agent, "finance": finance,
    "partner": partner,
}  # fmt: skip


def unanswered() -> str:
    """Orders that came by themselves, and that nobody has answered though the time is up."""
    late = f"respond_by.lt={local(now()):%Y-%m-%dT%H:%M}"
    return f"{late}&answered_at.empty=1&state.in=booked,pricing,placed&sort=respond_by"


def waiting_list(title: Any, ask: str) -> Listing:
    """The latest first: those whose time has come and gone without anybody."""
    return Listing(title, Order, ask, _("Every order has a carer."), ORDER, late="starts_at", late_word=_("Late"))


def visits() -> Listing:
    ask = f"starts_at={today()}&sort=starts_at"
    return Listing(_("Visits today"), Visit, ask, _("No visits today."), ("worker", "starts_at", "order"))


def debts(title: Any, ask: str) -> Listing:
    return Listing(title, Receivable, ask, _("Nobody owes anything."), DEBT, "arrears", late="due_on")


def franchises() -> list[dict[str, Any]]:
    """How many orders each franchise took this month, and what they come to: one statement over all of them."""
    first = f"{today():%Y-%m-01}"
    if policy.comparable(Order, ["created_at", "store"]) != ["created_at", "store"]:
        return []
    amount = func.sum(value_of(Order, "amount")) if policy.comparable(Order, ["amount"]) else literal(None)
    new = and_(Order.store_id == Store.id, query.where(Order, "created_at", "ge", first))
    rows = (
        select(Tenant.id, Tenant.name, Tenant.name_en, Store.id, func.count(Order.id), amount)
        .select_from(Tenant)
        .join(Store, Store.tenant_id == Tenant.id)
        .outerjoin(Order, new)
        .where(Tenant.kind == FRANCHISE)
        .group_by(Tenant.id, Tenant.name, Tenant.name_en, Store.id)
        .order_by(Tenant.id, Store.id)
    )
    english = str(get_locale()).startswith("en")
    found: dict[int, dict[str, Any]] = {}
    for pk, name, name_en, store, count, total in db.session.execute(rows):
        row = found.setdefault(pk, {"text": (english and name_en) or name, "stores": [], "count": 0, "total": 0})
        row["stores"].append(str(store))
        row["count"] += count
        row["total"] += total or 0
    made = [
        {
            "text": r["text"], "sub": _("%(n)s orders", n=f"{r['count']:,}"),
            "state": shown("money", r["total"]), "tint": "done",
            "url": f"/order/list?created_at.ge={first}&store.in={','.join(r['stores'])}",
        }
        for r in found.values()
    ]  # fmt: skip
    return [
        {
            "title": _("Franchises this month"),
            "rows": made,
            "empty": _("No franchises yet."),
            "more_url": f"/order/list?created_at.ge={first}",
        }
    ]
