"""The arithmetic of prepaid hours: what is taken from which card, what is credited, what goes back. No database here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.engine.values import cents

NONE, HUNDRED = Decimal(0), Decimal(100)


@dataclass(frozen=True, slots=True)
class Held:
    """What a card holds: ``hours`` that are left, until when."""

    card: int
    hours: Decimal
    expires_on: date


@dataclass(frozen=True, slots=True)
class Taken:
    """What one line took from a card and was not given back yet; ``line`` goes up with time."""

    line: int
    card: int
    hours: Decimal


def take(cards: Sequence[Held], hours: Decimal, day: date) -> list[tuple[int, Decimal]]:
    """How many hours of which card: what expires first is used first. What does not suffice is no part of it."""
    made, left = [], hours
    for one in sorted((c for c in cards if c.expires_on >= day and c.hours > 0), key=lambda c: (c.expires_on, c.card)):
        if left <= 0:
            break
        part = min(left, one.hours)
        made.append((one.card, part))
        left -= part
    return made


def give_back(taken: Sequence[Taken], hours: Decimal) -> list[tuple[int, int, Decimal]]:
    """(line, card, hours) of what is credited: what was taken last goes back first, never more than was taken."""
    made, left = [], hours
    for one in sorted(taken, key=lambda t: -t.line):
        if left <= 0:
            break
        part = min(left, one.hours)
        if part > 0:
            made.append((one.line, one.card, part))
            left -= part
    return made


@dataclass(frozen=True, slots=True)
class Back:
    """What is given back for a card, step by step; ``base`` is what the hours left are worth."""

    by: str
    left: Decimal
    base: Decimal
    cut: Decimal
    fee: Decimal

    @property
    def total(self) -> Decimal:
        return self.base - self.cut - self.fee


def back(  # noqa: PLR0913, PLR0917
    by: str, sold: Decimal, left: Decimal, price: Decimal, listed: Decimal | None, percent: Decimal = NONE, fixed: Decimal = NONE,
) -> Back:  # fmt: skip
    """By ``rata`` the hours left at the price they were sold for; by ``list`` what was paid, less the hours gone at the list price.

    Then a deduction in per cent, and a fixed one. Never below nought, and never more than the hours left were sold for.
    """
    rata = cents(left * price)
    base = rata
    if by == "list" and listed is not None:
        base = min(rata, max(NONE, cents(sold * price) - cents((sold - left) * listed)))
    cut = cents(base * percent / HUNDRED)
    return Back(by, left, base, cut, min(fixed, base - cut))
