"""Our own product as it is served, on the environment it is given."""

from __future__ import annotations

from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.bench.peers.wsgi import Site
from tests.harness import PASSWORD


def open_site() -> Site:
    from app.factory import create_app

    statements: list[str] = []
    event.listen(Engine, "before_cursor_execute", lambda _c, _cursor, sql, *_rest: statements.append(sql))
    return Site(create_app().wsgi_app, statements, ("/login/", {"username": "bj-admin", "password": PASSWORD}))
