"""A process of its own that listens to an exchange, and does what agents ask of it: ``flask calls``, opt-in by PBX_URL."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from secrets import token_hex
from typing import Any

from flask import Flask, current_app
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.engine.current import acting
from app.engine.errors import Refused
from app.engine.wall import leave
from app.extensions import db, storage
from app.integrations import telephone
from app.integrations.asterisk import Calls, Exchange, Manager
from app.jobs.stopping import until_signal
from app.models.telephone import PhoneCall, PhoneExtension, PhoneLine
from app.web.realtime import push
from app.workflows.calls import heard, plain, read
from app.workflows.recordings import keep

AGAIN = 2.0  # seconds before a lost exchange is called again
log = logging.getLogger(__name__)
NOBODY: dict[str, Any] = {"actor_id": None, "store_id": None, "roles": frozenset(), "all_tenants": False, "read_only": False}


def run(url: str, stop: threading.Event | None = None) -> None:
    """Listen until told to stop; a lost exchange is called again. Needs an application context."""
    exchange, stop = Exchange.of(url), stop or until_signal()
    while not stop.is_set():
        try:
            manager = Manager(exchange)
            ended = threading.Event()
            app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
            calls = Calls()
            doing = threading.Thread(target=obey, args=(app, manager, calls, ended), daemon=True)
            watching = threading.Thread(target=hang_up, args=(manager, stop, ended), daemon=True)
            doing.start()
            watching.start()
            try:
                log.info("connected to the exchange %s", exchange.host)
                for message in manager.messages():
                    for said in calls.words(message):
                        told(exchange.tenant, said)
            finally:
                ended.set()
                manager.close()
                doing.join(3)
        except (OSError, ValueError) as problem:
            log.warning("exchange: %s", problem)
        stop.wait(AGAIN)


def told(tenant: int, said: dict[str, Any]) -> bool:
    """Keep one event and push it. What is about no line of the company is left alone; what goes wrong is logged."""
    leave(db.session)
    try:
        with acting(tenant_id=tenant, trusted="call", **NOBODY):
            number = plain(said["line"]) or said["line"]
            line = db.session.scalars(select(PhoneLine).where(PhoneLine.number == number, PhoneLine.active)).first()
            if line is None:
                return False
            if said["event"] == "recording" and not kept(line, said):
                return False
            _call, pushes = heard(db.session, line, read(said))
            db.session.commit()
        push(pushes)
    except (Refused, SQLAlchemyError) as problem:
        log.warning("call %s: %s", said.get("call"), problem)
        return False
    finally:
        leave(db.session)
    return True


def kept(line: PhoneLine, said: dict[str, Any]) -> bool:
    """Take the recording from the exchange's own folder; a path that leads out of it is no recording."""
    root = current_app.config["PBX_RECORDINGS"]
    path = (Path(root) / said.get("path", "")).resolve() if root else None
    call = db.session.scalars(select(PhoneCall).where(PhoneCall.line_id == line.id, PhoneCall.ref == said["call"])).first()
    if path is None or call is None or not line.recorded or not path.is_relative_to(Path(root).resolve()) or not path.is_file():
        return False
    with path.open("rb") as sound:
        keep(db.session, storage(), call, sound)
    return True


def obey(app: Flask, manager: Manager, calls: Calls, ended: threading.Event) -> None:
    """Do what agents ask for, and show that the exchange is there."""
    tenant = manager.exchange.tenant
    with app.app_context():
        while not ended.is_set():
            try:
                telephone.live(tenant)
                if (wish := telephone.asked(tenant, 1)) is None:
                    continue
                if wish["what"] == "call":
                    manager.call(wish["extension"], wish["number"])
                elif wish["what"] == "transfer" and (channel := calls.channel(wish["ref"])):
                    manager.transfer(channel, wish["extension"])
            except (RedisError, OSError, KeyError, ValueError) as problem:
                log.warning("exchange: %s", problem)
                ended.wait(1)


def hang_up(manager: Manager, stop: threading.Event, ended: threading.Event) -> None:
    """Let a signal end the wait for the next message."""
    while not ended.is_set():
        if stop.wait(0.5):
            manager.shut()
            return


def ring(tenant: int, extension: str, number: str) -> str:
    """A rehearsal ring at an extension, through the same door as any; returns the number of the call. Raises ``LookupError``."""
    with acting(tenant_id=tenant, trusted="call", **NOBODY):
        found = select(PhoneLine).join(PhoneExtension, PhoneExtension.line_id == PhoneLine.id).where(PhoneExtension.number == extension)
        line = db.session.scalars(found.order_by(PhoneLine.id)).first()
        if line is None:
            raise LookupError(extension)
        said = {"event": "ring", "call": f"rehearsal-{token_hex(6)}", "caller": number, "extension": extension}
        call, pushes = heard(db.session, line, read(said, line))
        ref = call.ref
        db.session.commit()
    push(pushes)
    leave(db.session)
    return ref
