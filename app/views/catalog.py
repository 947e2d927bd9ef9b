"""The screens of the price list, and of what kinds of service there are."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.models.catalog import Service
from app.models.service_kind import KindStage, OrderStage, ServiceKind, ServiceStep
from app.web.record_view import RecordView, Section


class ServiceView(RecordView):
    """What we sell."""

    model, order, place = Service, "code", 60
    columns = ["code", "name", "name_en", "category", "unit", "price", "active"]
    sections = [
        Section(_("Service"), ["code", "name", "name_en", "category", "skill", "work", "device", "active"]),
        Section(_("Price"), ["unit", "minutes", "price", "cost"]),
    ]
    inline = [("service_step", "service")]
    related = [("service_step", "service"), ("price_rule", "service"), ("service_option", "service")]


class ServiceKindView(RecordView):
    """The kinds of service; each with its standard steps and its own stages."""

    model, order, place = ServiceKind, "code", 61
    columns = ["code", "name", "name_en", "skills", "papers", "base_minutes", "area_minutes", "active"]
    sections = [
        Section(_("Kind"), ["code", "name", "name_en", "tint", "active"]),
        Section(_("Whom it needs"), ["skills", "papers"]),
        Section(_("How long it takes"), ["base_minutes", "area_minutes"]),
    ]
    inline = [("service_step", "kind"), ("kind_stage", "kind")]


class ServiceStepView(RecordView):
    """What is done at a visit, step by step."""

    model, order, place = ServiceStep, "position", 62
    columns = ["position", "wording", "wording_en", "photo", "kind", "service"]


class KindStageView(RecordView):
    """What has to be done for orders of a kind besides what all orders pass."""

    model, order, place = KindStage, "position", 63
    columns = ["position", "name", "name_en", "kind", "before", "shown", "active"]


class OrderStageView(RecordView):
    """Which stages of orders are done, when and by whom."""

    model, order, place = OrderStage, "-done_at", 87
    columns = ["order", "stage", "done_at", "said", "owner"]
