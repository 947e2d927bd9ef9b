"""A contract as its parties see it by a signed link: reading and signing it, and what it comes to."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.engine.current import tenant_id
from app.engine.errors import Missing, NotInThisState, Refused
from app.engine.vault import fingerprint
from app.extensions import db
from app.models.contract import LIVE, Contract
from app.models.contract_version import latest
from app.models.organisation import Store
from app.models.payment import Receivable
from app.models.signing import PARTIES, ContractSignature
from app.portal.visitor import visiting
from app.web.cells import moment, shown
from app.web.enter import page
from app.web.screen import Screen, open_to_all
from app.workflows.contract import ContractFlow
from app.workflows.contract_money import refund
from app.workflows.signing import signatures
from app.workflows.signing_link import CONSENT, OVER, sign_by_link, version_of

FORM = ("name", "picture", "digest")


class AgreementPage(Screen):
    """Two links: one to sign, which works once; one to look."""

    @expose("/s/<token>")
    @open_to_all
    def sign_page(self, token: str) -> Any:
        with visiting("sign", token, ContractSignature) as signature:
            return page("portal/sign.html", **to_sign(signature, token))

    @expose("/s/<token>/sign", methods=["POST"])
    @open_to_all
    def sign(self, token: str) -> Any:
        """Sign. The same form sent again shows that it is signed, and changes nothing."""
        with visiting("sign", token, ContractSignature) as signature:
            given = {n: request.form.get(n, "") for n in FORM}
            try:
                agreed(signature)
                address = fingerprint(request.remote_addr or "", "address", tenant_id())
                sign_by_link(db.session, signature, address=address, **given)
                db.session.commit()
            except NotInThisState as refused:
                db.session.rollback()
                flash(str(refused), "warning")
            except Refused as refused:
                db.session.rollback()
                db.session.refresh(signature)
                return page("portal/sign.html", refused.status, wrong=str(refused), given=given, **to_sign(signature, token))
        return redirect(f"/s/{token}")

    @expose("/k/<token>")
    @open_to_all
    def look(self, token: str) -> Any:
        with visiting("agreement", token, Contract) as contract:
            return page("portal/agreement.html", **agreement(contract))


def agreed(signature: ContractSignature) -> None:
    """Raises ``Refused`` where the box was not ticked."""
    if request.form.get("agreed") != "1" and signature.open:
        raise Refused(_("Tick that you agree first."))


def to_sign(signature: ContractSignature, token: str) -> dict[str, Any]:
    """What the page says. Raises ``Missing`` for a link that opens no more and was never signed."""
    contract = signature.contract
    if signature.standing != "signed" and not (signature.open and contract.state == "to_sign"):
        raise Missing(OVER)
    version = version_of(db.session, signature)
    return {
        "token": token, "number": contract.number, "page_title": contract.number, "lines": version.words.splitlines(),
        "digest": version.digest, "consent": str(CONSENT), "done": signature.standing == "signed", "name": signature.name or "",
        "at": moment(signature.signed_at) if signature.signed_at else "",
        "until": moment(signature.expires_at) if signature.expires_at else "", **office(contract),
    }  # fmt: skip


def office(contract: Contract) -> dict[str, str]:
    store = db.session.get(Store, contract.store_id) if contract.store_id else None
    return {"office": (store and store.phone) or "", "store": str(store or "")}


def agreement(contract: Contract) -> dict[str, Any]:
    """What the customer may know: the words, who signed, the fees, and what would go back today. No pay, nothing of the office."""
    version = latest(db.session, contract)
    state = ContractFlow(contract).state
    owed = db.session.scalars(
        select(Receivable)
        .where(Receivable.contract_id == contract.id, Receivable.customer_id == contract.customer_id)
        .order_by(Receivable.id)
    )
    return {
        "number": contract.number, "page_title": contract.number, "state": {"label": str(state.label), "tint": state.tint},
        "lines": version.words.splitlines() if version else [], "carer": str(contract.worker or ""),
        "until": f"{contract.ends_on or ''}", "signed": [
            {"party": str(PARTIES[s.party]), "name": s.name, "at": moment(s.signed_at)}
            for s in signatures(db.session, contract) if s.standing == "signed" and s.number == contract.signed_no and s.signed_at
        ],
        "fees": [
            {"label": str(r.fee or ""), "amount": shown("money", r.amount), "left": shown("money", r.arrears), "owes": r.arrears > 0}
            for r in owed
        ],
        "back": back(contract) if contract.state in LIVE else None, **office(contract),
    }  # fmt: skip


def back(contract: Contract) -> dict[str, Any]:
    """The refund if the contract ended today, line by line."""
    found = refund(db.session, contract)
    lines = [
        {"label": str(x.label), "paid": shown("money", x.paid), "why": str(x.why), "back": shown("money", x.back)} for x in found.lines
    ]
    return {
        "on": str(found.on), "served": found.served, "whole": found.whole, "unit": found.unit,
        "lines": lines, "cut": shown("money", found.cut), "fee": shown("money", found.fee), "total": shown("money", found.total),
    }  # fmt: skip
