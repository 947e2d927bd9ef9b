"""What something comes to: rules and options on top of quantity times price, and the lines that say why. No database here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.engine.values import cents

NONE, HUNDRED = Decimal(0), Decimal(100)


@dataclass(frozen=True, slots=True)
class Chosen:
    """An option and how many of it."""

    label: str
    price: Decimal
    quantity: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a price may depend on."""

    unit: Decimal
    quantity: Decimal
    day: date
    service: int = 0
    kind: str = ""
    store: int | None = None
    grade: str = ""
    area: Decimal = NONE
    hours: Decimal = NONE
    holiday: bool = False
    options: tuple[Chosen, ...] = ()
    level: str = ""  # of the customer's member card


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. What is empty does not matter; what it measures must lie above ``over`` and at most at ``upto``."""

    label: str
    way: str  # "each": so much for each unit of the measure between over and upto; "fixed": once; "percent": of quantity times price
    amount: Decimal
    measure: str = "quantity"  # or "area", "hours"
    over: Decimal = NONE
    upto: Decimal | None = None
    service: int | None = None
    kind: str | None = None
    store: int | None = None
    grade: str | None = None
    days: str = "any"  # or "weekend", "holiday", "working"
    since: date | None = None
    until: date | None = None
    priority: int = 0
    slot: str | None = None  # of the rules that have the same one only the first that fits counts
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sum: what for, how it was reckoned, how much."""

    label: str
    how: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Sum:
    lines: tuple[Line, ...]
    total: Decimal


def price_of(facts: Facts, rules: Sequence[Rule]) -> Sum:
    """Quantity times price, then the rules that fit in the order of their priority, then the options; never below nought.

    A percentage is of quantity times price alone, so that the order of the rules changes no amount.
    """
    base = cents(facts.unit * facts.quantity)
    lines = [Line("", f"{plain(facts.quantity)} × {plain(facts.unit)}", base)]
    taken: set[str] = set()
    for _place, rule in sorted(enumerate(rules), key=lambda pair: (pair[1].priority, pair[0])):
        if rule.slot in taken or not fits(facts, rule):
            continue
        if rule.slot:
            taken.add(rule.slot)
        lines.append(line(facts, rule, base))
    lines += [Line(o.label, f"{plain(o.quantity)} × {plain(o.price)}", cents(o.price * o.quantity)) for o in facts.options]
    return Sum(tuple(lines), max(NONE, sum((x.amount for x in lines), NONE)))


def fits(facts: Facts, rule: Rule) -> bool:
    """Whether a rule speaks of these facts."""
    weekend = facts.day.isoweekday() > 5
    days = {"any": True, "weekend": weekend, "holiday": facts.holiday, "working": not (weekend or facts.holiday)}[rule.days]
    same = (
        rule.service in (None, facts.service) and rule.kind in (None, "", facts.kind) and rule.store in (None, facts.store)
        and rule.grade in (None, "", facts.grade) and rule.level in (None, "", facts.level)
    )  # fmt: skip
    dated = (rule.since is None or facts.day >= rule.since) and (rule.until is None or facts.day <= rule.until)
    much = getattr(facts, rule.measure)
    tier = much > rule.over and (rule.way == "each" or rule.upto is None or much <= rule.upto)
    return days and same and dated and tier


def line(facts: Facts, rule: Rule, base: Decimal) -> Line:
    if rule.way == "each":
        much = getattr(facts, rule.measure)
        part = (much if rule.upto is None else min(much, rule.upto)) - rule.over
        return Line(rule.label, f"{plain(part)} × {plain(rule.amount)}", cents(part * rule.amount))
    if rule.way == "percent":
        return Line(rule.label, f"{plain(base)} × {plain(rule.amount)}%", cents(base * rule.amount / HUNDRED))
    return Line(rule.label, "", cents(rule.amount))


def plain(number: Decimal) -> str:
    """Without noughts at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
