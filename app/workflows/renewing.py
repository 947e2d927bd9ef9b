"""Renewing: a new draft that begins where the old contract ends, with its words and its fees."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.clock import today
from app.engine.current import trusted
from app.engine.errors import Forbidden, NotInThisState
from app.engine.policy import may
from app.engine.record import hold
from app.engine.verbs import Verb, offer
from app.models.contract import Contract, ContractFee, fees_of

FROM = ("active", "suspended", "expired")
KEPT = (
    "template_id", "kind", "customer_id", "worker_id", "service_id", "monthly", "total", "worker_pay", "matters", "terms", "special",
    "counted", "refund_cut", "refund_fee", "hours", "hour_price", "card_level",
)  # fmt: skip
ONCE = ("deposit",)  # fees that are not paid again


def renew(session: Session, contract: Contract) -> Contract:
    """A draft that follows. The old contract stays in force until the new one is signed.

    Raises:
        Forbidden: the actor may not write contracts.
        NotInThisState: it is not in force, or its renewal is there already.

    """
    if not may(Contract, "can:add"):
        raise Forbidden
    with trusted("renew"):
        hold(session, contract)
        if contract.state not in FROM:
            raise NotInThisState(_("Only a contract that is in force, or has run out, is renewed."))
        there = session.scalars(select(Contract).where(Contract.renews_id == contract.id, Contract.state != "terminated").limit(1)).first()
        if there is not None:
            raise NotInThisState(_("Its renewal is there already: %(number)s.", number=there.number))
        first = max(today(), (contract.ends_on or today()) + timedelta(days=1))
        length = (contract.ends_on - contract.starts_on) if contract.ends_on else None
        made = Contract(
            **{name: getattr(contract, name) for name in KEPT},
            starts_on=first, ends_on=first + length if length is not None else None, renews_id=contract.id,
        )  # fmt: skip
        session.add(made)
        session.flush()
        shift = first - contract.starts_on
        for fee in fees_of(session, contract):
            if fee.kind not in ONCE:
                session.add(
                    ContractFee(
                        contract_id=made.id, kind=fee.kind, payer=fee.payer, amount=fee.amount, due_on=fee.due_on + shift, refund=fee.refund
                    )
                )
        session.flush()
    return made


offer(
    Contract,
    Verb(name="renew", label=_("Renew"), needs="can:add", objects={}, fits=lambda c: c.state in FROM, run=renew, leads=True),
)
