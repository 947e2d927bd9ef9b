"""What only a carer has on its page: service record, passport with photo and QR, the own page by link, and the wishes that came from it."""

from __future__ import annotations

from typing import Any

import segno
from flask import current_app, flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import policy, query
from app.engine.errors import Forbidden, Missing, Refused
from app.engine.fields import fields_of
from app.engine.files import TARGET
from app.engine.outbox import announce
from app.engine.present import label
from app.engine.rules import Level
from app.engine.values import mask
from app.extensions import db, storage
from app.models.contract import Contract
from app.models.worker import Worker
from app.web.cells import cell, described
from app.web.enter import page
from app.web.files import sent
from app.web.links import link_to
from app.web.screen import Screen, allowed
from app.workflows.worker_card import keep_photo, photo_of
from app.workflows.worker_changes import decide, open_changes
from app.workflows.worker_record import service_record


class WorkerTabs(Screen):
    """Tabs of a carer's page, and the same as pages of their own."""

    @expose("/worker/service/<int:pk>")
    @allowed()
    def service(self, pk: int) -> Any:
        """Each contract with dates, hours, pay and stars."""
        worker = found(pk)
        made = service_record(db.session, worker)
        rows = [
            {
                "url": f"/contract/show/{c.id}", "cells": [(described(Contract, n), cell(c, n)) for n in made["names"]],
                "hours": round(made["hours"].get(c.id, 0), 1) if made["hours"] is not None else None,
                "stars": f"{made['stars'][c.id]:.1f}" if made["stars"] and c.id in made["stars"] else "",
            }
            for c in made["contracts"]
        ]  # fmt: skip
        return page("worker/service.html", layout=layout(), rows=rows, title=label(worker), counts=made["hours"] is not None)

    @expose("/worker/card/<int:pk>")
    @allowed()
    def card(self, pk: int) -> Any:
        """The passport: its QR and its address; a new photo; and the message with the link to the own page."""
        worker = found(pk)
        url = "" if worker.active == "left" else current_app.config["PUBLIC_URL"] + link_to("passport", worker)
        square = segno.make_qr(url).svg_data_uri(scale=4, border=3) if url else ""
        can = {"can_photo": policy.part(worker, TARGET) >= Level.FILL, "can_invite": may_invite(worker)}
        photo = photo_of(db.session, worker) if shows(worker) else None
        return page("worker/card.html", layout=layout(), worker=worker.id, title=label(worker), url=url, square=square, photo=photo, **can)

    @expose("/worker/photo/<int:pk>", methods=["GET", "POST"])
    @allowed()
    def photo(self, pk: int) -> Any:
        worker = found(pk)
        if request.method == "GET":
            file = photo_of(db.session, worker) if shows(worker) else None
            if file is None:
                raise Missing
            return sent(file)
        file_ = request.files.get("file")
        if file_ is None or not file_.filename:
            raise Refused(_("Choose a file first."))
        keep_photo(db.session, storage(), worker, file_.filename, file_.stream)  # type: ignore[arg-type]
        db.session.commit()
        flash(_("Saved."), "success")
        return redirect(f"/worker/show/{pk}#card")

    @expose("/worker/invite/<int:pk>", methods=["POST"])
    @allowed()
    def invite(self, pk: int) -> Any:
        """Send the carer the link to the own page; nobody else gets to see it."""
        worker = found(pk)
        if not may_invite(worker):
            raise Forbidden
        if worker.active == "left" or not worker.phone:
            raise Refused(_("There is no phone to send it to."))
        announce("worker.invited", worker)
        db.session.commit()
        flash(_("The link is sent by message."), "success")
        return redirect(f"/worker/show/{pk}#card")

    @expose("/worker/changes/<int:pk>")
    @allowed()
    def changes(self, pk: int) -> Any:
        """What the carer would have changed: of each field as much as the reader may read."""
        worker = found(pk)
        rows = [wish(worker, c) for c in open_changes(db.session, worker) if policy.level(worker, c.field) > Level.NONE]
        return page("worker/changes.html", layout=layout(), rows=rows, worker=worker.id, title=label(worker))

    @expose("/worker/changes/<int:pk>/<int:part_id>/<any(approve, refuse):what>", methods=["POST"])
    @allowed()
    def decide(self, pk: int, part_id: int, what: str) -> Any:
        decide(db.session, found(pk), part_id, approve=what == "approve", reason=request.form.get("reason", ""))
        db.session.commit()
        flash(_("Saved."), "success")
        return redirect(f"/worker/show/{pk}#changes")


def layout() -> str:
    """A page of its own where it was asked for as one; else what stands in a tab."""
    return "base.html" if request.args else "parts/bare.html"


def found(pk: int) -> Worker:
    """The carer, for whoever sees the row. Raises ``Missing``."""
    if not policy.opens(Worker):
        raise Forbidden
    worker: Worker | None = query.find(db.session, Worker, pk)
    if worker is None:
        raise Missing
    return worker


def shows(worker: Worker) -> bool:
    """A face says who somebody is, as the name does."""
    return policy.level(worker, "name") >= Level.READ


def may_invite(worker: Worker) -> bool:
    """Who may write the record may let the carer write wishes for it."""
    return policy.level(worker, "active") >= Level.WRITE


def wish(worker: Worker, change: Any) -> dict[str, Any]:
    """One wish in words: what stands there, and what is to stand there."""
    field, has = fields_of(Worker)[change.field], policy.level(worker, change.field)
    kind, words = field.kind(Worker, change.field), dict(field.choices or {})
    parts = (change.value or "").split(",") if kind == "tags" else [change.value or ""]
    said = "、".join(str(words.get(p, p)) for p in parts)
    return {
        "id": change.id, "label": str(field.label), "now": cell(worker, change.field).shown,
        "wish": said if has >= Level.READ else mask(kind, said), "mine": has >= Level.WRITE,
    }  # fmt: skip
