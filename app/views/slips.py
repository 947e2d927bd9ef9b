"""Paper slips that come back: pictures and PDFs, many at once, filed by the code that stands on them."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.engine import policy, query
from app.engine.errors import Missing, Refused
from app.engine.files import attachments
from app.engine.present import label
from app.engine.rules import Level
from app.extensions import db, storage
from app.models.dispatch import Visit
from app.models.slip import PayLine, Slip, SlipScan
from app.web.cells import cell
from app.web.enter import wants_json
from app.web.screen import Screen, allowed
from app.workflows.slips import file_by_hand, make_lines, may_file, take_in, to_pay

SHOWN, MOST = 50, 40  # rows of a list, and files of one request
PAPERS = ("image/jpeg,image/png,image/webp,application/pdf",)


def may_pay() -> bool:
    return policy.may(PayLine, "can:add")


class SlipsScreen(Screen):
    """Where the office puts the paper."""

    doors = ((32, _("Slips"), "ti-scan", "/slips/", lambda: may_file() or may_pay()),)

    @expose("/slips/", methods=["GET"])
    @allowed(lambda: may_file() or may_pay())
    def slips(self) -> Any:
        return self.render("slips.html", page_title=_("Slips"), results=[], **waiting())

    @expose("/slips/", methods=["POST"])
    @allowed(may_file)
    def take(self) -> Any:
        """Each file by itself: one that is refused keeps no other one back."""
        files = [f for f in request.files.getlist("file") if f.filename][:MOST]
        if not files:
            raise Refused(_("Choose a file first."))
        results: list[dict[str, Any]] = []
        for file in files:
            try:
                found = take_in(db.session, storage(), str(file.filename), file.stream)  # type: ignore[arg-type]
                db.session.commit()
                results += [told(s) for s in found]
            except Refused as refused:
                db.session.rollback()
                results.append({"name": str(file.filename), "filed": False, "text": str(refused), "url": ""})
            finally:
                file.close()
        if wants_json():
            return jsonify(result=results)
        return self.render("slips.html", page_title=_("Slips"), results=results, **waiting())

    @expose("/slips/<int:pk>/file", methods=["POST"])
    @allowed(may_file)
    def file(self, pk: int) -> Any:
        """File a picture under the visit that was chosen by its number."""
        scan, asked = query.find(db.session, SlipScan, pk), request.form.get("visit", "").strip()
        if scan is None:
            raise Missing
        visit = db.session.scalars(select(Visit).where(query.where(Visit, "number", "eq", asked))).first() if asked else None
        if visit is None:
            raise Refused(_("There is no visit of the number “%(number)s”.", number=asked[:40]))
        file_by_hand(db.session, storage(), scan, visit)
        db.session.commit()
        flash(_("Filed under %(visit)s.", visit=label(visit)), "success")
        return redirect("/slips/")

    @expose("/slips/<int:pk>/paper")
    @allowed()
    def paper(self, pk: int) -> Any:
        """The scanned paper of a signed slip, for whoever reads the files of its visit."""
        slip = query.find(db.session, Slip, pk) if policy.opens(Slip) else None
        visit = query.find(db.session, Visit, slip.visit_id) if slip is not None else None
        if slip is None or visit is None or policy.level(slip, "file") < Level.READ:
            raise Missing
        found = next((a for a in attachments(db.session, visit) if a.name == slip.file), None)
        if found is None:
            raise Missing(_("There is no paper: it was signed on the phone."))
        return redirect(f"/visit/file/{visit.id}/{found.id}")

    @expose("/slips/pay", methods=["POST"])
    @allowed(may_pay)
    def pay(self) -> Any:
        made = make_lines(db.session)
        db.session.commit()
        flash(_("Pay lines made: %(n)s.", n=made), "success")
        return redirect("/slips/")


def told(scan: SlipScan) -> dict[str, Any]:
    """What became of one page, as far as the actor may know."""
    visit = scan.visit if scan.standing == "filed" else None
    if visit is None:
        seen = policy.seen(scan)
        return {"name": scan.name if seen else "", "filed": False, "text": scan.reason or "" if seen else "", "url": ""}
    seen = policy.seen(visit)
    words = _("Filed under %(visit)s", visit=label(visit)) if seen else _("Filed already")
    return {"name": scan.name, "filed": True, "text": str(words), "url": f"/visit/show/{visit.id}" if seen else ""}


def waiting() -> dict[str, Any]:
    """Pictures to be filed by hand, visits whose slip is missing, and what may be paid for now."""
    scans = select(SlipScan).where(SlipScan.standing == "open").order_by(SlipScan.id.desc()).limit(SHOWN)
    opens = policy.opens(SlipScan) and policy.comparable(SlipScan, ["standing"])
    slips = policy.comparable(Visit, ["slip", "starts_at"]) == ["slip", "starts_at"]
    missing = select(Visit).where(Visit.slip == "missing").options(joinedload(Visit.worker)).order_by(Visit.starts_at, Visit.id)
    return {
        "can_file": may_file(), "can_pay": may_pay(), "accept": PAPERS[0],
        "scans": [row(s, "name", "reason", "created_at") for s in db.session.scalars(scans)] if opens else [],
        "missing": [row(v, "number", "worker", "starts_at") for v in db.session.scalars(missing.limit(SHOWN)).unique()] if slips else [],
        "payable": len(db.session.scalars(to_pay(SHOWN + 1).with_only_columns(Visit.id)).all()) if may_pay() else 0, "most": SHOWN,
    }  # fmt: skip


def row(record: Any, *names: str) -> dict[str, Any]:
    url = f"/{type(record).__tablename__}/show/{record.id}"
    return {"id": record.id, "url": url, "cells": [cell(record, n).shown for n in names]}
