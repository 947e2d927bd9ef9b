"""The care day grid of a long order, what is done to it, and the lists of its records."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import policy, query, values
from app.engine.clock import local, now, today
from app.engine.current import trusted
from app.engine.errors import Forbidden, Invalid, Missing, Refused
from app.engine.present import label
from app.extensions import db
from app.models.care_day import WORK, CareBill, CareChange, CareDay, CarePrice
from app.models.order import Order, end_of
from app.models.worker import Worker
from app.views.care_grid import grid
from app.web.cells import cell
from app.web.enter import page, wants_json
from app.web.record_view import RecordView, Section
from app.web.screen import Screen, allowed
from app.workflows import care_bill, care_days, care_layout, care_lines, care_prices, care_undo
from app.workflows.care_prices import CarePriceFlow

DONE = {
    "lay": _("The days are laid out."), "pause": _("Paused. Nothing is charged for these days."), "resume": _("These days count again."),
    "replace": _("The carer is replaced. The customer and both carers are told."), "add": _("The carer is added."),
    "price": _("The price is changed."), "correct": _("Corrected by a line with the difference."), "undo": _("Taken back."),
    "bill": _("The bill is on its way to the customer."),
}  # fmt: skip
WAITS = _("The price waits until somebody agrees to it. Until then the days keep theirs.")


class CareScreen(Screen):
    """One order, its days and carers."""

    @expose("/care/<int:pk>", methods=["GET"])
    @allowed(lambda: policy.opens(CareDay))
    def look(self, pk: int) -> Any:
        return self.shown(find(pk))

    @expose("/order/care/<int:pk>")
    @allowed()
    def tab(self, pk: int) -> Any:
        """The three sums, in a tab of the order's page."""
        order = find(pk)
        if not policy.opens(CareDay):
            raise Forbidden
        return page("parts/order_care.html", layout="base.html" if request.args else "parts/bare.html", pk=pk, **grid(order, {}))

    @expose("/care/<int:pk>/<any(lay, pause, resume, replace, add, price, correct, undo, bill):deed>", methods=["POST"])
    @expose("/api/v1/care/<int:pk>/<any(lay, pause, resume, replace, add, price, correct, undo, bill):deed>", methods=["POST"])
    @allowed(lambda: policy.opens(CareDay))
    def do(self, pk: int, deed: str) -> Any:
        """One deed. What is refused is said above the grid, and what was typed stays."""
        order = find(pk)
        try:
            made = getattr(self, f"do_{deed}")(order)
            db.session.commit()
        except Forbidden:
            raise
        except Refused as refused:
            if wants_json():
                raise
            db.session.rollback()
            return self.shown(find(pk), refused.status, wrong=str(refused), tried=deed)
        words = WAITS if isinstance(made, CarePrice) else DONE[deed]
        if wants_json():
            return jsonify(message=str(words), id=getattr(made, "id", None))
        flash(words, "success")
        return redirect(f"/care/{pk}")

    def shown(self, order: Order, status: int = 200, **more: Any) -> Any:
        context = {"page_title": label(order), "wrong": "", "tried": "", "given": request.form, **grid(order, request.args), **more}
        return page("care_days.html", status, **context, **deeds(order))

    def do_lay(self, order: Order) -> Any:
        """For an order that got its carer before there were care days."""
        if not care_lines.may_plan(order):
            raise Forbidden
        with trusted(WORK):
            made = care_layout.lay_out(db.session, order)
        if not made:
            raise Refused(_("Only an order by days that has its carer has care days."))

    def do_pause(self, order: Order) -> Any:
        first = day("first")
        return care_days.pause(db.session, order, first, day("last", first), text("reason"))

    def do_resume(self, order: Order) -> Any:
        first = day("first")
        return care_days.resume(db.session, order, first, day("last", first))

    def do_replace(self, order: Order) -> Any:
        at = values.moment(request.form.get("at", ""))
        more: dict[str, Any] = {"reason": text("reason"), "price": money("price"), "handover": text("handover")}
        return care_days.replace_carer(db.session, order, worker("old"), worker("new"), at, **more)

    def do_add(self, order: Order) -> Any:
        return care_days.add_carer(db.session, order, worker("new"), day("since"), price=money("price"), reason=text("reason"))

    def do_price(self, order: Order) -> Any:
        price = money("price")
        if price is None:
            raise Invalid({"price": _("Needed for this step.")})
        return care_prices.reprice(db.session, order, worker("worker"), day("since"), price, reason=text("reason"))

    def do_correct(self, order: Order) -> Any:
        line = query.find(db.session, CareDay, request.form.get("line", ""))
        if line is None or line.order_id != order.id:
            raise Missing
        bill, pay = money("bill") or Decimal(0), money("pay") or Decimal(0)
        return care_bill.correct(db.session, order, line, bill=bill, pay=pay, reason=text("reason"))

    def do_undo(self, order: Order) -> Any:
        change = request.form.get("change", "")
        return care_undo.undo(db.session, order, int(change) if change.isdecimal() else 0)

    def do_bill(self, order: Order) -> Any:
        return care_bill.send_bill(db.session, order, day("until", today()))


def find(pk: int) -> Any:
    found = query.find(db.session, Order, pk) if policy.opens(Order) else None
    if found is None:
        raise Missing
    return found


def text(name: str) -> str:
    """What was typed, without a card number in it."""
    return str(values.read("note", request.form.get(name, "")[:2000]) or "")


def money(name: str) -> Decimal | None:
    typed = request.form.get(name, "").strip()
    return values.money(typed) if typed else None


def day(name: str, usual: date | None = None) -> date:
    typed = request.form.get(name, "").strip()
    if not typed and usual is not None:
        return usual
    return values.day(typed)


def worker(name: str) -> Any:
    found = query.find(db.session, Worker, request.form.get(name, ""))
    if found is None:
        raise Invalid({name: _("Choose one from the list.")})
    return found


def deeds(order: Order) -> dict[str, Any]:
    """What the actor may do now, and what its forms begin with."""
    plans, prices = care_lines.may_plan(order), care_lines.may_price(order)
    live = order.state in care_lines.LIVE
    at = min(max(now(), order.starts_at), end_of(order))
    found: list[dict[str, Any]] = []
    for c in care_days.substitutes(db.session, order, at) if plans and live else ():
        words = [*c.blocks, *c.cons, *c.pros]
        said = [str(w) for w in words[:2]]
        found.append({"id": c.worker.id, "name": label(c.worker), "ok": c.ok, "near": len(c.blocks) == 1, "words": said})
    told = ("worker", "price", "since")
    sheet = [cell(order.customer, n).shown for n in ("habits", "diet")] + [cell(order, "special").shown] if plans else []
    return {
        "plans": plans and live, "prices": prices and live, "may_bill": care_bill.may_bill(), "today": today(), "substitutes": found,
        "at": f"{local(at):%Y-%m-%dT%H:%M}", "since": f"{local(at):%Y-%m-%d}", "handover": "\n".join(x for x in sheet if x and x != "…"),
        "can_lay": plans and live and care_lines.is_long(order),
        "waiting": [{"url": f"/care_price/show/{p.id}"} | {n: cell(p, n).shown for n in told} for p in waiting(order)],
    }  # fmt: skip


def waiting(order: Order) -> list[CarePrice]:
    """The prices that somebody has to agree to."""
    if not policy.opens(CarePrice):
        return []
    asked = db.session.query(CarePrice).filter(CarePrice.order_id == order.id, CarePrice.state == "waiting")
    return list(asked.order_by(CarePrice.id))


class CareDayView(RecordView):
    """Every line of every long order; they are made and changed on the order's grid."""

    model, place, order = CareDay, 22, "-on_day"
    tabs = [(_("All"), ""), (_("Paused"), "kind=paused&sort=-on_day"), (_("Not billed yet"), "billed.empty=1&sort=on_day")]
    columns = ["on_day", "order", "worker", "kind", "hours", "price", "bill", "rate", "pay", "billed"]
    sections = [
        Section(_("Care day"), ["order", "on_day", "worker", "kind", "hours", "reason", "visit"]),
        Section(_("Money"), ["price", "bill", "rate", "pay", "billed", "corrects"]),
    ]


class CareChangeView(RecordView):
    """What was done to care days, by whom and why."""

    model, place = CareChange, 76
    columns = ["created_at", "order", "deed", "at", "replaced", "worker", "price_before", "price", "doer"]
    sections = [
        Section(_("Change of care days"), ["order", "deed", "at", "until", "replaced", "worker", "reason", "doer"]),
        Section(_("Visits"), ["visit", "handover", "undoes"]),
        Section(_("Price"), ["price_before", "price", "approver"]),
    ]


class CarePriceView(RecordView):
    """Prices of care days that somebody has to agree to."""

    model, flow, place = CarePrice, CarePriceFlow, 77
    tabs = [(_("All"), ""), (_("Price to agree to"), "state=waiting")]
    columns = ["since", "order", "worker", "price", "listed", "why", "state", "owner"]
    sections = [Section(_("Price of care days"), ["order", "worker", "since", "price", "listed", "why", "reason"])]
    actions = []


class CareBillView(RecordView):
    """The bills of long orders."""

    model, place = CareBill, 52
    columns = ["number", "order", "customer", "since", "until", "amount"]
    related = [("care_day", "billed")]
