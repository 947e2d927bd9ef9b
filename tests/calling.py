"""An exchange in the tests: it signs what it tells, as a real one does."""

from __future__ import annotations

import html
import itertools
import json
import re
import time
import urllib.request
from urllib.parse import urlsplit

from sqlalchemy import func, select

from app.engine.clock import now
from app.engine.wall import leave
from app.models.customer import Customer
from app.models.telephone import PhoneCall, PhoneExtension, PhoneLine
from app.web.hooks import HEADER, sign
from tests.acting import as_person, as_program

REFS = itertools.count(1)


class Exchange:
    """One line's exchange, connected by an administrator as a person would do it."""

    def __init__(self, app, admin, username: str = "bj-agent"):
        self.app = app
        with app.app_context():
            from app.extensions import db

            with as_person(db.session, username) as person, as_program(db.session, person.tenant_id):
                mine = select(PhoneLine).join(PhoneExtension, PhoneExtension.line_id == PhoneLine.id)
                line = db.session.scalars(mine.where(PhoneExtension.agent_id == person.id)).first()
                self.pk, self.number, self.agent = line.id, line.number, person.id
                there = select(PhoneExtension.agent_id, PhoneExtension.number).where(PhoneExtension.line_id == line.id)
                self.extensions = dict(db.session.execute(there).all())
                self.extension = self.extensions[person.id]
            leave(db.session)
        admin.look(f"/phone_line/connect/{self.pk}")
        page = admin.post_form(f"/phone_line/connect/{self.pk}").get_data(as_text=True)
        self.secret = html.unescape(re.search(r'id="hook-secret">([^<]+)<', page).group(1))
        self.path = urlsplit(html.unescape(re.search(r'id="hook-url">([^<]+)<', page).group(1))).path
        self.client = app.test_client()

    def body(self, event: str, call: str, **more) -> bytes:
        return json.dumps({"event": event, "call": call, "line": self.number, "at": time.time(), **more}).encode()

    def headers(self, body: bytes, at: int | None = None, secret: str = "") -> dict[str, str]:
        return {HEADER: sign(secret or self.secret, body, at or int(time.time())), "Content-Type": "application/json"}

    def tell(self, event: str, call: str, status: int = 200, **more):
        body = self.body(event, call, **more)
        answer = self.client.post(self.path, data=body, headers=self.headers(body))
        assert answer.status_code == status, answer.get_data(as_text=True)[:300]
        return answer.json

    def ring(self, caller: str, extension: str | None = None, call: str = "") -> tuple[str, int]:
        """Ring; returns the exchange's and our number of the call."""
        ref = call or ref_()
        return ref, self.tell("ring", ref, caller=caller, extension=self.extension if extension is None else extension)["call"]

    def over_the_wire(self, url: str, event: str, call: str, **more):
        """The same to a running server."""
        body = self.body(event, call, **more)
        sent = urllib.request.Request(url + self.path, body, self.headers(body), method="POST")
        with urllib.request.urlopen(sent, timeout=20) as answer:
            return json.loads(answer.read())

    def sound(self, call: str, content: bytes, status: int = 201):
        answer = self.client.post(f"{self.path}/recording?call={call}", data=content, headers=self.headers(content))
        assert answer.status_code == status, answer.get_data(as_text=True)[:300]
        return answer.json


def end_all(app) -> None:
    """End the calls that a test left open: their cards would stand on the next one's pages."""
    with app.app_context():
        from app.extensions import db

        for tenant in (2, 3):
            with as_program(db.session, tenant):
                for call in db.session.scalars(select(PhoneCall).where(PhoneCall.ended_at.is_(None))):
                    call.ended_at = now()
                db.session.commit()
            db.session.remove()


def ref_() -> str:
    return f"{int(time.time())}.{next(REFS)}"


def customer_of(app, who: str, nth: int = 0) -> tuple[str, int, str]:
    """(phone, number, name) of a customer of that person who shares the phone with nobody, and has orders."""
    with app.app_context():
        from app.extensions import db
        from app.models.order import Order

        with as_person(db.session, who) as person, as_program(db.session, person.tenant_id):
            shared = select(Customer.phone_hash).where(Customer.phone_hash.is_not(None)).group_by(Customer.phone_hash)
            twice = shared.having(func.count() > 1)
            mine = select(Customer).where(Customer.owner_id == person.id, Customer.phone_hash.not_in(twice))
            busy = mine.where(Customer.id.in_(select(Order.customer_id))).order_by(Customer.id).offset(nth).limit(1)
            one = db.session.scalars(busy).one()
            found = one.phone, one.id, one.name
        leave(db.session)
    return found
