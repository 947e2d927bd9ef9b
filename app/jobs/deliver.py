"""Take up what was announced: react, tell everybody concerned, and mark it done, in one transaction each."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

from flask import current_app
from flask_babel import force_locale
from redis.exceptions import RedisError
from sqlalchemy import func, select

from app.engine.clock import now
from app.engine.current import acting, current
from app.engine.notify import SUBSCRIPTIONS, Message
from app.engine.outbox import REACTIONS, Notice
from app.engine.record import records
from app.engine.tenant import Tenant
from app.extensions import db, store
from app.integrations.gateways import gateway
from app.jobs.recipients import Recipient, recipients, watched_orders

TRIES, WAIT = 8, timedelta(seconds=5)
PUSH = "jiahe:push"
log = logging.getLogger(__name__)
Push = dict[str, Any]


def sweep_all() -> int:
    """Sweep every tenant that has something due. Returns how many notices were done."""
    db.session.remove()
    with acting(tenant_id=None):
        due = [row[0] for row in db.session.execute(select(func.due_tenants()))]
        db.session.remove()
    return sum(sweep(tenant) for tenant in due)


def sweep(tenant: int) -> int:
    """Do the tenant's due notices, each in a transaction of its own. Returns how many were done."""
    done = 0
    db.session.remove()
    with acting(tenant_id=tenant, actor_id=None, store_id=None, roles=frozenset(), trusted="deliver"):
        while (found := one()) is not None:
            done += found
    db.session.remove()
    return done


def one() -> int | None:
    """The next due notice: 1 when done, 0 when it failed and waits for its next try, None when there is none."""
    due = Notice.done_at.is_(None), Notice.failed_at.is_(None), Notice.due_at <= now()
    query = select(Notice).where(*due).order_by(Notice.id).limit(1).with_for_update(skip_locked=True)
    notice = db.session.scalars(query).first()
    if notice is None:
        db.session.rollback()
        return None
    pk = notice.id
    try:
        pushes = tell(notice)
        notice.done_at, notice.attempts = now(), notice.attempts + 1
        db.session.commit()
    except Exception as problem:  # whatever it was, the others must not wait for this one
        db.session.rollback()
        db.session.expunge_all()
        failed(pk, problem)
        return 0
    push(pushes)
    return 1


def failed(pk: int, problem: Exception) -> None:
    """Let a notice wait longer after each try, and give it up, visibly, after the last."""
    log.warning("notice %s: %s", pk, problem, exc_info=problem)
    notice = db.session.get(Notice, pk, with_for_update=True)
    if notice is not None and notice.done_at is None:
        notice.attempts += 1
        notice.error = f"{type(problem).__name__}: {problem}"[:500]
        notice.due_at = now() + WAIT * 2**notice.attempts
        notice.failed_at = now() if notice.attempts >= TRIES else None
    db.session.commit()


def tell(notice: Notice) -> list[Push]:
    """Run the reactions, then write and send the messages. Returns what to push once it is committed."""
    for react in REACTIONS.get(notice.event, ()):
        react(db.session, notice)
    model = next((m for m in records() if m.__name__ == notice.model), None)
    record = db.session.get(model, notice.record_id) if model is not None else None
    if record is None:
        return []
    pushes: list[Push] = [
        {"to": f"{notice.tenant_id}:order:{order}", "event": "order", "data": {"event": notice.event}}
        for order in watched_orders(record)
    ]
    language = db.session.scalar(select(Tenant.language).where(Tenant.id == notice.tenant_id)) or "zh"
    seen: set[str] = set()
    for subscription in SUBSCRIPTIONS:
        if subscription.event == notice.event:
            for who in recipients(db.session, record, subscription.to, language):
                key = f"{notice.id}:{subscription.channel}:{who.key}"
                if key not in seen:
                    seen.add(key)
                    pushes += message(notice, record, subscription, who, key)
    db.session.flush()
    return pushes


def message(notice: Notice, record: Any, subscription: Any, who: Recipient, key: str) -> list[Push]:
    """One message to one person, in his language, kept and sent."""
    with force_locale(who.language):
        facts = {**facts_of(record), **notice.facts, "link": current_app.config["PUBLIC_URL"] + who.path}
        title, text = (str(words) % Filled(facts) for words in (subscription.title, subscription.text))
    url = f"/{type(record).__tablename__}/show/{record.id}"
    made = Message(
        key=key, event=notice.event, channel=subscription.channel, staff_id=who.staff_id, address=who.shown, title=title,
        text=text, url=url, sound=subscription.sound, sent_at=now(), store_id=record.store_id,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    if subscription.channel != "bell":
        way = gateway(subscription.channel, current_app.config["SMTP_URL"])
        to = who.address if subscription.channel == "mail" else who.shown
        way.send(
            db.session, tenant=current().tenant_id or 0, key=key, channel=subscription.channel, address=to, title=title, text=text
        )
        return []
    data = {"id": made.id, "title": title, "text": text, "url": url, "sound": subscription.sound, "event": notice.event}
    return [{"to": f"{notice.tenant_id}:staff:{who.staff_id}", "event": "bell", "data": data}]


class Filled(dict[str, Any]):
    """Facts, with nothing for one that is not there: a message must not fail for a missing word."""

    def __missing__(self, key: str) -> str:
        return ""


def facts_of(record: Any) -> dict[str, Any]:
    facts: dict[str, Any] = record.facts() if hasattr(record, "facts") else {"number": str(record)}
    return facts


def push(pushes: list[Push]) -> None:
    """Tell the open pages. If the queue is away they find it at their next look."""
    try:
        for one_push in pushes:
            store().publish(PUSH, json.dumps(one_push))
    except (RedisError, OSError) as problem:
        log.warning("push: %s", problem)
