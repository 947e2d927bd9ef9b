"""What an exchange tells about a call, made into a call of ours: whoever tells it, it goes through :func:`heard`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine import notes, values, vault
from app.engine.audit import told
from app.engine.clock import local, now, today
from app.engine.current import tenant_id
from app.engine.errors import Refused
from app.engine.notes import RecordNote
from app.engine.tenant import Tenant
from app.models.customer import Customer
from app.models.organisation import Staff
from app.models.telephone import CallFact, PhoneCall, PhoneExtension, PhoneLine, callers

EVENTS = ("ring", "answer", "transfer", "hangup", "recording")
ADRIFT = timedelta(days=1)  # an exchange whose clock is further off is not believed
LONGEST = timedelta(hours=4)  # after which a call whose end nobody told is over
REF = re.compile(r"[\w.:@\-]{1,40}")
Push = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One thing that happened to one call. ``extension`` is whose telephone rings or answers, or to whom it was put through."""

    event: str
    ref: str
    at: datetime
    number: str = ""  # the other party; empty when it is withheld
    extension: str = ""
    direction: str = "in"


def read(said: Any, line: PhoneLine | None = None) -> CallEvent:
    """What was told, in the words of :class:`CallEvent`. Raises ``Refused`` for what cannot be meant, or is about another line."""
    if not isinstance(said, dict):
        raise Refused(_("Send an object: event, call, caller, extension, at."))
    text = {n: str(said.get(n) or "").strip() for n in ("event", "call", "line", "caller", "extension", "direction", "at")}
    if text["event"] not in EVENTS or not REF.fullmatch(text["call"]):
        raise Refused(_("Say which event, and the number of the call."))
    if text["extension"] and not re.fullmatch(r"\w{1,20}", text["extension"]):
        raise Refused(_("An extension has letters and digits only."))
    if line is not None and text["line"] and plain(text["line"]) != plain(line.number):
        raise Refused(_("This address is for another line."))
    direction = text["direction"] or "in"
    if direction not in ("in", "out"):
        raise Refused(_("The direction is “in” or “out”."))
    return CallEvent(text["event"], text["call"], moment(text["at"]), plain(text["caller"]), text["extension"], direction)


def plain(number: str) -> str:
    """A number as it is kept, without country code and the 0 of a trunk; nothing for one that is withheld or no number."""
    bare = vault.normal(number)
    if re.fullmatch(r"01[3-9]\d{9}", bare):
        bare = bare[1:]
    try:
        return values.phone(bare)
    except Refused:
        return bare if re.fullmatch(r"\d{3,6}", bare) else ""


def moment(text: str) -> datetime:
    """When it happened: seconds since 1970, or ISO 8601. What is not said, or a day off, is now."""
    try:
        at = datetime.fromtimestamp(float(text), UTC) if re.fullmatch(r"\d+(\.\d+)?", text) else local(datetime.fromisoformat(text))
    except (ValueError, OverflowError, OSError):
        return now()
    return at if abs(at - now()) < ADRIFT else now()


def heard(session: Session, line: PhoneLine, said: CallEvent) -> tuple[PhoneCall, list[Push]]:
    """Keep what happened, and return the call with what to push after the commit. Told twice, it is kept and pushed once.

    The caller is trusted, and commits.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"call:{tenant_id()}:{line.id}:{said.ref}", 0))))
    call = session.scalars(select(PhoneCall).where(PhoneCall.line_id == line.id, PhoneCall.ref == said.ref)).first()
    rung = holders(session, line, said.extension) if said.extension or (said.event == "ring" and said.direction == "in") else []
    if call is None:
        call = begun(session, line, said, rung)
    facts = list(session.scalars(select(CallFact).where(CallFact.call_id == call.id)))
    if any((f.event, f.extension) == (said.event, said.extension) for f in facts):
        return call, []
    before = call.agent_id
    change(call, said, rung)
    made = [CallFact(call_id=call.id, event=said.event, extension=said.extension, agent_id=call.agent_id, at=said.at)]
    if said.event == "ring" and not said.extension:  # the whole group: one fact for each telephone, so that each hears it again
        made[0].agent_id = None
        made += [CallFact(call_id=call.id, event="ring", extension=e, agent_id=a, at=said.at) for e, a in rung]
    elif rung:
        made[0].agent_id = rung[0][1]
    session.add_all(made)
    session.flush()
    if said.event == "hangup" and call.result == "missed" and call.direction == "in":
        ask_to_call_back(session, call)
    elif call.answered_at is not None and said.event == "answer":
        called_back(session, call)
    concerned = {f.agent_id for f in (*facts, *made)} | {call.agent_id, before}
    data = {"call": call.id, "what": said.event, "seq": max(f.id for f in made)}
    pushes = [{"to": f"{tenant_id()}:staff:{pk}", "event": "call", "data": data} for pk in sorted(filter(None, concerned))]
    return call, pushes + others(session, call, concerned)


def holders(session: Session, line: PhoneLine, extension: str) -> list[tuple[str, int]]:
    """(extension, colleague) of one extension, or of all of a line."""
    mine = [PhoneExtension.line_id == line.id, *([PhoneExtension.number == extension] if extension else [])]
    query = select(PhoneExtension.number, PhoneExtension.agent_id).join(Staff, Staff.id == PhoneExtension.agent_id)
    return [(number, pk) for number, pk in session.execute(query.where(*mine, Staff.active).order_by(PhoneExtension.number).limit(50))]


def begun(session: Session, line: PhoneLine, said: CallEvent, rung: list[tuple[str, int]]) -> PhoneCall:
    """A new call. It belongs to whoever looks after the caller; a stranger's to whoever's telephone rings."""
    known = callers(session, said.number) if said.number else []
    customer = known[0] if len(known) == 1 else None
    agent = rung[0][1] if len(rung) == 1 else None
    call = PhoneCall(
        line_id=line.id, ref=said.ref, direction=said.direction, phone=said.number or None, customer_id=customer.id if customer else None,
        agent_id=agent, rang_at=said.at, owner_id=(customer.owner_id if customer else None) or agent,
        store_id=(customer.store_id if customer else None) or line.store_id, result="ringing",
    )  # fmt: skip
    session.add(call)
    session.flush()
    return call


def change(call: PhoneCall, said: CallEvent, rung: list[tuple[str, int]]) -> None:
    """What an event changes; told late or in another order, the call comes out the same."""
    agent = rung[0][1] if len(rung) == 1 else None
    if said.event == "answer":
        call.answered_at = min(filter(None, (call.answered_at, said.at)))
        call.agent_id = agent or call.agent_id
    elif said.event == "transfer":
        call.agent_id = agent or call.agent_id
        call.result = "transferred"
    elif said.event == "ring" and call.answered_at is None:
        call.agent_id = agent or call.agent_id
    elif said.event == "hangup":
        call.ended_at = max(said.at, call.answered_at or call.rang_at)
    if call.owner_id is None:
        call.owner_id = call.agent_id
    if call.result != "transferred" or (call.ended_at and call.answered_at is None):
        talked = "talking" if call.ended_at is None else "answered"
        call.result = talked if call.answered_at else "ringing" if call.ended_at is None else "missed"


def others(session: Session, call: PhoneCall, concerned: Iterable[int | None]) -> list[Push]:
    """Colleagues who are on the telephone with the same customer at this moment: their cards say so."""
    if call.customer_id is None:
        return []
    query = select(PhoneCall.id, PhoneCall.agent_id).where(PhoneCall.customer_id == call.customer_id, PhoneCall.id != call.id, *living())
    told = [(pk, agent) for pk, agent in session.execute(query) if agent and agent not in concerned]
    return [{"to": f"{tenant_id()}:staff:{agent}", "event": "call", "data": {"call": pk, "what": "beside"}} for pk, agent in told]


def living() -> tuple[Any, ...]:
    """The condition that a call goes on."""
    return PhoneCall.ended_at.is_(None), PhoneCall.rang_at > now() - LONGEST


def ask_to_call_back(session: Session, call: PhoneCall) -> None:
    """A missed call is something to do today, for whom it belongs to."""
    person = session.get(Staff, call.owner_id) if call.owner_id else None
    if person is None or not person.active:
        return
    language = session.scalar(select(Tenant.language).where(Tenant.id == tenant_id())) or "zh"
    with force_locale(language):
        text = str(_("Call back: rang at %(time)s, nobody answered.", time=f"{local(call.rang_at):%H:%M}"))
    todo = RecordNote(model="PhoneCall", record_id=call.id, text=text, due_on=today(), for_id=person.id, store_id=call.store_id)
    session.add_all([todo, told(call, "todo")])


def called_back(session: Session, call: PhoneCall) -> None:
    """Whoever is spoken to need not be called back any more: by that number, or the same customer by another."""
    if not call.phone and call.customer_id is None:
        return
    same = vault.same(PhoneCall.phone_hash, call.phone, "hash", tenant_id()) if call.phone else PhoneCall.customer_id == call.customer_id
    open_ = PhoneCall.result == "missed", PhoneCall.called_back_at.is_(None), PhoneCall.direction == "in", PhoneCall.id != call.id
    for missed in session.scalars(select(PhoneCall).where(same, *open_).limit(50)):
        missed.called_back_at = call.answered_at
        todo = select(RecordNote).where(*notes.mine_of(missed), RecordNote.due_on.is_not(None), RecordNote.done_at.is_(None))
        for one in session.scalars(todo):
            one.done_at, one.done_by = now(), call.agent_id


def belongs(session: Session, call: PhoneCall, customer: Customer) -> None:
    """Say whose call it is, once it is known; the caller is trusted, and commits."""
    call.customer_id = customer.id
    call.owner_id, call.store_id = customer.owner_id or call.owner_id, customer.store_id or call.store_id
    session.flush()
