"""Notices: each is done once whatever is repeated, fails or runs at the same time, and reaches those it concerns."""

from __future__ import annotations

import re
import threading
from collections import Counter
from datetime import timedelta
from email import message_from_bytes

import pytest
from redis.exceptions import ConnectionError as Unreachable
from sqlalchemy import func, select

from app.engine import notify, outbox
from app.engine.clock import now
from app.engine.notify import Message, Subscription
from app.engine.outbox import Notice
from app.extensions import db
from app.integrations.rehearsal import Rehearsed
from app.jobs import deliver, queue
from app.models.dispatch import Visit
from app.models.organisation import Staff
from app.web import realtime
from tests.acting import as_person, as_program
from tests.test_chain import free_carer, placed


@pytest.fixture
def quiet(app, fresh_db):
    """A database of its own on which nothing is due; the application context is open."""
    with app.app_context():
        deliver.sweep_all()
        yield fresh_db
        db.session.remove()


def asked(query, tenant: int = 2) -> list:
    """The rows of a query, as the product itself sees them."""
    with as_program(db.session, tenant):
        rows = list(db.session.execute(query).all())
        db.session.remove()
    return rows


def notice_of(event: str, record_id: int):
    wanted = select(Notice.done_at, Notice.failed_at, Notice.attempts, Notice.error, Notice.due_at, Notice.id)
    return asked(wanted.where(Notice.event == event, Notice.record_id == record_id))[0]


def messages_of(event: str, channel: str = "bell") -> list:
    wanted = select(Message.staff_id, Message.title, Message.text, Message.address, Message.key)
    fresh = Message.event == event, Message.channel == channel, ~Message.key.startswith("sample-")
    return asked(wanted.where(*fresh).order_by(Message.id))


def announce_many(count: int) -> None:
    """So many notices in one commit, each of a finished visit that has an owner and a dispatcher."""
    with as_program(db.session):
        visit = db.session.scalars(select(Visit).limit(1)).one()
        for _each in range(count):
            outbox.announce("visit.offered", visit)
        db.session.commit()
        db.session.remove()


def later(minutes: float, monkeypatch) -> None:
    """Move the clock of the deliveries; which tenants have something due, the database says by its own."""
    moment = now() + timedelta(minutes=minutes)
    monkeypatch.setattr(deliver, "now", lambda: moment)


def test_many_sweeps_at_once_tell_everybody_once(app, quiet):
    announce_many(40)
    done = []

    def sweep() -> None:
        with app.app_context():
            done.append(deliver.sweep(2))

    threads = [threading.Thread(target=sweep) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 40
    assert deliver.sweep(2) == 0
    told = Counter(key.split(":")[0] for (key,) in asked(select(Rehearsed.key)) if ":sms:" in key)
    newest = select(Notice.id).where(Notice.event == "visit.offered").order_by(Notice.id.desc()).limit(40)
    new = [n for (n,) in asked(newest)]
    assert [told[str(n)] for n in new] == [1] * 40
    assert asked(select(func.max(Notice.attempts)).where(Notice.id.in_(new))) == [(1,)]


def test_a_reaction_that_fails_holds_up_nobody_and_is_tried_again_alone(api, quiet, monkeypatch, caplog):
    ran = Counter()

    def well(session, notice) -> None:
        ran["well"] += 1

    def ill(session, notice) -> None:
        ran["ill"] += 1
        if ran["ill"] < 3:
            raise ValueError("not today")

    monkeypatch.setitem(outbox.REACTIONS, "order.placed", [ill, well])
    order = placed(api("bj-agent"))
    assert deliver.sweep_all() == 0
    bells = messages_of("order.placed")
    assert bells, "the message does not wait for the reaction"
    kept = notice_of("order.placed", order["id"])
    assert kept.done_at is None and kept.attempts == 1 and "not today" in kept.error
    assert deliver.sweep_all() == 0 and ran["ill"] == 1, "it waits for its time"
    later(1, monkeypatch)
    deliver.sweep(2)
    later(5, monkeypatch)
    assert deliver.sweep(2) == 1
    assert ran == {"ill": 3, "well": 1}
    assert messages_of("order.placed") == bells
    assert notice_of("order.placed", order["id"]).done_at


def test_what_never_works_is_given_up_and_the_rest_goes_on(api, quiet, monkeypatch, caplog):
    def ill(session, notice) -> None:
        session.execute(select(func.no_such_function()))  # the database itself refuses

    monkeypatch.setitem(outbox.REACTIONS, "order.placed", [ill])
    first = placed(api("bj-agent"))
    for n in range(deliver.TRIES + 2):
        later(60 * n, monkeypatch)
        deliver.sweep(2)
    kept = notice_of("order.placed", first["id"])
    assert kept.failed_at and kept.attempts == deliver.TRIES and "no_such_function" in kept.error
    monkeypatch.setitem(outbox.REACTIONS, "order.placed", [])
    second = placed(api("bj-agent"))
    deliver.sweep_all()
    assert notice_of("order.placed", second["id"]).done_at
    assert not notice_of("order.placed", first["id"]).done_at


def test_a_commit_that_fails_is_tried_again(api, quiet, monkeypatch, caplog):
    order = placed(api("bj-agent"))
    real, broken = deliver.take, []

    def torn(notice):
        found = real(notice)
        if not broken:
            broken.append(1)
            raise OSError("the plug was pulled")
        return found

    monkeypatch.setattr(deliver, "take", torn)
    deliver.sweep_all()
    assert not messages_of("order.placed"), "nothing of a torn transaction stays"
    later(1, monkeypatch)
    deliver.sweep(2)
    assert notice_of("order.placed", order["id"]).done_at and messages_of("order.placed")


def test_the_dispatchers_of_the_store_are_told_in_their_own_language(api, quiet):
    with as_program(db.session):
        people = db.session.scalars(select(Staff).where(Staff.active, Staff.roles.contains(["dispatcher"]))).all()
        people[0].language, people[0].store_id = "en", people[0].store_id
        first, store, everyone = people[0].id, people[0].store_id, {p.id: p.store_id for p in people}
        db.session.commit()
        db.session.remove()
    order = placed(api("bj-agent"))
    deliver.sweep_all()
    with as_program(db.session):
        from app.models.order import Order

        place = db.session.get(Order, order["id"]).store_id
        db.session.remove()
    near = {pk for pk, there in everyone.items() if there == place} or set(everyone)
    told = {m.staff_id: m for m in messages_of("order.placed")}
    assert set(told) == near
    if first in told:
        assert told[first].title == f"New order {order['number']}"
    assert all(order["number"] in m.title for m in told.values()) and store in everyone.values()


def test_where_a_store_has_nobody_of_the_role_all_of_them_are_told(quiet):
    from app.jobs.recipients import holders

    with as_program(db.session):
        everyone = db.session.scalars(select(Staff.id).where(Staff.active, Staff.roles.contains(["dispatcher"]))).all()
        assert {p.id for p in holders(db.session, "dispatcher", 999_999)} == set(everyone)
        db.session.remove()
    with as_program(db.session, 3):
        assert not {p.id for p in holders(db.session, "dispatcher", None)} & set(everyone)
        db.session.remove()


def test_the_carer_gets_one_text_and_one_wechat_with_a_link_and_no_number_is_kept(api, quiet):
    agent = api("bj-agent")
    order = placed(agent)
    free_carer(api("bj-dispatch"), order)
    deliver.sweep_all()
    sent = asked(select(Rehearsed.channel, Rehearsed.address, Rehearsed.text).order_by(Rehearsed.id.desc()).limit(2))
    assert sorted(s.channel for s in sent) == ["sms", "wechat"]
    for one in sent:
        assert re.search(r"http://127\.0\.0\.1:\d+/w/[\w.-]+", one.text)
        assert re.fullmatch(r"\d{3}\*+\d{4}", one.address)


@pytest.fixture
def to_the_owner(monkeypatch, quiet):
    """A subscription by bell and mail, and an owner who has an address."""
    words = "Order %(number)s", "For %(customer)s, 100%% sure"
    both = [Subscription("order.placed", "owner", channel, *words) for channel in ("bell", "mail")]
    monkeypatch.setattr(notify, "SUBSCRIPTIONS", both)
    monkeypatch.setattr(deliver, "SUBSCRIPTIONS", both)
    with as_program(db.session):
        person = db.session.scalars(select(Staff).where(Staff.username == "bj-agent")).one()
        person.email = "agent@example.invalid"
        db.session.commit()
        db.session.remove()


class Letters(list):
    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 taken"


@pytest.fixture
def post_office():
    """A mail server of one's own: ``letters, url``."""
    from aiosmtpd.controller import Controller

    from ops.services import free_port

    letters = Letters()
    server = Controller(letters, hostname="127.0.0.1", port=free_port(set()))
    server.start()
    yield letters, f"smtp://127.0.0.1:{server.port}"
    server.stop()


@pytest.mark.filterwarnings("default")
def test_mail_goes_out_by_smtp_with_a_name_that_does_not_change(app, api, to_the_owner, post_office, monkeypatch):
    letters, url = post_office
    monkeypatch.setitem(app.config, "SMTP_URL", url)
    order = placed(api("bj-agent"))
    deliver.sweep_all()
    deliver.sweep_all()
    assert len(letters) == 1
    to, letter = letters[0]
    kept = messages_of("order.placed", "mail")[0]
    assert to == ["agent@example.invalid"] and "@" not in kept.address
    assert letter["Message-ID"] == f"<2.{kept.key.replace(':', '.')}@jiahe>"
    assert letter["Subject"] == f"Order {order['number']}"
    assert "100% sure" in letter.get_payload(decode=True).decode()


def test_a_mail_server_that_is_away_does_not_keep_the_bell_from_ringing(app, api, to_the_owner, monkeypatch, caplog):
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://127.0.0.1:9")
    placed(api("bj-agent"))
    deliver.sweep_all()
    assert len(messages_of("order.placed")) == 1
    waiting = asked(select(Notice.attempts, Notice.done_at).where(Notice.event == "message.mail"))
    assert waiting == [(1, None)]
    monkeypatch.setitem(app.config, "SMTP_URL", "")
    later(1, monkeypatch)
    deliver.sweep(2)
    assert asked(select(Rehearsed.address).where(Rehearsed.channel == "mail")) == [("agent@example.invalid",)]


def test_a_queue_that_is_away_costs_no_order(app, monkeypatch, caplog):
    def away(*_args):
        raise Unreachable("no queue")

    monkeypatch.setattr(queue, "queue", away)
    with app.app_context():
        queue.nudge(2)
    queue.nudge(2)  # outside of an application there is nobody to nudge
    monkeypatch.setattr(realtime, "store", away)
    with app.app_context():
        deliver.push([{"to": "2:staff:1", "event": "bell", "data": {}}])


def test_the_bell_shows_ones_own_and_can_be_put_to_rest(app, api, client):
    placed(api("bj-agent"), 80)
    placed(api("sh-agent"), 80)
    with app.app_context():
        deliver.sweep_all()
    desk = client("bj-dispatch", "en")
    page = desk.look("/bell/").text
    assert "New order" in page or "新订单" in page
    assert desk.post_form("/bell/read").status_code == 302
    with app.app_context():
        with as_person(db.session, "bj-dispatch") as person:
            mine = Message.staff_id == person.id, Message.read_at.is_(None)
            left = db.session.scalar(select(func.count()).where(*mine))
        db.session.remove()
    assert left == 0
    theirs = client("sh-agent").get("/bell/", headers={"Accept": "application/json"}).text
    assert "DD-SH" in theirs
    assert "DD-BJ" not in theirs


def test_only_those_in_charge_see_what_would_have_gone_out(client):
    assert client("bj-admin").get("/rehearsal/").status_code == 200
    for username in ("bj-agent", "bj-finance", "bj-dispatch"):
        assert client(username).get("/rehearsal/").status_code == 403
    assert client().get("/rehearsal/").status_code == 302
