"""What only a contract has on its page: versions side by side, signatures by link, and what goes back at an early end."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any

from flask import current_app, flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import policy, query, values
from app.engine.clock import today
from app.engine.current import trusted
from app.engine.errors import Forbidden, Missing
from app.engine.fields import fields_of
from app.engine.present import label
from app.engine.rules import Level
from app.extensions import db
from app.models.contract import WORDED, Contract, ContractFee, fees_of
from app.models.contract_template import FEES, PAYERS
from app.models.contract_version import ContractVersion, latest, versions_of
from app.models.organisation import Staff
from app.models.payment import Receipt
from app.models.signing import PARTIES, STANDING, TINTS, ContractSignature
from app.web.cells import cell, moment, shown
from app.web.enter import page
from app.web.links import link_to
from app.web.screen import Screen, allowed
from app.workflows.contract_money import refund
from app.workflows.signing import parties, signatures
from app.workflows.signing_link import ask_to_sign, withdraw

LONG = 24  # letters from which a text is compared letter by letter


class ContractParts(Screen):
    """Tabs of a contract's page, and the same as pages of their own."""

    @expose("/contract/versions/<int:pk>")
    @allowed()
    def versions(self, pk: int) -> Any:
        """Two versions side by side: the newest two, or those asked for."""
        contract = found(pk)
        if policy.level(contract, "starts_on") < Level.READ:
            raise Forbidden
        return page("contract/versions.html", layout=layout(), contract=contract, **compared(contract))

    @expose("/contract/signing/<int:pk>")
    @allowed()
    def signing(self, pk: int) -> Any:
        return page("contract/signing.html", layout=layout(), **signing(found(pk)))

    @expose("/contract/signing/<int:pk>/<any(customer, worker):party>", methods=["POST"])
    @allowed()
    def ask(self, pk: int, party: str) -> Any:
        """Send a link to sign; an earlier one of that party opens no more."""
        ask_to_sign(db.session, found(pk), party)
        db.session.commit()
        flash(_("The link was made and is sent by message. You can copy it here too."), "success")
        return redirect(f"/contract/show/{pk}#signing")

    @expose("/contract/signing/<int:pk>/<int:part_id>/withdraw", methods=["POST"])
    @allowed()
    def withdraw(self, pk: int, part_id: int) -> Any:
        withdraw(db.session, found(pk), part_id)
        db.session.commit()
        flash(_("The link opens no more."), "success")
        return redirect(f"/contract/show/{pk}#signing")

    @expose("/contract/refund/<int:pk>")
    @allowed()
    def refund(self, pk: int) -> Any:
        """What goes back if it ended on a day; today unless the address names another."""
        contract = found(pk)
        money_is_theirs(contract)
        asked = request.args.get("on", "")
        day = values.day(asked) if asked else today()
        made = refund(db.session, contract, day)
        back = {
            "on": str(made.on), "served": made.served, "whole": made.whole, "unit": made.unit, "total": shown("money", made.total),
            "cut": shown("money", made.cut), "fee": shown("money", made.fee),
            "lines": [{"label": x.label, "paid": shown("money", x.paid), "why": x.why, "back": shown("money", x.back)} for x in made.lines],
        }  # fmt: skip
        mine = policy.may(Contract, "can:share", contract)
        url = current_app.config["PUBLIC_URL"] + link_to("agreement", contract) if mine else ""
        return page("contract/refund.html", layout=layout(), contract=contract, back=back, url=url, title=label(contract))


def layout() -> str:
    """A page of its own where it was asked for as one; else what stands in a tab."""
    return "base.html" if request.args else "parts/bare.html"


def found(pk: int) -> Contract:
    """The contract, for whoever sees it. Raises ``Missing``."""
    if not policy.opens(Contract):
        raise Forbidden
    contract: Contract | None = query.find(db.session, Contract, pk)
    if contract is None:
        raise Missing
    return contract


def money_is_theirs(contract: Contract) -> None:
    """Raises ``Forbidden`` for whoever may not read what a refund is made of."""
    fees = fees_of(db.session, contract)
    shut = policy.level(contract, "total") < Level.READ or any(policy.level(f, "amount") < Level.READ for f in fees)
    if shut or policy.comparable(Receipt, ["amount", "receivable"]) != ["amount", "receivable"]:
        raise Forbidden


def compared(contract: Contract) -> dict[str, Any]:
    kept = versions_of(db.session, contract)
    by = {v.number: v for v in kept}
    newest = kept[0].number if kept else 0
    b = by.get(request.args.get("b", newest, int), kept[0] if kept else None)
    a = by.get(request.args.get("a", (b.number - 1) if b else 0, int))
    with trusted("names"):
        people = {p.id: p.name for p in db.session.query(Staff).where(Staff.id.in_({v.created_by for v in kept if v.created_by}))}
    return {
        "title": label(contract), "a": a, "b": b, "rows": differences(contract, a, b) if b else [],
        "signed": contract.signed_no if policy.level(contract, "signed_no") >= Level.READ else None,
        "kept": [
            {"number": v.number, "at": moment(v.created_at), "by": people.get(v.created_by or 0, ""), "why": v.why} for v in kept
        ],
    }  # fmt: skip


def differences(contract: Contract, a: ContractVersion | None, b: ContractVersion) -> list[dict[str, Any]]:
    """What differs, cell by cell; of a cell that is not the reader's only that it does."""
    fields, made = fields_of(Contract), []
    before = a.cells if a else {}
    for name in WORDED:
        old, new = before.get(name, ""), b.cells.get(name, "")
        if old != new:
            open_ = policy.level(contract, name) >= Level.READ
            words = dict(fields[name].choices or {})
            old, new = str(words.get(old, old)), str(words.get(new, new))
            made.append({"label": str(fields[name].label), "hidden": not open_, "parts": pieces(old, new) if open_ else []})
    old, new = fee_words(before.get("fees", [])), fee_words(b.cells.get("fees", []))
    open_ = "amount" in policy.readable(ContractFee) and policy.level(contract, "total") >= Level.READ
    moved = [("del", x) for x in old if x not in new] + [("ins", x) for x in new if x not in old]
    return made + [{"label": str(_("Fee")), "hidden": not open_, "parts": [part] if open_ else []} for part in moved]


def fee_words(fees: list[dict[str, Any]]) -> list[str]:
    return [f"{FEES.get(f['kind'], f['kind'])} ¥{f['amount']} · {PAYERS.get(f['payer'], f['payer'])} · {f['due_on']}" for f in fees]


def pieces(old: str, new: str) -> list[tuple[str, str]]:
    """(same, del or ins, text): short values whole, long texts letter by letter."""
    if max(len(old), len(new)) < LONG:
        return [part for part in (("del", old), ("ins", new)) if part[1]]
    made: list[tuple[str, str]] = []
    for what, i, j, k, n in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            made.append(("same", old[i:j]))
        else:
            made += [part for part in (("del", old[i:j]), ("ins", new[k:n])) if part[1]]
    return made


def signing(contract: Contract) -> dict[str, Any]:
    """Who signs, who has, and the links that are open. Whoever may not have it signed sees no link."""
    if "standing" not in policy.readable(ContractSignature):
        raise Forbidden
    version, all_ = latest(db.session, contract), signatures(db.session, contract)
    named, asked = {party: cell(contract, party).shown for party in PARTIES}, parties(contract)
    able = policy.may(Contract, "step:sign", contract) and contract.state == "to_sign"
    url = current_app.config["PUBLIC_URL"]
    rows = []
    for party in asked:
        mine = [s for s in all_ if s.party == party and version is not None and s.number == version.number]
        now = next((s for s in mine if s.standing == "signed"), None) or next((s for s in mine if s.open), None)
        rows.append({
            "party": party, "label": str(PARTIES[party]), "name": named[party], "signed": bool(now and now.standing == "signed"),
            "word": str(STANDING[now.standing]) if now else str(_("Not asked yet")), "tint": TINTS[now.standing] if now else "draft",
            "at": moment(now.signed_at) if now and now.signed_at else "", "by": cell(now, "name").shown if now else "",
            "way": now.way if now else "",
            "until": moment(now.expires_at) if now and now.expires_at and not now.signed_at else "", "id": now.id if now else 0,
            "picture": f"/contract_signature/signature/{now.id}/picture" if now and now.picture else "",
            "link": url + link_to("sign", now) if able and now and now.standing == "waiting" else "",
        })  # fmt: skip
    return {"contract": contract, "title": label(contract), "rows": rows, "able": able, "version": version, "state": contract.state}
