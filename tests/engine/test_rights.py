"""Rights hold cell by cell on every way in and out: a reference model of a few lines against the real thing."""

from __future__ import annotations

import os
from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.engine import policy, query
from app.engine.current import acting
from app.engine.errors import Forbidden, Refused
from app.engine.present import apply, present
from app.engine.rules import Book, Level, source
from app.engine.wall import leave
from app.models.order import Order
from app.models.organisation import Staff, Store
from app.models.worker import Worker
from tests.acting import as_program

CASES = int(os.environ.get("CASES", "300"))
PARTS = 4  # each draws its own cases, so that several processes share the work
FIELDS = {"district": "basic", "pay_rate": "cost", "lat": "private"}
ME, OTHER, STORE, ELSEWHERE = 424_242, 424_243, 424_277, 424_278
# (owner, store, pay, latitude): every combination of own and foreign, with values that identify their row
ROWS = [(ME, STORE, 501, 1.5), (ME, ELSEWHERE, 502, None), (OTHER, STORE, 503, 3.5), (OTHER, ELSEWHERE, 504, None)]
LEVELS = st.sampled_from(list(Level))
REACHES = [
    "own", "store", "all", "shared", "team", "below", "region", "all?pay_rate.gt=502", "own?lat.empty=1", "store?district=D2",
    "team?district.in=D1,D3", "all?owner=424243&pay_rate.le=503", "region?name.sw=Ref&lat.empty=0", "given",
    "all?where=or(pay_rate.gt.503,(district.eq.D0,lat.empty.0))", "store?where=not(pay_rate.ge.503,lat.empty)",
]  # fmt: skip
RULES = st.fixed_dictionaries(
    {
        "grants": st.dictionaries(
            st.tuples(st.sampled_from("ab"), st.sampled_from(["basic", "cost", "private", "pay_rate", "lat"])), LEVELS
        ),
        "scopes": st.dictionaries(
            st.sampled_from("ab"),
            st.frozensets(st.sampled_from(REACHES), min_size=1, max_size=2),
        ),
        "leads": st.booleans(), "branch": st.booleans(), "city": st.booleans(),
        "shares": st.dictionaries(
            st.tuples(st.integers(0, 3), st.sampled_from(["basic", "cost", "lat"])),
            st.sampled_from(list(Level)[1:]),
            max_size=3,
        ),
        "write": st.tuples(st.integers(0, 3), st.sampled_from(sorted(FIELDS))),
    }
)
NEW = {"district": "new", "pay_rate": "999.00", "lat": "9.5"}


def reference(rules, row):
    """What the actor may do with each field of one row; None when he cannot see the row. Written without the engine."""
    owner, store, pay, lat = ROWS[row]
    mine = {t: v for (r, t), v in rules["shares"].items() if r == row}
    team, below, region = owner == ME or rules["leads"], store == STORE or rules["branch"], store == STORE or rules["city"]
    holds = {
        "own": owner == ME, "store": store == STORE, "all": True, "shared": bool(mine), "team": team, "below": below, "region": region,
        "all?pay_rate.gt=502": pay > 502, "own?lat.empty=1": owner == ME and lat is None, "store?district=D2": store == STORE and row == 2,
        "team?district.in=D1,D3": team and row in (1, 3), "all?owner=424243&pay_rate.le=503": owner == OTHER and pay <= 503,
        "region?name.sw=Ref&lat.empty=0": region and lat is not None, "given": False,  # a carer is not given to a store
        "all?where=or(pay_rate.gt.503,(district.eq.D0,lat.empty.0))": pay > 503 or (row == 0 and lat is not None),
        "store?where=not(pay_rate.ge.503,lat.empty)": store == STORE and not (pay >= 503 or lat is None),
    }  # fmt: skip
    roles = [role for role, reaches in rules["scopes"].items() if any(holds[x] for x in reaches)]
    if not roles and not mine:
        return None
    cells = {}
    for name, group in FIELDS.items():
        given_ = [rules["grants"].get((r, name), rules["grants"].get((r, group), 0)) for r in roles]
        cells[name] = max([*given_, mine.get(name, 0), mine.get(group, 0)], default=0)
    return cells


@pytest.fixture(scope="module")
def session(app):
    from app.extensions import db

    with app.app_context():
        yield db.session
        leave(db.session)


@pytest.fixture(scope="module")
def ids(session, database):
    with as_program(session):
        session.add_all([Store(id=pk, code=f"R{pk}", name=f"Store {pk}") for pk in (STORE, ELSEWHERE)])
        session.add_all([Staff(id=pk, name=f"Person {pk}", username=f"ref-{pk}") for pk in (ME, OTHER)])
        session.flush()
        made = [
            Worker(name=f"Ref {i}", district=f"D{i}", pay_rate=Decimal(pay), lat=lat, owner_id=owner, store_id=store)
            for i, (owner, store, pay, lat) in enumerate(ROWS)
        ]
        session.add_all(made)
        session.commit()
        found = [w.id for w in made]
    leave(session)
    yield found
    with psycopg.connect(database.superuser_url, autocommit=True) as boss:
        boss.execute("DELETE FROM share WHERE user_id = %s", (ME,))
        boss.execute("DELETE FROM worker WHERE id = ANY(%s)", (found,))
        boss.execute("DELETE FROM staff WHERE id = ANY(%s)", ([ME, OTHER],))
        boss.execute("DELETE FROM store WHERE id = ANY(%s)", ([STORE, ELSEWHERE],))


def put_shares(boss, ids, rules):
    boss.execute("DELETE FROM share WHERE user_id = %s", (ME,))
    for (row, target), level in rules["shares"].items():
        boss.execute(
            "INSERT INTO share (tenant_id, version, user_id, model, record_id, target, level, created_at, changed_at) "
            "VALUES (2, 1, %s, 'Worker', %s, %s, %s, now(), now())",
            (ME, ids[row], target, int(level)),
        )


def book(rules) -> Book:
    grants: dict = {}
    for (role, target), level in rules["grants"].items():
        grants.setdefault((role, "Worker"), {})[target] = level
    stores = {STORE: (None, "Y"), ELSEWHERE: (STORE if rules["branch"] else None, "Y" if rules["city"] else "Z")}
    leaders = {OTHER: ME} if rules["leads"] else {}
    return Book(grants, {(r, "Worker"): s for r, s in rules["scopes"].items()}, {}, stores=stores, leaders=leaders)


@pytest.fixture(scope="module")
def boss(database):
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        yield connection


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
@settings(max_examples=max(1, CASES // PARTS), deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=False)
@given(rules=RULES)
def test_reading_asking_and_writing_agree_with_the_reference(session, boss, ids, part, rules):
    put_shares(boss, ids, rules)
    seen = {ids[i]: cells for i in range(4) if (cells := reference(rules, i)) is not None}
    raw = {pk: {"district": f"D{i}", "pay_rate": f"{ROWS[i][2]}.00", "lat": ROWS[i][3]} for i, pk in enumerate(ids)}
    before = source[:]
    compiled = book(rules)
    source[:] = [lambda: compiled]
    who = {"tenant_id": 2, "actor_id": ME, "store_id": STORE, "roles": frozenset("ab"), "trusted": ""}
    try:
        with acting(**who):
            check_reading(session, ids, seen, raw)
            check_asking(session, ids, seen, raw)
            check_writing(session, ids, seen, raw, rules["write"])
    finally:
        source[:] = before
        leave(session)


def check_reading(session, ids, seen, raw):
    got = {w.id: present(w, [*FIELDS]) for w in session.scalars(select(Worker).where(Worker.id.in_(ids)))}
    assert set(got) == set(seen)
    for pk, row in got.items():
        for name in FIELDS:
            if seen[pk][name] >= Level.READ:
                assert row[name] == raw[pk][name]
            else:
                assert (name in row) == (seen[pk][name] == Level.MASKED)
                assert not row.get(name) or row[name] != raw[pk][name]


def check_asking(session, ids, seen, raw):
    known = [pk for pk in seen if seen[pk]["pay_rate"] >= Level.READ]
    within = Worker.id.in_(ids)
    may_ask = bool(policy.comparable(Worker, ["pay_rate"]))
    assert may_ask or not known
    for operator, value, holds in (("gt", "502", lambda pay: pay > 502), ("ne", "501", lambda pay: pay != 501)):
        if not may_ask:
            with pytest.raises(Forbidden):
                query.where(Worker, "pay_rate", operator, value)
            continue
        found = session.scalars(select(Worker.id).where(within, query.where(Worker, "pay_rate", operator, value))).all()
        assert set(found) == {pk for pk in known if holds(Decimal(raw[pk]["pay_rate"]))}
    if may_ask:
        rows = query.page(session, Worker, [within], by="-pay_rate").rows
        first = sorted(known, key=lambda pk: -Decimal(raw[pk]["pay_rate"]))
        assert [w.id for w in rows] == first + sorted(set(seen) - set(first), reverse=True)
    else:
        with pytest.raises(Forbidden):
            query.order(Worker, "pay_rate")


def check_writing(session, ids, seen, raw, change):
    row, name = change
    pk = ids[row]
    record = session.get(Worker, pk, populate_existing=True)
    assert (record is not None) == (pk in seen)
    if record is None:
        return
    can = seen[pk][name] == Level.WRITE or (seen[pk][name] == Level.FILL and raw[pk][name] is None)
    try:
        apply(record, {name: NEW[name]}, session)
        session.flush()
        done = True
    except Refused:
        done = False
    assert done == can
    session.rollback()
    record = session.get(Worker, pk, populate_existing=True)
    setattr(record, name, Decimal(999) if name == "pay_rate" else "new" if name == "district" else 9.5)
    try:
        session.flush()
        done = True
    except Forbidden:
        done = False
    assert done == can, "past the presentation the guard decides alone"
    session.rollback()


STATES = ["placed", "assigned", "under_way", "done", "cancelled"]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(
    level=LEVELS, other=LEVELS, caps=st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from(STATES)), LEVELS, max_size=6),
    hold=st.sampled_from(["a", "ab", "b"]),
)  # fmt: skip
def test_a_right_narrowed_in_a_state_is_narrow_for_looking_and_for_asking(session, level, other, caps, hold):
    """Each role's level is capped in a state by itself; two roles never add up to more than the better of them."""
    grants = {("a", "Order"): {"finance": level, "basic": Level.READ}, ("b", "Order"): {"finance": other}}
    for (role, state), most in caps.items():
        grants[role, "Order"][f"finance@{state}"] = most
    expected = {
        state: max(min(one, caps.get((role, state), Level.WRITE)) for role, one in (("a", level), ("b", other)) if role in hold)
        for state in STATES
    }
    before = source[:]
    source[:] = [lambda: Book(grants, {(r, "Order"): frozenset({"all"}) for r in "ab"}, {})]
    try:
        with acting(tenant_id=2, actor_id=ME, store_id=STORE, roles=frozenset(hold), trusted=""):
            rows = session.scalars(select(Order).order_by(Order.id).limit(60)).all()
            for order in rows:
                assert policy.level(order, "amount") == min(expected[order.state], Level.READ)
                assert policy.level(order, "unit_price") == expected[order.state]
            if policy.comparable(Order, ["amount"]):
                within = Order.id.in_([o.id for o in rows])
                found = session.scalars(select(Order.id).where(within, query.where(Order, "amount", "ge", "0"))).all()
                assert set(found) == {o.id for o in rows if expected[o.state] >= Level.READ}
    finally:
        source[:] = before
        leave(session)
