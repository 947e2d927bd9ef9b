"""The stories of the first seed in a real browser: the terms, the amount that is added once, the part that is shared."""

from __future__ import annotations

import io
from datetime import timedelta

import psycopg
import pytest
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from app.engine.clock import today
from app.models.contract import Contract
from app.models.customer import Customer

FORGED = """async ([url, body]) => {
  const token = document.querySelector('meta[name=csrf-token]').content;
  const answer = await fetch(url, {method: 'POST', body: new URLSearchParams({csrf_token: token, ...body})});
  return answer.status;
}"""


@pytest.fixture
def ask(live):
    """What is really in the database of the running program."""

    def one(sql: str, *values):
        with psycopg.connect(live.database.superuser_url, autocommit=True) as boss:
            answer = boss.execute(sql, values)
            return answer.fetchall() if answer.description else []

    return one


@pytest.fixture
def matrix(page):
    """``matrix("contract", "finance", "terms", "0")``: the administrator's click, and what stood there before is put back."""
    admin, before = page("bj-admin", "zh"), []

    def click(table: str, role: str, target: str, value: str) -> None:
        admin.goto(f"/rights/?model={table}")
        cell = admin.locator(f'select[name="cell:{role}:{target}"]')
        before.append((table, role, target, cell.get_attribute("data-was") or ("0" if ":" in target else "")))
        cell.select_option(value)
        admin.click("form.jh-matrix .btn-primary")
        admin.wait_for_load_state()
        assert admin.locator(f'select[name="cell:{role}:{target}"]').get_attribute("data-was") == value

    yield click
    for table, role, target, value in reversed(before.copy()):
        click(table, role, target, value)


def book(rows) -> bytes:
    file = io.BytesIO()
    with Workbook(file) as made:
        sheet = made.add_worksheet()
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
    return file.getvalue()


def rows_of(data: bytes) -> list:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def inputs(page) -> set[str]:
    """The fields of a form that can be filled in."""
    page.wait_for_load_state()
    names = {e.get_attribute("name") for e in page.locator("form [name]").all()}
    return names & (set(Contract.__fields__) | set(Customer.__fields__))


@pytest.mark.feature("PER-04")
def test_a_click_on_the_matrix_hides_and_shows_the_terms_to_finance(page, matrix, ask):
    ((pk, terms),) = ask("SELECT id, terms FROM contract WHERE tenant_id = 2 AND state = 'active' ORDER BY id LIMIT 1")
    finance = page("bj-finance", "zh")
    finance.goto(f"/contract/show/{pk}")
    assert terms in finance.content()
    matrix("contract", "finance", "terms", "0")
    finance.reload()
    assert terms not in finance.content()
    assert "24" in finance.content() or "¥" in finance.content(), "the amounts are still there"
    matrix("contract", "finance", "terms", "2")
    finance.reload()
    assert terms in finance.content()


@pytest.mark.feature("PER-05")
@pytest.mark.feature("PER-06")
@pytest.mark.feature("PER-07")
def test_finance_adds_an_amount_once_and_never_changes_it(page, matrix, ask, api, forgiven):
    """By page, by interface and by import; every other field is as the administrator set it, and one click changes that."""
    forgiven += ["403"]
    agent = api("bj-agent")
    customer, service = (agent.get(f"/api/v1/{t}/", size=1)["result"][0]["id"] for t in ("customer", "service"))
    made = agent.post("/api/v1/contract/", {"customer": customer, "service": service, "monthly": "3000.00", "terms": "每周两次"})["result"]
    edit, kept = f"/contract/edit/{made['id']}", lambda: str(ask("SELECT total FROM contract WHERE id = %s", made["id"])[0][0])
    finance = page("bj-finance", "zh")
    finance.goto(edit)
    assert inputs(finance) == {"total", "hour_price"}, "the monthly price is there already, the rest is not finance's"
    finance.fill("[name=total]", "36000")
    finance.click("main form [type=submit], form .btn-primary")
    finance.wait_for_url(f"**/contract/show/{made['id']}")
    assert kept() == "36000.00"
    finance.goto(edit)
    assert inputs(finance) == {"hour_price"}, "filled in once"
    for value in ("1.00", ""):
        assert finance.evaluate(FORGED, [edit, {"total": value}]) == 403
    caller = api("bj-finance")
    for body in ({"total": "1.00"}, {"total": None}, {"monthly": "1.00"}, {"ends_on": "2030-01-01"}, {"terms": "x"}):
        caller.put(f"/api/v1/contract/{made['id']}", body, 403)
    assert finance.goto("/contract/import").status == 403
    for verb in ("can:import", "can:add"):
        matrix("contract", "finance", verb, "4")
    rows = rows_of(finance.request.get("/contract/export.xlsx").body())
    head, mine = rows[0], next(r for r in rows[1:] if made["number"] in r)
    mine = [1.0 if cell == 36000 else cell for cell in mine]
    assert 1.0 in mine
    finance.goto("/contract/import")
    file = {"name": "back.xlsx", "mimeType": "application/octet-stream", "buffer": book([head, mine])}
    forgiven += ["422"]
    finance.set_input_files("input[type=file]", file)
    with finance.expect_response(lambda r: r.url.endswith("/contract/import") and r.request.method == "POST") as answer:
        finance.click("form:has(input[type=file]) [type=submit], form:has(input[type=file]) .btn-primary")
    assert answer.value.status == 422
    assert kept() == "36000.00"
    assert ask("SELECT count(*) FROM contract WHERE total = 1") == [(0,)]
    matrix("contract", "finance", "signed_on", "4")
    finance.goto(edit)
    assert inputs(finance) == {"signed_on", "hour_price"}
    matrix("contract", "finance", "signed_on", "")
    finance.goto(edit)
    assert inputs(finance) == {"hour_price"}


@pytest.mark.feature("CUS-08")
@pytest.mark.feature("PER-10")
@pytest.mark.feature("PRV-07")
def test_a_part_of_a_customer_is_shared_until_a_day_and_nothing_else_goes_along(page, matrix, ask, api, forgiven):
    """The colleague finds it under what was shared, changes it alone, and meets the rest by no way; withdrawn, it is gone."""
    forgiven += ["404", "403"]
    matrix("customer", "agent", "can:export", "4")
    ((pk, name, address),) = ask(
        "SELECT c.id, c.name, c.address FROM customer c JOIN staff s ON s.id = c.owner_id WHERE s.username = 'bj-agent' "
        "AND c.phone IS NOT NULL AND c.address IS NOT NULL AND c.name NOT IN "
        "(SELECT m.name FROM customer m JOIN staff t ON t.id = m.owner_id WHERE t.username = 'bj-agent2') ORDER BY c.id DESC LIMIT 1"
    )
    ((helper, called),) = ask("SELECT id, name FROM staff WHERE username = 'bj-agent2'")
    phone = api("bj-agent").get(f"/api/v1/customer/{pk}")["result"]["phone"]
    mine, colleague, caller = page("bj-agent", "zh"), page("bj-agent2", "zh"), api("bj-agent2")
    assert colleague.goto(f"/customer/show/{pk}").status == 404
    mine.goto(f"/customer/show/{pk}#shares")
    mine.select_option(".share-form [name=to]", str(helper))
    mine.check('.share-form [name=targets][value="internal"]')
    mine.select_option(".share-form [name=level]", "write")
    mine.fill(".share-form [name=until]", str(today() + timedelta(days=3)))
    mine.click(".share-form .btn-primary")
    mine.wait_for_url("**#shares")
    mine.locator(".rpane .files li", has_text=called).wait_for()
    colleague.goto("/shared/")
    colleague.click(f'a[href^="/customer/show/{pk}#"]')
    colleague.wait_for_url(f"**/customer/show/{pk}*")
    seen = [colleague.content()]
    colleague.goto(f"/customer/edit/{pk}")
    assert inputs(colleague) == {"remark"}
    colleague.fill("[name=remark]", "下午三点后再打电话")
    colleague.click("main form [type=submit], form .btn-primary")
    colleague.wait_for_url(f"**/customer/show/{pk}")
    assert ask("SELECT remark FROM customer WHERE id = %s", pk) == [("下午三点后再打电话",)]
    assert colleague.evaluate(FORGED, [f"/customer/edit/{pk}", {"diet": "x"}]) == 403
    caller.put(f"/api/v1/customer/{pk}", {"diet": "x"}, 403)
    answer = caller.get(f"/api/v1/customer/{pk}")["result"]
    assert set(answer) == {"id", "version", "remark"}
    sheet = rows_of(colleague.request.get("/customer/export.xlsx").body())
    cells = {str(c) for r in sheet for c in r}
    assert len(sheet) - 1 == caller.get("/api/v1/customer/")["count"], "the shared row goes out as well"
    for url in (f"/customer/show/{pk}", "/customer/list?size=200", "/shared/"):
        colleague.goto(url)
        seen.append(colleague.content())
    found = colleague.request.get("/search", params={"q": name}, headers={"Accept": "application/json"}).json()
    assert f"/customer/show/{pk}" not in str(found["groups"])
    for hidden in (name, address, phone):
        assert not [t for t in seen if hidden in t], hidden
        assert hidden not in cells
    mine.locator(".rpane .files li", has_text=called).get_by_role("button").click()
    mine.wait_for_load_state()
    assert colleague.goto(f"/customer/show/{pk}").status == 404
    caller.get(f"/api/v1/customer/{pk}", 404)
    colleague.goto("/shared/")
    assert f"/customer/show/{pk}" not in colleague.content()
