"""Tiers of review: from which amount somebody has to pass a contract, and who."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import Mapped, Session

from app.engine.fields import Code, Flag, Money, choice, field
from app.engine.record import Record
from app.models.contract_template import KINDS

REVIEWERS = {"manager": _("Store manager"), "finance": _("Finance"), "admin": _("Administrator")}


class ReviewTier(Record):
    """From this amount on a contract passes somebody of this role, after those of the lower tiers. Below the lowest nobody is asked."""

    __label__ = _("Review tier")
    __plural__ = _("Review tiers")
    __icon__ = "ti-stairs-up"
    __called__ = ("role",)
    __table_args__ = (CheckConstraint("amount >= 0", name="review_tier_not_below_zero"),)
    __refusals__: ClassVar[dict[str, Any]] = {"review_tier_not_below_zero": _("The amount cannot be below zero.")}

    amount: Mapped[Money] = field(_("From the amount"), "finance")
    role: Mapped[Code] = choice(_("Passed by"), REVIEWERS, default="manager")
    kind: Mapped[Code | None] = choice(_("Only contracts of the kind"), KINDS)
    active: Mapped[Flag] = field(_("In use"), default=True)

    def __str__(self) -> str:
        return f"{REVIEWERS.get(self.role, self.role)}"


def roles_for(session: Session, kind: str, amount: Decimal) -> list[str]:
    """Whose word a contract of so much needs, the lowest tier first, each role once. The caller is trusted."""
    tiers = select(ReviewTier).where(ReviewTier.active, ReviewTier.amount <= amount).order_by(ReviewTier.amount, ReviewTier.id)
    return list(dict.fromkeys(t.role for t in session.scalars(tiers) if t.kind in (None, kind)))
