"""Prices: the table in docs/prices.md holds, random rules equal a slow reference, and people price orders under their tiers."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.clock import local, now
from app.models.price_sum import Chosen, Facts, Rule, price_of
from tests.harness import ROOT

HOLIDAYS = {date(2027, 1, 1), date(2027, 5, 1)}
RULES = (
    Rule("R1", "each", Decimal(2), "area", Decimal(100), Decimal(150), kind="cleaning", priority=10),
    Rule("R2", "each", Decimal("1.5"), "area", Decimal(150), kind="cleaning", priority=11),
    Rule("R3", "percent", Decimal(10), days="weekend", slot="day", priority=6),
    Rule("R4", "percent", Decimal(100), days="holiday", slot="day", priority=5),
    Rule("R5", "percent", Decimal(20), grade="star", priority=20),
    Rule("R6", "percent", Decimal(-5), store=7, priority=30),
    Rule("R7", "fixed", Decimal(-20), since=date(2027, 2, 1), until=date(2027, 2, 28), priority=40),
    Rule("R8", "fixed", Decimal(30), "hours", Decimal(8), priority=50),
)


def examples():
    text = (ROOT / "docs/prices.md").read_text()
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in text.splitlines() if re.match(r"\| (cleaning|care) ", line)]
    assert len(rows) > 12
    return rows


@pytest.mark.feature("BOOK-11")
@pytest.mark.parametrize("row", examples(), ids=" ".join)
def test_the_worked_examples_of_the_documentation_hold(row):
    kind, unit, quantity, day, area, hours, grade, store, options, total = row
    parts = [o.split(" × ") for o in options.split(", ") if o]
    chosen = tuple(Chosen("o", Decimal(p[0]), Decimal(p[1] if len(p) > 1 else 1)) for p in parts)
    on = date.fromisoformat(day)
    facts = Facts(
        Decimal(unit), Decimal(quantity), on, 1, kind, int(store) if store else None, grade, Decimal(area or 0), Decimal(hours),
        on in HOLIDAYS, chosen,
    )  # fmt: skip
    made = price_of(facts, RULES)
    assert made.total == Decimal(total)
    assert sum(x.amount for x in made.lines) == made.total or made.total == 0


def money(low, high):
    return st.decimals(low, high, places=2, allow_nan=False, allow_infinity=False)


LABELS = st.sampled_from(["a", "b", "c"])
A_RULE = st.builds(
    Rule, label=LABELS, way=st.sampled_from(["each", "fixed", "percent"]), amount=money(-50, 120),
    measure=st.sampled_from(["quantity", "area", "hours"]), over=money(0, 6), upto=st.none() | money(7, 12),
    service=st.none() | st.sampled_from([1, 2]), kind=st.sampled_from([None, "", "x", "y"]), store=st.none() | st.sampled_from([1, 2]),
    grade=st.sampled_from([None, "", "star", "new"]), days=st.sampled_from(["any", "weekend", "holiday", "working"]),
    since=st.none() | st.dates(date(2027, 1, 1), date(2027, 1, 20)), until=st.none() | st.dates(date(2027, 1, 1), date(2027, 1, 20)),
    priority=st.integers(0, 3), slot=st.sampled_from([None, "s", "t"]),
)  # fmt: skip
SOME_FACTS = st.builds(
    Facts, unit=money(0, 500), quantity=money(1, 12), day=st.dates(date(2027, 1, 1), date(2027, 1, 20)), service=st.sampled_from([1, 2]),
    kind=st.sampled_from(["x", "y"]), store=st.sampled_from([None, 1, 2]), grade=st.sampled_from(["", "star", "new"]), area=money(0, 14),
    hours=money(0, 14), holiday=st.booleans(),
    options=st.lists(st.builds(Chosen, label=LABELS, price=money(0, 99), quantity=money(1, 3)), max_size=3).map(tuple),
)  # fmt: skip


def to_the_cent(number: Decimal) -> int:
    return int((number * 100).quantize(Decimal(1), ROUND_HALF_UP))


def slowly(facts, rules) -> int:  # noqa: C901, PLR0912
    """The same in cents, written the long way round: unit by hundredth of a unit for tiers, rule by rule with everything spelled out."""
    base = to_the_cent(facts.unit * facts.quantity)
    total, spent = base, []
    for number in range(4):
        for rule in rules:
            if rule.priority != number:
                continue
            if rule.slot is not None and rule.slot in spent:
                continue
            if rule.service is not None and rule.service != facts.service:
                continue
            if rule.kind and rule.kind != facts.kind:
                continue
            if rule.store is not None and rule.store != facts.store:
                continue
            if rule.grade and rule.grade != facts.grade:
                continue
            is_weekend = facts.day.strftime("%a") in ("Sat", "Sun")
            if rule.days == "weekend" and not is_weekend:
                continue
            if rule.days == "holiday" and not facts.holiday:
                continue
            if rule.days == "working" and (is_weekend or facts.holiday):
                continue
            if rule.since is not None and facts.day < rule.since:
                continue
            if rule.until is not None and facts.day > rule.until:
                continue
            much = {"quantity": facts.quantity, "area": facts.area, "hours": facts.hours}[rule.measure]
            counted = [n for n in range(int(much * 100)) if n >= rule.over * 100 and (rule.upto is None or n < rule.upto * 100)]
            if not much > rule.over:
                continue
            if rule.way != "each" and rule.upto is not None and much > rule.upto:
                continue
            if rule.slot is not None:
                spent.append(rule.slot)
            if rule.way == "each":
                total += to_the_cent(rule.amount * len(counted) / 100)
            elif rule.way == "fixed":
                total += to_the_cent(rule.amount)
            else:
                total += to_the_cent(Decimal(base) / 100 * rule.amount / 100)
    for option in facts.options:
        total += to_the_cent(option.price * option.quantity)
    return max(total, 0)


@pytest.mark.feature("BOOK-03")
@settings(max_examples=300, deadline=None)
@given(facts=SOME_FACTS, rules=st.lists(A_RULE, max_size=7))
def test_random_rules_come_to_what_a_slow_reference_says(facts, rules):
    assert to_the_cent(price_of(facts, rules).total) == slowly(facts, rules)


# At work, skilled, and with a health certificate that lasts.
WELL = (
    "active = 'working' AND '{}' = ANY(skills) AND EXISTS (SELECT 1 FROM worker_paper p WHERE p.worker_id = worker.id "
    "AND p.kind = 'health' AND p.until > current_date + 60)"
)


def number_of(truth, table, where, tenant=2):
    return truth(f'SELECT id FROM "{table}" WHERE tenant_id = {tenant} AND {where} ORDER BY id')[0][0]


def monday() -> str:
    """A working day that is no holiday, some way ahead."""
    day = local(now()).date() + timedelta(days=14)
    while day.isoweekday() != 3 or (day.month, day.day) in ((1, 1), (5, 1), (10, 1)):
        day += timedelta(days=1)
    return f"{day} 09:00"


@pytest.fixture
def known(truth):
    return {
        "customer": number_of(truth, "customer", "name = '王秀兰'"), "service": number_of(truth, "service", "code = 'BJ'"),
        "windows": number_of(truth, "service_option", "name_en = 'Windows'"),
        "pet": number_of(truth, "service_option", "name_en = 'Minding a pet'"),
    }  # fmt: skip


@pytest.mark.feature("BOOK-11")
def test_options_change_the_price_as_it_is_shown(client, known, truth):
    """The form asks what is typed would come to; what is saved comes to the same, line by line."""
    agent = client("bj-agent", "en")
    typed = {"service": known["service"], "quantity": "3", "area": "120", "starts_at": monday()}
    told = agent.get("/order/price", query_string=typed).json
    assert (told["total"], told["kind"]) == ("¥190.00", "cleaning")
    assert [x["label"] for x in told["lines"]] == ["Quantity × price", "Area 100 to 150 m²"]
    options = f"{known['windows']}:2,{known['pet']}"
    shown = agent.get("/order/price", query_string=typed | {"options": options}).json
    assert shown["total"] == "¥390.00"
    agent.look("/order/add")
    lines = {
        "line:order_option:new1:option": known["windows"], "line:order_option:new1:quantity": "2",
        "line:order_option:new2:option": known["pet"], "line:order_option:new2:quantity": "1",
    }  # fmt: skip
    made = agent.post_form("/order/add", customer=known["customer"], **typed, **lines)
    assert made.status_code == 302, made.get_data(as_text=True)[:3000]
    pk = int(made.location.rsplit("/", 1)[1])
    assert truth('SELECT amount, listed, state FROM "order" WHERE id = %s', pk) == [(Decimal("390.00"), Decimal("390.00"), "placed")]
    page = agent.get(f"/order/sum/{pk}").text
    assert all(word in page for word in ("Windows", "2 × 80", "Area 100 to 150", "390.00"))
    (row,) = truth("SELECT id, version FROM order_option WHERE order_id = %s AND option_id = %s", pk, known["windows"])
    agent.look(f"/order/edit/{pk}")
    (version,) = truth('SELECT version FROM "order" WHERE id = %s', pk)[0]
    gone = {f"line:order_option:{row[0]}:__remove": "1", f"line:order_option:{row[0]}:version": row[1]}
    assert agent.post_form(f"/order/edit/{pk}", version=version, **gone).status_code == 302
    assert truth('SELECT amount FROM "order" WHERE id = %s', pk) == [(Decimal("230.00"),)]


@pytest.mark.feature("BOOK-03")
def test_item_and_area_suggest_time_and_price_and_another_price_needs_a_reason(client, api, known, truth):
    agent = client("bj-agent", "en")
    told = agent.get("/order/price", query_string={"service": known["service"], "area": "130", "quantity": "3", "starts_at": monday()}).json
    assert (told["minutes"], told["suggested"], told["total"]) == (210, "3.5", "¥210.00")
    caller = api("bj-agent")
    sent = {"customer": known["customer"], "service": known["service"], "quantity": "3", "area": "130", "starts_at": monday()}
    caller.post("/api/v1/order/", sent | {"agreed": "205.00"}, 422)
    made = caller.post("/api/v1/order/", sent | {"agreed": "205.00", "why_price": "老客户"})["result"]
    assert (made["amount"], made["listed"], made["state"]) == ("205.00", "210.00", "placed"), "an agent may go down to 95 per cent"
    assert "老客户" in agent.get(f"/order/sum/{made['id']}").text


@pytest.mark.feature("BOOK-03")
def test_a_price_below_the_tier_waits_and_nobody_is_sent_before_it_is_agreed_to(api, known, truth):
    agent, manager, dispatcher, admin = (api(f"bj-{n}") for n in ("agent", "manager", "dispatch", "admin"))
    sent = {"customer": known["customer"], "service": known["service"], "quantity": "3", "starts_at": monday(), "why_price": "谈好的"}

    def low(amount):
        return agent.post("/api/v1/order/", sent | {"agreed": amount})["result"]

    worker = number_of(truth, "worker", "active = 'working' AND 'cleaning' = ANY(skills)")
    for amount, who in (("130.00", manager), ("60.00", admin)):
        made = low(amount)
        url = f"/api/v1/order/{made['id']}"
        assert (made["state"], made["amount"], made["listed"]) == ("pricing", amount, "150.00")
        assert truth("SELECT count(*) FROM notice WHERE event = 'order.price_waits' AND record_id = %s", made["id"]) == [(1,)]
        dispatcher.post(f"{url}/assign", {"worker": worker}, 409)
        agent.post(f"{url}/agree", status=403)
        if who is admin:
            manager.post(f"{url}/agree", status=403)
        assert who.post(f"{url}/agree")["result"]["state"] == "placed"
    refused = low("60.00")
    url = f"/api/v1/order/{refused['id']}"
    back = manager.post(f"{url}/refuse_price", {"reason": "太低"})["result"]
    assert (back["state"], back["amount"], back["agreed"]) == ("placed", "150.00", None)


@pytest.mark.feature("BOOK-03")
def test_a_later_change_to_less_waits_as_well_and_is_refused_when_somebody_was_sent(api, known, truth):
    agent = api("bj-agent")
    sent = {"customer": known["customer"], "service": known["service"], "quantity": "3", "starts_at": monday()}
    made = agent.post("/api/v1/order/", sent)["result"]
    assert (made["state"], made["amount"]) == ("placed", "150.00")
    changed = agent.put(f"/api/v1/order/{made['id']}", {"agreed": "90.00", "why_price": "x"})["result"]
    assert (changed["state"], changed["amount"]) == ("pricing", "90.00")
    worker = number_of(truth, "worker", WELL.format("cleaning"))
    sent_to = agent.post("/api/v1/order/", sent)["result"]
    api("bj-dispatch").post(f"/api/v1/order/{sent_to['id']}/assign", {"worker": worker})
    agent.put(f"/api/v1/order/{sent_to['id']}", {"agreed": "10.00", "why_price": "x"}, 400)


@pytest.mark.feature("STO-06")
def test_an_administrator_adds_an_item_with_price_time_steps_and_skill(client, api, truth):
    admin = client("bj-admin", "zh")
    admin.look("/service/add")
    steps = {
        "line:service_step:new1:wording": "检查油烟机电源", "line:service_step:new1:position": "1", "line:service_step:new1:photo": "1",
        "line:service_step:new2:wording": "拆洗滤网", "line:service_step:new2:position": "2",
    }  # fmt: skip
    sent = {"code": "YYJ", "name": "油烟机清洗", "name_en": "Range hood", "category": "cleaning", "unit": "visit", "skill": "cleaning",
            "minutes": "90", "price": "168", "cost": "90", "active": "1"}  # fmt: skip
    made = admin.post_form("/service/add", **sent, **steps)
    assert made.status_code == 302, made.get_data(as_text=True)[:2000]
    assert truth("SELECT s.price, s.minutes, count(t.id) FROM service s JOIN service_step t ON t.service_id = s.id WHERE s.code = 'YYJ'"
                 " GROUP BY 1, 2") == [(Decimal("168.00"), Decimal("90.000"), 2)]  # fmt: skip
    agent, caller = client("bj-agent"), api("bj-agent")
    service = number_of(truth, "service", "code = 'YYJ'")
    customer = number_of(truth, "customer", "name = '王秀兰'")
    order = caller.post("/api/v1/order/", {"customer": customer, "service": service, "starts_at": monday()})["result"]
    assert order["amount"] == "168.00"
    page = agent.get(f"/order/stages/{order['id']}").text
    assert "拆洗滤网" in page
    assert "检查油烟机电源" in page
