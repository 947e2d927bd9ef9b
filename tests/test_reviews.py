"""What clients say of finished visits: once, for seven days; low ones are looked into; and visits that a supervisor draws."""

from __future__ import annotations

import html
import re
import threading

import pytest

from app.extensions import db
from app.models.order import Order
from app.web import links
from tests import harness
from tests.acting import as_program
from tests.delivering import deliver
from tests.people import text
from tests.screens import until
from tests.test_channels import booking_page

CLOSES = "UPDATE review SET editable_until = now() - interval '1 minute' WHERE id = %s"
FINISHED = (
    "SELECT v.id, v.order_id, v.worker_id FROM visit v JOIN staff s ON s.id = v.owner_id LEFT JOIN review r ON r.visit_id = v.id "
    "WHERE v.tenant_id = 2 AND v.state = 'finished' AND s.username = 'bj-agent' AND r.id IS NULL "
    "AND v.store_id = (SELECT store_id FROM staff WHERE username = 'bj-manager') "
    "AND NOT EXISTS (SELECT 1 FROM review q WHERE q.order_id = v.order_id) ORDER BY v.id DESC"
)


def finished(app, truth, nth: int = 0) -> dict:
    """A finished visit of the agent's that nobody has reviewed: its id, its order's, its carer's, and the family's link."""
    visit, order, worker = truth(FINISHED)[nth]
    with app.app_context():
        with as_program(db.session):
            link = links.link_to("customer", db.session.get(Order, order))
        db.session.remove()
    return {"visit": visit, "order": order, "worker": worker, "c": link, "rate": f"{link}/rate/{visit}"}


def flat(person, url: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(text(person, url)))


@pytest.mark.feature("EVA-01", "EVA-02")
@pytest.mark.usefixtures("fresh_db")
def test_a_client_scores_a_finished_visit_and_the_order_shows_it(app, client, api, truth):
    there, family, agent = finished(app, truth), client(lang="en"), client("bj-agent", "en")
    assert f"{there['rate']}" in family.look(there["c"]).text
    asked = family.look(there["rate"]).text
    assert "How was this visit?" in asked and "Punctuality" in asked and "Tidiness" in asked
    first = re.search(r'name="(d\d+)"', asked).group(1)
    assert family.post_form(there["rate"], score="6").status_code == 400, "no sixth star"
    assert family.post_form(there["rate"]).status_code == 400
    assert family.post_form(there["rate"], score="4", said="准时，菜很香", **{first: "5"}).status_code == 302
    assert "★★★★☆" in family.get(there["c"]).text
    review, = api("bj-agent").get("/api/v1/review/", visit=there["visit"])["result"]
    assert (review["score"], review["message"], review["source"]) == (4, "准时，菜很香", "client")
    assert truth("SELECT d.name_en, s.score FROM review_score s JOIN review_dimension d ON d.id = s.dimension_id "
                 "WHERE review_id = %s", review["id"]) == [("Punctuality", 5)]  # fmt: skip
    assert "准时，菜很香" in text(agent, f"/review/list?order={there['order']}")
    deliver(app)
    assert truth('SELECT rating FROM "order" WHERE id = %s', there["order"]) == [(4,)]
    assert 'aria-label="4 of 5 stars"' in text(agent, f"/order/show/{there['order']}")
    refused = api("bj-agent").put(f"/api/v1/order/{there['order']}", {"rating": 1}, 400)
    assert "review" in refused["message"], "one truth"


@pytest.mark.feature("EVA-02")
@pytest.mark.usefixtures("fresh_db")
def test_a_review_is_open_for_seven_days_and_then_stands_on_every_way(app, client, api, truth):
    there, family, person = finished(app, truth), client(lang="en"), client("bj-agent", "en")
    family.look(there["rate"])
    assert family.post_form(there["rate"], score="3", said="还行").status_code == 302
    pk, lasts = truth("SELECT id, editable_until - created_at FROM review WHERE visit_id = %s", there["visit"])[0]
    assert lasts.days == 7
    assert family.post_form(there["rate"], score="5", said="想了想，很好").status_code == 302
    desk = api("bj-agent")
    one, other = (pk for (pk,) in truth("SELECT id FROM review_dimension WHERE tenant_id = 2 ORDER BY id LIMIT 2"))
    assert desk.put(f"/api/v1/review/{pk}", {"score": 4})["result"]["score"] == 4
    score = desk.post("/api/v1/review_score/", {"review": pk, "dimension": one, "score": 4}, 201)["result"]["id"]
    truth(CLOSES, pk)
    assert "This one stands" in family.get(there["rate"]).text
    assert family.post_form(there["rate"], score="1", said="x").status_code == 400
    assert "7 days" in desk.put(f"/api/v1/review/{pk}", {"score": 1}, 400)["message"]
    assert "7 days" in desk.put(f"/api/v1/review/{pk}", {"message": "x"}, 400)["message"]
    assert "7 days" in desk.put(f"/api/v1/review_score/{score}", {"score": 1}, 400)["message"]
    desk.delete(f"/api/v1/review_score/{score}", 400)
    desk.post("/api/v1/review_score/", {"review": pk, "dimension": other, "score": 1}, 400)
    version = re.search(r'name="version" value="(\d+)"', person.look(f"/review/edit/{pk}").text).group(1)
    assert person.post_form(f"/review/edit/{pk}", version=version, score="1").status_code == 400
    assert truth("SELECT score, message FROM review WHERE id = %s", pk) == [(4, "想了想，很好")]
    assert truth("SELECT score FROM review_score WHERE review_id = %s", pk) == [(4,)]


@pytest.mark.feature("EVA-02")
@pytest.mark.usefixtures("fresh_db")
def test_an_agent_enters_one_on_behalf_and_only_for_a_finished_visit(app, api, truth):
    there, desk = finished(app, truth), api("bj-agent")
    made = desk.post("/api/v1/review/", {"visit": there["visit"], "score": 5, "message": "电话里说都好"}, 201)["result"]
    assert (made["source"], made["order"]["id"], made["worker"]["id"]) == ("phone", there["order"], there["worker"])
    again = desk.post("/api/v1/review/", {"visit": there["visit"], "score": 1}, 409)
    assert "review already" in again["message"]
    ((ahead,),) = truth(
        "SELECT v.id FROM visit v JOIN staff s ON s.id = v.owner_id WHERE v.state <> 'finished' AND s.username = 'bj-agent' LIMIT 1"
    )
    assert "finished" in desk.post("/api/v1/review/", {"visit": ahead, "score": 5}, 409)["message"]
    api("bj-finance").post("/api/v1/review/", {"visit": there["visit"], "score": 5}, 403)
    api("sh-agent").get(f"/api/v1/review/{made['id']}", 404)
    other = finished(app, truth)
    family = app.test_client()
    assert family.get(f"{there['c']}/rate/{other['visit']}").status_code == 404, "no visit of another order"


@pytest.mark.feature("EVA-02")
@pytest.mark.usefixtures("fresh_db")
def test_twenty_forms_at_once_are_one_review(app, client, truth):
    there = finished(app, truth)
    phones = [client() for _each in range(20)]
    for phone in phones:
        phone.look(there["rate"])
    codes: list[int] = []

    def send(phone) -> None:
        codes.append(phone.post_form(there["rate"], score="1", said="没来").status_code)

    threads = [threading.Thread(target=send, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [302] * 20
    assert truth("SELECT count(*), min(score) FROM review WHERE visit_id = %s", there["visit"]) == [(1, 1)]
    deliver(app)
    assert truth("SELECT count(*) FROM complaint WHERE order_id = %s AND kind = 'low_score'", there["order"]) == [(1,)]


@pytest.mark.feature("EVA-04")
@pytest.mark.usefixtures("fresh_db")
def test_a_low_score_opens_one_investigation_and_tells_the_manager(app, client, api, truth):
    there, family, manager = finished(app, truth), client(lang="zh"), client("bj-manager", "en")
    family.look(there["rate"])
    for score, said in (("3", "一般"), ("2", "晚到四十分钟"), ("5", "按错了"), ("1", "还是不满意")):
        assert family.post_form(there["rate"], score=score, said=said).status_code == 302
        deliver(app)
    found, = api("bj-manager").get("/api/v1/complaint/", order=there["order"], kind="low_score")["result"]
    assert "晚到四十分钟" in found["said"] and found["worker"]["id"] == there["worker"]
    (role, due), = truth(
        "SELECT s.roles, c.due_at > c.created_at FROM complaint c JOIN staff s ON s.id = c.owner_id WHERE c.id = %s", found["id"]
    )
    assert "manager" in role and due
    told = truth("SELECT DISTINCT s.username FROM message m JOIN staff s ON s.id = m.staff_id WHERE m.event = 'complaint.low_score'")
    assert ("bj-manager",) in told
    assert "Low score" in flat(manager, "/bell/")
    page = flat(manager, f"/complaint/show/{found['id']}")
    assert "Low score" in page and "★★" in page and "/review/show/" in page
    second = finished(app, truth)
    shop = truth("SELECT store_id FROM visit WHERE id = %s", second["visit"])[0][0]
    api("bj-admin").put(f"/api/v1/store/{shop}", {"low_score": 3})
    other = client()
    other.look(second["rate"])
    assert other.post_form(second["rate"], score="3").status_code == 302
    deliver(app)
    assert len(api("bj-manager").get("/api/v1/complaint/", order=second["order"], kind="low_score")["result"]) == 1


@pytest.mark.feature("EVA-03")
@pytest.mark.usefixtures("fresh_db")
def test_a_carers_page_shows_dimensions_trend_and_the_last_words(app, client, api, truth):
    there, family = finished(app, truth), client()
    dims = re.findall(r'name="(d\d+)" value="5"', family.look(there["rate"]).text)
    assert family.post_form(there["rate"], score="2", said="地没拖干净", **dict.fromkeys(dims, "2")).status_code == 302
    worker, manager = there["worker"], client("bj-manager", "en")
    mean, count = truth("SELECT round(avg(score), 1), count(*) FROM review WHERE worker_id = %s AND store_id = "
                        "(SELECT store_id FROM staff WHERE username = 'bj-manager')", worker)[0]  # fmt: skip
    page = flat(manager, f"/worker/reviews/{worker}?page=1")
    assert f"★ {mean}" in page and f"of {count} reviews" in page and "地没拖干净" in page
    for row in ("Punctuality", "Attitude", "Tidiness"):
        assert row in page
    assert f'data-part="/worker/reviews/{worker}"' in manager.get(f"/worker/show/{worker}").text
    trend = manager.get(f"/worker/trend/{worker}").get_json()
    assert trend["kind"] == "line" and trend["rows"]
    month = trend["rows"][-1]
    assert manager.get(month["url"]).status_code == 200 and 1 <= month["value"] <= 5
    hidden = flat(client("bj-finance", "en"), f"/worker/reviews/{worker}?page=1")
    assert "地没拖干净" not in hidden and "Punctuality" not in hidden and "★" not in hidden
    assert client("bj-finance").get(f"/worker/trend/{worker}").status_code == 403
    assert client("sh-admin").get(f"/worker/reviews/{worker}").status_code == 404


@pytest.mark.feature("EVA-08")
@pytest.mark.usefixtures("fresh_db")
def test_a_supervisor_draws_a_part_of_the_finished_visits_and_returns_one(app, client, api, truth):
    manager, count = client("bj-manager", "en"), "SELECT count(*) FROM service_audit WHERE tenant_id = 2"
    assert "10" in manager.look("/audits/").text
    pool = truth(
        "SELECT count(*) FROM visit WHERE tenant_id = 2 AND state = 'finished' AND finished_at > now() - interval '400 days' "
        "AND store_id = (SELECT store_id FROM staff WHERE username = 'bj-manager')"
    )[0][0]
    before = truth(count)[0][0]
    begin, end = truth("SELECT (now() - interval '400 days')::date::text, (now() + interval '1 day')::date::text")[0]
    days = {"from": begin, "until": end}
    assert manager.post_form("/audits/draw", percent="10", **days).status_code == 302
    drawn = truth(count)[0][0] - before
    assert drawn == -(-pool // 10), "ten per cent, rounded up"
    assert manager.post_form("/audits/draw", percent="0", **days).status_code == 400
    assert manager.post_form("/audits/draw", percent="100", **days).status_code == 302
    assert manager.post_form("/audits/draw", percent="100", **days).status_code == 400, "nothing is left"
    assert truth("SELECT count(*) - count(DISTINCT visit_id) FROM service_audit") == [(0,)]
    assert client("bj-agent").get("/audits/").status_code == 403
    mine = truth(
        "SELECT a.id FROM service_audit a JOIN staff s ON s.id = a.owner_id WHERE s.username = 'bj-agent' AND a.state = 'drawn' ORDER BY 1"
    )
    (back,), (good,) = mine[:2]
    desk = api("bj-manager")
    desk.post(f"/api/v1/service_audit/{back}/send_back", {"note": "签到照片缺门牌"})
    assert desk.post(f"/api/v1/service_audit/{good}/pass_it")["result"]["state"] == "passed"
    api("bj-agent").post(f"/api/v1/service_audit/{back}/pass_it", None, 403)
    deliver(app)
    told = truth("SELECT s.username, m.text FROM message m JOIN staff s ON s.id = m.staff_id WHERE m.event = 'service_audit.send_back'")
    assert len(told) == 1 and told[0][0] == "bj-agent" and "签到照片缺门牌" in told[0][1]
    listed = text(client("bj-agent", "en"), "/service_audit/list?state.in=drawn,returned&size=200")
    assert "签到照片缺门牌" in listed and f"/service_audit/show/{good}" not in listed
    visit = truth("SELECT visit_id FROM service_audit WHERE id = %s", good)[0][0]
    desk.post("/api/v1/service_audit/", {"visit": visit}, 409)


@pytest.mark.feature("EVA-09")
@pytest.mark.usefixtures("fresh_db")
def test_anybody_with_the_stores_link_reads_prices_and_what_they_include(client, api, truth):
    url = booking_page(client("bj-agent"), truth)
    guest, admin = client(), api("bj-admin")
    service = truth("SELECT id, name, name_en, price, cost FROM service WHERE tenant_id = 2 AND code = 'BJ'")[0]
    shop = truth("SELECT id FROM store WHERE code = 'BJ01'")[0][0]
    truth("DELETE FROM store_price WHERE service_id = %s", service[0])
    admin.put(f"/api/v1/service/{service[0]}", {"price": "47.30", "cost": "31.19"})
    assert f"{url}/prices" in guest.get(url).text
    english, chinese = flat(guest, f"{url}/prices?lang=en"), flat(guest, f"{url}/prices?lang=zh")
    steps = truth("SELECT wording, wording_en FROM service_step s JOIN service_kind k ON k.id = s.kind_id "
                  "WHERE k.tenant_id = 2 AND k.code = 'cleaning'")  # fmt: skip
    assert steps and all(en in english and zh in chinese for zh, en in steps)
    assert service[2] in english and service[1] in chinese and "¥47.30" in english
    assert "31.19" not in english + chinese, "no cost of ours"
    option = truth("SELECT name_en FROM service_option WHERE tenant_id = 2 AND active LIMIT 1")[0][0]
    assert option in english
    admin.post("/api/v1/store_price/", {"shop": shop, "service": service[0], "price": "52.60"}, 201)
    assert "¥52.60" in guest.get(f"{url}/prices").text, "the store's own price"
    admin.put(f"/api/v1/service/{service[0]}", {"active": False})
    assert f'id="service-{service[0]}"' not in guest.get(f"{url}/prices").text
    assert guest.get(f"{url}x/prices").status_code == 404


@pytest.mark.feature("EVA-01", "EVA-04")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_on_a_phone_two_stars_become_an_investigation(page, app, database, lang):
    asked = harness.asking(database)
    there = finished(app, asked, 3)
    phone = page(None, lang, 360, 740)
    phone.goto(there["c"])
    phone.click(f"#review-{there['visit']} a.btn")
    phone.wait_for_url("**/rate/*")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    stars = phone.locator(".rate-stars").first.locator("label")
    box = stars.nth(1).bounding_box()
    assert box["width"] >= 44 and box["height"] >= 44, "for a thumb"
    stars.nth(1).click()
    words = f"迟到半小时 {lang}"
    phone.fill("textarea[name=said]", words)
    phone.click(".ph-bar button")
    phone.wait_for_url(lambda url: "/rate/" not in url)
    phone.wait_for_selector(f"#review-{there['visit']} .stars")
    assert "★★☆☆☆" in phone.inner_text(f"#review-{there['visit']}")
    until(phone, lambda: asked("SELECT count(*) FROM complaint WHERE order_id = %s", there["order"])[0][0] == 1, 20)
    desk = page("bj-manager", lang, 360, 740)
    desk.goto(f"/complaint/list?kind=low_score&order={there['order']}")
    desk.click("main a[href*='/complaint/show/'] >> nth=0")
    desk.wait_for_url("**/complaint/show/*")
    seen = desk.inner_text("main")
    assert words in seen and ("低评分" if lang == "zh" else "Low score") in seen
    assert desk.evaluate("document.documentElement.scrollWidth") <= 360
