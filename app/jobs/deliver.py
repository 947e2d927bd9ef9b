"""Take up what was announced: react, tell everybody concerned, and mark it done, in one transaction each.

A notice has parts: its reactions, and one message for each reader and channel. What a part wrote is kept although
another part failed; only the failed ones are tried again, so no part is done twice and none waits for a broken one.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import func, select

from app.engine.clock import now
from app.engine.current import acting
from app.engine.notify import SUBSCRIPTIONS, Message, Subscription
from app.engine.outbox import REACTIONS, Notice, Reaction, announce, reaction
from app.engine.record import records
from app.engine.tenant import Tenant
from app.engine.values import hidden
from app.extensions import db
from app.integrations.gateways import gateway
from app.integrations.rehearsal import Outgoing
from app.jobs.recipients import Recipient, mail_address, may_know, recipients, watched_orders
from app.web.realtime import bell, push

TRIES = 8  # waits of 3, 9, 27 seconds and so on: an hour in all
log = logging.getLogger(__name__)
Push = dict[str, Any]
Part = tuple[str, Callable[[], list[Push]]]


def sweep_all(seconds: float = math.inf) -> int:
    """Sweep every tenant that has something due, for at most so many seconds. Returns how many notices were done."""
    end = time.monotonic() + seconds
    db.session.remove()
    with acting(tenant_id=None):
        due = [row[0] for row in db.session.execute(select(func.due_tenants()))]
        db.session.remove()
    return sum(sweep(tenant, end - time.monotonic()) for tenant in due)


def sweep(tenant: int, seconds: float = 60) -> int:
    """Do the tenant's due notices, each in a transaction of its own. Returns how many were done.

    After ``seconds`` the rest is left to the next sweep.
    """
    done, end = 0, time.monotonic() + seconds
    db.session.remove()
    with acting(tenant_id=tenant, actor_id=None, store_id=None, roles=frozenset(), trusted="deliver"):
        while time.monotonic() < end and (found := one()) is not None:
            done += found
    db.session.remove()
    return done


def one() -> int | None:
    """The next due notice: 1 when done, 0 when it waits for its next try, None when there is none."""
    due = Notice.done_at.is_(None), Notice.failed_at.is_(None), Notice.due_at <= now()
    query = select(Notice).where(*due).order_by(Notice.id).limit(1).with_for_update(skip_locked=True)
    notice = db.session.scalars(query).first()
    if notice is None:
        db.session.rollback()
        return None
    pk = notice.id
    try:
        pushes, problem = take(notice)
        db.session.commit()
    except Exception as problem:  # noqa: BLE001
        db.session.rollback()
        db.session.expunge_all()
        notice = db.session.get(Notice, pk, with_for_update=True)
        if notice is not None and notice.done_at is None:
            put_off(notice, problem)
        db.session.commit()
        return 0
    push(pushes)
    return int(problem is None)


def take(notice: Notice) -> tuple[list[Push], Exception | None]:
    """Do the parts that are not done yet. Returns what to push after the commit, and what went wrong."""
    pushes: list[Push] = []
    wrong: Exception | None = None
    done: list[str] = list((notice.extra or {}).get("done", ()))
    for name, run in parts(notice):
        if name in done:
            continue
        try:
            with db.session.begin_nested():
                pushes += run()
            done.append(name)
        except Exception as problem:  # noqa: BLE001
            wrong = problem
    if wrong is None:
        notice.done_at, notice.attempts = now(), notice.attempts + 1
    else:
        notice.extra = {**(notice.extra or {}), "done": done}
        put_off(notice, wrong)
    return pushes, wrong


def put_off(notice: Notice, problem: Exception) -> None:
    """Let a notice wait longer after each try, and give it up, visibly, after the last."""
    log.warning("notice %s: %s", notice.id, problem, exc_info=problem)
    notice.attempts += 1
    notice.error = f"{type(problem).__name__}: {problem}"[:500]
    notice.due_at = now() + timedelta(seconds=3**notice.attempts)
    notice.failed_at = now() if notice.attempts >= TRIES else None


def parts(notice: Notice) -> Iterator[Part]:
    """Reactions first: what they made is in the words and on the pages that follow."""
    for react in REACTIONS.get(notice.event, ()):
        yield f"{react.__module__}.{react.__name__}", partial(reacted, react, notice)
    model = next((m for m in records() if m.__name__ == notice.model), None)
    record = db.session.get(model, notice.record_id) if model is not None else None
    if record is None:
        return
    language = db.session.scalar(select(Tenant.language).where(Tenant.id == notice.tenant_id)) or "zh"
    seen: set[str] = set()
    for subscription in SUBSCRIPTIONS:
        if subscription.event == notice.event:
            for who in recipients(db.session, record, subscription.to, language):
                key = f"{notice.id}:{subscription.channel}:{who.key}"
                if key not in seen and reachable(subscription.channel, who):
                    seen.add(key)
                    yield key, partial(message, notice, record, subscription, who, key)
    watching = [
        {"to": f"{notice.tenant_id}:order:{order}", "event": "order", "data": {"event": notice.event}} for order in watched_orders(record)
    ]
    yield "pages", lambda: watching


def reacted(react: Reaction, notice: Notice) -> list[Push]:
    react(db.session, notice)
    return []


def reachable(channel: str, who: Recipient) -> bool:
    """Whether there is a number or an address to send to at all."""
    return bool({"bell": who.staff_id, "mail": who.staff_id and who.address, "sms": who.address}.get(channel, True))


def message(notice: Notice, record: Any, subscription: Subscription, who: Recipient, key: str) -> list[Push]:
    """One message to one person, in his language, kept and sent. Mail gets a notice of its own: it may be slow."""
    with force_locale(who.language):
        known = may_know(db.session, record, who)
        facts = {**(facts_of(record) | notice.facts if known else {}), "link": current_app.config["PUBLIC_URL"] + who.path}
        title, text = (str(words) % Filled(facts) for words in (subscription.title, subscription.text))
    channel = subscription.channel
    url = (getattr(record, "page_url", "") or f"/{type(record).__tablename__}/show/{record.id}") if known else "/bell/"
    made = Message(
        key=key, event=notice.event, channel=channel, staff_id=who.staff_id, address=who.shown, title=hidden(title), text=hidden(text),
        url=url, sound=subscription.sound, sent_at=None if channel == "mail" else now(), store_id=record.store_id,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    if channel == "mail":
        announce("message.mail", made)
        return []
    if channel != "bell":
        gateway(channel).send(db.session, Outgoing(notice.tenant_id, key, channel, who.shown, title, text))
        return []
    return [{"to": f"{notice.tenant_id}:staff:{who.staff_id}", "event": "bell", "data": bell(made)}]


@reaction("message.mail")
def mail(session: Any, notice: Notice) -> None:
    """Send one mail. Killed between sending and marking, it goes again under the same Message-ID."""
    kept = session.get(Message, notice.record_id)
    address = mail_address(session, kept) if kept is not None and kept.sent_at is None else ""
    if kept is not None and address:
        text = f"{kept.text}\n\n{current_app.config['PUBLIC_URL']}{kept.url}"
        way = gateway("mail", current_app.config["SMTP_URL"])
        way.send(session, Outgoing(notice.tenant_id, kept.key, "mail", address, kept.title, text))
        kept.sent_at = now()


class Filled(dict[str, Any]):
    """Facts, with nothing for one that is not there: a message must not fail for a missing word."""

    def __missing__(self, key: str) -> str:
        return ""


def facts_of(record: Any) -> dict[str, Any]:
    facts: dict[str, Any] = record.facts() if hasattr(record, "facts") else {"number": str(record)}
    return facts
