"""The screens of what an order is told from: its words, its place, and how fast it is answered."""

from __future__ import annotations

from app.models.channel import ClassRule, ResponseTime, StoreArea
from app.web.record_view import RecordView


class StoreAreaView(RecordView):
    """Which store looks after which place."""

    model, order, place = StoreArea, "name", 85
    columns = ["name", "city", "district", "words", "shop", "active"]


class ClassRuleView(RecordView):
    """Which words make which class."""

    model, order, place = ClassRule, "position", 86
    columns = ["position", "order_class", "words", "active"]


class ResponseTimeView(RecordView):
    """How long what comes by itself may wait for an answer."""

    model, order, place = ResponseTime, "source", 89
    columns = ["source", "minutes"]
