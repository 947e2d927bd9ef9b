"""Live pages: server-sent events, fed by one listener a process, so that a thousand open pages cost one subscription."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from flask import Response, current_app
from flask_appbuilder import expose
from redis.exceptions import RedisError

from app.engine.current import current
from app.extensions import db, open_store
from app.web.screen import Screen, allowed

PUSH = "jiahe:push"
BEAT = 15.0  # seconds between signs of life
MOST = 8  # open streams of one person in one process; the oldest gives way
log = logging.getLogger(__name__)


class Hub:
    """The process's one ear: it hears every push and hands it to the pages that wait for it."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[queue.Queue[str]]] = defaultdict(list)
        self.lock = threading.Lock()
        self.ear: threading.Thread | None = None

    def join(self, name: str, url: str) -> queue.Queue[str]:
        """A queue that gets everything pushed to ``name`` from now on."""
        inbox: queue.Queue[str] = queue.Queue(100)
        with self.lock:
            if self.ear is None or not self.ear.is_alive():
                self.ear = threading.Thread(target=self.listen, args=(url,), daemon=True, name="push")
                self.ear.start()
            held = self.waiting[name]
            held.append(inbox)
            if len(held) > MOST:
                held.pop(0).put("")
        return inbox

    def leave(self, name: str, inbox: queue.Queue[str]) -> None:
        with self.lock:
            held = self.waiting.get(name, [])
            if inbox in held:
                held.remove(inbox)
            if not held:
                self.waiting.pop(name, None)

    def listen(self, url: str) -> None:
        """Hear until the process ends; a lost connection is made again."""
        while True:
            try:
                ear = open_store(url).pubsub(ignore_subscribe_messages=True)
                ear.subscribe(PUSH)
                for heard in ear.listen():
                    self.hand_on(json.loads(heard["data"]))
            except (RedisError, OSError, ValueError) as problem:
                log.warning("push: %s", problem)
                time.sleep(1)

    def hand_on(self, push: dict[str, Any]) -> None:
        text = f"event: {push['event']}\ndata: {json.dumps(push['data'], ensure_ascii=False)}\n\n"
        with self.lock:
            inboxes = list(self.waiting.get(push["to"], ()))
        for inbox in inboxes:
            try:
                inbox.put_nowait(text)
            except queue.Full:  # a page that hears nothing any more; its next connection starts afresh
                inbox.queue.clear()
                inbox.put("")


hub = Hub()


def stream(name: str) -> Response:
    """An endless answer of everything pushed to ``name``. The database session is given back first."""
    inbox = hub.join(name, current_app.config["REDIS_URL"])
    db.session.remove()

    def events() -> Iterator[str]:
        try:
            yield "retry: 2000\nevent: ready\ndata: {}\n\n"
            while True:
                try:
                    text = inbox.get(timeout=BEAT)
                except queue.Empty:
                    text = ": alive\n\n"
                if not text:
                    return
                yield text
        finally:
            hub.leave(name, inbox)

    answer = Response(events(), mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


class LiveScreen(Screen):
    """The stream every signed-in page listens to."""

    @expose("/live")
    @allowed()
    def live(self) -> Any:
        who = current()
        return stream(f"{who.tenant_id}:staff:{who.actor_id}")
