"""What only an order has: its price as it is typed and line by line, its stages and steps, and the visits of its series."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine import policy, query, values
from app.engine.clock import local
from app.engine.current import current, trusted
from app.engine.errors import Forbidden, Invalid, Missing, Refused
from app.engine.present import apply, label
from app.engine.rules import Level
from app.engine.values import cents
from app.extensions import db
from app.models.catalog import Service
from app.models.order import Order
from app.models.price_sum import NONE, Chosen, Sum, plain, price_of
from app.models.pricing import PriceRule, ServiceOption, may_agree, rules_of
from app.models.pricing_of import OrderOption, asked, worked_out
from app.models.series import WEEKDAYS
from app.models.service_kind import BEFORE, KindStage, OrderStage, stages_of, steps_of
from app.models.store_price import prices_of
from app.models.worker import Worker
from app.web.cells import cell, moment, shown
from app.web.enter import page
from app.web.screen import Screen, allowed
from app.workflows.asked_for import could_come
from app.workflows.estimate import estimate
from app.workflows.series import SCOPES, call_off, move, visits_of

MOST = Decimal(100_000)
WAITS = _("Below the list: somebody else has to agree before a carer is sent.")


def prices() -> bool:
    return policy.opens(Service) and (policy.may(Order, "can:add") or policy.opens(Order))


class OrderParts(Screen):
    """Tabs of an order's page, and what its form asks while it is filled in."""

    @expose("/order/price")
    @allowed(prices)
    def price(self) -> Any:
        """What is typed would come to, line by line, and how long it would take. Nothing is written."""
        service = query.find(db.session, Service, request.args.get("service", ""))
        if service is None:
            raise Refused(_("Choose a service."))
        unit = charged(service)
        area, grade = number("area"), request.args.get("grade", "")[:40]
        begins = values.moment(given) if (given := request.args.get("starts_at", "").strip()) else None
        minutes = estimate(db.session, service, area)
        quantity = number("quantity") or Decimal(1)
        if worker := query.find(db.session, Worker, request.args.get("wanted", "")):
            grade = grade or worker.grade
        told: dict[str, Any] = {
            "kind": service.category if reads(service, "category") else "", "minutes": minutes, "suggested": values_of(minutes, service),
            "ends": moment(service.end(begins, quantity)) if begins else "",
        }  # fmt: skip
        people = (query.find(db.session, Worker, request.args.get(name, "")) for name in ("wanted", "wanted_too"))
        if begins and (asked_for := list(dict.fromkeys(p for p in people if p is not None))):
            told["people"] = could_come(db.session, asked_for, service, begins, service.end(begins, quantity))
        if unit is None:
            return jsonify(told)
        named = names()
        hours = Decimal((service.end(begins, quantity) - begins).total_seconds()) / 3600 if begins else NONE
        with trusted("price"):
            facts = asked(db.session, service, unit, quantity, begins, hours=hours, area=area, store=current().store_id, grade=grade,
                          options=chosen())  # fmt: skip
            made = price_of(facts, rules_of(db.session))
            agreed = number("agreed")
            waits = agreed is not None and not may_agree(db.session, agreed, made.total)
        return jsonify(told | lines(made, named) | {"waits": str(WAITS) if waits else ""})

    @expose("/order/sum/<int:pk>")
    @allowed()
    def sum(self, pk: int) -> Any:
        """Why it costs what it costs."""
        order = found(pk)
        if not reads(order, "amount", "unit_price", "listed", "quantity"):
            raise Forbidden
        named = names(order)
        with trusted("price"):
            usual = order.list_unit if order.list_unit is not None else order.unit_price
            made = worked_out(db.session, order, usual or NONE)
        told = {n: money(order, n) for n in ("agreed", "amount")} | {"why": money(order, "why_price")}
        context: dict[str, Any] = {"title": label(order), **lines(made, named), **told}
        return page("parts/order_sum.html", layout=layout(), **context)

    @expose("/order/stages/<int:pk>")
    @allowed()
    def stages(self, pk: int) -> Any:
        """The stages of its kind's own, and the standard steps of the work."""
        order = found(pk)
        can = policy.may(OrderStage, "can:add")
        with trusted("steps"):
            service = order.service or db.session.get(Service, order.service_id)
            found_ = steps_of(db.session, service) if service else []
        steps = [{"text": str(s), "photo": s.photo} for s in found_ if policy.seen(s) and reads(s, "wording", "wording_en", "photo")]
        rows = [
            {
                "id": s.id, "name": str(s), "when": str(BEFORE.get(s.before, "")),
                "at": (moment(d.done_at) if reads(d, "done_at") else "…") if d else "",
                "said": d.said or "" if d and reads(d, "said") else "",
            }
            for s, d in stages_of(db.session, order) if policy.seen(s) and reads(s, "name", "name_en", "before")
        ]  # fmt: skip
        return page("parts/order_stages.html", layout=layout(), title=label(order), pk=pk, rows=rows, steps=steps, can=can)

    @expose("/order/stages/<int:pk>/<int:stage_id>", methods=["POST"])
    @allowed()
    def done(self, pk: int, stage_id: int) -> Any:
        """Say that a stage is done."""
        order = found(pk)
        stage = next((s for s, _done in stages_of(db.session, order) if s.id == stage_id), None)
        if stage is None or not isinstance(stage, KindStage):
            raise Missing
        sent = {"order": pk, "stage": stage_id, "said": request.form.get("said", "").strip()[:500] or None}
        db.session.add(apply(OrderStage(), sent, db.session))
        db.session.commit()
        flash(_("Done: %(step)s.", step=stage), "success")
        return redirect(f"/order/show/{pk}#stages")

    @expose("/order/series/<int:pk>")
    @allowed()
    def series(self, pk: int) -> Any:
        """The visits of its series, and one form that moves this one, or all that follow."""
        order = found(pk)
        if order.series_id is None:
            raise Missing
        rows = [
            {
                "id": o.id, "number": cell(o, "number").shown or "…", "at": cell(o, "starts_at").shown, "state": cell(o, "state").shown,
                "hand": reads(o, "by_hand") and o.by_hand, "here": o.id == pk,
            }
            for o in visits_of(db.session, order.series_id) if policy.seen(o)
        ]  # fmt: skip
        series = order.series
        days = [str(WEEKDAYS[d]) for d in series.weekdays or [] if d in WEEKDAYS] if series and reads(series, "weekdays") else []
        begins: dict[str, Any] = {
            "starts_at": f"{local(order.starts_at):%Y-%m-%dT%H:%M}" if reads(order, "starts_at") else "",
            "quantity": plain(order.quantity) if reads(order, "quantity") else "",
        }
        told: dict[str, Any] = {"title": label(order), "pk": pk, "rows": rows, "scopes": SCOPES, "can": may_move(order), "days": days}
        return page("parts/order_series.html", layout=layout(), **told, **begins)

    @expose("/order/series/<int:pk>", methods=["POST"])
    @allowed()
    def change(self, pk: int) -> Any:
        """Move or call off this visit, all from it on, or all from it on that nobody changed by hand."""
        order, form = found(pk), request.form
        if order.series_id is None or not may_move(order):
            raise Forbidden
        scope = form.get("scope", "this")
        if scope not in SCOPES:
            raise Invalid({"scope": _("Choose one from the list.")})
        if form.get("do") == "cancel":
            n = call_off(db.session, order, scope, form.get("reason", "").strip()[:300])
        else:
            quantity = values.number(form["quantity"]) if form.get("quantity", "").strip() else None
            n = move(db.session, order, scope, values.moment(form.get("starts_at", "")), quantity)
        db.session.commit()
        flash(_("%(n)s visits changed.", n=n), "success")
        return redirect(f"/order/show/{pk}#series")


def layout() -> str:
    """A page of its own where it was asked for as one; else what stands in a tab."""
    return "base.html" if request.args else "parts/bare.html"


def found(pk: int) -> Any:
    if not policy.opens(Order):
        raise Forbidden
    order = query.find(db.session, Order, pk)
    if order is None:
        raise Missing
    return order


def reads(record: Any, *names_: str) -> bool:
    """Whether the actor may read all of these cells."""
    return all(policy.level(record, n) >= Level.READ for n in names_)


def names(order: Any = None) -> set[str]:
    """The rules and options that may be told by name and by what they cost; the others are only part of the sum."""
    rules = db.session.scalars(select(PriceRule)) if policy.opens(PriceRule) else ()
    found = {str(r) for r in rules if reads(r, "name", "name_en", "amount")}
    known = db.session.scalars(select(ServiceOption)) if policy.opens(ServiceOption) else ()
    options = {str(o) for o in known if reads(o, "name", "name_en", "price")}
    if order is not None:
        rows = list(db.session.scalars(select(OrderOption).where(OrderOption.order_id == order.id))) if policy.opens(OrderOption) else []
        options &= {str(o.option) for o in rows if o.option is not None and reads(o, "option", "quantity", "price")}
    return found | options


def may_move(order: Any) -> bool:
    """Whoever may change the time of an order, or call it off."""
    return policy.level(order, "starts_at") >= Level.WRITE and policy.may(Order, "step:cancel", order)


def number(name: str) -> Decimal | None:
    text = request.args.get(name, "").strip()
    found = values.number(text) if text else None
    if found is not None and not 0 <= found <= MOST:
        raise Refused(_("This number is too large or too small."))
    return found


def charged(service: Any) -> Decimal | None:
    """What the actor's store charges, as far as the actor may read it."""
    with trusted("price"):
        own = prices_of(db.session, current().store_id).get(service.id)
    said = own or service
    return said.price if all(policy.level(s, "price") >= Level.READ for s in (service, said)) else None


def chosen() -> tuple[Chosen, ...]:
    """The options in the address: ``options=3:2,5`` is two of the third and one of the fifth."""
    known = {str(o.id): o for o in db.session.query(ServiceOption).filter(ServiceOption.active)}
    made = []
    for part in request.args.get("options", "").split(","):
        pk, _mark, many = part.partition(":")
        if pk in known:
            made.append(Chosen(str(known[pk]), known[pk].price, values.number(many) if many.strip() else Decimal(1)))
    return tuple(made)


def values_of(minutes: int, service: Any) -> str:
    """The quantity that so many minutes are, of what is paid by the hour."""
    return f"{Decimal(minutes) / 60:.1f}".rstrip("0").rstrip(".") if service.unit == "hour" and minutes else ""


def lines(made: Sum, named: set[str]) -> dict[str, Any]:
    """The sum as pages show it; what may not be told of stands there as one more line without a name."""
    told = []
    for n, x in enumerate(made.lines):
        able = n == 0 or x.label in named
        word = x.label or str(_("Quantity × price")) if able else str(_("More"))
        told.append({"label": word, "how": x.how if able else "", "amount": shown("money", cents(x.amount))})
    return {"lines": told, "total": shown("money", made.total)}


def money(order: Any, name: str) -> str:
    value = getattr(order, name)
    if value is None or policy.level(order, name) < Level.READ:
        return ""
    return value if isinstance(value, str) else shown("money", value)
