"""Moving or cancelling an order at the desk: the fee first, then the word that does it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import policy, query, values
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.present import label
from app.engine.rules import Level
from app.extensions import db
from app.models.charge import BEARERS, DEEDS, CancelRule
from app.models.order import MOVABLE, Order
from app.web.cells import cell, shown
from app.web.enter import page
from app.web.screen import Screen, allowed
from app.workflows.charges import change, fee_for, may_change


class ChangeScreen(Screen):
    """One order, two deeds."""

    @expose("/changes/<int:pk>", methods=["GET"])
    @allowed()
    def look(self, pk: int) -> Any:
        return page("changes.html", **context(find(pk)))

    @expose("/changes/<int:pk>/<any(cancel, move):deed>", methods=["POST"])
    @allowed()
    def do(self, pk: int, deed: str) -> Any:
        order, form = find(pk), request.form
        if not may_change(order) or not told(order):
            raise Forbidden
        try:
            to = values.moment(form["to"]) if deed == "move" and form.get("to") else None
            fee, seen = values.money(form.get("fee", "")), form.get("version", "")
            said = form.get("reason", "")
            made = change(db.session, order, deed, seen=int(seen) if seen.isdecimal() else 0, fee=fee, reason=said, to=to)
            db.session.commit()
        except Forbidden:
            raise
        except Refused as refused:
            db.session.rollback()
            return page("changes.html", refused.status, wrong=str(refused), given=form, **context(find(pk)))
        flash(_("Done: %(step)s.", step=DEEDS[made.deed]), "success")
        return redirect(f"/order/show/{pk}")


def find(pk: int) -> Order:
    found = query.find(db.session, Order, pk) if policy.opens(Order) else None
    if found is None:
        raise Missing
    return found  # type: ignore[no-any-return]


def told(order: Order) -> bool:
    """Whether the actor may know what a fee is made of."""
    return policy.level(order, "amount") >= Level.READ and policy.ceiling(CancelRule, "percent") >= Level.READ


def context(order: Order) -> dict[str, Any]:
    fees = {}
    for deed, words in DEEDS.items() if told(order) else ():
        fee = fee_for(db.session, order, deed)
        fees[deed] = {
            "label": str(words), "amount": shown("money", fee.amount), "owed": f"{fee.owed:.2f}", "free": not fee.amount,
            "bearer": str(BEARERS[fee.bearer]), "hours": f"{fee.hours:.1f}",
        }  # fmt: skip
    return {
        "page_title": label(order), "order": {"id": order.id, "number": label(order), "version": order.version},
        "cells": [(n, cell(order, n).shown) for n in ("customer", "service", "starts_at", "amount")],
        "state": cell(order, "state"), "fees": fees, "open": order.state in MOVABLE and may_change(order),
    }  # fmt: skip
