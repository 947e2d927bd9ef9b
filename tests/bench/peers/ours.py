"""Our own product as it is served, on the environment it is given."""

from __future__ import annotations

from sqlalchemy import event
from sqlalchemy.engine import Engine

from ops.web import when_ready
from tests.bench.peers.wsgi import Site
from tests.harness import PASSWORD


def open_site() -> Site:
    from app.factory import create_app

    statements: list[str] = []
    event.listen(Engine, "before_cursor_execute", lambda _c, _cursor, sql, *_rest: statements.append(sql))
    app = create_app().wsgi_app
    when_ready(None)  # as ``run.py`` has it served
    return Site(app, statements, ("/login/", {"username": "bj-admin", "password": PASSWORD}))
