"""Questions as trees: written and read alike, never broken by odd text, and one answer in SQL and in hand."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.engine import compare, conditions, periods, query, reach
from app.engine.conditions import ALL, ANY, NONE, WORDS, Group, Leaf, parse, write
from app.engine.current import acting
from app.engine.errors import Refused
from app.engine.rules import Book, Level, source
from app.engine.wall import leave
from app.models.customer import Customer
from app.models.order import Order
from app.models.worker import Worker
from tests.acting import as_person, as_program

CASES = int(os.environ.get("CASES", "300"))
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=12)
PATHS = st.sampled_from(["district", "level", "customer.owner.name", "x_12", "customer.district"])
ONE = st.builds(Leaf, PATHS, st.sampled_from([w for w in WORDS if w not in ("in", "bt")]), TEXT)
PARTS = st.lists(TEXT.filter(lambda t: "," not in t), min_size=1, max_size=3)
SEVERAL = st.builds(Leaf, PATHS, st.sampled_from(["in", "bt"]), PARTS.map(",".join))
MODES = st.sampled_from([ALL, ANY, NONE])


def groups(terms):
    return st.builds(Group, MODES, st.lists(terms, min_size=1, max_size=3).map(tuple))


TREES = st.recursive(ONE | SEVERAL, groups, max_leaves=8)


@settings(max_examples=CASES, deadline=None, database=None)
@given(tree=TREES)
def test_what_is_written_reads_as_the_same_tree(tree):
    text = write(tree)
    found = parse(text)
    assert found == (tree if isinstance(tree, Group) else Group(ALL, (tree,)))
    assert write(parse(write(found))) == write(found)


@settings(max_examples=CASES * 3, deadline=None, database=None)
@given(text=st.text(max_size=60) | st.text('()orandt.,"\\eqin abc朝1', max_size=40))
@example("(" * 5000)
@example("or(level.eq.vip")
@example('level.eq."')
@example("level.eq.vip)")
@example("not()")
def test_random_text_is_a_question_or_a_clear_refusal(text):
    try:
        found = parse(text)
    except Refused as refused:
        assert (refused.status, bool(str(refused))) == (400, True)  # noqa: PT017
    else:
        assert write(parse(write(found))) == write(found)


def test_the_written_form_is_what_people_would_write():
    assert parse("(district.eq.朝阳区,or(level.eq.vip,not(owner.me)))") == Group(ALL, (
        Leaf("district", "eq", "朝阳区"), Group(ANY, (Leaf("level", "eq", "vip"), Group(NONE, (Leaf("owner", "me", "1"),)))),
    ))  # fmt: skip
    assert parse("and( level.in.(vip,past) , amount.bt.(1,2.5) )").terms[0] == Leaf("level", "in", "vip,past")
    assert write(parse('name.eq."a,b"')) == '(name.eq."a,b")'
    assert parse("customer.level.eq.vip").terms == (Leaf("customer.level", "eq", "vip"),)
    with pytest.raises(Refused):
        parse("a.b.c.d.eq.1")


ROWS = [("D1", None, 10, date(2000, 2, 29)), ("D2", 1.5, 20, date(1990, 12, 30)), (None, 2.5, 30, None), ("D3", None, 40, date(1985, 1, 2))]
LEAVES = st.sampled_from([
    Leaf("district", "eq", "D1"), Leaf("district", "ne", "D1"), Leaf("district", "in", "D1,D3"), Leaf("district", "empty", "1"),
    Leaf("district", "sw", "D"), Leaf("district", "nc", "2"), Leaf("lat", "gt", "1"), Leaf("lat", "empty", "0"),
    Leaf("pay_rate", "bt", "15,35"),
    Leaf("pay_rate", "le", "20"), Leaf("joined_on", "yearly", "40"), Leaf("joined_on", "when", "older_30"), Leaf("joined_on", "empty", "1"),
    Leaf("skills", "ct", "cook"), Leaf("skills", "nc", "cook"), Leaf("skills", "in", "cook,drive"), Leaf("skills", "empty", "1"),
    Leaf("owner", "empty", "0"), Leaf("created_at", "when", "today"), Leaf("created_at", "when", "last_week"), Leaf("name", "ct", "树"),
    Leaf("created_at", "bt", "2020-01-01,2099-01-01"), Leaf("owner", "me", "1"),
])  # fmt: skip
SMALL = st.recursive(LEAVES, groups, max_leaves=6)


@pytest.fixture(scope="module")
def session(app):
    from app.extensions import db

    with app.app_context():
        yield db.session
        leave(db.session)


@pytest.fixture(scope="module")
def workers(session):
    with as_program(session):
        made = [
            Worker(name=f"树 {n}", district=d, lat=lat, pay_rate=pay, joined_on=on, skills=[["cook"], [], ["drive"], ["cook", "drive"]][n])
            for n, (d, lat, pay, on) in enumerate(ROWS)
        ]
        session.add_all(made)
        session.flush()
        yield made
        session.rollback()
    leave(session)


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(tree=SMALL)
def test_the_database_and_a_row_in_hand_agree_on_any_tree(session, workers, tree):
    with as_program(session):
        text = f"all?where={write(tree)}".replace("+", "%2B")
        reach.check(Worker, text)
        asked = select(Worker.id).where(Worker.id.in_([w.id for w in workers]), reach.sql(Worker, text, Book({}, {}, {})))
        found = set(session.scalars(asked))
        assert found == {w.id for w in workers if reach.contains(w, text, Book({}, {}, {}))}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(tree=SMALL, hidden=st.sampled_from(["basic", "cost", "private"]))
def test_a_hidden_cell_holds_neither_way(session, workers, tree, hidden):
    """Seen with a field hidden on two of four rows, a question and its opposite both leave out what rests on the hidden cells alone."""
    groups = {"basic", "cost", "private", "internal", "workflow"}
    grants = {("a", "Worker"): dict.fromkeys(groups, Level.READ) | {hidden: Level.NONE}, ("b", "Worker"): dict.fromkeys(groups, Level.READ)}
    scopes = {("a", "Worker"): frozenset({"all"}), ("b", "Worker"): frozenset({"all?where=(pay_rate.le.20)"})}
    ids = [w.id for w in workers]
    before = source[:]
    source[:] = [lambda: Book(grants, scopes, {})]
    try:
        with acting(tenant_id=2, actor_id=1, store_id=None, roles=frozenset("ab"), trusted=""):
            dark = {w.id for w in workers if w.pay_rate > 20}
            leaf = next(conditions.leaves(tree))
            group = {"pay_rate": "cost", "lat": "private"}.get(leaf.path, "basic")
            both = Group(ANY, (leaf, Group(NONE, (leaf,))))
            found = set(session.scalars(select(Worker.id).where(Worker.id.in_(ids), query.ask(Worker, both))))
            assert found == (set(ids) - dark if group == hidden else set(ids))
            never = Group(ALL, (leaf, Group(NONE, (leaf,))))
            assert not session.scalars(select(Worker.id).where(Worker.id.in_(ids), query.ask(Worker, never))).all()
            asked = session.scalars(select(Worker.id).where(Worker.id.in_(ids), query.ask(Worker, Group(ALL, (tree,))))).all()
            opposite = session.scalars(select(Worker.id).where(Worker.id.in_(ids), query.ask(Worker, Group(NONE, (tree,))))).all()
            assert not set(asked) & set(opposite)
    finally:
        source[:] = before


@pytest.mark.parametrize(
    ("today", "born", "days", "near"),
    [
        (date(2026, 12, 28), date(1980, 1, 3), 7, True), (date(2026, 12, 28), date(1980, 1, 5), 7, False),
        (date(2027, 2, 25), date(1996, 2, 29), 3, True), (date(2028, 2, 25), date(1996, 2, 29), 3, False),
        (date(2028, 2, 25), date(1996, 2, 29), 4, True), (date(2027, 3, 1), date(1996, 2, 29), 5, False),
        (date(2026, 5, 1), date(1980, 5, 1), 0, True), (date(2026, 5, 1), date(1980, 4, 30), 364, True),
        (date(2026, 5, 1), date(1980, 4, 29), 400, True),
    ],
)  # fmt: skip
def test_birthdays_turn_with_the_year_and_leap_days_are_kept(session, monkeypatch, today, born, days, near):  # noqa: PLR0917
    monkeypatch.setattr(periods, "today", lambda: today)
    assert periods.in_yearly(born, days) == near
    with as_program(session):
        from sqlalchemy import cast, literal
        from sqlalchemy.types import Date

        assert session.scalar(select(periods.yearly(cast(literal(born.isoformat()), Date), days))) == near


def test_periods_are_the_companys_days(monkeypatch):
    monkeypatch.setattr(periods, "today", lambda: date(2026, 1, 1))  # a Thursday
    assert periods.period("this_week") == (date(2025, 12, 29), date(2026, 1, 4))
    assert periods.period("last_month") == (date(2025, 12, 1), date(2025, 12, 31))
    assert periods.period("next_month") == (date(2026, 2, 1), date(2026, 2, 28))
    assert periods.period("last_7") == (date(2025, 12, 25), date(2026, 1, 1))
    assert periods.period("next_30") == (date(2026, 1, 1), date(2026, 1, 31))
    assert periods.period("older_30") == (None, date(2025, 12, 1))
    assert periods.period("yesterday") == (date(2025, 12, 31), date(2025, 12, 31))
    with pytest.raises(Refused):
        periods.period("soon")
    assert compare.matches(Order, "starts_at", "when", "today", datetime(2025, 12, 31, 16, 30, tzinfo=UTC))  # 00:30 in Shanghai
    assert not compare.matches(Order, "starts_at", "when", "today", datetime(2025, 12, 31, 15, 30, tzinfo=UTC))


def test_a_path_leads_over_two_links_under_the_rights_on_the_way(session):
    """An agent finds orders by their own customers alone; whoever may not read a name there finds nothing by it."""
    with as_person(session, "bj-admin"):
        far = session.scalars(select(Order).where(query.where(Order, "customer.owner.name", "empty", "0"))).all()
        near = session.scalars(select(Order).where(query.where(Order, "customer.level", "eq", "vip"))).all()
        none = session.scalars(select(Order).where(query.where(Order, "customer.level", "eq", "vip", negated=True))).all()
        assert far
        assert near
        assert {o.customer.level for o in near} == {"vip"}
        assert len(near) + len(none) == len(session.scalars(select(Order)).all())
        owner = near[0].customer.owner.name
        found = session.scalars(select(Order).where(query.where(Order, "customer.owner.name", "eq", owner))).all()
        assert found
        assert {o.customer.owner.name for o in found} == {owner}
    leave(session)
    with as_person(session, "bj-agent") as agent:
        mine = set(session.scalars(select(Customer.id)))
        for negated in (False, True):
            found = session.scalars(select(Order).where(query.where(Order, "customer.level", "eq", "vip", negated=negated))).all()
            assert all(o.customer_id in mine for o in found), agent
    leave(session)
    before = source[:]
    grants = {("a", "Order"): {"basic": Level.READ}, ("a", "Customer"): {"name": Level.READ}}
    source[:] = [lambda: Book(grants, {("a", "Order"): frozenset({"all"}), ("a", "Customer"): frozenset({"all"})}, {})]
    try:
        with acting(tenant_id=2, actor_id=1, roles=frozenset("a"), trusted=""):
            for path in ("customer.level", "customer.owner.name", "service.name", "owner.phone", "customer.nothing", "number.name"):
                with pytest.raises(Refused):
                    query.where(Order, path, "eq", "vip")
            assert query.where(Order, "customer.name", "ct", "王") is not None
    finally:
        source[:] = before
        leave(session)
