"""Expressions: server and page agree on random expressions and records; they read as they are written; what does not fit is refused."""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from flask_babel import force_locale
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.engine.answers import on_page
from app.engine.expr import work
from app.engine.expr.fit import fitted
from app.engine.expr.read import MOST, Part, Unread, read
from app.engine.expr.said import code, said
from app.models.customer import Customer
from app.models.order import Order

BATCH = 25  # expressions that are worked out in one go
CASES = int(os.environ.get("CASES", "1500")) // BATCH
SCRIPT = Path(__file__).parent.parent / "app/static/expr.js"
RUN = """async ([source, cases]) => {
  const { taken, worked } = await import(`data:text/javascript;base64,${source}`);
  const plain = (v) => v === null ? null : [v[0], typeof v[1] === "bigint" ? String(v[1]) : v[1]];
  return cases.map(([tree, fields, tags, today]) => plain(worked(tree, (name) => taken(tags[name], fields[name] ?? null), today)));
}"""
FIELDS = {"n1": "n", "n2": "n", "d1": "d", "m1": "m", "t1": "t", "t2": "t", "b1": "b", "l1": "l", "r1": "r"}
TEXTS = st.text(st.sampled_from("ab重点 𠮷é\"'1"), min_size=1, max_size=4)
NUMBERS = st.one_of(
    st.decimals(-1000, 1000, places=2), st.decimals(-5, 5, places=8), st.integers(-(10**16), 10**16).map(Decimal),
    st.sampled_from([Decimal(0), Decimal(1)]),
).map(lambda d: f"{d:f}")  # fmt: skip
DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31)).map(str)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda m: f"{m.year:04}-{m:%m-%dT%H:%M}")  # noqa: DTZ001
TAGS = st.lists(TEXTS, max_size=3)
OF = {"n": NUMBERS, "d": DAYS, "m": MOMENTS, "t": TEXTS, "b": st.booleans(), "l": TAGS, "r": st.sampled_from(["1", "2"])}
VALUES = st.one_of(*(s.map(lambda v, t=t: Part("value", (t, v))) for t, s in OF.items() if t != "r"))
LEAVES = st.one_of(VALUES, st.sampled_from([*FIELDS]).map(lambda n: Part("field", (n,))), st.just(Part("today")))
TWO = st.sampled_from(["and", "or", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "contains"])


def grown(inner):
    return st.one_of(
        st.builds(lambda op, a, b: Part(op, (a, b)), TWO, inner, inner),
        st.builds(lambda op, a: Part(op, (a,)), st.sampled_from(["not", "empty"]), inner),
        st.builds(lambda a, more: Part("in", (a, *more)), inner, st.lists(inner, min_size=1, max_size=3)),
    )


TREES = st.recursive(LEAVES, grown, max_leaves=14)
RECORDS = st.fixed_dictionaries({}, optional={n: st.one_of(st.none(), OF[t]) for n, t in FIELDS.items()})
CASE = st.tuples(TREES, RECORDS, st.dates(date(2000, 1, 1), date(2100, 1, 1)))


def bare(tree: Part) -> list:
    """A tree as the page gets it."""
    return [tree.op, *(bare(p) if isinstance(p, Part) else p for p in tree.of), *([FIELDS[tree.of[0]]] if tree.op == "field" else [])]


def plain(value):
    return None if value is None else [value[0], str(value[1]) if type(value[1]) is int else value[1]]


@pytest.fixture(scope="module")
def chromium(browser):
    """An empty page, without the product: it works expressions out."""
    page = browser.new_page()
    source = base64.b64encode(SCRIPT.read_bytes()).decode()
    yield lambda cases: page.evaluate(RUN, [source, cases])
    page.close()


@pytest.mark.feature("LOW-04")
@settings(max_examples=CASES, deadline=None, suppress_health_check=[*HealthCheck])
@given(st.lists(CASE, min_size=BATCH, max_size=BATCH))
def test_server_and_page_agree_on_random_expressions_and_records(chromium, cases):
    asked, mine = [], []
    for tree, record, today in cases:
        known = {n: work.taken(t, record.get(n)) for n, t in FIELDS.items()}
        mine.append(plain(work.worked(tree, known, today.toordinal())))
        asked.append([bare(tree), record, FIELDS, today.toordinal()])
    theirs = chromium(json.loads(json.dumps(asked)))
    for case, server, page in zip(cases, mine, theirs, strict=True):
        assert server == page, case


@pytest.mark.parametrize(
    ("text", "record", "found"),
    [
        ("1.1 + 2.2 = 3.3", {}, True), ("1 / 3 * 3 = 0.999999", {}, True), ("1 / 0 = 1", {}, False), ("2 / 0 is empty", {}, True),
        ("n1 != 1", {}, False), ("not (n1 = 1)", {}, True), ("n1 is empty or t1 is not empty", {}, True), ("b1 = no", {}, True),
        ("d1 < today + 30 days", {"d1": "2026-12-01"}, True), ("m1 = 2026-11-22", {"m1": "2026-11-22T23:59"}, True),
        ("today - d1 = 10", {"d1": "2026-11-12"}, True), ("l1 contains 'ab'", {"l1": ["ab", "c"]}, True),
        ("t1 in ('a', 'b') and not t2 contains 'x'", {"t1": "b", "t2": "y"}, True), ("-n1 < -2", {"n1": "2.5"}, True),
        ("（n1 ＞ 2 且 t1 ＝ “甲”） 或 b1", {"n1": "3", "t1": "甲"}, True),
        ("非 b1 且 t1 不为空 且 n1 属于 (1、2)", {"t1": "a", "n1": "2.0"}, True),
        ("1000000 * 1000000 * 10000 is empty", {}, True), ("today + 99999999 is empty", {}, True),
        ("d1 + 0.9 = d1", {"d1": "2026-01-01"}, True),
    ],
)  # fmt: skip
def test_what_expressions_mean(text, record, found):
    known = {n: work.taken(t, record.get(n)) for n, t in FIELDS.items()}
    assert work.worked(read(text), known, date(2026, 11, 22).toordinal()) == ("b", found)


@pytest.fixture
def here(app):
    with app.test_request_context():
        yield


CLAUSES = [
    'level = "vip"', 'level in ("vip", "ordinary")', "birthday is not empty", "birthday + 30 days < today", "created_at >= 2026-01-01",
    'name contains "a"', "not name = 'b'", "owner is empty", '(level = "vip" or city is empty)', "true", "today - birthday > 365 * 60",
]  # fmt: skip
JOINTS = st.sampled_from([" and ", " or ", " and not ", " or not "])
SENTENCES = st.lists(st.sampled_from(CLAUSES), min_size=1, max_size=6).flatmap(
    lambda parts: st.lists(JOINTS, min_size=len(parts) - 1, max_size=len(parts) - 1).map(
        lambda joins: "".join(p + j for p, j in zip(parts, [*joins, ""], strict=True))
    )
)


@pytest.mark.feature("LOW-04")
@settings(max_examples=150, deadline=None, suppress_health_check=[*HealthCheck])
@given(SENTENCES)
@example('(level = "vip" and name is empty) or (1 - (2 - 3) = 2 / (3 * 4))')
def test_what_is_said_in_either_language_reads_as_the_same(here, text):
    tree = fitted(Customer, text)
    assert fitted(Customer, code(tree)[1:]) == tree
    for locale in ("zh", "en"):
        with force_locale(locale):
            assert fitted(Customer, said(Customer, tree)) == tree, said(Customer, tree)


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("level = ", 9, "missing"), ("level > 'vip'", 7, "only numbers"), ("birthday > 3", 12, "do not go together"),
        ("name + 1 = 2", 6, "does not go with"), ("birthday", 1, "yes or no"), ("phone = '1'", 1, "sealed"),
        ("nothing = 1", 1, "no field"), ("level = 'gold'", 9, "none of the choices"), ("2026-02-30 = today", 1, "no such day"),
        ("(name is empty", 15, "not closed"), ("name = 'a' name", 12, "does not belong"), ("__import__('os')", 11, "does not belong"),
        ("name # 1", 6, "sign"), ("attention is empty = 1", 20, "does not belong"), ("level = 3", 9, "do not go together"),
        ("not name", 5, "yes or no"), ("owner = 1", 9, "do not go together"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_the_place_and_the_reason(here, text, at, words):
    with pytest.raises(Unread) as refused:
        fitted(Customer, text)
    assert refused.value.at + 1 == at, str(refused.value)
    with force_locale("en"):
        assert words in str(refused.value)


def test_an_expression_has_an_end(here):
    with pytest.raises(Unread):
        read(" + ".join(["1"] * (MOST + 1)) + " = 2")
    with pytest.raises(Unread):
        read("(" * 40 + "1 = 1" + ")" * 40)
    with pytest.raises(Unread):
        read("-" * 500 + "1 = 1")
    with pytest.raises(Unread):
        read("a" * 5000)


def test_a_field_goes_to_the_page_as_the_server_reads_it(here):
    moment = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai
    assert work.taken("m", work.wire("moment", moment)) == ("m", date(2026, 11, 23).toordinal() * 1440 + 30)
    assert work.wire("number", Decimal("1.50")) == "1.50"
    assert work.wire("place", 116.25) == "116.25"
    assert work.wire("flag", None) is False
    assert on_page(Order, fitted(Order, "amount > 100"))[1] == ["field", "amount", "n"]
    assert work.wire("text", "") is None
