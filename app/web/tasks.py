"""Long work as people meet it: my tasks, how far one is, its end, and a way to stop it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import flash, jsonify, redirect
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import select

import app.engine.undo  # noqa: F401  # its tables belong to long work
from app.engine.current import current
from app.engine.errors import Missing
from app.engine.notify import SUBSCRIPTIONS, Subscription
from app.engine.query import find
from app.engine.tasks import DONE, OPEN, STATES, TINTS, Task, cancel
from app.extensions import db, store
from app.web.cells import moment
from app.web.record_api import signed_in
from app.web.screen import Screen, allowed

SHOWN = 50
KEPT = 6 * 3600  # seconds
SUBSCRIPTIONS.extend((
    Subscription("task.done", "owner", "bell", _("Done: %(label)s"), "%(words)s"),
    Subscription("task.failed", "owner", "bell", _("Failed: %(label)s"), "%(words)s"),
))  # fmt: skip
# What a kind of task shows beside its words: kind -> (template, what it needs). The names of rows are looked up here, under rights.
pages: dict[str, tuple[str, Callable[[Task], dict[str, Any]]]] = {}


class TaskScreen(Screen):
    """``/task/``: one's own, and nobody else's."""

    doors = ((83, _("My tasks"), "ti-list-check", "/task/", lambda: True),)

    @expose("/task/")
    @allowed()
    def index(self) -> Any:
        mine = select(Task).where(Task.owner_id == current().actor_id).order_by(Task.id.desc()).limit(SHOWN)
        tasks = [listed(task) for task in db.session.scalars(mine)]
        return self.render("tasks.html", tasks=tasks, page_title=_("My tasks"))

    @expose("/task/<int:pk>")
    @allowed()
    def show(self, pk: int) -> Any:
        task = own(pk)
        template, more = pages.get(task.kind, ("", lambda _task: {}))
        context = more(task) if task.state == DONE else {}
        shown = listed(task) | described(task)
        return self.render("task.html", task=shown, part=template if context else "", page_title=task.label, **context)

    @expose("/task/<int:pk>/state")
    @allowed()
    def state(self, pk: int) -> Any:
        return jsonify(described(own(pk)))

    @expose("/task/<int:pk>/cancel", methods=["POST"])
    @allowed()
    def cancel(self, pk: int) -> Any:
        stop(own(pk))
        flash(_("It is being stopped. Nothing of it will remain."), "info")
        return redirect(f"/task/{pk}")

    @expose("/api/v1/task/<int:pk>")
    @signed_in
    def api_show(self, pk: int) -> Any:
        return jsonify(result=described(own(pk)))

    @expose("/api/v1/task/<int:pk>/cancel", methods=["POST"])
    @signed_in
    def api_cancel(self, pk: int) -> Any:
        task = own(pk)
        stop(task)
        return jsonify(result=described(task))


def own(pk: int) -> Task:
    """One of the actor's tasks; a 404 for others', as if they were not there."""
    task: Task | None = find(db.session, Task, pk)
    if task is None or task.owner_id != current().actor_id:
        raise Missing
    return task


def stop(task: Task) -> None:
    """Ask for it in the database, which counts, and in Valkey, which is heard at once."""
    cancel(db.session, task)
    db.session.commit()
    with suppress(RedisError, OSError):
        store().set(slot("stop", task), "1", ex=KEPT)


def slot(what: str, task: Task) -> str:
    """A place in Valkey. Numbers come back when a database is restored; the moment does not."""
    return f"jiahe:task:{what}:{task.tenant_id}:{task.id}:{task.created_at.timestamp()}"


def show_progress(valkey: Redis, task: Task, done: int) -> None:
    valkey.set(slot("done", task), done, ex=KEPT)


def asked_to_stop(valkey: Redis, task: Task) -> bool:
    return valkey.get(slot("stop", task)) is not None


def progress(task: Task) -> int:
    """How much of the total is done."""
    if task.state not in OPEN:
        return task.total if task.state == DONE else 0
    with suppress(RedisError, OSError, ValueError):
        found: Any = store().get(slot("done", task))
        return int(found or 0)
    return 0


def listed(task: Task) -> dict[str, Any]:
    return {
        "id": task.id, "url": task.page_url, "label": task.label, "state": str(STATES[task.state]), "tint": TINTS[task.state],
        "at": moment(task.created_at), "words": task.facts()["words"],
    }  # fmt: skip


def described(task: Task) -> dict[str, Any]:
    """A task as JSON has it."""
    found = task.result or {}
    return {
        "id": task.id, "kind": task.kind, "label": task.label, "state": task.state, "state_label": str(STATES[task.state]),
        "open": task.state in OPEN, "done": progress(task), "total": task.total, "error": task.error, "result": found,
        "words": found.get("words", []), "links": found.get("links", []), "stopping": task.state in OPEN and task.cancel_at is not None,
    }  # fmt: skip
