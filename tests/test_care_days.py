"""Care days: a hospital order that changes every day; bill, pay and margin stay three sums of the same lines."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.engine.clock import local, now
from tests.test_prices import number_of

JSON = {"Accept": "application/json"}
LINES = (
    "SELECT on_day, worker_id, kind, from_hour, to_hour, price, rate, bill, pay, id, billed_id, corrects_id, change_id, visit_id "
    "FROM care_day WHERE order_id = %s ORDER BY on_day, from_hour, id"
)


class Care:
    """An order of days, at the desk of one person."""

    def __init__(self, client, api, truth, *, days: int = 14, ago: int = 9, price: str | None = None, who: str = "bj-admin") -> None:
        self.truth, self.client, self.api = truth, client, api
        self.desk = client(who, "en")
        self.workers = [pk for (pk,) in truth(FREE)]
        service, customer = number_of(truth, "service", "code = 'HG24'"), number_of(truth, "customer", "name = '王秀兰'")
        start = local(now()).replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=ago)
        sent = {"customer": customer, "service": service, "quantity": str(days), "starts_at": start.isoformat()}
        self.pk = api("bj-manager").post("/api/v1/order/", sent | ({"unit_price": price} if price else {}))["result"]["id"]
        self.start, self.first = start, start.date()
        api("bj-admin").post(f"/api/v1/order/{self.pk}/assign", {"worker": self.workers[0]})

    def do(self, deed: str, desk=None, **sent):
        desk = desk or self.desk
        desk.look(f"/care/{self.pk}")
        return desk.post(f"/care/{self.pk}/{deed}", data={"csrf_token": desk.token, **sent}, headers=JSON)

    def done(self, deed: str, **sent):
        answer = self.do(deed, **sent)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def day(self, n: int) -> date:
        """The n-th day, from one."""
        return self.first + timedelta(days=n - 1)

    def hour(self, n: int, hour: int) -> str:
        return f"{self.day(n)}T{hour:02d}:00"

    def lines(self):
        names = ("day", "worker", "kind", "start", "end", "price", "rate", "bill", "pay", "id", "billed", "corrects", "change", "visit")
        return [dict(zip(names, row, strict=True)) for row in self.truth(LINES, self.pk)]

    def sums(self) -> tuple[Decimal, Decimal]:
        lines = self.lines()
        return sum(x["bill"] for x in lines), sum(x["pay"] for x in lines)

    def amount(self) -> Decimal:
        return self.truth('SELECT amount FROM "order" WHERE id = %s', self.pk)[0][0]

    def visits(self):
        return self.truth("SELECT worker_id, starts_at, ends_at, state, pay, id FROM visit WHERE order_id = %s ORDER BY id", self.pk)


FREE = (
    "SELECT w.id FROM worker w WHERE w.tenant_id = 2 AND 'elder' = ANY(w.skills) AND w.active = 'working' AND w.mode = 'employee' "
    "AND NOT EXISTS (SELECT 1 FROM visit v WHERE v.worker_id = w.id AND v.state NOT IN ('declined', 'cancelled') "
    "AND v.ends_at > now() - interval '40 days' AND v.starts_at < now() + interval '40 days') "
    "AND NOT EXISTS (SELECT 1 FROM worker_leave l WHERE l.worker_id = w.id AND l.ends_at > now() - interval '40 days') "
    "AND NOT EXISTS (SELECT 1 FROM paper_rule r WHERE r.tenant_id = 2 AND r.blocks AND r.active AND r.kind <> 'real_name' "
    "AND NOT 'care' = ANY(coalesce(r.spares, '{}')) AND NOT EXISTS (SELECT 1 FROM worker_paper p WHERE p.worker_id = w.id "
    "AND p.kind = r.kind AND coalesce(p.until, now()::date + 100) > now()::date + 40)) ORDER BY w.id"
)


@pytest.fixture
def care(client, api, truth):
    return Care(client, api, truth)


def test_days_are_laid_out_when_a_carer_is_sent_and_their_sum_is_the_order(care):
    lines = care.lines()
    assert [x["day"] for x in lines] == [care.day(n) for n in range(1, 15)]
    assert {(x["worker"], x["bill"], x["kind"]) for x in lines} == {(care.workers[0], Decimal("280.00"), "planned")}
    assert care.sums()[0] == care.amount() == Decimal("3920.00")
    assert care.sums()[1] == care.visits()[0][4]
    page = care.desk.look(f"/care/{care.pk}").text
    assert "The three sums balance" in page and "¥3,920.00" in page


@pytest.mark.feature("ORD-02")
def test_a_carer_is_replaced_from_the_hour_days_and_pay_split_and_everybody_is_told(care):
    old, new = care.workers[:2]
    told = care.done("replace", old=old, new=new, at=care.hour(3, 12), reason="The family asks for a Sichuan speaker", handover="No salt.")
    assert "told" in told["message"]
    third = [x for x in care.lines() if x["day"] == care.day(3)]
    assert [(x["worker"], x["start"], x["end"]) for x in third] == [(old, 0, 4), (new, 4, 24)]
    assert third[0]["bill"] + third[1]["bill"] == Decimal("280.00") and third[0]["bill"] == Decimal("46.67")
    assert third[0]["pay"] < third[1]["pay"]
    assert {x["worker"] for x in care.lines() if x["day"] > care.day(3)} == {new}
    assert care.amount() == care.sums()[0] == Decimal("3920.00")
    before, after = care.visits()
    assert local(before[2]).strftime("%Y-%m-%dT%H:%M") == local(after[1]).strftime("%Y-%m-%dT%H:%M") == care.hour(3, 12)
    assert before[4] + after[4] == care.sums()[1], "the pay of the two visits is the pay of their days"
    said = "SELECT event FROM notice WHERE event IN ('care_change.replaced', 'visit.ends_early', 'visit.offered') ORDER BY 1"
    assert Counter(e for (e,) in care.truth(said)) == {"care_change.replaced": 1, "visit.ends_early": 1, "visit.offered": 2}
    page = care.desk.look(f"/care/{care.pk}").text
    assert "takes over" in page and "Sichuan" in page and "Carer replaced" in page
    doer = "SELECT s.username FROM care_change c JOIN staff s ON s.id = c.doer_id WHERE c.order_id = %s AND c.deed = 'replace'"
    assert care.truth(doer, care.pk) == [("bj-admin",)], "the log says who did it"


@pytest.mark.feature("ORD-02")
def test_the_customer_hears_in_words_who_comes_and_the_new_carer_reads_the_handover(app, care):
    from app.extensions import db
    from app.models.dispatch import Visit
    from app.web.links import link_to
    from tests.acting import as_program
    from tests.delivering import deliver

    old, new = care.workers[:2]
    care.done("replace", old=old, new=new, at=care.hour(10, 12), reason="Ill", handover="Sleeps after lunch")
    deliver(app)
    (text,) = care.truth("SELECT text FROM message WHERE event = 'care_change.replaced' AND channel = 'sms'")[0]
    name = care.truth("SELECT name FROM worker WHERE id = %s", new)[0][0]
    assert name in text and "12:00" in text and "¥" not in text
    with app.app_context():
        with as_program(db.session):
            visit = db.session.get(Visit, care.visits()[1][5])
            visit.state = "accepted"
            db.session.commit()
            address = link_to("carer", visit)
        db.session.remove()
    assert "Sleeps after lunch" in care.client().get(address).text


@pytest.mark.feature("ORD-03")
def test_a_second_carer_from_a_day_changes_the_price_and_the_roster(care):
    care.done("add", new=care.workers[2], since=str(care.day(8)))
    mine = [x for x in care.lines() if x["worker"] == care.workers[2]]
    assert [x["day"] for x in mine] == [care.day(n) for n in range(8, 15)]
    assert care.amount() == care.sums()[0] == Decimal(280 * 14 + 280 * 7)
    second = care.visits()[1]
    assert second[0] == care.workers[2] and local(second[1]).date() == care.day(8) and second[3] == "offered"
    page = care.desk.look(f"/care/{care.pk}").text
    assert "+ added" in page and "¥5,880.00" in page
    assert care.do("add", new=care.workers[2], since=str(care.day(9))).status_code == 400, "nobody is there twice"


def test_surgery_costs_nothing_and_days_count_again_when_resumed(care):
    care.done("pause", first=str(care.day(5)), last=str(care.day(6)), reason="Surgery")
    assert [x["bill"] for x in care.lines()][3:7] == [280, 0, 0, 280]
    assert care.amount() == care.sums()[0] == Decimal(280 * 12)
    assert "Surgery" in care.desk.look(f"/care/{care.pk}").text
    assert care.do("pause", first=str(care.day(5)), reason="").status_code == 400
    care.done("resume", first=str(care.day(6)))
    assert care.amount() == Decimal(280 * 13)


@pytest.mark.feature("FIN-11")
def test_a_price_below_the_list_waits_and_only_the_agreed_one_is_charged(care):
    care.truth("UPDATE price_tier SET percent = CASE role WHEN 'agent' THEN 95 ELSE 70 END WHERE tenant_id = 2")
    agent = care.client("bj-agent", "en")
    owner = care.truth("SELECT id FROM staff WHERE username = 'bj-agent'")[0][0]
    care.truth('UPDATE "order" SET owner_id = %s WHERE id = %s', owner, care.pk)
    care.truth("UPDATE care_day SET owner_id = %s WHERE order_id = %s", owner, care.pk)
    sent = {"worker": care.workers[0], "since": str(care.day(8)), "price": "220", "reason": "A regular"}
    answer = care.do("price", desk=agent, **sent)
    assert answer.status_code == 200 and "waits" in answer.get_json()["message"], answer.text
    assert care.amount() == Decimal("3920.00"), "until somebody agrees the list price holds"
    assert "Price to agree to" in care.desk.look(f"/care/{care.pk}").text
    pk = answer.get_json()["id"]
    assert agent.post(f"/api/v1/care_price/{pk}/agree", headers=care.api("bj-agent").headers).status_code == 403
    care.api("bj-manager").post(f"/api/v1/care_price/{pk}/agree", {})
    assert care.amount() == care.sums()[0] == Decimal(280 * 7 + 220 * 7)
    page = care.desk.look(f"/care/{care.pk}").text
    assert "Price changed" in page and "Agreed to by" in page


def test_nobody_types_another_price_beside_the_days(care):
    answer = care.desk.post(f"/api/v1/order/{care.pk}", json={"agreed": "100"}, headers=care.api("bj-manager").headers)
    put = care.desk.put(f"/api/v1/order/{care.pk}", json={"agreed": "100", "why_price": "x"}, headers=care.api("bj-manager").headers)
    assert 400 in (answer.status_code, put.status_code) or 409 in (answer.status_code, put.status_code)
    assert care.amount() == Decimal("3920.00")


def test_the_bill_closes_days_and_what_is_wrong_afterwards_is_a_line_with_the_difference(care):
    care.done("bill", until=str(care.day(3)))
    owed = "SELECT amount FROM receivable WHERE order_id = %s"
    assert care.truth(owed, care.pk) == [(Decimal("840.00"),)]
    assert care.do("pause", first=str(care.day(2)), reason="late").status_code == 400, "what is billed stands"
    line = care.lines()[1]
    care.done("correct", line=line["id"], bill="-40.00", reason="Came late")
    assert care.lines()[1]["bill"] == 280 and care.lines()[2]["bill"] == -40
    assert care.truth(owed, care.pk) == [(Decimal("840.00"),)], "it is owed when it is billed"
    assert care.amount() == care.sums()[0] == Decimal("3880.00")
    care.done("bill", until=str(care.day(4)))
    assert care.truth(owed, care.pk) == [(Decimal("1080.00"),)]
    assert care.do("correct", line=line["id"], bill="-400.00", reason="x").status_code == 400
    assert care.do("bill", until=str(care.day(13))).status_code == 400, "days that have not come are not billed"


def test_the_last_change_is_taken_back_and_an_older_one_is_not(care):
    care.done("pause", first=str(care.day(5)), reason="Surgery")
    care.done("replace", old=care.workers[0], new=care.workers[1], at=care.hour(11, 8), reason="Ill")
    (swap,) = care.truth("SELECT id FROM care_change WHERE order_id = %s AND deed = 'replace'", care.pk)[0]
    (pause,) = care.truth("SELECT id FROM care_change WHERE order_id = %s AND deed = 'pause'", care.pk)[0]
    assert care.do("undo", change=pause).status_code == 409
    care.done("undo", change=swap)
    assert {x["worker"] for x in care.lines()} == {care.workers[0]}
    assert [v[3] for v in care.visits()] == ["offered", "cancelled"]
    assert local(care.visits()[0][2]) == local(care.start + timedelta(days=14))
    assert care.sums()[0] == Decimal(280 * 13), "the pause before it stays"
    assert care.do("undo", change=swap).status_code == 409


def test_the_amount_explains_itself_by_its_days_and_each_day_by_its_hours(client, care):
    old, new = care.workers[:2]
    care.done("replace", old=old, new=new, at=care.hour(3, 20), reason="家属要求")
    care.done("pause", first=care.day(5), last=care.day(6), reason="手术")
    boss = client("bj-manager", "en")
    found = boss.get(f"/explain/order/{care.pk}/amount", headers=JSON).get_json()["result"]
    worth = [Decimal(p["value"].replace("¥", "").replace(",", "")) for p in found["parts"]]
    assert worth == [x["bill"] for x in care.lines()] and sum(worth) == care.amount()
    assert any("Carer replaced" in p["why"] for p in found["parts"]) and any("Paused" in p["why"] for p in found["parts"])
    paused = boss.get(found["parts"][-1]["url"].replace("show/", "").replace("/care_day/", "/explain/care_day/") + "/bill", headers=JSON)
    assert paused.status_code == 200 and "24 h ×" in paused.get_json()["result"]["parts"][0]["why"]
    assert client("bj-dispatch").get(f"/explain/order/{care.pk}/amount", headers=JSON).status_code == 403


def test_an_order_without_its_carer_has_no_days(care):
    care.api("bj-admin").post(f"/api/v1/visit/{care.visits()[0][5]}/decline", {"reason": "Ill"})
    assert care.lines() == [] and care.amount() == Decimal("3920.00")
    care.api("bj-admin").post(f"/api/v1/order/{care.pk}/assign", {"worker": care.workers[1]})
    assert {x["worker"] for x in care.lines()} == {care.workers[1]} and len(care.lines()) == 14


def test_whoever_sends_carers_sees_no_price_and_a_stranger_nothing(care):
    page = care.client("bj-dispatch", "en").look(f"/care/{care.pk}").text
    assert "Care days" in page and "280" not in page.split("<main")[1].split("</main>")[0]
    assert care.client("sh-admin", "en").get(f"/care/{care.pk}").status_code == 404
    dispatcher = care.client("bj-dispatch", "en")
    answer = care.do("price", desk=dispatcher, worker=care.workers[0], since=str(care.day(9)), price="1", reason="x")
    assert answer.status_code == 403
    agent = care.client("bj-agent2", "en")
    agent.look("/")
    sent = {"csrf_token": agent.token, "first": str(care.day(9)), "reason": "x"}
    assert agent.post(f"/care/{care.pk}/pause", data=sent, headers=JSON).status_code in (403, 404)


def test_fifty_people_at_one_grid_lose_and_double_nothing(app, care):
    found: list[int] = []
    headers = {**care.api("bj-admin").headers, **JSON}
    others = care.workers[1:3]
    gate = threading.Barrier(50)

    def press(n: int) -> None:
        desk = app.test_client()
        gate.wait()
        deed, sent = [
            ("pause", {"first": str(care.day(5)), "reason": "Surgery"}), ("add", {"new": others[n % 2], "since": str(care.day(11))}),
            ("replace", {"old": care.workers[0], "new": others[0], "at": care.hour(12, 12), "reason": "Ill"}),
            ("price", {"worker": care.workers[0], "since": str(care.day(6)), "price": str(300 + n), "reason": "Night"}),
            ("bill", {"until": str(care.day(3))}),
        ][n % 5]  # fmt: skip
        answer = desk.post(f"/api/v1/care/{care.pk}/{deed}", data=sent, headers=headers)
        found.append(answer.status_code)

    threads = [threading.Thread(target=press, args=(n,)) for n in range(50)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 50 and set(found) <= {200, 400, 409}, Counter(found)
    lines = care.lines()
    assert max(Counter((x["day"], x["worker"]) for x in lines).values()) == 1
    assert care.sums()[0] == care.amount()
    assert [x["kind"] for x in lines if x["day"] == care.day(5)] == ["paused"]
    assert care.truth("SELECT amount FROM receivable WHERE order_id = %s", care.pk) == [(Decimal("840.00"),)]
    assert len(care.truth("SELECT 1 FROM care_bill WHERE order_id = %s", care.pk)) == 1
    done = Counter(d for (d,) in care.truth("SELECT deed FROM care_change WHERE order_id = %s", care.pk))
    assert done["pause"] == 1 and done["price"] >= 1 and done["start"] == 1
    live = [v for v in care.visits() if v[3] not in ("declined", "cancelled")]
    pay = {v[5]: v[4] for v in live}
    for pk, sum_ in pay.items():
        assert sum_ == sum(x["pay"] for x in lines if x["visit"] == pk)
    assert all(x["change"] for x in lines), "every line is explained by a change"
