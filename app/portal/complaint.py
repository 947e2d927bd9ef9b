"""A complaint as the customer sees it: where it stands, what was done, the answer, and a word back."""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from flask_appbuilder import expose
from sqlalchemy import select

from app.engine.errors import Refused
from app.extensions import db
from app.models.complaint import KINDS, Complaint, ComplaintStep
from app.models.organisation import Store
from app.portal.visitor import visiting
from app.web.cells import moment
from app.web.enter import page
from app.web.screen import Screen, open_to_all
from app.workflows.complaint import ComplaintFlow, answered


class ComplaintPage(Screen):
    """No login; nothing of the office's own words."""

    @expose("/q/<token>")
    @open_to_all
    def complaint(self, token: str) -> Any:
        with visiting("complaint", token, Complaint) as complaint:
            return page("portal/complaint.html", **context(complaint, token))

    @expose("/q/<token>/answer", methods=["POST"])
    @open_to_all
    def answer(self, token: str) -> Any:
        """Stars for the answer: content closes it, discontent opens it again. The second time changes nothing."""
        with visiting("complaint", token, Complaint) as complaint:
            rating, words = request.form.get("rating", ""), request.form.get("words", "")
            try:
                answered(db.session, complaint, int(rating) if rating.isdecimal() else 0, words)
                db.session.commit()
            except Refused as refused:
                db.session.rollback()
                return page("portal/complaint.html", refused.status, wrong=str(refused), words=words, **context(complaint, token))
        return redirect(f"/q/{token}")


def context(complaint: Complaint, token: str) -> dict[str, Any]:
    """What the page says: the lines that are told, the newest last."""
    state = ComplaintFlow(complaint).state
    store = db.session.get(Store, complaint.store_id) if complaint.store_id else None
    told = ComplaintStep.complaint_id == complaint.id, ComplaintStep.told
    found = db.session.scalars(select(ComplaintStep).where(*told).order_by(ComplaintStep.id))
    return {
        "token": token, "number": complaint.number, "page_title": complaint.number, "kind": str(KINDS.get(complaint.kind, complaint.kind)),
        "state": {"name": complaint.state, "label": str(state.label), "tint": state.tint}, "said": complaint.said,
        "steps": [{"at": moment(s.at), "done": s.done, "result": s.result or ""} for s in found],
        "at": moment(complaint.created_at), "until": moment(complaint.due_at) if complaint.due_at else "", "result": complaint.result or "",
        "rating": complaint.rating, "store": str(store or ""), "office": (store and store.phone) or "",
    }  # fmt: skip
