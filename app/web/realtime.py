"""Live pages: server-sent events, fed by one listener a process, so that many open pages cost one subscription."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import chain
from typing import Any

from flask import Response, current_app, request
from flask_appbuilder import expose
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import select

from app.engine.clock import now
from app.engine.current import current
from app.engine.notify import Message
from app.extensions import db, open_store, store
from app.web.screen import Screen, allowed

PUSH = "jiahe:push"
BEAT = 15.0  # seconds between signs of life
LIFE = 300.0  # seconds after which a page asks anew, and is judged anew: a session that ended hears no more
MOST = 6  # open streams of one person in one process; the oldest gives way
ROOM = 48  # of the threads of a process, those that streams may hold; the rest serve pages
MISSED, MANY = timedelta(minutes=2), 20  # how old, and how many, the notices are that a page hears after a gap
DIGITS = 12  # of the longest number of a message
log = logging.getLogger(__name__)


class Inbox(queue.Queue[str]):
    """What one page has still to hear. An empty text ends its stream."""

    def end(self) -> None:
        with suppress(queue.Empty):
            while True:
                self.get_nowait()
        self.put("")

    def hear(self, text: str) -> None:
        try:
            self.put_nowait(text)
        except queue.Full:  # a page that reads nothing any more; its next connection starts afresh
            self.end()


class Hub:
    """The process's one ear: it hears every push and hands it to the pages that wait for it."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[Inbox]] = defaultdict(list)
        self.lock = threading.Lock()
        self.hearing = threading.Event()
        self.ear: threading.Thread | None = None

    def join(self, name: str, url: str) -> Inbox | None:
        """An inbox that gets everything pushed to ``name`` from now on; None when there is no room for one more."""
        inbox = Inbox(100)
        with self.lock:
            if self.ear is None or not self.ear.is_alive():
                self.ear = threading.Thread(target=self.listen, args=(url,), daemon=True, name="push")
                self.ear.start()
            held = self.waiting.get(name, [])
            if len(held) >= MOST:
                held.pop(0).end()
            if sum(map(len, self.waiting.values())) >= ROOM:
                return None
            self.waiting[name].append(inbox)
        self.hearing.wait(2)
        return inbox

    def leave(self, name: str, inbox: Inbox) -> None:
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
                kept = open_store(url)
                ear = kept.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                ear.subscribe(channel(kept))
                self.hearing.set()
                for heard in ear.listen():
                    self.hand_on(json.loads(heard["data"]))
            except (RedisError, OSError, ValueError) as problem:
                self.hearing.clear()
                log.warning("push: %s", problem)
                time.sleep(1)

    def hand_on(self, push: dict[str, Any]) -> None:
        with self.lock:
            inboxes = list(self.waiting.get(push["to"], ()))
        for inbox in inboxes:
            inbox.hear(written(push["event"], push["data"]))


hub = Hub()


def channel(kept: Redis) -> str:
    """Where the pushes of one installation go: a channel of Valkey, unlike a key, is heard in all its databases."""
    return f"{PUSH}:{kept.connection_pool.connection_kwargs.get('db') or 0}"


def written(event: str, data: dict[str, Any]) -> str:
    """One event as the stream carries it; its id lets a page say where it stopped hearing."""
    number = f"id: {data['id']}\n" if "id" in data else ""
    return f"{number}event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def stream(name: str, missed: Callable[[], Iterable[str]] = tuple) -> Response:
    """An answer of everything pushed to ``name``, until the page leaves. The database session is given back first.

    ``missed`` is asked for what to say first, when nothing can fall between any more.
    """
    inbox = hub.join(name, current_app.config["REDIS_URL"])
    if inbox is None:
        return Response(status=503, headers={"Retry-After": "30", "Cache-Control": "no-store"})
    try:
        first = list(missed())
    except BaseException:
        hub.leave(name, inbox)
        raise
    db.session.remove()
    answer = Response(events(name, inbox, first), mimetype="text/event-stream")
    answer.call_on_close(lambda: hub.leave(name, inbox))  # also when not one event was asked for
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def events(name: str, inbox: Inbox, first: Iterable[str]) -> Iterator[str]:
    end = time.monotonic() + LIFE
    told = set(first)
    try:
        yield "retry: 2000\nevent: ready\ndata: {}\n\n"
        yield from first
        while (left := end - time.monotonic()) > 0:
            try:
                text = inbox.get(timeout=min(BEAT, left))
            except queue.Empty:
                text = ": alive\n\n"
            if not text:
                return
            if text not in told:
                yield text
    finally:
        hub.leave(name, inbox)


def missed() -> Iterator[str]:
    """The notices of the actor that came while his page was away: those after the last one it heard."""
    after = request.headers.get("Last-Event-ID") or request.args.get("after", "")
    if not after.isdecimal() or len(after) > DIGITS:
        return
    mine = Message.staff_id == current().actor_id, Message.channel == "bell", Message.read_at.is_(None)
    new = select(Message).where(*mine, Message.id > int(after), Message.created_at > now() - MISSED)
    for kept in db.session.scalars(new.order_by(Message.id).limit(MANY)):
        yield written("bell", bell(kept))


def bell(kept: Message) -> dict[str, Any]:
    """A kept notice, as pages get it."""
    return {n: getattr(kept, n) for n in ("id", "title", "text", "url", "sound", "event")}


def push(pushes: Iterable[dict[str, Any]]) -> None:
    """Tell the open pages. If the queue is away they find it at their next look."""
    try:
        for one in pushes:
            store().publish(channel(store()), json.dumps(one))
    except (RedisError, OSError) as problem:
        log.warning("push: %s", problem)


gaps: list[Callable[[], Iterable[str]]] = [missed]  # each says what the actor's page has not heard yet


class LiveScreen(Screen):
    """The stream every signed-in page listens to."""

    @expose("/live")
    @allowed()
    def live(self) -> Any:
        who = current()
        return stream(f"{who.tenant_id}:staff:{who.actor_id}", lambda: chain.from_iterable(ask() for ask in gaps))
