"""The objects Flask wires together; each is made here once and given its app in the factory."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from flask import Flask, current_app
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_session import Session as ServerSession
from flask_wtf.csrf import CSRFProtect
from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as Late
from redis.retry import Retry
from rq import Queue

from app.config import QUEUE
from app.engine import signatures
from app.engine.storage import Folder, Storage


class Builder(AppBuilder):
    """AppBuilder without its own index, language, menu and OpenAPI views: ours answer instead."""

    def _add_admin_views(self) -> None:
        self.sm.register_views()

    def _add_menu_permissions(self, *_unused: object, **_too: object) -> None:
        """Nobody asks for them: rights are rows of ours."""

    @property
    def get_url_for_index(self) -> str:
        return "/"


# Alembic compares this metadata with the database; with any other it would propose to drop every table.
db = SQLA(metadata=Model.metadata)
appbuilder = Builder()
csrf = CSRFProtect()  # before AppBuilder, or nothing is protected
server_session = ServerSession()


def connect_store(app: Flask) -> None:
    """Open the pool to Valkey (or Redis) and keep sessions there. Call before ``server_session.init_app``."""
    app.extensions["store"] = open_store(app.config["REDIS_URL"])
    app.config.setdefault("SESSION_REDIS", app.extensions["store"])


def open_store(url: str) -> Redis:
    """Return a client that survives a restart of the server: a broken connection is tried again for a second."""
    again = Retry(ExponentialBackoff(cap=0.5, base=0.05), 4)
    return Redis.from_url(url, socket_connect_timeout=2, retry=again, retry_on_error=[Unreachable, Late])


def store() -> Redis:
    """Return the client of Valkey of the current application: bytes in, bytes out."""
    return cast("Redis", current_app.extensions["store"])


def storage() -> Storage:
    """Return where the files of records lie."""
    return Folder(Path(current_app.config["FILES"]))


signatures.stores[:] = [storage]


def queue(name: str = QUEUE) -> Queue:
    """Return the queue that the workers serve."""
    return Queue(name, connection=store())
