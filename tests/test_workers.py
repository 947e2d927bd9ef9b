"""Carers: the whole record, papers and real names as gates, time off, screening, ways of cooperation, own page and passport."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest

from app.engine.clock import now, today
from app.extensions import db
from app.integrations import real_name
from app.models.worker import Worker
from app.web.links import link_to
from tests.acting import as_program
from tests.contracts import sign_all, to_sign
from tests.delivering import deliver, remind
from tests.people import text

pytestmark = pytest.mark.usefixtures("fresh_db")
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(40)
FAMILIAR = "李桂芳"


@pytest.fixture
def carer(truth):
    return truth("SELECT id FROM worker WHERE tenant_id = 2 AND name = %s", FAMILIAR)[0][0]


def order(api, truth, days: float = 33, code: str = "ZL", **more) -> int:
    service = truth("SELECT id FROM service WHERE tenant_id = 2 AND code = %s", code)[0][0]
    customer = api("bj-agent").get("/api/v1/customer/", size=1, sort="id")["result"][0]["id"]
    at = (now() + timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
    sent = {"customer": customer, "service": service, "starts_at": at.isoformat(), **more}
    return api("bj-agent").post("/api/v1/order/", sent)["result"]["id"]


def assign(api, pk: int, worker: int, status: int | None = None):
    return api("bj-dispatch").post(f"/api/v1/order/{pk}/assign", {"worker": worker}, status)


def why(client, pk: int, worker: int, lang: str = "en", **wishes) -> list[str]:
    """The reasons against a carer on the board; none where the carer can go."""
    query = {"order": pk} | wishes
    person = client("bj-manager" if "price" in wishes else "bj-dispatch", lang)
    answer = person.get(f"/board/candidates/{pk}", query_string=query, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text[:500]
    one = next((c for c in answer.json["result"] if c["worker"] == worker), None)
    assert one is not None, "not among those shown"
    return one["blocks"]


def goes(client, pk: int, worker: int) -> bool:
    """Whether the board offers a carer for an order."""
    found = client("bj-dispatch").get(f"/board/candidates/{pk}", headers={"Accept": "application/json"}).json["result"]
    return worker in [c["worker"] for c in found if c["ok"]]


def open_link(app, purpose: str, pk: int) -> str:
    with app.app_context():
        with as_program(db.session):
            made = link_to(purpose, db.session.get(Worker, pk))
        db.session.remove()
    return made


@pytest.mark.feature("STF-01")
def test_a_carers_page_has_five_blocks_the_photo_and_the_papers(client, carer):
    boss = client("bj-manager", "en")
    boss.look(f"/worker/edit/{carer}")
    rows = {
        "line:worker_school:new-0:school": "北京护理学校", "line:worker_school:new-0:degree": "vocational",
        "line:worker_job:new-0:employer": "同仁养老院", "line:worker_job:new-0:job": "护理员",
        "line:worker_family:new-0:name": "张建国", "line:worker_family:new-0:relation": "spouse",
        "line:worker_paper:new-0:kind": "insurance", "line:worker_paper:new-0:until": str(today() + timedelta(days=200)),
        "native_place": "安徽阜阳", "wechat": "ligf-88", "marital": "married",
    }  # fmt: skip
    assert boss.post_form(f"/worker/edit/{carer}", **rows).status_code == 302
    boss.look(f"/worker/show/{carer}")
    sent = {"csrf_token": boss.token, "file": (io.BytesIO(PICTURE), "face.png")}
    assert boss.post(f"/worker/photo/{carer}", data=sent, content_type="multipart/form-data").status_code == 302
    page = text(boss, f"/worker/show/{carer}")
    for word in ("Basics", "安徽阜阳", "Contact", "ligf-88", "Family", "张建国", "Education", "北京护理学校", "Work history", "同仁养老院"):
        assert word in page, word
    assert "Insurance policy" in page and "Health certificate" in page
    assert re.search(rf'<img src="/worker/photo/{carer}\?v=\d+"', page)
    with boss.get(f"/worker/photo/{carer}") as answer:
        assert answer.data == PICTURE
    agent = text(client("bj-agent", "en"), f"/worker/show/{carer}")
    assert "ligf-88" not in agent and "张建国" not in agent and "北京护理学校" in agent


@pytest.mark.feature("STF-02")
def test_contracts_hours_jobs_and_rating_stand_at_the_top(client, carer, truth):
    page = text(client("bj-admin", "en"), f"/worker/show/{carer}")
    glance = page.split("worker-glance", 1)[1].split("</section>", 1)[0]
    told = dict(re.findall(r'<span>([A-Za-z ]+) <b class="fig">([^<]*)</b>', glance))
    ((jobs,),) = truth("SELECT count(*) FROM visit WHERE worker_id = %s AND state = 'finished'", carer)
    ((live,),) = truth(
        "SELECT count(*) FROM contract WHERE worker_id = %s AND state IN ('signed', 'active', 'suspended', 'changing')", carer
    )
    ((hours,),) = truth(
        "SELECT coalesce(sum(CASE WHEN h <= 10 THEN h ELSE greatest(10, h / 24 * 10) END), 0) FROM (SELECT extract(epoch FROM ends_at - "
        "starts_at) / 3600 AS h FROM visit WHERE worker_id = %s AND state = 'finished' AND date_trunc('month', starts_at AT TIME ZONE "
        "'Asia/Shanghai') = date_trunc('month', now() AT TIME ZONE 'Asia/Shanghai')) v", carer,
    )  # fmt: skip
    assert jobs >= 6 and live >= 1
    assert (int(told["Jobs done"]), int(told["Contracts in force"]), told["Rating"]) == (jobs, live, "4.9")
    assert float(told["Hours this month"]) == pytest.approx(float(hours), abs=0.06)


def said(day) -> str:
    """A day as pages write it."""
    return f"{day:%m-%d}" if day.year == today().year else str(day)


@pytest.mark.feature("STF-03")
def test_two_signed_contracts_are_two_rows_of_the_service_record(app, client, api, truth):
    ((worker,),) = truth("SELECT id FROM worker WHERE tenant_id = 2 AND active = 'working' ORDER BY id LIMIT 1")
    before = text(client("bj-admin", "en"), f"/worker/service/{worker}").count('class="service-row"')
    boss, made = api("bj-agent"), []
    for days in (100, 300):
        pk = to_sign(boss, truth, ends_on=str(today() + timedelta(days=days)))["id"]
        truth("UPDATE contract SET worker_pay = 6100 WHERE id = %s", pk)
        sign_all(app, client, truth, pk)
        made.append(pk)
    deliver(app)
    page = text(client("bj-admin", "en"), f"/worker/service/{worker}")
    assert page.count('class="service-row"') == before + 2
    for pk, days in zip(made, (100, 300), strict=True):
        row = next(r for r in page.split("<tr")[1:] if f"/contract/show/{pk}" in r)
        assert said(today()) in row and said(today() + timedelta(days=days)) in row and "6,100.00" in row
    mine = text(client("bj-agent", "en"), f"/worker/service/{worker}")
    assert f"/contract/show/{made[0]}" in mine and "6,100.00" not in mine, "pay is not the agent's to read"


@pytest.mark.feature("STF-04")
def test_the_result_of_a_return_visit_shows_on_the_carer_with_its_handling(client, api, truth, carer):
    ((pk,),) = truth(
        "SELECT o.id FROM \"order\" o JOIN visit v ON v.order_id = o.id WHERE v.worker_id = %s AND v.state = 'finished' LIMIT 1", carer
    )
    boss = api("bj-manager")
    ((customer,),) = truth('SELECT customer_id FROM "order" WHERE id = %s', pk)
    made = boss.post("/api/v1/return_visit/", {"customer": customer, "order": pk, "due_on": str(today())})["result"]
    assert made["worker"]["id"] == carer
    boss.put(f"/api/v1/return_visit/{made['id']}", {"feeling": "dissatisfied", "score_worker": 2, "score_company": 3, "said": "饭菜太咸"})
    boss.post(f"/api/v1/return_visit/{made['id']}/correct", {"remedy": "周五前参加做饭培训"})
    page = text(client("bj-manager", "en"), f"/worker/show/{carer}")
    row = next(r for r in page.split('class="blk-row"') if "饭菜太咸" in r)
    assert "Dissatisfied" in row and "周五前参加做饭培训" in row


def enter(api, **more) -> int:
    sent = {"name": "赵新人", "skills": ["elder"], "phone": "14200009999", "pay_rate": "25"} | more
    boss = api("bj-admin")
    made = boss.post("/api/v1/worker/", sent)["result"]["id"]
    boss.post("/api/v1/worker_paper/", {"worker": made, "kind": "health", "until": str(today() + timedelta(days=200))})
    return made


def check(api, worker: int, **more) -> str:
    """A check that was entered with number and photo; returns its address."""
    sent = {"worker": worker, "name": "赵新人", "id_number": "990101198001010014"}
    pk = api("bj-dispatch").post("/api/v1/real_name_check/", sent | more)["result"]["id"]
    return f"/api/v1/real_name_check/{pk}"


def attach(client, url: str) -> None:
    person, pk = client("bj-dispatch"), url.rsplit("/", 1)[-1]
    person.look("/account/password")
    sent = {"csrf_token": person.token, "file": (io.BytesIO(PICTURE), "card.png")}
    assert person.post(f"/real_name_check/files/{pk}", data=sent, content_type="multipart/form-data").status_code == 302


@pytest.mark.feature("STF-06")
def test_without_an_approved_check_of_the_name_nobody_is_sent(app, client, api, truth):
    worker, pk = enter(api), order(api, truth)
    truth("UPDATE worker SET store_id = (SELECT store_id FROM staff WHERE username = 'bj-manager') WHERE id = %s", worker)
    refused = assign(api, pk, worker, 400)["message"]
    assert "real name" in refused and "赵新人" in refused
    url = check(api, worker)
    truth("UPDATE real_name_check SET store_id = (SELECT store_id FROM worker WHERE id = worker_id)")
    desk, boss = api("bj-dispatch"), api("bj-manager")
    assert "photo" in desk.post(f"{url}/submit", status=400)["message"]
    attach(client, url)
    assert desk.post(f"{url}/submit")["result"]["state"] == "waiting"
    desk.post(f"{url}/approve", status=403)
    assert "Real name not checked" in text(client("bj-manager", "en"), f"/worker/show/{worker}")
    boss.post(f"{url}/refuse", {}, 422)
    assert boss.post(f"{url}/approve")["result"]["state"] == "approved"
    assert ">Real name checked<" in re.sub(r"<i [^>]*></i>", "", text(client("bj-manager", "en"), f"/worker/show/{worker}"))
    assert assign(api, pk, worker)
    boss.post(f"{url}/withdraw", {"reason": "证件是借来的"})
    assert "real name" in assign(api, order(api, truth, 36), worker, 400)["message"]
    # A company may do without: then nobody asks.
    rule = api("bj-admin").get("/api/v1/paper_rule/", kind="real_name")["result"][0]
    api("bj-admin").put(f"/api/v1/paper_rule/{rule['id']}", {"blocks": False})
    assert assign(api, order(api, truth, 37), worker)


@pytest.mark.feature("STF-06")
@pytest.mark.parametrize(("says", "state"), [(True, "approved"), (False, "refused")])
def test_another_provider_decides_by_itself(app, client, api, fresh_db, monkeypatch, says, state):  # noqa: PLR0917
    """On a database of its own: the worker of a running installation would ask its own provider."""
    seen = []

    class Office:
        def ask(self, asked):
            seen.append(asked)
            return real_name.Verdict(says, "" if says else "照片不是本人")

    monkeypatch.setitem(real_name.PROVIDERS, "office", Office)
    monkeypatch.setitem(app.config, "REAL_NAME", "office")
    worker = enter(api)
    url = check(api, worker)
    attach(client, url)
    api("bj-dispatch").post(f"{url}/submit")
    deliver(app)
    found = api("bj-admin").get(url)["result"]
    assert (found["state"], found["way"]) == (state, "provider")
    assert [(a.name, a.photos) for a in seen] == [("赵新人", (PICTURE,))]


@pytest.mark.feature("STF-14")
def test_a_certificate_that_ended_yesterday_blocks_on_every_way_with_the_reason(client, api, truth, carer):
    pk, yesterday = order(api, truth), str(today() - timedelta(days=1))
    truth("UPDATE worker_paper SET until = %s WHERE worker_id = %s AND kind = 'health'", yesterday, carer)
    assert yesterday in assign(api, pk, carer, 400)["message"]
    desk = client("bj-dispatch", "zh")
    desk.look("/board/")
    answer = desk.post_form("/board/assign", follow=True, order=pk, worker=carer)
    assert yesterday in answer.text and FAMILIAR in answer.text
    assert any(yesterday in reason for reason in why(client, pk, carer))
    # Nobody goes round it by writing a visit: the new visit itself is refused.
    from app.engine.errors import Refused
    from app.models.dispatch import Visit
    from app.models.order import Order

    with client().application.app_context(), as_program(db.session):
        one, worker = db.session.get(Order, pk), db.session.get(Worker, carer)
        db.session.add(Visit(order=one, worker=worker, starts_at=one.starts_at, ends_at=one.starts_at + timedelta(hours=1)))
        with pytest.raises(Refused, match=yesterday):
            db.session.flush()
        db.session.rollback()
    assert truth("SELECT count(*) FROM visit WHERE order_id = %s", pk) == [(0,)]
    boss = api("bj-manager")
    boss.post("/api/v1/worker_paper/", {"worker": carer, "kind": "health", "until": str(today() + timedelta(days=300))})
    assert boss.get(f"/api/v1/worker/{carer}")["result"]["health_until"] == str(today() + timedelta(days=300))
    assert assign(api, pk, carer)


@pytest.mark.feature("STF-14")
def test_which_papers_are_demanded_is_the_administrators_to_say(client, api, truth, carer):
    boss, pk = api("bj-admin"), order(api, truth)
    rule = boss.post("/api/v1/paper_rule/", {"kind": "door", "blocks": True})["result"]
    assert rule["kind"] == "door"
    assert "Home service permit" in assign(api, pk, carer, 400)["message"]
    boss.put(f"/api/v1/paper_rule/{rule['id']}", {"spares": ["care"]})
    assert assign(api, pk, carer)
    api("bj-dispatch").post("/api/v1/paper_rule/", {"kind": "training"}, 403)


@pytest.mark.feature("STF-14")
def test_papers_are_remembered_thirty_seven_and_no_days_before(app, api, client, truth, carer):
    ((paper,),) = truth("SELECT id FROM worker_paper WHERE worker_id = %s AND kind = 'training'", carer)

    def told() -> list[int]:
        remind(app)
        rows = truth("SELECT lead FROM reminder WHERE model = 'WorkerPaper' AND record_id = %s AND role = 'manager' ORDER BY id", paper)
        return [lead for (lead,) in rows]

    for days, leads in ((40, []), (30, [30]), (7, [30, 7]), (0, [30, 7, 0])):
        truth("UPDATE worker_paper SET until = %s WHERE id = %s", today() + timedelta(days=days), paper)
        assert told() == leads
    page = text(client("bj-manager", "en"), "/reminders/")
    assert "Paper runs out" in page and FAMILIAR in page
    renewed = {"worker": carer, "kind": "training", "until": str(today() + timedelta(days=900))}
    api("bj-manager").post("/api/v1/worker_paper/", renewed)
    assert FAMILIAR not in text(client("bj-manager", "en"), "/reminders/"), "what was renewed is gone by itself"


def test_leave_and_visits_exclude_each_other(client, api, truth, carer):
    pk = order(api, truth, 40)
    assert assign(api, pk, carer)
    ((number, start, end),) = truth("SELECT number, starts_at, ends_at FROM visit WHERE order_id = %s", pk)
    desk = api("bj-dispatch")
    off = {"worker": carer, "kind": "leave", "starts_at": start.isoformat(), "ends_at": end.isoformat()}
    assert number in desk.post("/api/v1/worker_leave/", off, 400)["message"]
    later = start + timedelta(days=3)
    made = desk.post("/api/v1/worker_leave/", off | {"starts_at": later.isoformat(), "ends_at": (later + timedelta(days=2)).isoformat()})
    within = order(api, truth, 44)
    assert "off from" in assign(api, within, carer, 400)["message"]
    assert any("off from" in w for w in why(client, within, carer))
    again = off | {"starts_at": later.isoformat(), "ends_at": (later + timedelta(hours=1)).isoformat()}
    assert "already off" in str(desk.post("/api/v1/worker_leave/", again, 409))
    wide = {"starts_at": start.isoformat()}
    assert number in desk.put(f"/api/v1/worker_leave/{made['result']['id']}", wide, 400)["message"]
    desk.delete(f"/api/v1/worker_leave/{made['result']['id']}")
    assert assign(api, within, carer)


@pytest.mark.feature("STF-09")
def test_screening_lists_who_fits_and_why_the_others_do_not(client, api, truth, carer):
    pk = order(api, truth)
    assert why(client, pk, carer) == []
    truth("UPDATE worker SET dialects = '{mandarin,cantonese}', areas = '{通州区}' WHERE id = %s", carer)
    assert why(client, pk, carer, dialect="cantonese", skill="elder", grade="star", area="通州区") == []
    for wishes, words in (
        ({"dialect": "hakka"}, "does not speak: Hakka"), ({"skill": "cleaning"}, "does not have the skill: Cleaning"),
        ({"grade": "gold"}, "is of the grade: Star"), ({"area": "西城区"}, "does not serve in: 西城区"),
        ({"price": "10"}, "costs more than ¥10"),
    ):  # fmt: skip
        assert any(words in reason for reason in why(client, pk, carer, **wishes)), wishes
    assert any("不会说" in reason or "客家" in reason or "Hakka" in reason for reason in why(client, pk, carer, "zh", dialect="hakka"))
    other = order(api, truth, 50)
    assign(api, other, carer)
    day = str((now() + timedelta(days=50)).date())
    assert any("is taken from" in r for r in why(client, pk, carer, free_from=day, free_until=str((now() + timedelta(days=51)).date())))
    page = text(client("bj-dispatch", "en"), f"/board/?order={pk}&dialect=cantonese")
    assert '<option value="cantonese" selected>' in page and 'name="price"' not in page
    assert client("bj-dispatch").get(f"/board/?order={pk}&price=10").status_code == 403, "pay is not the dispatcher's to ask for"


@pytest.mark.feature("STF-11")
def test_carers_are_found_by_kind_of_work_district_and_what_they_are_at(client, api, truth):
    rows = truth("SELECT name, skills, district FROM worker WHERE tenant_id = 2 AND active = 'working' ORDER BY id")
    desk = api("bj-dispatch")
    one = next(r for r in rows if "cleaning" in r[1])
    same = "SELECT id FROM worker WHERE tenant_id = 2 AND name = %s AND district = %s AND 'cleaning' = ANY(skills)"
    ((pk,),) = truth(same, one[0], one[2])
    truth("DELETE FROM worker_leave WHERE worker_id = %s", pk)
    truth("UPDATE visit SET state = 'cancelled' WHERE worker_id = %s AND state IN ('offered', 'accepted', 'on_the_way', 'on_site')", pk)

    def at(presence: str) -> bool:
        found = desk.get("/api/v1/worker/", **{"skills.ct": "cleaning", "district": one[2], "presence": presence, "size": 100})["result"]
        assert all("cleaning" in r["skills"] and r["district"] == one[2] and r["presence"] == presence for r in found)
        return pk in [r["id"] for r in found]

    assert at("free") and not at("on_job") and not at("leave")
    truth("UPDATE visit SET state = 'on_site' WHERE id = (SELECT max(id) FROM visit WHERE worker_id = %s)", pk)
    assert at("on_job") and not at("free")
    start = (now() - timedelta(hours=1)).isoformat()
    truth("UPDATE visit SET state = 'cancelled' WHERE worker_id = %s AND state = 'on_site'", pk)
    desk.post("/api/v1/worker_leave/", {"worker": pk, "starts_at": start, "ends_at": (now() + timedelta(days=1)).isoformat()})
    assert at("leave") and not at("free")
    assert one[0] in text(client("bj-dispatch", "en"), f"/worker/list?skills.ct=cleaning&district={one[2]}&presence=leave")


@pytest.mark.feature("STF-12", "STF-13")
def test_a_skill_tag_makes_a_candidate_and_without_it_one_is_none(client, api, truth):
    ((fitter,),) = truth("SELECT id FROM worker WHERE tenant_id = 2 AND active = 'working' AND 'oxygen' = ANY(skills) ORDER BY id LIMIT 1")
    boss = api("bj-admin")
    sent = {"code": "HXJ", "name": "呼吸机维修", "category": "equipment", "skill": "ventilator", "price": "300"}
    boss.post("/api/v1/service/", sent)
    pk = order(api, truth, code="HXJ")
    assert not goes(client, pk, fitter)
    skills = boss.get(f"/api/v1/worker/{fitter}")["result"]["skills"]
    boss.put(f"/api/v1/worker/{fitter}", {"skills": [*skills, "ventilator"]})
    assert why(client, pk, fitter) == [] and goes(client, pk, fitter)
    boss.put(f"/api/v1/worker/{fitter}", {"skills": skills})
    assert not goes(client, pk, fitter)
    assert "lacks the skill" in assign(api, pk, fitter, 400)["message"]


@pytest.mark.feature("STF-15")
def test_an_agency_is_paid_what_the_commission_leaves_and_signs_another_contract(client, api, truth, carer):
    boss = api("bj-admin")
    first = order(api, truth, quantity="2")
    assign(api, first, carer)
    ((pay, rate),) = truth("SELECT v.pay, w.pay_rate FROM visit v JOIN worker w ON w.id = v.worker_id WHERE v.order_id = %s", first)
    assert pay == rate * 2
    boss.put(f"/api/v1/worker/{carer}", {"mode": "agency", "commission": "25"})
    second = order(api, truth, 35, quantity="2")
    assign(api, second, carer)
    ((pay, amount),) = truth('SELECT v.pay, o.amount FROM visit v JOIN "order" o ON o.id = v.order_id WHERE o.id = %s', second)
    assert amount > 0 and pay == amount * 75 / 100
    assert "100" in str(boss.put(f"/api/v1/worker/{carer}", {"commission": "101"}, 409))
    sent = {"name": "平台接单协议", "kind": "cooperation", "mode": "marketplace", "terms": "平台抽成"}
    template = boss.post("/api/v1/contract_template/", sent)
    customer = api("bj-agent").get("/api/v1/customer/", size=1)["result"][0]["id"]
    made = api("bj-agent").post("/api/v1/contract/", {"customer": customer, "worker": carer})["result"]
    assert made["template"]["label"] == "机构合作合同" and made["kind"] == "cooperation"
    boss.put(f"/api/v1/worker/{carer}", {"mode": "marketplace"})
    made = api("bj-agent").post("/api/v1/contract/", {"customer": customer, "worker": carer})["result"]
    assert made["template"]["id"] == template["result"]["id"]
    boss.put(f"/api/v1/worker/{carer}", {"mode": "employee"})
    wrong = api("bj-agent").post("/api/v1/contract/", {"customer": customer, "worker": carer, "template": template["result"]["id"]}, 400)
    assert "Marketplace" in wrong["message"]
    assert api("bj-agent").post("/api/v1/contract/", {"customer": customer, "worker": carer})["result"]["template"] is None


@pytest.mark.feature("STF-10")
def test_a_carer_fills_in_the_own_record_and_the_office_decides_field_by_field(app, client, api, truth, carer):
    boss = client("bj-manager", "en")
    boss.look(f"/worker/show/{carer}")
    assert boss.post_form(f"/worker/invite/{carer}").status_code == 302
    deliver(app)
    ((said,),) = truth("SELECT text FROM message WHERE event = 'worker.invited' ORDER BY id DESC LIMIT 1")
    phone, address = client("", "en"), "/me/" + said.split("/me/", 1)[1].split()[0]
    phone.look(address)
    page = phone.get(address).text
    phone.token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    before = truth("SELECT native_place, dialects, version FROM worker WHERE id = %s", carer)
    wishes = {"native_place": "云南大理", "dialects": ["mandarin", "hakka"], "emergency_phone": "14300008888", "height": "tall"}
    answer = phone.post_form(f"{address}/propose", **wishes)
    assert answer.status_code == 422 and "云南大理" in answer.text
    assert phone.post_form(f"{address}/propose", **(wishes | {"height": "163"})).status_code == 302
    assert "4 waiting" in phone.get(address).text
    assert truth("SELECT native_place, dialects, version FROM worker WHERE id = %s", carer) == before, "nothing changes by itself"
    ((sealed,),) = truth("SELECT value FROM worker_change WHERE worker_id = %s AND field = 'emergency_phone'", carer)
    assert "14300008888" not in sealed
    deliver(app)
    assert FAMILIAR in boss.get("/bell/").text
    agent = client("bj-agent", "en")
    assert "14300008888" not in text(agent, f"/worker/changes/{carer}")
    found = dict(truth("SELECT field, id FROM worker_change WHERE worker_id = %s AND state = 'open'", carer))
    agent.look("/account/password")
    assert agent.post_form(f"/worker/changes/{carer}/{found['native_place']}/approve").status_code == 403
    page = boss.look(f"/worker/changes/{carer}").text
    boss.look(f"/worker/show/{carer}")
    assert "云南大理" in page and "14300008888" in page and "Hakka" in page
    for name in ("native_place", "dialects", "emergency_phone"):
        assert boss.post_form(f"/worker/changes/{carer}/{found[name]}/approve").status_code == 302
    assert boss.post_form(f"/worker/changes/{carer}/{found['height']}/refuse", reason="").status_code == 400
    assert boss.post_form(f"/worker/changes/{carer}/{found['height']}/refuse", reason="量过了").status_code == 302
    now_ = api("bj-manager").get(f"/api/v1/worker/{carer}")["result"]
    assert (now_["native_place"], now_["dialects"], now_["emergency_phone"]) == ("云南大理", ["mandarin", "hakka"], "14300008888")
    assert float(now_["height"]) != 163
    assert boss.post_form(f"/worker/changes/{carer}/{found['native_place']}/approve").status_code == 409
    assert truth("SELECT count(*) FROM audit_entry WHERE model = 'Worker' AND record_id = %s AND action = 'update'", carer)[0][0] >= 3
    assert client().get(open_link(app, "passport", carer).replace("/passport/", "/me/")).status_code == 404


@pytest.mark.feature("STF-06", "STF-14")
def test_a_customer_verifies_the_passport_and_learns_nothing_else(app, client, truth, carer):
    address, guest = open_link(app, "passport", carer), client("", "en")
    card = text(client("bj-dispatch", "en"), f"/worker/card/{carer}")
    assert "data:image/svg+xml" in card and "/passport/" in card
    page = text(guest, address)
    ((phone,),) = truth("SELECT count(*) FROM worker WHERE id = %s AND phone IS NOT NULL", carer)
    assert "李**" in page and FAMILIAR not in page and "Real name checked" in page and phone == 1
    assert not re.search(r"1[45]\d{9}|9901\d{14}", page.replace("href", ""))
    row = next(r for r in page.split('class="step"') if "Health certificate" in r)
    assert "Valid<" in row.replace(" ", "")
    truth("UPDATE worker_paper SET until = current_date - 2 WHERE worker_id = %s AND kind = 'health'", carer)
    row = next(r for r in text(guest, address).split('class="step"') if "Health certificate" in r)
    assert "Not valid" in row
    assert guest.get(address + "x").status_code == 404
    truth("UPDATE worker SET active = 'left' WHERE id = %s", carer)
    gone = guest.get(address)
    assert gone.status_code == 404 and "no longer valid" in gone.text
    assert guest.get(open_link(app, "me", carer)).status_code == 404
    assert [guest.get(address).status_code for _n in range(62)][-1] == 429


def test_the_shift_and_the_district_speak_against_and_do_not_forbid(client, api, truth, carer):
    pk = order(api, truth)
    truth("UPDATE worker SET shift_from = 0, shift_until = 1, areas = '{某某区}' WHERE id = %s", carer)
    answer = client("bj-dispatch", "en").get(f"/board/candidates/{pk}", headers={"Accept": "application/json"}).json["result"]
    one = next(c for c in answer if c["worker"] == carer)
    assert one["ok"] and any("does not work at that hour" in c for c in one["cons"]) and any("does not serve in" in c for c in one["cons"])
