"""Put the application together. The only module that knows every part."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import msgspec
from flask import Flask, current_app
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import configure_mappers
from werkzeug.middleware.proxy_fix import ProxyFix

from app import integrations, jobs, models, portal, prove, views, web, workflows
from app.cli import commands
from app.config import settings
from app.engine import guard, outbox, vault
from app.engine.checks import problems
from app.engine.record import records
from app.engine.settings import ledger
from app.extensions import appbuilder, connect_store, csrf, db, server_session
from app.integrations import real_name
from app.jobs.queue import nudge
from app.models.roles import give_defaults
from app.web import enter, frame, noting
from app.web.health import health
from app.web.openapi import openapi
from app.web.pages import Environment
from app.web.record_api import api_for
from app.web.record_view import RecordView
from app.web.screen import Screen
from app.web.security import Security
from app.workflows import call_traces

PACKAGES = (models, integrations, workflows, web, views, portal, jobs, prove)


class BadDeclaration(RuntimeError):
    """A record is declared in a way that cannot work; the text says which and why."""


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """A ready application. Raises ``NotSet`` when a setting is missing, ``BadDeclaration`` for a record that cannot work."""
    find_everything()
    if wrong := problems():
        raise BadDeclaration("; ".join(wrong))
    app = Flask(__name__)
    app.jinja_environment = Environment
    app.config.update(settings(config))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True  # a quarter of a list page was blanks
    app.config.update(GIVE_DEFAULTS=give_defaults, SAMPLE_LOGINS=LOGINS, WTF_CSRF_CHECK_DEFAULT=False)
    if proxies := app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    vault.use_all(app.config["FIELD_KEY"])
    real_name.chosen[:] = [lambda: str(current_app.config["REAL_NAME"])]
    connect_store(app)
    server_session.init_app(app)
    app.session_interface.serializer.encoder = msgspec.msgpack.Encoder(enc_hook=str)  # type: ignore[attr-defined]  # lazy words of a flash
    db.init_app(app)
    watch()
    csrf.init_app(app)
    enter.early(app)
    with app.app_context():
        appbuilder.__init__()  # type: ignore[misc]  # a second application in one process starts afresh
        appbuilder.security_manager_class = Security
        appbuilder.init_app(app, db.session)
        for view in [*below(RecordView), *below(Screen)]:
            appbuilder.add_view_no_menu(view)
        for model in records():
            if not model.__platform__:
                appbuilder.add_api(api_for(model))
    app.register_blueprint(health)
    app.register_blueprint(openapi)
    enter.late(app)
    frame.dress(app)
    noting.watch(app)
    for command in commands:
        app.cli.add_command(command)
    return app


LOGINS = {
    "hq": _("Head office"), "bj-admin": _("Anhe Beijing: administrator"), "bj-manager": _("Anhe Beijing: store manager"),
    "bj-agent": _("Anhe Beijing: agent"), "bj-agent2": _("Anhe Beijing: second agent"),
    "bj-dispatch": _("Anhe Beijing: dispatcher"), "bj-finance": _("Anhe Beijing: finance"),
    "bj-partner": _("Anhe Beijing: partner agency"),
    "sh-admin": _("Yuejia Shanghai: administrator"), "sh-agent": _("Yuejia Shanghai: agent"),
    "sh-finance": _("Yuejia Shanghai: finance"),
}  # fmt: skip
watched: list[Any] = []


def watch() -> None:
    """Guard the session factory once a process, and let commits nudge the queue."""
    if not watched:
        guard.watch(db.session)
        ledger.watch(db.session)
        call_traces.watch(db.session)
        outbox.nudges[:] = [nudge]
        watched.append(db)


def find_everything() -> None:
    """Import every module of the areas, so that every record, flow and screen is known without a list."""
    for package in PACKAGES:
        for module in iter_modules(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    configure_mappers()


def below(cls: type) -> list[Any]:
    """The leaves below a class, in a stable order."""
    children: list[Any] = cls.__subclasses__()
    found = [leaf for child in children for leaf in (below(child) or [child])]
    return sorted(found, key=lambda c: c.__name__)
