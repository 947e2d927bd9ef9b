"""The screens of member cards and their hours, and what a card gives back."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import policy, query
from app.engine.charts import Chart
from app.engine.current import trusted
from app.engine.errors import Forbidden, Missing
from app.engine.present import label
from app.engine.rules import Level
from app.extensions import db
from app.models.hour_card import REFUNDED_BY, HourCard, HourLine
from app.web.cells import shown
from app.web.enter import page
from app.web.record_view import OwnTab, RecordView, Section
from app.web.screen import Screen, allowed
from app.workflows.hours import HourCardFlow, refund_of


class HourCardView(RecordView):
    """Prepaid hours, card by card."""

    model, flow, place = HourCard, HourCardFlow, 42
    tabs = [
        (_("All"), ""),
        (_("In use"), "state=active&sort=expires_on"),
        (_("Few hours left"), "state=active&low_at.empty=0&sort=expires_on"),
        (_("Expires soon"), "state=active&expires_on.when=next_30&sort=expires_on"),
    ]
    columns = ["number", "customer", "level", "balance", "sold", "price", "expires_on", "state", "owner"]
    line = ["number", "level", "balance", "expires_on"]
    sections = [
        Section(_("Member card"), ["customer", "level", "kind", "contract", "expires_on", "floor", "low_at", "reason"]),
        Section(_("Hours"), ["balance", "sold", "price", "list_price", "refund_by"]),
    ]
    related = [("hour_line", "card")]
    own_tabs = [OwnTab("refund", _("Refund"), lambda card: card.state == "active")]
    charts = [Chart(_("Cards by level"), by="level"), Chart(_("Hours left by level"), by="level", measure="balance")]


class HourLineView(RecordView):
    """Every movement of hours. A mistake is put right by an opposite line."""

    model, place, order = HourLine, 43, "-id"
    columns = ["at", "card", "kind", "hours", "amount", "slip", "contract", "opposite_of", "reason"]
    sections = [
        Section(_("Hour line"), ["card", "kind", "hours", "amount", "at", "reason"]),
        Section(_("Where it comes from"), ["slip", "visit", "contract", "opposite_of"]),
    ]
    related = [("hour_line", "opposite_of")]
    charts = [
        Chart(_("Hours by month"), by="at:month", measure="hours", kind="line"),
        Chart(_("Hours by what happened"), by="kind", measure="hours"),
    ]


class HourCardParts(Screen):
    """Tabs of a card's page."""

    @expose("/hour_card/refund/<int:pk>")
    @allowed()
    def refund(self, pk: int) -> Any:
        """What goes back if the card ended now: the formula, line by line, before it is done."""
        if not policy.opens(HourCard):
            raise Forbidden
        card = query.find(db.session, HourCard, pk)
        if card is None:
            raise Missing
        if any(policy.level(card, name) < Level.READ for name in ("price", "list_price", "refund_by", "balance", "sold")):
            raise Forbidden
        with trusted("refund"):
            made = refund_of(db.session, card)
        told = {
            "by": str(REFUNDED_BY.get(made.by, made.by)), "left": shown("number", made.left), "price": shown("money", card.price),
            "sold": shown("number", card.sold), "used": shown("number", card.sold - made.left),
            "listed": shown("money", card.list_price) if made.by == "list" and card.list_price is not None else "",
            "base": shown("money", made.base), "cut": shown("money", made.cut), "fee": shown("money", made.fee),
            "total": shown("money", made.total), "sum": f"{made.total:.2f}",
        }  # fmt: skip
        layout = "base.html" if request.args else "parts/bare.html"
        mine = card.state == "active" and policy.may(HourCard, "step:refund", card)
        return page("hour_card/refund.html", layout=layout, title=label(card), pk=pk, back=told, mine=mine)
