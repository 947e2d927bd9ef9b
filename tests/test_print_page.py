"""Prints on screens: the editor with its preview, the button on a record, rows of a list; in both languages, on a desk and a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests import harness
from tests.axe import barriers
from tests.e2e.test_chain import fits
from tests.prints import texts
from tests.screens import until


@pytest.fixture
def truth(database):
    return harness.asking(database)


@pytest.fixture
def visit(truth):
    return truth("SELECT v.id, v.number FROM visit v JOIN staff s ON s.username = 'bj-dispatch' WHERE v.store_id = s.store_id LIMIT 1")[0]


@pytest.mark.feature("BOOK-04")
@pytest.mark.parametrize(("lang", "width", "height"), [("zh", 1366, 768), ("en", 360, 740)])
def test_a_template_is_written_beside_its_preview_and_printed(page, client, forgiven, visit, lang, width, height):  # noqa: PLR0917
    forgiven.append("422")  # what is refused while it is being written
    boss = page("bj-admin", lang, width, height)
    boss.goto("/prints/")
    fits(boss)
    assert barriers(boss) == []
    boss.locator("a[href='/prints/visit/slip-a4']").first.click()
    boss.wait_for_url("**/prints/visit/slip-a4")
    until(boss, lambda: "/draft/" in (boss.get_attribute("[data-view]", "src") or ""))
    fits(boss)
    assert barriers(boss) == []
    first = boss.get_attribute("[data-view]", "src")
    boss.locator("textarea[name=body]").focus()
    boss.locator("textarea[name=body]").press("Control+Home")
    boss.select_option("[data-put]", "{{ print.company }}")
    assert boss.input_value("textarea[name=body]").startswith("{{ print.company }}<table")
    until(boss, lambda: boss.get_attribute("[data-view]", "src") != first)
    boss.fill("textarea[name=body]", "{{ nothing }}")
    expect(boss.locator("[data-wrong]")).to_contain_text("nothing")
    assert "1" in boss.inner_text("[data-wrong]")
    boss.fill("textarea[name=body]", "<h1>Mine {{ number }}</h1>")
    expect(boss.locator("[data-wrong]")).to_be_hidden()
    boss.locator(".list-foot .btn-primary").click()
    boss.wait_for_selector(".jh-toast")
    data = client("bj-dispatch").get(f"/visit/print/{visit[0]}/slip-a4").get_data()
    assert texts(data) == [f"Mine{visit[1]}"]
    boss.locator("form[action$='/restore'] button").click()
    boss.locator("dialog[open] .btn-primary, dialog[open] .btn-danger, dialog[open] button[value=yes]").first.click()
    until(boss, lambda: "派工单" in boss.input_value("textarea[name=body]"))
    data = client("bj-dispatch").get(f"/visit/print/{visit[0]}/slip-a4").get_data()
    assert "派工单" in texts(data)[0]
    trail = client("bj-admin", "en").get("/trail/").text
    assert "changed a print template" in trail and "Mine {{ number }}" in trail


@pytest.mark.feature("BOOK-04")
@pytest.mark.parametrize(("lang", "width", "height"), [("zh", 1366, 768), ("en", 360, 740)])
def test_the_button_on_a_record_and_on_chosen_rows(page, visit, lang, width, height):
    person = page("bj-dispatch", lang, width, height)
    person.goto(f"/visit/show/{visit[0]}")
    person.locator(f"a[href='/visit/print/{visit[0]}']").click()
    person.wait_for_url(f"**/visit/print/{visit[0]}")
    fits(person)
    assert barriers(person) == []
    assert person.locator(".prn-side a").count() >= 4
    person.locator(".prn-side a").nth(2).click()
    until(person, lambda: person.locator("a[target=_blank]").first.get_attribute("href") == f"/visit/print/{visit[0]}/slip-roll")
    if width < 900:
        return
    person.goto("/visit/list")
    for n in range(3):
        person.locator("input[name=ids]").nth(n).check()
    with person.expect_navigation():
        person.locator("#bulk button[formaction^='/visit/print']").click()
    assert "/print/many/" in person.url
    expect(person.locator(".jh-head")).to_contain_text("3")
    fits(person)


def test_templates_are_copied_put_away_and_made_the_default(client, truth, visit):
    admin, person = client("bj-admin", "en"), client("bj-dispatch", "en")
    admin.look("/prints/")
    there = admin.post_form("/prints/visit/slip-roll/copy").headers["Location"]
    code = there.rpartition("/")[2]
    assert "Dispatch slip, 80 mm 2" in admin.get(there).text
    assert admin.post_form(f"/prints/visit/{code}/first").status_code == 302
    assert f'src="/visit/print/{visit[0]}/{code}#' in person.get(f"/visit/print/{visit[0]}").text
    assert truth("SELECT count(*) FROM print_template WHERE tenant_id = 2 AND model = 'Visit' AND first")[0][0] == 1
    assert admin.post_form(f"/prints/visit/{code}/archive").status_code == 302
    assert f"/{code}" not in person.get(f"/visit/print/{visit[0]}").text
    assert person.get(f"/visit/print/{visit[0]}/{code}").status_code == 404
    assert admin.post_form("/prints/visit/slip-a4/first").status_code == 302
    assert admin.post_form("/prints/visit/card/archive").status_code == 400
    assert admin.post_form(f"/prints/visit/{code}/restore").status_code == 404
    for url in ("/prints/", "/prints/visit/slip-a4"):
        assert person.get(url).status_code == 403
    person.look("/")
    for what in ("copy", "archive", "first", "restore"):
        assert person.post_form(f"/prints/visit/slip-a4/{what}").status_code == 403
    assert "slip-a4" in client("sh-admin").get("/prints/").text, "another company has the shipped ones"
    assert code not in client("sh-admin").get("/prints/").text


def test_a_page_costs_no_query_more_for_its_print_button(client, count_queries, visit):
    person = client("bj-dispatch")
    person.get(f"/visit/print/{visit[0]}")
    with count_queries() as asked:
        assert person.get(f"/visit/print/{visit[0]}").status_code == 200
    assert asked.count <= 7, list(asked)
