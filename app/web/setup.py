"""The first start of an empty installation: one form makes the companies, a store and their first administrators."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import available_timezones

from flask import current_app, flash, redirect, request
from flask_appbuilder import expose
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.engine import wall
from app.engine.clock import STANDARD
from app.engine.current import acting
from app.engine.errors import Invalid, Missing, Refused
from app.engine.record import record_named
from app.engine.tenant import FRANCHISE, HEAD_OFFICE, Tenant
from app.extensions import db
from app.web.enter import page
from app.web.passwords import weakness
from app.web.screen import Screen, open_to_all
from app.web.security import make_login

LOCK = 7_401_002  # any number of our own: two first administrators at once wait for each other here
HOME, FIRST = 1, 2  # the tenants
OPEN = ("/setup", "/static/", "/health", "/lang", "/prefs", "/favicon.ico")
NEEDED = ("head_office", "franchise", "store", "name", "username", "password")
LONGEST = {"head_office": 120, "franchise": 120, "store": 160, "name": 64, "username": 37}


class NotSetUp(Refused):
    """Nobody has set this installation up yet."""

    status = 503
    message = _("This installation is empty. Open it in a browser and set it up first.")


class SetupScreen(Screen):
    """``/setup``: there until somebody has used it, then gone for good."""

    def create_blueprint(self, *args: Any, **kwargs: Any) -> Any:
        made = super().create_blueprint(*args, **kwargs)
        made.before_app_request(lead_here)
        return made

    @expose("/setup", methods=["GET", "POST"])
    @open_to_all
    def setup(self) -> Any:
        if done():
            raise Missing
        if request.method == "GET":
            return page("setup.html", **context({}, {}))
        try:
            names = set_up(request.form.to_dict())
        except Invalid as invalid:
            db.session.rollback()
            wrong = {n: str(w) for n, w in invalid.fields.items()}
            return page("setup.html", invalid.status, **context(request.form, wrong))
        flash(
            _(
                "Ready. Sign in as %(one)s, or for head office as %(two)s, with the same password.",
                one=names[0],
                two=names[1],
            ),
            "success",
        )
        return redirect("/login/")


def context(sent: Any, wrong: dict[str, str]) -> dict[str, Any]:
    values = {"language": str(get_locale() or "zh")[:2], "zone": STANDARD} | {n: sent[n] for n in sent if n != "password"}
    languages = [(code, one["name"]) for code, one in current_app.config["LANGUAGES"].items()]
    return {
        "values": values,
        "wrong": wrong,
        "languages": languages,
        "zones": sorted(available_timezones()),
        "page_title": _("Set up"),
    }


def lead_here() -> Any:
    """While there is no company, every page leads to the set-up."""
    if request.path.startswith(OPEN) or done():
        return None
    if request.path.startswith("/api/"):
        raise NotSetUp
    return redirect("/setup")


def done() -> bool:
    """Whether there is a company. Asked of the database until the answer is yes, and never after."""
    if not current_app.extensions.get("set_up"):
        current_app.extensions["set_up"] = db.session.scalar(select(func.any_tenant()))
        db.session.rollback()
    return bool(current_app.extensions["set_up"])


def set_up(sent: dict[str, str]) -> tuple[str, str]:
    """Make everything in one transaction. Returns the login names: the administrator's, and head office's.

    Raises:
        Invalid: an input is missing or wrong; nothing was made.
        Missing: somebody else was faster.
    """
    sent = {n: v.strip() if n != "password" else v for n, v in sent.items()}
    check(sent)
    give_defaults = current_app.config["GIVE_DEFAULTS"]
    head, staff, stores = f"{sent['username']}-hq", record_named("staff"), record_named("store")
    with acting(tenant_id=HOME, trusted="setup"):
        db.session.execute(select(func.pg_advisory_xact_lock(LOCK)))
        if db.session.scalar(select(func.any_tenant())):
            wall.leave(db.session)
            raise Missing
        make_tenant(HOME, sent["head_office"], HEAD_OFFICE, sent)
        give_defaults(db.session)
        make_person(staff, sent, head, ["head_office", "admin"], None)
        turn_page()
    with acting(tenant_id=FIRST, trusted="setup"):
        wall.enter(db.session())
        make_tenant(FIRST, sent["franchise"], FRANCHISE, sent)
        give_defaults(db.session)
        store = stores(code=sent.get("store_code") or "S01", name=sent["store"])
        db.session.add(store)
        db.session.flush()
        make_person(staff, sent, sent["username"], ["admin"], store.id)
        db.session.commit()
    wall.leave(db.session)
    return sent["username"], head


def turn_page() -> None:
    """Go on with another tenant in the same transaction: what the session holds of the first one is put away."""
    db.session.flush()
    db.session.expunge_all()
    db.session().info.pop("tenant", None)


def make_tenant(pk: int, name: str, kind: str, sent: dict[str, str]) -> None:
    db.session.add(Tenant(id=pk, name=name, kind=kind, zone=sent["zone"], language=sent["language"]))
    db.session.flush()


def make_person(staff: Any, sent: dict[str, str], username: str, roles: list[str], store_id: int | None) -> None:
    made = staff(name=sent["name"], username=username, roles=roles, language=sent["language"], active=True, store_id=store_id)
    db.session.add(made)
    db.session.flush()
    db.session.add(make_login(made, sent["password"]))
    db.session.flush()


def check(sent: dict[str, str]) -> None:
    wrong: dict[str, Any] = {n: _("Needed.") for n in NEEDED if not sent.get(n)}
    wrong |= {n: _("At most %(n)s characters.", n=most) for n, most in LONGEST.items() if len(sent.get(n, "")) > most}
    if "username" not in wrong and not re.fullmatch(r"[\w.@-]+", sent["username"]):
        wrong["username"] = _("Letters, digits and . _ @ - only.")
    if "password" not in wrong and (problem := weakness(sent["password"], sent.get("username", ""))):
        wrong["password"] = problem
    if "again" in sent and sent["again"] != sent.get("password"):
        wrong["again"] = _("The two are not the same.")
    if not re.fullmatch(r"[A-Za-z0-9]{0,10}", sent.get("store_code", "")):
        wrong["store_code"] = _("At most 10 letters and digits.")
    sent.setdefault("language", "zh")
    sent.setdefault("zone", STANDARD)
    if sent["language"] not in current_app.config["LANGUAGES"]:
        wrong["language"] = _("Choose one from the list.")
    if sent["zone"] not in available_timezones():
        wrong["zone"] = _("Choose one from the list.")
    if wrong:
        raise Invalid(wrong)
