"""Rows of children on their parent's form: added, changed and removed in one save, all or nothing, by page and by REST."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests import harness
from tests.e2e.test_chain import fits
from tests.harness import PASSWORD


@pytest.fixture
def truth(database):
    return harness.asking(database)


def prices(truth, store: int) -> dict[int, str]:
    return {service: str(price) for service, price in truth("SELECT service_id, price FROM store_price WHERE shop_id = %s", store)}


@pytest.fixture
def store(api, truth):
    """A store of its own, without a price."""
    (number,) = truth("SELECT coalesce(max(id), 0) + 1 FROM store")[0]
    return api("bj-admin").post("/api/v1/store/", {"code": f"L{number}", "name": f"Lines {number}"}, 201)["id"]


@pytest.fixture
def sold(truth):
    return [pk for (pk,) in truth("SELECT id FROM service WHERE tenant_id = 2 ORDER BY id LIMIT 4")]


def line(row: str, **cells) -> dict[str, str]:
    return {f"line:store_price:{row}:{name}": str(value) for name, value in cells.items()}


@pytest.mark.feature("CLI-02")
def test_rows_are_added_changed_and_removed_in_one_save(client, truth, store, sold):
    admin = client("bj-admin", "en")
    url = f"/store/edit/{store}"
    form = admin.look(url).text
    assert 'data-grid="store_price"' in form
    sent = {"name": "One save"} | line("new1", service=sold[0], price="10.50") | line("new2", service=sold[1], price="20")
    assert admin.post_form(url, **sent, **line("new3", service="", price="")).status_code == 302, "an empty row is no row"
    assert prices(truth, store) == {sold[0]: "10.50", sold[1]: "20.00"}
    assert truth("SELECT name FROM store WHERE id = %s", store) == [("One save",)]
    assert f'href="/store/edit/{store}#lines-store_price"' in admin.get(f"/store/show/{store}").text
    first, second = [pk for (pk,) in truth("SELECT id FROM store_price WHERE shop_id = %s ORDER BY id", store)]
    form = admin.look(url).text
    assert f'name="line:store_price:{first}:price"' in form
    # The first goes, another takes its service at once, and the second changes.
    sent = line(first, __remove=1, version=1) | line(second, price="21", version=1) | line("new1", service=sold[0], price="11")
    assert admin.post_form(url, **sent).status_code == 302
    assert prices(truth, store) == {sold[0]: "11.00", sold[1]: "21.00"}
    entries = truth("SELECT action FROM audit_entry WHERE model = 'StorePrice' AND record_id = ANY(%s) ORDER BY id", [first, second])
    assert [a for (a,) in entries] == ["create", "create", "delete", "update"]


@pytest.mark.feature("CLI-02")
def test_what_is_wrong_is_told_by_cell_and_nothing_is_saved_or_lost(client, truth, store, sold):
    admin = client("bj-admin", "en")
    url = f"/store/edit/{store}"
    admin.look(url)
    sent = {"name": "Not yet"} | line("new1", service=sold[0], price="ten") | line("new2", service=sold[1], price="7")
    sent |= line("new5", service="", price="5")
    answer = admin.post_form(url, **sent)
    assert answer.status_code == 422
    page = answer.text
    assert 'href="#l-store_price-new1-price"' in page
    assert 'id="e-l-store_price-new5-service"' in page
    assert 'value="ten"' in page
    assert re.search(r'name="line:store_price:new2:price" [^>]*value="7"', page)
    assert 'value="Not yet"' in page
    assert prices(truth, store) == {}
    # What only the database knows is told at its row, and takes all others with it.
    sent = {"name": "Not yet"} | line("new1", service=sold[0], price="1") | line("new2", service=sold[0], price="2")
    answer = admin.post_form(url, **sent)
    assert answer.status_code == 422
    assert "already has a price" in answer.text
    assert re.search(r'name="line:store_price:new2:price" [^>]*value="2"', answer.text)
    assert prices(truth, store) == {}
    assert truth("SELECT name FROM store WHERE id = %s", store) != [("Not yet",)]


def test_a_new_record_comes_with_its_rows(client, truth, sold):
    admin = client("bj-admin", "en")
    admin.look("/store/add")
    sent = {"code": "LNEW", "name": "With rows"} | line("new1", service=sold[2], price="3")
    assert admin.post_form("/store/add", **(sent | line("new1", price="x"))).status_code == 422
    assert truth("SELECT count(*) FROM store WHERE code = 'LNEW'") == [(0,)]
    assert admin.post_form("/store/add", **sent).status_code == 302
    ((pk,),) = truth("SELECT id FROM store WHERE code = 'LNEW' AND tenant_id = 2")
    assert prices(truth, pk) == {sold[2]: "3.00"}
    answer = admin.post_form("/store/add", **(sent | {"name": "Twice"}))
    assert answer.status_code == 409, "the code is taken"
    assert 'value="Twice"' in answer.text
    more = admin.post_form("/store/add", code="L?", name="Half", __more="store_price")
    assert more.status_code == 200, "without scripts a row is asked for"
    assert "line:store_price:new-0:service" in more.text
    assert 'value="Half"' in more.text
    assert truth("SELECT count(*) FROM store WHERE code = 'L?'") == [(0,)]


def test_rows_follow_the_rights_of_each_child(client, api, truth, store, sold):
    admin = api("bj-admin")
    admin.put(f"/api/v1/store/{store}", {"lines": {"store_price": [{"service": sold[0], "price": "5"}]}})
    ((pk, version),) = truth("SELECT id, version FROM store_price WHERE shop_id = %s", store)
    for who in ("bj-agent", "bj-manager", "bj-finance"):
        api(who).put(f"/api/v1/store/{store}", {"lines": {"store_price": [{"id": pk, "price": "1"}]}}, 403)
        api(who).put(f"/api/v1/store/{store}", {"lines": {"store_price": [{"id": pk, "remove": True}]}}, 403)
        api(who).put(f"/api/v1/store/{store}", {"lines": {"store_price": [{"service": sold[1], "price": "1"}]}}, 403)
    admin.put(f"/api/v1/store/{store}", {"lines": {"receipt": [{"amount": "1"}]}}, 403)
    admin.put(f"/api/v1/store/{store}", {"lines": {"store_price": [{"id": pk, "tenant_id": 3}]}}, 403)
    other = admin.post("/api/v1/store/", {"code": f"O{store}", "name": "外店"}, 201)["id"]
    gone = admin.call("PUT", f"/api/v1/store/{other}", 422, json={"lines": {"store_price": [{"id": pk, "remove": True}]}})
    assert list(gone["fields"]) == [f"line:store_price:{pk}:"], "a row of another parent"
    wrong = {"lines": {"store_price": [{"service": sold[1], "price": "x"}, {"price": "2"}]}}
    told = admin.call("PUT", f"/api/v1/store/{store}", 422, json=wrong)["fields"]
    assert set(told) == {"line:store_price:new0:price", "line:store_price:new1:service"}
    late = {"lines": {"store_price": [{"id": pk, "price": "9", "version": version}]}}
    admin.put(f"/api/v1/store/{store}", late)
    late["lines"]["store_price"][0]["price"] = "8"
    lost = admin.call("PUT", f"/api/v1/store/{store}", 422, json=late)["fields"]
    assert "9.00" in lost[f"line:store_price:{pk}:"], "the second writer sees what stands there"
    assert prices(truth, store) == {sold[0]: "9.00"}
    for bad in ([], {"store_price": {}}, {"store_price": ["x"]}):
        admin.call("PUT", f"/api/v1/store/{store}", 400, json={"lines": bad or "x"})
    schema = admin.get("/api/v1/openapi.json")["components"]["schemas"]["StoreSent"]["properties"]["lines"]["properties"]
    assert set(schema["store_price"]["items"]["properties"]) >= {"id", "remove", "service", "price"}
    assert "lines" not in api("bj-agent").get("/api/v1/openapi.json")["components"]["schemas"]["StoreSent"]["properties"]


@pytest.mark.feature("CLI-02")
@pytest.mark.parametrize(("lang", "width", "height"), [("zh", 1366, 768), ("en", 360, 740)])
def test_a_grid_in_the_browser(page, truth, store, sold, forgiven, lang, width, height):  # noqa: PLR0917
    forgiven.append("422")
    admin = page("bj-admin", lang, width, height)
    admin.goto(f"/store/edit/{store}")
    grid = admin.locator("[data-grid=store_price]")
    rows = grid.locator("tbody tr")
    row = rows.nth(0)
    grid.locator("[data-add-row]").click()  # its first field asks at once
    admin.locator(".ts-dropdown-content .option").first.click()
    grid.locator("[data-add-row]").click()
    expect(rows).to_have_count(2)
    expect(admin.locator(".ts-dropdown-content .option:visible").first).to_be_visible()
    admin.keyboard.press("Escape")
    row.locator("input[name$=':price']").fill("12,5")
    rows.nth(1).locator("input[name$=':price']").fill("4")
    fits(admin)
    save = admin.locator("button.btn-primary:visible", has_text="Save" if lang == "en" else "保存").first
    rows.nth(1).evaluate("(one) => one.querySelectorAll('[required]').forEach((input) => input.removeAttribute('required'))")
    save.click()
    admin.wait_for_selector(".f-err")  # the second row says no service
    expect(rows).to_have_count(2)
    assert rows.nth(0).locator("input[name$=':price']").input_value() == "12,5"
    rows.nth(1).locator("[data-remove]").click()
    expect(rows).to_have_count(1)
    rows.nth(0).locator("input[name$=':price']").fill("12.5")
    save.click()
    admin.wait_for_url("**/store/show/*")
    assert list(prices(truth, store).values()) == ["12.50"]
    admin.goto(f"/store/edit/{store}")
    row = rows.nth(0)
    row.locator("[data-remove]").check()
    assert "gone" in row.get_attribute("class")
    save.click()
    admin.wait_for_url("**/store/show/*")
    assert prices(truth, store) == {}


def test_what_the_database_forbids_is_said_on_the_form_and_nothing_typed_is_lost(app, truth):
    """Of somebody who never chose a language here the server asks the database which one to say it in: after the refused writing."""
    ((pk, version),) = truth("SELECT id, version FROM consent WHERE tenant_id = 2 AND withdrawn_at IS NULL ORDER BY id LIMIT 1")
    truth("UPDATE staff SET language = 'en' WHERE username = 'bj-admin' RETURNING id")
    boss = app.test_client()
    assert boss.login("bj-admin", PASSWORD).status_code == 302
    boss.look("/consent/list")
    answer = boss.post_form(f"/consent/edit/{pk}", withdrawn_at="2001-01-01T09:00", remark="kept as typed", version=str(version))
    assert answer.status_code == 409
    assert "A consent is withdrawn after it was given, not before." in answer.text
    assert "kept as typed" in answer.text and "2001-01-01T09:00" in answer.text
    assert truth("SELECT withdrawn_at FROM consent WHERE id = %s", pk) == [(None,)]
