"""A carer's own page, and the passport that a customer looks at: both by signed links, without a login."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _

from app.engine.errors import Invalid, Missing
from app.engine.fields import fields_of
from app.extensions import db
from app.models.worker import Worker
from app.portal.visitor import visiting
from app.web.cells import shown, typed
from app.web.enter import page
from app.web.files import sent
from app.web.hooks import TooOften, often
from app.web.screen import Screen, open_to_all
from app.workflows.worker_card import passport, photo_of
from app.workflows.worker_changes import OWN, open_changes, propose, written

LOOKS, SENDS = 60, 20  # in a minute, from one address
GONE = _("This passport is no longer valid: the person does not work here any more.")
LEFT = _("This link opens no more. Ask the office.")


class WorkerPages(Screen):
    """No login; the passport shows nothing by which somebody could be called or found."""

    @expose("/passport/<token>")
    @open_to_all
    def passport(self, token: str) -> Any:
        slowly("passport", LOOKS)
        with visiting("passport", token, Worker) as worker:
            here(worker, GONE)
            found = passport(db.session, worker)
            rating = shown("number", found.pop("rating"))
            photo = photo_of(db.session, worker) is not None
            return page("portal/passport.html", token=token, photo=photo, rating=rating, page_title=_("Carer's passport"), **found)

    @expose("/passport/<token>/photo")
    @open_to_all
    def photo(self, token: str) -> Any:
        slowly("passport", LOOKS)
        with visiting("passport", token, Worker) as worker:
            here(worker, GONE)
            file = photo_of(db.session, worker)
            if file is None:
                raise Missing
            return sent(file)

    @expose("/me/<token>")
    @open_to_all
    def me(self, token: str) -> Any:
        slowly("me", LOOKS)
        with visiting("me", token, Worker) as worker:
            here(worker, LEFT)
            return page("portal/me.html", **profile(worker, token, {}, {}))

    @expose("/me/<token>/propose", methods=["POST"])
    @open_to_all
    def propose(self, token: str) -> Any:
        """Keep what was changed as wishes; the office decides."""
        slowly("propose", SENDS)
        with visiting("me", token, Worker) as worker:
            here(worker, LEFT)
            given = {n: ",".join(request.form.getlist(n)) for n in OWN if n in request.form}
            try:
                found = propose(db.session, worker, given)
                db.session.commit()
            except Invalid as refused:
                db.session.rollback()
                db.session.refresh(worker)
                return page("portal/me.html", refused.status, **profile(worker, token, given, refused.fields))
            flash(_("Thank you. The office looks at it.") if found else _("Nothing was changed."), "success" if found else "warning")
        return redirect(f"/me/{token}")


def slowly(what: str, most: int) -> None:
    """Raises ``TooOften``."""
    if often(f"page:{what}:{request.remote_addr}") > most:
        raise TooOften


def here(worker: Worker, words: Any) -> None:
    """Raises ``Missing`` for who has left: the link goes with the person."""
    if worker.active == "left":
        raise Missing(words)


def profile(worker: Worker, token: str, given: dict[str, str], wrong: dict[str, Any]) -> dict[str, Any]:
    """The own record as a form: what stands there, what was asked for and is not decided yet, what cannot be understood."""
    fields, waiting = fields_of(Worker), {c.field: c.value or "" for c in open_changes(db.session, worker)}
    inputs = []
    for name in OWN:
        field, kind = fields[name], fields[name].kind(Worker, name)
        value = given.get(name, waiting.get(name, written(getattr(worker, name)) if kind == "tags" else typed(kind, getattr(worker, name))))
        inputs.append(
            {
                "name": name, "label": str(field.label), "kind": kind, "value": value,
                "held": value.split(",") if kind == "tags" else [value],
                "choices": [(c, str(w)) for c, w in (field.choices or {}).items()], "waiting": name in waiting,
                "error": str(wrong.get(name, "")), "help": str(field.help or ""),
            }
        )  # fmt: skip
    return {"token": token, "name": worker.name, "inputs": inputs, "page_title": worker.name, "waits": len(waiting)}
