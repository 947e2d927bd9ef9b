"""The arithmetic of care days against a slow one that goes hour by hour: thousands of random orders, to the cent."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.errors import Refused
from app.models import care_sums
from app.models.care_sums import Line, lay, part, spread, sums

FIRST = date(2027, 3, 1)
MONEY = st.decimals("0.00", "999.99", places=2)
HALVES = st.integers(0, 48).map(lambda n: Decimal(n) / 2)
DAYS = st.integers(0, 9).map(lambda n: FIRST + timedelta(days=n))
DEED = st.one_of(
    st.tuples(st.just("pause"), DAYS, DAYS), st.tuples(st.just("resume"), DAYS, DAYS),
    st.tuples(st.just("swap"), st.integers(1, 4), st.integers(1, 6), DAYS, HALVES, st.none() | MONEY, MONEY),
    st.tuples(st.just("join"), st.integers(1, 6), DAYS, MONEY, MONEY),
    st.tuples(st.just("reprice"), st.integers(1, 6), DAYS, MONEY), st.tuples(st.just("close"), DAYS),
    st.tuples(st.just("correct"), DAYS, MONEY, MONEY),
)  # fmt: skip


def cent(whole: Fraction) -> Decimal:
    """Half up, in whole cents: another way than the program's."""
    return Decimal(int(whole * 100 + Fraction(1, 2))) / 100


class Slow:
    """Who is there in each half hour of each day, at which price: no lines, no parts."""

    def __init__(self, days: list[date], worker: int, prices: list[Decimal], rates: list[Decimal], full: Decimal) -> None:
        self.full, self.more = full, [Decimal(0), Decimal(0)]
        self.slots: dict[tuple[date, int], list[tuple[Decimal, Decimal] | None]] = {}
        self.paused: set[tuple[date, int]] = set()
        self.closed: set[tuple[date, int]] = set()
        for day, price, rate in zip(days, prices, rates, strict=True):
            self.slots[day, worker] = [(price, rate)] * int(full * 2)

    def spans(self):
        """From which half hour to which each carer is there on each day, and for how much."""
        for (day, worker), halves in self.slots.items():
            there = [n for n, x in enumerate(halves) if x is not None]
            yield day, worker, there[0], there[-1] + 1, halves[there[0]]

    def sums(self) -> tuple[Decimal, Decimal]:
        total = [*self.more]
        for day, worker, begins, ends, paid in self.spans():
            for n in (0, 1) if (day, worker) not in self.paused else ():
                whole, many = Fraction(paid[n]), int(self.full * 2)
                total[n] += cent(whole * ends / many) - cent(whole * begins / many)
        return total[0], total[1]

    def meant(self, worker: int, since: date, half: int = 0) -> list[tuple[date, int]]:
        found = [(d, w) for d, w, _b, ends, _p in self.spans() if w == worker and (d > since or (d == since and ends > half))]
        if not found or any(slot in self.closed for slot in found):
            raise Refused
        return found

    def mark(self, first: date, last: date, *, paused: bool) -> None:
        found = [s for s in self.slots if first <= s[0] <= last and (s in self.paused) != paused]
        if not found or any(s in self.closed for s in found):
            raise Refused
        self.paused = self.paused | {*found} if paused else self.paused - {*found}

    def swap(self, old, new, day, hour, price, rate) -> None:  # noqa: PLR0917
        half = int(hour * 2)
        found = self.meant(old, day, half)
        if any((d, new) in self.slots for d, _w in found):
            raise Refused
        for slot in found:
            was, rests = self.slots.pop(slot), slot in self.paused
            cut = half if slot[0] == day else 0
            mine = [x if n < cut else None for n, x in enumerate(was)]
            theirs = [(x[0] if price is None else price, rate) if x is not None and n >= cut else None for n, x in enumerate(was)]
            self.paused.discard(slot)
            for who, halves in ((old, mine), (new, theirs)):
                if any(x is not None for x in halves):
                    self.slots[slot[0], who] = halves
                    self.paused |= {(slot[0], who)} if rests else set()

    def join(self, new, days, price, rate) -> None:
        if any((d, new) in self.slots for d in days):
            raise Refused
        for day in days:
            there = [s for s in self.slots if s[0] == day]
            rests = bool(there) and all(s in self.paused for s in there)
            self.slots[day, new] = [(price, rate)] * int(self.full * 2)
            self.paused |= {(day, new)} if rests else set()

    def reprice(self, worker, since, price) -> None:
        for slot in self.meant(worker, since):
            self.slots[slot] = [x if x is None else (price, x[1]) for x in self.slots[slot]]


def fast(lines: list[Line], deed: tuple, days: list[date], full: Decimal, more: list[Decimal]) -> list[Line]:
    what, *said = deed
    if what in ("pause", "resume"):
        chosen = {d for d in days if said[0] <= d <= said[1]}
        return care_sums.pause(lines, chosen, "Surgery") if what == "pause" else care_sums.resume(lines, chosen)
    if what == "swap":
        old, new, day, hour, price, rate = said
        return care_sums.swap(lines, old, new, day, min(hour, full), price=price, rate=rate)
    if what == "join":
        return care_sums.join(lines, said[0], [d for d in days if d >= said[1]], price=said[2], rate=said[3], full=full)
    if what == "reprice":
        return care_sums.reprice(lines, *said)
    if what == "close":
        return [replace(x, closed=True) if x.day <= said[0] else x for x in lines]
    more[0], more[1] = more[0] - said[1], more[1] - said[2]
    return lines


def slow(model: Slow, deed: tuple, days: list[date]) -> None:
    what, *said = deed
    if what in ("pause", "resume"):
        model.mark(*said, paused=what == "pause")
    elif what == "swap":
        model.swap(said[0], said[1], said[2], min(said[3], model.full), said[4], said[5])
    elif what == "join":
        model.join(said[0], [d for d in days if d >= said[1]], said[2], said[3])
    elif what == "reprice":
        model.reprice(*said)
    elif what == "close":
        model.closed |= {s for s in model.slots if s[0] <= said[0]}
    else:
        model.more[0], model.more[1] = model.more[0] - said[1], model.more[1] - said[2]


@settings(max_examples=2500, deadline=None)
@given(st.integers(1, 10), MONEY, MONEY, st.sampled_from([8, 10, 12, 24]), st.lists(DEED, max_size=12))
def test_random_pauses_swaps_additions_prices_and_corrections_balance_to_the_cent(many, amount, pay, full, deeds):
    days = [FIRST + timedelta(days=n) for n in range(many)]
    full, more = Decimal(full), [Decimal(0), Decimal(0)]
    prices, rates = spread(amount, many), spread(pay, many)
    lines, model = lay(days, 1, prices, rates, full), Slow(days, 1, prices, rates, full)
    assert sums(lines) == care_sums.Sums(amount, pay), "laid out, the days are the order"
    for deed in deeds:
        answers = []
        for act in (partial(fast, lines, deed, days, full, more), partial(slow, model, deed, days)):
            try:
                answers.append((True, act()))
            except Refused:
                answers.append((False, None))
        assert answers[0][0] == answers[1][0], deed
        lines = answers[0][1] if answers[0][0] else lines
        found = sums(lines)
        bill, paid = model.sums()
        assert (found.bill + more[0], found.pay + more[1]) == (bill, paid), deed
        assert found.bill - found.pay == found.margin == sum((x.bill - x.pay for x in lines), Decimal(0))
        assert len({(x.worker, x.day) for x in lines}) == len(lines), "one line for each carer and day"
        assert all(x.start < x.end <= x.full for x in lines)


@settings(max_examples=2000, deadline=None)
@given(MONEY, st.sampled_from([8, 12, 24]), st.lists(HALVES, max_size=6))
def test_a_day_cut_anywhere_adds_up_to_the_whole_day(price, full, cuts):
    full = Decimal(full)
    edges = sorted({Decimal(0), full, *(min(c, full) for c in cuts)})
    pieces = [part(price, a, b, full) for a, b in itertools.pairwise(edges)]
    assert sum(pieces) == price
    assert all(p >= 0 for p in pieces)
    third = (price / 3).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert part(price, Decimal(0), full / 4, full) <= third + Decimal("0.01")
