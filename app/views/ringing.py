"""The ringing telephone in the browser: the card, and what the agent does on it without leaving the page."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import flash, jsonify, redirect, render_template, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select

from app.engine import notes, policy, query, values
from app.engine.clock import now, today
from app.engine.current import current, tenant_id, trusted
from app.engine.errors import Missing, Refused
from app.engine.present import apply, label
from app.extensions import db, storage
from app.integrations import telephone
from app.models.article import Article, answers
from app.models.customer import Customer
from app.models.dispatch import FREE, Visit
from app.models.order import Order
from app.models.organisation import Staff
from app.models.telephone import CallFact, PhoneCall, PhoneExtension, PhoneLine
from app.views import popped
from app.web.cells import cell, moment
from app.web.enter import page
from app.web.realtime import gaps, push, written
from app.web.screen import Screen, allowed
from app.workflows.calls import CallEvent, belongs, heard, living, plain
from app.workflows.recordings import keep, tone

GONE, MANY = timedelta(minutes=10), 10  # how old, and how many, the events are that a page hears after a gap
DIGITS = 12
EVENTS = {"answer": _("Pick up"), "hangup": _("Hang up")}


def takes_calls() -> bool:
    return policy.opens(PhoneCall)


def missed() -> Iterator[str]:
    """The actor's calls that go on, and those of which something happened since the last event that the page heard."""
    who, after = current(), request.args.get("calls", "")
    if who.read_only or who.all_tenants or not takes_calls():
        return
    since = int(after) if after.isdecimal() and len(after) < DIGITS else None
    with trusted("call"):
        mine = CallFact.agent_id == who.actor_id, CallFact.tenant_id == who.tenant_id, CallFact.created_at > now() - GONE
        later = CallFact.id > since if since is not None else PhoneCall.ended_at.is_(None)
        facts = select(CallFact).join(PhoneCall, PhoneCall.id == CallFact.call_id).where(*mine, or_(later, PhoneCall.ended_at.is_(None)))
        found = {f.call_id: f for f in db.session.scalars(facts.order_by(CallFact.id.desc()).limit(MANY * 4))}
        going = select(PhoneCall.id).where(PhoneCall.agent_id == who.actor_id, PhoneCall.tenant_id == who.tenant_id, *living())
        known = {**dict.fromkeys(db.session.scalars(going.limit(MANY)), None), **found}
    for pk, fact in sorted(known.items())[-MANY:]:
        yield written("call", {"call": pk, "what": "missed", "seq": fact.id if fact else since or 0})


gaps.append(missed)


class RingScreen(Screen):
    """Everything here is about a call that came to the actor's own telephone."""

    @expose("/calls/card/<int:pk>")
    @allowed(takes_calls)
    def card(self, pk: int) -> Any:
        call = popped.of_mine(pk)
        return page("parts/ring.html", c=popped.card(call)) if call is not None else ("", 204)

    @expose("/calls/note/<int:pk>", methods=["POST"])
    @allowed(takes_calls)
    def note(self, pk: int) -> Any:
        """What was said, kept while it is typed."""
        with trusted("call"):
            call = mine(pk)
            text = values.no_card(request.form.get("note", "").strip())
            if len(text) > notes.LONGEST or "\x00" in text:
                raise Refused(_("Write something, of at most %(most)s characters.", most=notes.LONGEST))
            call.note = text or None
            db.session.commit()
        return jsonify(message=str(_("Saved.")))

    @expose("/calls/customer/<int:pk>", methods=["POST"])
    @allowed(takes_calls)
    def customer(self, pk: int) -> Any:
        """Which of several it is."""
        call, customer = mine(pk), query.find(db.session, Customer, request.form.get("customer", ""))
        if customer is None:
            raise Missing
        with trusted("call"):
            belongs(db.session, call, customer)
            db.session.commit()
        return jsonify(message=str(_("Saved.")))

    @expose("/calls/lead/<int:pk>", methods=["POST"])
    @allowed(takes_calls)
    def lead(self, pk: int) -> Any:
        """A new customer with the number of the call: one press, the name may follow."""
        call = mine(pk)
        if not call.phone or call.customer_id is not None:
            raise Refused(_("There is no number, or it is known already."))
        name = request.form.get("name", "").strip() or str(_("Caller %(digits)s", digits=call.phone[-4:]))
        customer = apply(Customer(), {"name": name, "phone": call.phone, "source": "phone"}, db.session)
        db.session.add(customer)
        db.session.flush()
        with trusted("call"):
            belongs(db.session, call, customer)
        db.session.commit()
        return jsonify(message=str(_("“%(name)s” is a customer now.", name=name)), url=f"/customer/edit/{customer.id}")

    @expose("/calls/move/<int:pk>", methods=["POST"])
    @allowed(takes_calls)
    def move(self, pk: int) -> Any:
        """Move the next visit: at once where nobody was assigned yet, else the dispatcher is asked to."""
        call, order = mine(pk), query.find(db.session, Order, request.form.get("order", ""))
        if order is None or order.customer_id != call.customer_id:
            raise Missing
        when = values.moment(request.form.get("when", ""))
        if when < now():
            raise Refused(_("This lies in the past."))
        words = moved(order, when)
        db.session.commit()
        return jsonify(message=str(words))

    @expose("/calls/transfer/<int:pk>", methods=["POST"])
    @allowed(takes_calls)
    def transfer(self, pk: int) -> Any:
        """Put the call through to a colleague: the card goes with it."""
        call, to = mine(pk), request.form.get("extension", "")
        with trusted("call"):
            line = db.session.get(PhoneLine, call.line_id)
            there = select(PhoneExtension).where(PhoneExtension.line_id == call.line_id, PhoneExtension.number == to)
            extension = db.session.scalars(there).first()
            if extension is None or call.ended_at is not None:
                raise Refused(_("Choose a colleague’s extension, while the call goes on."))
            name = label(extension.agent)
            _call, pushes = heard(db.session, line, CallEvent("transfer", call.ref, now(), extension=to))
            telephone.ask(tenant_id(), "transfer", ref=call.ref, extension=to)
            db.session.commit()
        push(pushes)
        return jsonify(message=str(_("Put through to %(name)s.", name=name)))

    @expose("/calls/articles")
    @allowed(lambda: policy.opens(Article))
    def articles(self) -> Any:
        """What the knowledge base says about something, without leaving the call."""
        asked = request.args.get("q", "")
        return render_template("parts/articles.html", found=[told(a) for a in answers(db.session, asked)], asked=asked.strip())

    @expose("/calls/dial", methods=["POST"])
    @allowed(takes_calls)
    def dial(self) -> Any:
        """Let the exchange ring the actor's own telephone, and then the number; without one the page dials by itself."""
        number = plain(request.form.get("number", ""))
        with trusted("call"):
            own = select(PhoneExtension.number).where(PhoneExtension.agent_id == current().actor_id).order_by(PhoneExtension.id).limit(1)
            extension = db.session.scalar(own)
        done = bool(number and extension) and telephone.ask(tenant_id(), "call", extension=extension, number=number)
        return jsonify(done=done, message=str(_("Your telephone rings first.")) if done else "")

    @expose("/calls/rehearse/<int:pk>", methods=["GET", "POST"])
    @allowed(popped.rehearses)
    def rehearse(self, pk: int) -> Any:
        """Ring, answer and hang up as an exchange would: in the sample's companies."""
        line = query.find(db.session, PhoneLine, pk)
        if line is None or line.tenant_id != tenant_id():
            raise Missing
        if request.method == "GET":
            return self.render("rehearse.html", page_title=_("Rehearsal ring"), **rehearsal(line))
        what, going = request.form.get("event", "ring"), query.find(db.session, PhoneCall, request.form.get("call", ""))
        if what not in ("ring", *EVENTS) or (what != "ring" and (going is None or going.line_id != line.id)):
            raise Missing
        ref = going.ref if going is not None else f"rehearsal-{secrets.token_hex(6)}"
        number, extension = plain(request.form.get("number", "")), request.form.get("extension", "")
        with trusted("call"):
            call, pushes = heard(db.session, line, CallEvent(what, ref, now(), number, extension))
            who = label(call.agent) if call.agent is not None else ""
            if what == "hangup" and call.answered_at and line.recorded and not call.recording:
                keep(db.session, storage(), call, tone())
            db.session.commit()
        push(pushes)
        words = {"ring": _("It rings at %(name)s.", name=who), **dict.fromkeys(EVENTS, _("Done."))}
        flash(words[what], "success")
        return redirect(f"/calls/rehearse/{pk}")


def mine(pk: int) -> PhoneCall:
    call = popped.of_mine(pk)
    if call is None:
        raise Missing
    return call


def moved(order: Any, when: Any) -> Any:
    """Move an order nobody was assigned to; ask the dispatcher of its store about any other. Returns what to say."""
    busy = select(Visit.id).where(Visit.order_id == order.id, Visit.state.not_in(FREE), Visit.ends_at > now()).limit(1)
    day = moment(when)
    if not db.session.scalar(busy) and policy.may_set(order, "starts_at", order.starts_at):
        lasts = order.ends_at - order.starts_at if order.ends_at else None
        apply(order, {"starts_at": when.isoformat(), **({"ends_at": (when + lasts).isoformat()} if lasts else {})}, db.session)
        return _("Moved to %(when)s.", when=day)
    people = select(Staff).where(Staff.store_id == order.store_id, Staff.active, Staff.roles.contains(["dispatcher"])).order_by(Staff.id)
    with trusted("call"):
        able = [p for p in db.session.scalars(people) if notes.may_read(order, p)]
    text = str(_("The customer asks on the telephone to move the visit to %(when)s.", when=day))
    if not able:
        notes.write(db.session, order, text, today().isoformat())
        return _("Nobody dispatches there: it is on your own list to move it to %(when)s.", when=day)
    with trusted("call"):  # the agent need not see the dispatcher to ask
        notes.write(db.session, order, text, today().isoformat(), str(able[0].id))
    return _("%(name)s was asked to move it to %(when)s.", name=able[0].name, when=day)


def told(article: Any) -> dict[str, Any]:
    return {"title": label(article), **{n: parted(cell(article, n).shown) for n in ("body", "script")}}


def parted(text: str) -> list[tuple[str, list[str]]]:
    """Paragraphs and lists of points: all the form that an article has, so nothing in it can be more than text."""
    found: list[tuple[str, list[str]]] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        kind = "points" if line.startswith("- ") else "text" if line.strip() else "gap"
        if kind == "gap" or not found or found[-1][0] != kind:
            found.append((kind, []))
        found[-1][1].append(line.removeprefix("- ").strip())
    return [(kind, lines) for kind, lines in found if kind != "gap"]


def rehearsal(line: PhoneLine) -> dict[str, Any]:
    """Whose telephones there are, some numbers to try, and the calls that go on."""
    there = select(PhoneExtension).where(PhoneExtension.line_id == line.id).order_by(PhoneExtension.number)
    extensions = [{"number": cell(e, "number").shown, "name": cell(e, "agent").shown} for e in db.session.scalars(there)]
    customers = db.session.scalars(select(Customer).where(Customer.phone.is_not(None)).order_by(Customer.id).limit(8))
    numbers = [{"number": cell(c, "phone").raw, "name": label(c)} for c in customers if cell(c, "phone").raw]
    calls = db.session.scalars(select(PhoneCall).where(PhoneCall.line_id == line.id, *living()).order_by(PhoneCall.id.desc()).limit(10))
    going = [
        {"id": c.id, "text": label(c), "agent": cell(c, "agent").shown, "state": cell(c, "result"), "ringing": c.answered_at is None}
        for c in calls
    ]
    known = {"id": line.id, "name": label(line), "number": cell(line, "number").shown}
    return {"line": known, "extensions": extensions, "numbers": numbers, "calls": going}
