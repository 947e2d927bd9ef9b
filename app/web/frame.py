"""What every page has around it: the rail, the bar, the reader's language, the assets and the security headers."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, request, session
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import select

from app.engine import policy
from app.engine.current import current
from app.engine.notify import unread
from app.engine.rules import role_names
from app.engine.settings.locks import kept_above
from app.extensions import appbuilder, db
from app.web.assets import asset, serve
from app.web.trying import banner

POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
HEADERS = {
    "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin", "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}  # fmt: skip
RAIL = 9  # words in the rail; the rest stand under "More"


def dress(app: Flask) -> None:
    """Give every page its frame, and every answer its headers."""
    serve(app)
    app.context_processor(frame)
    app.jinja_env.globals["kept_above"] = lambda *what: kept_above(db.session, *what)
    app.after_request(headers)
    app.extensions["babel"].locale_selector = language


def language() -> str:
    """The reader's language: chosen, else the person's own, else what the browser asks for."""
    known = current_app.config["LANGUAGES"]
    if not has_request_context():  # a job: it says in whose language it writes
        return str(current_app.config["BABEL_DEFAULT_LOCALE"])
    chosen = session.get("locale") if not request.headers.get("Authorization") else None
    if chosen in known:
        return str(chosen)
    asked = request.accept_languages.best_match(list(known))
    person = getattr(current_user, "staff", None)
    if person is not None and person.language in known and not request.path.startswith("/api/"):
        return str(person.language)
    return asked or str(current_app.config["BABEL_DEFAULT_LOCALE"])


def frame() -> dict[str, Any]:
    """The names every template may use."""
    made: dict[str, Any] = {"asset": asset, "lang": str(get_locale() or "zh")[:2], "actor": None, "rail": [], "bell_count": 0}
    looked = g.get("looking_as")
    made["looking_as"] = looked.name if looked is not None else ""
    made["text_size"], made["contrast"], made["density"] = (session.get(n, "") for n in ("text", "contrast", "density"))
    made["trying"] = None
    person = getattr(current_user, "staff", None)
    if person is None or current().actor_id is None:
        return made
    made["trying"] = banner()
    places = doors()
    here = "/" + request.path.split("/")[1]
    for place in places:
        place["on"] = place["url"] == "/" if here == "/" else place["url"] != "/" and place["url"].startswith(here + "/")
    rail = places[:RAIL]
    if places[RAIL:]:
        rail.append({"label": _("More"), "icon": "ti-dots", "url": "/more/", "on": any(p["on"] for p in places[RAIL:]), "count": 0})
    roles = role_names(archived=True)
    made |= {
        "actor": {
            "name": person.name, "username": person.username, "role_label": "、".join(roles.get(r, r) for r in person.roles),
            "store_label": store_label(person),
        },
        "rail": rail, "bell_count": waiting(person),
        "new_menu": [
            {"label": view.model.__label__, "url": f"/{view.model.__tablename__}/add"}
            for view in record_views() if view.offers_new and policy.may(view.model, "can:add")
        ],
    }  # fmt: skip
    return made


def waiting(person: Any) -> int:
    """The unread notices of whom the pages are shown as. One's own came with the person."""
    who = current()
    if who.actor_id != person.id:
        return db.session.scalar(select(unread(who.tenant_id, who.actor_id))) or 0
    return int(g.get("unread", 0))


def store_label(person: Any) -> str:
    with_store = getattr(person, "store", None)
    return str(with_store) if with_store is not None else ""


def record_views() -> list[Any]:
    return sorted((v for v in appbuilder.baseviews if hasattr(v, "offers_new")), key=lambda v: v.place)


def doors() -> list[dict[str, Any]]:
    """Every place the actor can go to, in the order of ``place``."""
    found = [
        (v.place, {"label": v.model.__plural__ or v.model.__label__, "icon": v.model.__icon__, "url": f"/{v.model.__tablename__}/list", "count": 0})  # noqa: E501
        for v in record_views() if policy.opens(v.model)
    ]  # fmt: skip
    for view in appbuilder.baseviews:
        for place, label, icon, url, check in getattr(view, "doors", ()):
            if check():
                found.append((place, {"label": label, "icon": icon, "url": url, "count": 0}))
    return [door for _place, door in sorted(found, key=lambda pair: pair[0])]


def headers(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if not request.path.startswith("/static/") and current().actor_id is not None:
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer

