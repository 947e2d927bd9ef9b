"""Giving rows to colleagues: to one, evenly, to whoever has least, or by district."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.engine import policy
from app.engine.current import trusted
from app.engine.deed import Deed
from app.engine.errors import Forbidden, Refused
from app.engine.fields import fields_of
from app.engine.handover import open_records
from app.engine.query import find
from app.engine.record import record_named

AREA = "district"  # the field of a record, and of a store, that the rule "area" compares
RULES = {"even": _("Evenly"), "least": _("To whoever has the fewest open ones"), "area": _("To whoever's store is in the same district")}
NOBODY = _("Nobody chosen works in this district.")


class Assign(Deed):
    """Give each row to one of some colleagues."""

    name, label, icon = "assign", _("Assign to staff"), "ti-user-share"

    @classmethod
    def offered(cls, model: Any) -> bool:
        return super().offered(model) and policy.may(model, "can:assign")

    def ready(self) -> None:
        staff = record_named("staff")
        wanted = self.inputs.get("to")
        people = [find(self.session, staff, str(pk)) for pk in dict.fromkeys(wanted if isinstance(wanted, list) else [])]
        if not people or any(p is None or not p.active for p in people):
            raise Refused(_("Choose who gets them."))
        self.rule = str(self.inputs.get("rule") or "even")
        if self.rule not in RULES:
            raise Refused(_("Choose one from the list."))
        self.people = [p.id for p in people]
        self.given: Counter[int] = Counter()
        self.load = self.burden() if self.rule != "even" else Counter[int]()
        self.areas = self.districts(people) if self.rule == "area" else {}

    def burden(self) -> Counter[int]:
        """How many open records of this type each of them looks after already."""
        found: Counter[int] = Counter()
        with trusted("assign"):
            for pk in self.people:
                some = open_records(self.model, pk).order_by(None).with_only_columns(func.count())
                found[pk] = self.session.scalar(some) or 0
        return found

    def districts(self, people: list[Any]) -> dict[int, Any]:
        store = record_named("store")
        if AREA not in fields_of(self.model):
            raise Refused(_("These records have no district. Choose another rule."))
        with trusted("assign"):
            there: dict[int, Any] = {pk: area for pk, area in self.session.execute(select(store.id, getattr(store, AREA)))}  # noqa: C416
        return {p.id: there.get(p.store_id) for p in people}

    def touch(self, record: Any) -> None:
        if not policy.may(self.model, "can:assign", record):
            raise Forbidden
        able = self.people
        if self.rule == "area":
            area = getattr(record, AREA)
            able = [pk for pk in able if area and self.areas[pk] == area]
        if not able:
            raise Refused(NOBODY)
        chosen = min(able, key=lambda pk: self.load[pk] + self.given[pk])
        record.owner_id = chosen
        self.given[chosen] += 1

    def names(self) -> list[str]:
        return ["owner"]

    def mark(self) -> Any:
        return self.given.copy()

    def back(self, mark: Any) -> None:
        self.given = mark.copy()
