"""Layouts: what a role's forms and pages show, and where; an administrator's choice, kept as data, below the rights."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from werkzeug.datastructures import MultiDict

from tests import harness
from tests.axe import barriers
from tests.e2e.test_chain import fits

URL = "/layouts/customer"


@pytest.fixture
def truth(database):
    return harness.asking(database)


def inputs(person, url: str = "/customer/add") -> list[str]:
    return re.findall(r'id="f-(\w+)"', person.get(url).text)


def lay(admin, role: str, sections: list[tuple[str, list[str]]], hidden: list[str]):
    """Send the form of the page as a browser does."""
    admin.look(URL)
    sent = [("csrf_token", admin.token), ("role", role), *(("s", key) for key, _names in sections)]
    sent += [("f", n) for _key, names in sections for n in names] + [("f", n) for n in hidden]
    sent += [(f"in:{n}", key) for key, names in sections for n in names] + [(f"in:{n}", "") for n in hidden]
    return admin.post(URL, data=MultiDict(sent))


@pytest.fixture
def admin(client):
    person = client("bj-admin", "en")
    yield person
    person.look(URL)
    for role in ("agent", "finance", "manager"):
        person.post_form(URL, role=role, reset="1")


@pytest.mark.feature("CLI-02")
def test_a_role_has_its_own_order_and_sees_no_hidden_field(admin, client, truth):
    agent, manager = client("bj-agent", "en"), client("bj-manager", "en")
    before = inputs(manager)
    sections = [("attention", ["source", "level", "attention"]), ("name", ["phone", "name", "city"])]
    assert lay(admin, "agent", sections, ["pinyin", "diet", "habits"]).status_code == 302
    mine = inputs(agent)
    assert mine[:3] == ["source", "level", "attention"]
    assert mine.index("phone") < mine.index("name") < mine.index("city") < mine.index("birthday"), "what is not said follows"
    assert not {"diet", "habits"} & set(mine)
    assert inputs(manager) == before, "of another role nothing changes"
    pk = truth_first(truth)
    page = agent.get(f"/customer/show/{pk}").text
    assert ">Diet<" not in page
    assert page.index(">Source<") < page.index(">Name<")
    trail = admin.get("/trail/").text
    assert "changed a layout" in trail
    assert "−Diet" in trail


def truth_first(truth) -> int:
    return truth("SELECT min(id) FROM customer WHERE owner_id = (SELECT id FROM staff WHERE username = 'bj-agent')")[0][0]


def test_a_layout_gives_no_right_and_takes_none(admin, client, api, truth):
    pk = truth_first(truth)
    lay(admin, "finance", [("name", ["name", "remark", "id_number", "phone"])], ["source"])
    finance = client("bj-finance", "en")
    assert not inputs_of(finance, pk)
    page = finance.get(f"/customer/show/{pk}").text
    assert ">Remark<" not in page, "internal is not finance's"
    assert ">Source<" not in page
    assert "source" in api("bj-finance").get(f"/api/v1/customer/{pk}")["result"], "only the page is cleared"
    number = api("bj-finance").get(f"/api/v1/customer/{pk}")["result"].get("phone") or "*"
    assert "*" in number


def inputs_of(person, pk) -> set[str]:
    """What may be typed into."""
    found = re.findall(r'(?:input|select|textarea)[^>]* name="(\w+)"', person.get(f"/customer/edit/{pk}").text)
    return {"name", "remark", "phone"} & set(found)


def test_what_is_needed_cannot_be_hidden_and_only_administrators_may(admin, client):
    answer = lay(admin, "agent", [("attention", ["level"])], ["name"])
    assert answer.status_code == 400
    assert "needed" in answer.text
    assert lay(admin, "nobody", [("name", ["name"])], []).status_code == 400
    assert lay(admin, "agent", [("name", ["name", "tenant_id", "nothing"])], []).status_code == 302, "what is no field is left out"
    assert "tenant_id" not in admin.get(f"{URL}?role=agent").text
    for who in ("bj-agent", "bj-manager", "bj-finance"):
        person = client(who)
        person.look("/")
        assert person.get(URL).status_code == 403
        assert person.post_form(URL, role="agent", s="name").status_code == 403
    assert admin.get("/layouts/grant").status_code == 404
    assert admin.get("/layouts/nothing").status_code == 404
    assert f'href="{URL}"' in admin.get("/rights/?model=customer").text


def test_a_button_moves_a_field_without_scripts_and_a_layout_ends(admin, client):
    agent = client("bj-agent", "en")
    before = inputs(agent)
    admin.look(URL)
    sent = {"role": "agent", "s": "name", "f": ["name", "gender"], "in:name": "name", "in:gender": "name", "up": "gender"}
    assert admin.post_form(URL, **sent).status_code == 302
    now = inputs(agent)
    assert now.index("gender") < now.index("name")
    assert admin.post_form(URL, role="agent", reset="1").status_code == 302
    assert inputs(agent) == before


def test_a_layout_costs_no_question(admin, client, count_queries, truth):
    agent, pk = client("bj-agent"), truth_first(truth)
    url = f"/customer/edit/{pk}"
    agent.get(url)
    with count_queries() as before:
        agent.get(url)
    lay(admin, "agent", [("attention", ["source"])], ["diet"])
    agent.get(url)
    with count_queries() as after:
        agent.get(url)
    assert after.count == before.count


@pytest.mark.feature("CLI-02")
@pytest.mark.parametrize(("lang", "width", "height"), [("zh", 1366, 768), ("en", 360, 740)])
def test_the_screen_of_layouts(page, admin, client, lang, width, height):  # noqa: PLR0917
    boss = page("bj-admin", lang, width, height)
    boss.goto("/rights/?model=customer")
    boss.locator(f"a[href='{URL}']").click()
    boss.wait_for_url(f"**{URL}")
    with boss.expect_navigation():
        boss.select_option("select[name=role]", "agent")
    fits(boss)
    assert barriers(boss) == []
    boss.select_option("select[name='in:diet']", "")
    expect(boss.locator("section[data-key=''] li[data-field=diet]")).to_be_visible()
    gender = boss.locator("li[data-field=gender]")
    gender.locator("[data-move='-1']").click()
    assert boss.locator("section[data-key=name] li").first.get_attribute("data-field") == "gender"
    for _section in range(2):  # past what the next order goes by, and past habits
        boss.locator("section[data-key=attention] [data-move-section='-1']").click()
    boss.locator(".lay-foot .btn-primary").click()
    boss.wait_for_selector(".jh-toast")
    mine = inputs(client("bj-agent"))
    assert "diet" not in mine
    assert mine.index("gender") < mine.index("name")
    assert mine.index("level") < mine.index("habits")
