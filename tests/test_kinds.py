"""Kinds of service as data: an administrator adds 'elder escort' with own fields, price and stages, and it is ordered."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.engine.clock import now
from tests import harness
from tests.shaping import add
from tests.test_prices import WELL, monday, number_of

ESCORT = {"code": "escort", "name": "陪诊", "name_en": "Elder escort", "tint": "pause", "skills": "elder", "papers": "health",
          "active": "1", "base_minutes": "240"}  # fmt: skip
STAGES = {
    "line:kind_stage:new1:name": "与医院核对挂号", "line:kind_stage:new1:name_en": "Check the appointment",
    "line:kind_stage:new1:before": "assign", "line:kind_stage:new1:active": "1", "line:kind_stage:new1:position": "1",
    "line:kind_stage:new2:name": "家属确认轮椅", "line:kind_stage:new2:name_en": "Wheelchair agreed",
    "line:kind_stage:new2:before": "start", "line:kind_stage:new2:shown": "Quantity > 3", "line:kind_stage:new2:active": "1",
    "line:kind_stage:new2:position": "2",
    "line:service_step:new1:wording": "提前十分钟到家门口", "line:service_step:new1:wording_en": "Ten minutes early at the door",
    "line:service_step:new2:wording": "陪同取药并拍照", "line:service_step:new2:position": "2", "line:service_step:new2:photo": "1",
}  # fmt: skip


def escort(admin) -> str:
    """The administrator makes the kind, an item of it, a price rule and a field of its own, all through pages. Returns the field's code."""
    admin.look("/service_kind/add")
    made = admin.post_form("/service_kind/add", **ESCORT, **STAGES)
    assert made.status_code == 302, made.get_data(as_text=True)[:3000]
    admin.look("/service/add")
    sent = {"code": "PZ", "name": "陪诊", "name_en": "Elder escort", "category": "escort", "unit": "hour", "skill": "elder",
            "minutes": "60", "price": "80", "cost": "50", "active": "1"}  # fmt: skip
    assert admin.post_form("/service/add", **sent).status_code == 302
    admin.look("/price_rule/add")
    rule = {"name": "超过 4 小时", "name_en": "Above 4 hours", "way": "each", "amount": "-10", "measured": "hours", "over": "4",
            "kind": "escort", "days": "any", "priority": "10", "active": "1"}  # fmt: skip
    assert admin.post_form("/price_rule/add", **rule).status_code == 302
    shown = {"when": "kind", "when_how": "eq", "when_value": "escort", "section": "customer"}
    return add(admin, "order", label="就诊医院", label_en="Hospital", required="1", **shown)


@pytest.mark.feature("ORD-21")
@pytest.mark.feature("ORD-06")
def test_an_administrator_adds_a_kind_with_fields_price_and_stages_and_it_is_ordered(client, api, truth):
    name = escort(client("bj-admin", "zh"))
    agent, dispatcher, caller = api("bj-agent"), api("bj-dispatch"), client("bj-agent", "en")
    customer, service = number_of(truth, "customer", "name = '王秀兰'"), number_of(truth, "service", "code = 'PZ'")
    typed = {"service": service, "quantity": "5", "starts_at": monday()}
    told = caller.get("/order/price", query_string=typed).json
    assert (told["kind"], told["total"], told["suggested"]) == ("escort", "¥390.00", "4")
    sent = {"customer": customer, **typed}
    agent.post("/api/v1/order/", sent, 422)
    made = agent.post("/api/v1/order/", sent | {name: "协和医院"})["result"]
    assert (made["kind"], made["amount"], made[name]) == ("escort", "390.00", "协和医院")
    cleaning = number_of(truth, "service", "code = 'BJ'")
    agent.post("/api/v1/order/", sent | {"service": cleaning, name: "协和医院"}, 422)
    page = caller.get("/order/list?kind=escort").text
    assert '<span class="st st-pause">Elder escort</span>' in page
    url = f"/api/v1/order/{made['id']}"
    worker = number_of(truth, "worker", WELL.format("elder"))
    refused = dispatcher.post(f"{url}/assign", {"worker": worker}, 409)
    assert "Check the appointment" in refused["message"]
    stages = caller.look(f"/order/stages/{made['id']}?page=1").text
    assert "Wheelchair agreed" in stages and "Ten minutes early at the door" in stages
    first = number_of(truth, "kind_stage", "name_en = 'Check the appointment'")
    assert caller.post_form(f"/order/stages/{made['id']}/{first}", said="挂到上午号").status_code == 302
    assert caller.post_form(f"/order/stages/{made['id']}/{first}").status_code == 409, "once"
    assert dispatcher.post(f"{url}/assign", {"worker": worker})["result"]


@pytest.mark.feature("ORD-06")
@pytest.mark.feature("ORD-07")
def test_a_stage_may_be_taken_out_and_an_order_goes_through_all_of_its_course(client, api, truth):
    """What the administrator edits holds at once; a run through every state skips none."""
    admin, agent, dispatcher, manager = client("bj-admin", "zh"), api("bj-agent"), api("bj-dispatch"), api("bj-manager")
    name = escort(admin)
    customer, service = number_of(truth, "customer", "name = '王秀兰'"), number_of(truth, "service", "code = 'PZ'")
    sent = {"customer": customer, "service": service, "quantity": "2", "starts_at": monday(), name: "x"}
    made = agent.post("/api/v1/order/", sent)["result"]
    url = f"/api/v1/order/{made['id']}"
    worker = number_of(truth, "worker", WELL.format("elder"))
    dispatcher.post(f"{url}/assign", {"worker": worker}, 409)
    first = number_of(truth, "kind_stage", "name_en = 'Check the appointment'")
    admin.look(f"/kind_stage/edit/{first}")
    (version,) = truth("SELECT version FROM kind_stage WHERE id = %s", first)[0]
    assert admin.post_form(f"/kind_stage/edit/{first}", version=version, active="0").status_code == 302
    visit = dispatcher.post(f"{url}/assign", {"worker": worker})["result"]
    visit_id = truth("SELECT id FROM visit WHERE order_id = %s", made["id"])[0][0]
    states = [truth('SELECT state FROM "order" WHERE id = %s', made["id"])[0][0]]
    for step in ("accept", "set_out", "check_in", "finish"):
        if step == "finish":
            dispatcher.post(f"/api/v1/visit/{visit_id}/check_in", status=409)
        dispatcher.post(f"/api/v1/visit/{visit_id}/{step}")
        states.append(truth('SELECT state FROM "order" WHERE id = %s', made["id"])[0][0])
    assert states == ["assigned", "assigned", "assigned", "under_way", "done"]
    manager.post(f"{url}/cancel", {"reason": "x"}, 409)
    assert visit


@pytest.mark.feature("ORD-18")
def test_the_standard_steps_stand_on_the_order_and_on_the_carers_page(client, api, truth, app):
    agent, dispatcher = api("bj-agent"), api("bj-dispatch")
    customer, service = number_of(truth, "customer", "name = '王秀兰'"), number_of(truth, "service", "code = 'BJ'")
    made = agent.post("/api/v1/order/", {"customer": customer, "service": service, "quantity": "2", "starts_at": monday()})["result"]
    assert "由里到外、由上到下清洁" in client("bj-agent", "zh").get(f"/order/stages/{made['id']}").text
    assert "Let the client look at it" in client("bj-agent", "en").get(f"/order/stages/{made['id']}").text
    worker = number_of(truth, "worker", WELL.format("cleaning"))
    dispatcher.post(f"/api/v1/order/{made['id']}/assign", {"worker": worker})
    visit = truth("SELECT id FROM visit WHERE order_id = %s", made["id"])[0][0]
    from types import SimpleNamespace

    from app.web.links import link_to

    with app.app_context():
        link = link_to("carer", SimpleNamespace(tenant_id=2, id=visit))
    carer = client()
    carer.look(link)
    assert "请客户验收" not in carer.get(link + "?lang=zh").text, "before it is accepted only what one decides by"
    assert carer.post_form(f"{link}/accept").status_code == 302
    page = carer.get(link + "?lang=zh").text
    assert ("请客户验收" in page and "需要拍照" in page) or "Photo needed" in page


@pytest.mark.feature("ORD-12")
def test_one_list_holds_all_kinds_each_with_its_badge(client, truth):
    page = client("bj-dispatch", "en").get("/order/list?sort=-id").text
    assert '<span class="st st-plan">Cleaning</span>' in page
    assert '<span class="st st-run">Care</span>' in page
    assert truth('SELECT count(*) FROM "order" WHERE kind IS NULL') == [(0,)]


@pytest.fixture
def kept_truth(database):
    ask = harness.asking(database)
    yield ask
    ask("UPDATE kind_stage SET active = false WHERE name = '核对挂号'")
    ask("UPDATE service SET active = false, unit = 'visit' WHERE code LIKE 'EC%%'")
    ask("DELETE FROM custom_field WHERE model IN ('Order', 'Service', 'PriceRule', 'ServiceOption')")
    ask("UPDATE stamp SET changes = changes + 1")


@pytest.mark.feature("ORD-21")
@pytest.mark.feature("BOOK-01")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_elder_escort_is_added_and_ordered_in_the_browser(page, kept_truth, lang):
    """The price follows what is typed; the own field shows as soon as the service is chosen."""
    code = f"ec_{lang}"
    word = {"zh": "陪诊服务", "en": "Escort at hospital"}[lang]
    boss = page("bj-admin", lang, 1366, 768)
    boss.goto("/service_kind/add")
    for field, value in {"code": code, "name": "陪诊服务", "name_en": "Escort at hospital"}.items():
        boss.fill(f"#f-{field}", value)
    boss.locator("#lines-kind_stage [data-add-row]").click()
    boss.locator("#lines-kind_stage tbody tr").last.locator("input[name$=':name']").fill("核对挂号")
    boss.keyboard.press("Control+Enter")
    boss.wait_for_url("**/service_kind/show/*")
    boss.goto("/service/add")
    named = {"zh": "陪诊甲", "en": "陪诊乙"}[lang]
    for field, value in {"code": f"EC{lang}", "name": named, "name_en": f"Escort {lang}", "price": "90"}.items():
        boss.fill(f"#f-{field}", value)
    boss.select_option("#f-category", code)
    boss.select_option("#f-unit", "hour")
    boss.keyboard.press("Control+Enter")
    boss.wait_for_url("**/service/show/*")
    boss.goto("/custom/order/add?section=customer")
    boss.fill("[name=label]", f"医院{lang}")
    boss.select_option("[name=when]", "kind")
    boss.fill("[name=when_value]", word)
    boss.locator("form[data-field-form] button.btn-primary").first.click()
    boss.wait_for_url("**/custom/order**")
    agent = page("bj-agent", lang, 1366, 768)
    service = kept_truth("SELECT id FROM service WHERE code = %s", f"EC{lang}")[0][0]
    customer = kept_truth("SELECT id FROM customer WHERE tenant_id = 2 AND name = '王秀兰'")[0][0]
    agent.goto(f"/order/add?customer={customer}")
    own = agent.locator(f".fld:has-text('医院{lang}')").first
    expect(own).to_be_hidden()
    agent.goto(f"/order/add?customer={customer}&service={service}")
    expect(agent.locator("#order-total")).to_contain_text("90")
    expect(agent.locator("#f-kind")).to_have_value(code)
    expect(own).to_be_visible()
    own.locator("input").fill("协和")
    agent.fill("#f-quantity", "3")
    expect(agent.locator("#order-total")).to_contain_text("270")
    agent.fill("#f-starts_at", f"{now():%Y}-12-30T09:00" if now().month < 12 else f"{now().year + 1}-01-20T09:00")
    agent.keyboard.press("Control+Enter")
    agent.wait_for_url("**/order/show/*")
    expect(agent.locator(".rec-left")).to_contain_text("协和")
