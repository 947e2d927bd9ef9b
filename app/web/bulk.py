"""Many rows at once, on pages and by REST: choose, see what would happen to each, confirm, and take back."""

from __future__ import annotations

import json
import secrets
from abc import abstractmethod
from typing import Any, cast

from flask import jsonify, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine import bulk, policy
from app.engine.current import current
from app.engine.deeds import DEEDS
from app.engine.errors import Forbidden, Refused
from app.engine.fields import Link, fields_of
from app.engine.notify import SUBSCRIPTIONS, Subscription
from app.engine.present import label
from app.engine.query import Page
from app.engine.tasks import DONE
from app.engine.undoing import KEPT as UNDOABLE
from app.engine.vault import seal, unseal
from app.extensions import db, store
from app.web.asked import Asked
from app.web.bulk_forms import asks, inputs
from app.web.cells import choices, described, shown
from app.web.enter import page
from app.web.screen import allowed
from app.web.tasks import described as told

KEPT = 1800  # seconds between looking and confirming
SHOWN = 50
SUBSCRIPTIONS.append(
    Subscription("handed.given", "owner", "bell", _("%(count)s for you: %(records)s"), _("%(who)s gave them to you. Open your list."))
)


def offers(model: Any) -> list[dict[str, Any]]:
    """The buttons of a list's bar."""
    return [{"name": d.name, "label": str(d.label), "icon": d.icon} for d in DEEDS.values() if d.offered(model)]


def everything(found: Page) -> int:
    """How many rows "all that fit" would be, or 0 where they are all on the page, or more than may be done at once."""
    return found.count if len(found.rows) < found.count <= bulk.MOST else 0


def wanted(model: Any, ids: list[Any], *, every: bool) -> bulk.Rows:
    """The rows that were ticked, or all that fit the question of the address. Raises ``Refused``."""
    if every:
        return bulk.chosen(db.session, model, Asked.now().conditions(model))
    known: dict[int, int | None] = {}
    for sent in ids:
        pk, version = (sent.get("id"), sent.get("version")) if isinstance(sent, dict) else (sent, None)
        if not str(pk).isdecimal() or int(str(pk)) >= 2**31 or (version is not None and not isinstance(version, int)):
            raise Refused(_("Choose one from the list."))
        known[int(str(pk))] = version
    bulk.fitting(list(known.items()))
    there = dict(bulk.chosen(db.session, model, [model.id.in_(known)])) if known else {}
    return [(pk, there.get(pk) if version is None else version) for pk, version in known.items()]


def slot(token: str) -> str:
    """Where a choice waits; its name holds who chose, so nobody confirms another's."""
    return f"jiahe:bulk:{current().tenant_id}:{current().actor_id}:{token}"


def remember(**kept: Any) -> str:
    token = secrets.token_urlsafe(12)
    store().set(slot(token), seal(json.dumps(kept)).encode(), ex=KEPT)
    return token


def recall(token: str, model: Any) -> dict[str, Any]:
    data: Any = store().get(slot(token)) if token else None
    found: dict[str, Any] = json.loads(unseal(data.decode())) if data is not None else {}
    if found.get("model") != model.__tablename__:
        raise Refused(_("This choice is too old. Tick the rows again."))
    return found


class BulkParts:
    """The routes of a record's list; its own view says where."""

    @property
    def about(self) -> Any:
        """The type of record."""
        return cast("Any", self).model

    @property
    @abstractmethod
    def base(self) -> str:
        """Where the record's pages stand."""

    @abstractmethod
    def open(self) -> None:
        """Raise ``Forbidden`` for whoever has nothing to see of such records."""

    @expose("/bulk", methods=["GET", "POST"])
    @allowed()
    def bulk(self) -> Any:
        """First the rows and what to do; then, by the token, what would happen to each."""
        self.open()
        if request.method == "GET":
            return redirect(f"{self.base}/list")
        if not policy.may(self.about, "can:bulk"):
            raise Forbidden
        sent = request.form
        if token := sent.get("token", ""):
            kept = recall(token, self.about)
            kept["inputs"], kept["given"] = inputs(kept["act"]), sent.to_dict()
            return self.looked(kept, tried=True)
        act = sent.get("act", "")
        if act not in DEEDS or not DEEDS[act].offered(self.about):
            raise Forbidden
        rows = wanted(self.about, sent.getlist("ids"), every=sent.get("all") == "1")
        kept = {"model": self.about.__tablename__, "act": act, "rows": rows, "inputs": {}, "given": {}}
        return self.looked(kept, tried=act == "delete")

    def looked(self, kept: dict[str, Any], *, tried: bool) -> Any:
        """The page: the inputs of the deed, and below what it would do."""
        preview, wrong = None, ""
        if tried:
            try:
                preview = tried_out(self.about, kept)
            except Refused as refused:
                wrong = str(refused)
                db.session.rollback()
        token = remember(**kept | {"ready": preview is not None})
        kind, records = DEEDS[kept["act"]], self.about.__plural__ or self.about.__label__
        return page(
            "record/bulk.html", 422 if wrong else 200, wrong=wrong, preview=preview, token=token, act=kept["act"],
            count=len(kept["rows"]), heading=_("%(act)s: %(records)s", act=kind.label, records=records), page_title=str(kind.label),
            bulk_url=f"{self.base}/bulk", do_url=f"{self.base}/bulk/do", cancel_url=f"{self.base}/list",
            can_undo=kind.can_undo, days=UNDOABLE.days, danger=kept["act"] == "delete", **asks(self.about, kind, kept["given"]),
        )  # fmt: skip

    @expose("/bulk/do", methods=["POST"])
    @allowed()
    def bulk_do(self) -> Any:
        self.open()
        token = request.form.get("token", "")
        kept = recall(token, self.about)
        if not kept["ready"]:
            raise Refused(_("Look at what would happen first."))
        if not store().delete(slot(token)):
            raise Refused(_("This choice is too old. Tick the rows again."))  # the button was pressed twice
        task = bulk.start(db.session, self.about, kept["act"], kept["inputs"], [(pk, v) for pk, v in kept["rows"]])
        db.session.commit()
        return redirect(task.page_url)


def tried_out(model: Any, kept: dict[str, Any]) -> dict[str, Any]:
    """What the deed would do, in words: the first rows, and how many of all. Nothing of the trial stays."""
    lines = bulk.attempt(db.session, model, kept["act"], kept["inputs"], [(pk, v) for pk, v in kept["rows"]])
    db.session.rollback()
    names = list(dict.fromkeys(n for line in lines for n in line.changes))
    bad = [line for line in lines if line.why]
    same = sum(1 for line in lines if not line.why and not line.changes) if kept["act"] in ("change", "tag", "assign") else 0
    return {
        "columns": [described(model, n)["label"] for n in names], "able": len(lines) - len(bad), "bad": len(bad), "same": same,
        "rows": [
            {
                "id": line.pk, "label": line.label or f"#{line.pk}", "url": f"/{model.__tablename__}/show/{line.pk}", "why": line.why,
                "cells": [[word(model, n, v) for v in line.changes[n]] if n in line.changes else None for n in names],
            }
            for line in lines[:SHOWN]
        ],
        "refused": [{"id": line.pk, "label": line.label or f"#{line.pk}", "why": line.why} for line in bad[:SHOWN]],
    }  # fmt: skip


def word(model: Any, name: str, value: Any) -> str:
    """A value of a difference as people read it."""
    if value is None or value in ("", []):
        return "—"
    field = fields_of(model)[name]
    if isinstance(field, Link):
        memo, key = current().memo, ("bulk", field.target(model, name), value)
        if key not in memo:
            found = db.session.get(field.target(model, name), value)
            memo[key] = label(found) if found is not None else f"#{value}"
        return str(memo[key])
    codes = dict(choices(model, name))
    if isinstance(value, list):
        return "、".join(codes.get(v, str(v)) for v in value)
    return codes.get(value) or shown(field.kind(model, name), value)


def rest(model: Any, sent: dict[str, Any]) -> Any:
    """``POST /api/v1/<table>/bulk``: ``{act, ids | all, ..., dry_run}``; ``all`` means the question of the address."""
    if not policy.opens(model) or not policy.may(model, "can:bulk"):
        raise Forbidden
    ids = sent.get("ids")
    rows = wanted(model, ids if isinstance(ids, list) else [], every=sent.get("all") is True)
    act, given = str(sent.get("act", "")), {n: v for n, v in sent.items() if n not in ("act", "ids", "all", "dry_run")}
    if sent.get("dry_run"):
        lines = bulk.attempt(db.session, model, act, given, rows)
        db.session.rollback()
        bad = [line for line in lines if line.why]
        first = [
            {"id": line.pk, "changes": {n: {"before": bulk.plain(b), "after": bulk.plain(a)} for n, (b, a) in line.changes.items()}}
            for line in lines if not line.why
        ][:SHOWN]  # fmt: skip
        refused = [{"id": line.pk, "why": line.why} for line in bad]
        return jsonify(count=len(lines), able=len(lines) - len(bad), rows=first, refused=refused)
    task = bulk.start(db.session, model, act, given, rows)
    db.session.commit()
    return jsonify(result=told(task)), 200 if task.state == DONE else 202
