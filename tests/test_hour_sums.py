"""The arithmetic of prepaid hours, with random sales, uses, voids, expiries and refunds: no database here."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.models.hour_sums import Held, Taken, back, give_back, take

DAY = date(2027, 3, 1)
HOURS = st.decimals(min_value="0.01", max_value="60", places=2)
MONEY = st.decimals(min_value="0", max_value="500", places=2)
DEED = st.one_of(
    st.tuples(st.just("sell"), HOURS, st.integers(0, 30)),
    st.tuples(st.just("use"), HOURS, st.integers(0, 0)),
    st.tuples(st.just("settle"), st.integers(0, 9), HOURS),
    st.tuples(st.just("void"), st.integers(0, 9), st.integers(0, 0)),
    st.tuples(st.just("pass"), st.integers(1, 9), st.integers(0, 0)),
    st.tuples(st.just("refund"), st.integers(0, 9), st.integers(0, 0)),
)


class Book:
    """A ledger as the product keeps it: lines alone; what is left is their sum."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, Decimal, int | None, int | None]] = []  # card, hours, slip, the line it puts right
        self.until: dict[int, date] = {}
        self.today, self.slips = DAY, 0
        self.over: set[int] = set()

    def left(self, card: int) -> Decimal:
        return sum((h for c, h, _s, _o in self.lines if c == card), Decimal(0))

    def held(self) -> list[Held]:
        return [Held(c, self.left(c), until) for c, until in self.until.items() if c not in self.over]

    def taken(self, slip: int) -> Decimal:
        return -sum((h for _c, h, s, _o in self.lines if s == slip), Decimal(0))

    def settle(self, slip: int, due: Decimal) -> None:
        gap = due - self.taken(slip)
        if gap > 0:
            self.lines += [(c, -h, slip, None) for c, h in take(self.held(), gap, self.today)]
        elif gap < 0:
            mine = [(n, line) for n, line in enumerate(self.lines) if line[2] == slip and line[1] < 0]
            open_ = [Taken(n, c, -h - sum(x[1] for x in self.lines if x[3] == n)) for n, (c, h, _s, _o) in mine]
            self.lines += [(c, h, slip, n) for n, c, h in give_back(open_, -gap)]

    def do(self, deed: str, a, b) -> None:
        if deed == "sell":
            card = len(self.until)
            self.until[card] = self.today + timedelta(days=b)
            self.lines.append((card, a, None, None))
        elif deed == "use":
            self.slips += 1
            self.settle(self.slips, a)
        elif deed in ("settle", "void") and 0 < a <= self.slips:
            self.settle(a, b if deed == "settle" else Decimal(0))
        elif deed == "pass":
            self.today += timedelta(days=a)
        elif deed == "refund" and a in self.until and a not in self.over:
            self.end(a)
        for card in [c for c, until in self.until.items() if until < self.today]:
            self.end(card)

    def end(self, card: int) -> None:
        self.over.add(card)
        if (left := self.left(card)) > 0:
            self.lines.append((card, -left, None, None))


@pytest.mark.feature("MEM-04")
@settings(max_examples=2500, deadline=None)
@given(st.lists(DEED, max_size=14))
def test_random_sales_uses_voids_expiries_and_refunds_keep_the_ledger(deeds):
    book = Book()
    for deed in deeds:
        before = list(book.lines)
        book.do(*deed)
        assert book.lines[: len(before)] == before, "lines are added, never changed"
        assert all(book.left(c) >= 0 for c in book.until), "no card falls below zero"
        for n, (card, hours, slip, _o) in enumerate(book.lines):
            back_ = [x for x in book.lines if x[3] == n]
            assert sum((x[1] for x in back_), Decimal(0)) <= -hours or not back_, "no more comes back than was taken"
            assert all((x[0], x[2]) == (card, slip) for x in back_), "it comes back to the card it was taken from"
        for slip in range(1, book.slips + 1):
            assert book.taken(slip) >= 0
    for slip in range(1, book.slips + 1):
        book.settle(slip, Decimal(0))
        assert book.taken(slip) == 0, "opposite lines cancel"
    assert sum((h for _c, h, _s, _o in book.lines), Decimal(0)) == sum((book.left(c) for c in book.until), Decimal(0))


@pytest.mark.feature("MEM-02")
@settings(max_examples=2000, deadline=None)
@given(st.lists(st.tuples(HOURS, st.integers(-5, 30)), max_size=6), HOURS)
def test_what_expires_first_is_used_first_and_never_more_than_asked(cards, asked):
    held = [Held(n, hours, DAY + timedelta(days=days)) for n, (hours, days) in enumerate(cards)]
    got = take(held, asked, DAY)
    live = {c.card: c for c in held if c.expires_on >= DAY}
    assert sum((h for _c, h in got), Decimal(0)) == min(asked, sum((c.hours for c in live.values()), Decimal(0)))
    assert all(0 < h <= live[c].hours for c, h in got)
    ends = [live[c].expires_on for c, _h in got]
    assert ends == sorted(ends)
    assert all(h == live[c].hours for c, h in got[:-1]), "one is emptied before the next"
    spared = [c.expires_on for c in live.values() if c.card not in dict(got)]
    assert not ends or not spared or max(ends) <= min(spared)


@pytest.mark.feature("MEM-01")
@settings(max_examples=2000, deadline=None)
@given(HOURS, st.decimals(0, 1, places=3), MONEY, MONEY, st.sampled_from(["rata", "list"]), st.decimals(0, 100, places=2), MONEY)
def test_a_refund_is_never_below_nought_nor_above_what_was_paid(sold, part, price, listed, by, percent, fixed):  # noqa: PLR0917
    left = (sold * part).quantize(Decimal("0.01"))
    made = back(by, sold, left, price, listed, percent, fixed)
    worth = (left * price).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    assert 0 <= made.total <= made.base <= worth
    assert made.total == made.base - made.cut - made.fee
    if by == "list" and listed >= price:
        assert made.base <= back("rata", sold, left, price, listed).base, "at the list price less is left"
    if left == 0:
        assert made.total == 0
