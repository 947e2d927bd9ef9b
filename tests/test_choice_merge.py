"""Two choices that are one: tried, merged in one deed, taken back; refused where the one that goes is still named."""

from __future__ import annotations

import re

import pytest

from tests import harness
from tests.screens import until
from tests.shaping import deed, dialect
from tests.test_import import client  # noqa: F401  # in the language that is asked for

LOW = pytest.mark.feature("LOW-02", "LOW-04")
URL = "/custom/customer/merge/level"


@pytest.fixture
def truth(fresh_db):
    return harness.asking(fresh_db)


@pytest.fixture
def admin(fresh_db, client):  # noqa: F811
    made = client("bj-admin", "en")
    made.look("/")
    return made


def merged(person, url=URL, **sent):
    person.look("/")
    return person.post_form(url, **sent)


def levels(truth, tenant=2) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for pk, code in truth("SELECT id, level FROM customer WHERE tenant_id = %s", tenant):
        found.setdefault(code, set()).add(pk)
    return found


@LOW
def test_a_built_in_choice_is_tried_merged_and_taken_back_where_nobody_touched_it(admin, api, truth):
    before, theirs = levels(truth), levels(truth, 3)
    assert before["one_off"] and before["past"]
    page = admin.get(f"{URL}?old=one_off&new=past").text
    tried = re.search(r"data-tried.*?<p>(.*?)</p>", page, re.DOTALL)[1]
    assert tried.startswith(f"{len(before['one_off'])} records change")
    assert levels(truth) == before, "nothing was written"
    answer = merged(admin, old="one_off", new="past")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    after = levels(truth)
    assert "one_off" not in after and after["past"] == before["past"] | before["one_off"]
    assert levels(truth, 3) == theirs, "each company has its own"
    form = admin.get("/customer/add").text
    assert 'value="past"' in form and 'value="one_off"' not in form, "it is offered no more"
    one, other = sorted(before["one_off"])[:2]
    trail = admin.get(f"/customer/show/{one}").text
    assert "One-off" in trail or "one_off" in trail
    assert truth("SELECT reason FROM audit_entry WHERE model = 'Customer' AND record_id = %s ORDER BY id DESC LIMIT 1", one) == [
        ("merge of choices",)
    ]
    told = truth("SELECT changes->'merged' FROM audit_entry WHERE model = 'CustomField' AND tenant_id = 2 ORDER BY id DESC LIMIT 1")[0][0]
    assert len(told) == 2
    api("bj-admin").put(f"/api/v1/customer/{other}", {"level": "vip"})
    page = admin.get(answer.location).text
    undo = re.search(r'action="(/task/\d+/undo)"', page)[1]
    admin.look(answer.location)
    done = admin.post_form(undo)
    assert done.status_code == 302
    now = levels(truth)
    assert now["one_off"] == before["one_off"] - {other}
    assert now["past"] == before["past"]
    assert other in now["vip"], "what somebody changed since stays"
    assert "data-conflict" in admin.get(done.location).text
    assert 'value="one_off"' in admin.get("/customer/add").text
    admin.look(answer.location)
    assert admin.post_form(undo).status_code == 409, "once"


@LOW
def test_locked_rows_and_lists_of_ones_own_merge_too_and_a_roll_back_brings_the_rows_along(admin, api, truth):
    name = dialect(admin, section="name", kind="tags")
    boss = api("bj-admin")
    rows = boss.get("/api/v1/worker/", size=3, sort="id")["result"]
    for row, value in zip(rows, (["cantonese", "mandarin"], ["sichuanese", "mandarin"], ["mandarin"]), strict=True):
        boss.put(f"/api/v1/worker/{row['id']}", {name: value})
    ask, of = f"SELECT extra->'{name}' FROM worker WHERE id = ANY(%s) ORDER BY id", [r["id"] for r in rows]
    held = lambda: [r[0] for r in truth(ask, of)]  # noqa: E731
    before = held()
    answer = merged(admin, f"/custom/worker/merge/{name}", old="cantonese", new="mandarin")
    assert answer.status_code == 302
    assert held() == [["mandarin"], ["sichuanese", "mandarin"], ["mandarin"]], "no tag stands there twice"
    assert "Cantonese" not in re.findall(r"<option[^>]*>([^<]*)</option>", admin.get("/worker/add").text)
    page = admin.get(f"/custom/worker/{name[2:]}").text
    assert "Merged" in page
    entry = re.search(r'data-entry="(\d+)"', page)[1]
    assert deed(admin, name, "back", entry=entry).status_code == 302
    assert held() == before
    assert "Cantonese" in admin.get("/worker/add").text


@LOW
def test_it_is_refused_where_the_choice_is_named_and_says_where(admin, client, api, truth):  # noqa: F811
    agent = client("bj-agent", "en")
    agent.look("/customer/list")
    assert agent.post_form("/views/add", table="customer", name="Once only", question="level.in=vip,one_off").status_code == 302
    agent.look("/order/list")
    linked = "where=(customer.level.eq.one_off)"
    assert agent.post_form("/views/add", table="order", name="Behind a link", question=linked).status_code == 302
    assert agent.post_form("/views/add", table="order", name="Another one", question="where=(customer.level.eq.vip)").status_code == 302
    admin.look("/rights/?model=customer")
    assert admin.post_form("/rights/", model="customer", **{"cell:agent:reach": "own?level=one_off"}).status_code in (302, 400)
    page = admin.get(f"{URL}?old=one_off&new=past").text
    for words in ("Once only", "Behind a link", "(Order)"):
        assert words in page, words
    assert "Another one" not in page
    assert 'method="post" data-confirm="Merge' not in page
    answer = merged(admin, old="one_off", new="past")
    assert answer.status_code == 400
    assert "Once only" in answer.get_data(as_text=True)
    assert levels(truth)["one_off"]
    assert "begins with" in admin.get(f"{URL}?old=ordinary&new=past").text, "new customers begin with it"
    for old, new in (("one_off", "one_off"), ("one_off", "nothing"), ("nothing", "vip")):
        assert merged(admin, old=old, new=new).status_code == 400
    assert merged(admin, "/custom/customer/merge/name", old="a", new="b").status_code == 404
    for who in ("bj-agent", "bj-manager", "bj-finance"):
        person = client(who, "en")
        assert person.get(URL).status_code == 403
        assert merged(person, old="one_off", new="past").status_code == 403


def test_rules_of_fields_layouts_rights_tiles_and_prints_that_name_it_are_found(app):
    from app.engine.naming import asks, conditional, printed
    from app.models.customer import Customer

    for kind, question, found in (
        ("customer", "level=vip", True), ("customer", "level.in=past,vip", True), ("customer", "level=past", False),
        ("customer", "source=vip", False), ("order", "customer.level=vip", True), ("order", "customer.level.ne=vip", True),
        ("order", "owner.level=vip", False), ("Customer", "where=or(level.eq.vip,name.ct.x)", True), ("order", "level=vip", False),
        ("customer", "where=(((", False),
    ):  # fmt: skip
        assert asks(kind, question, Customer, "level", "vip") is found, (kind, question)
    for kind, text, found in (
        ("Customer", '=level = "vip"', True), ("Customer", '=level in ("past", "vip") and name != ""', True),
        ("Customer", '=level = "past"', False), ("Customer", '=name = "vip"', False), ("Order", '=level = "vip"', False),
        ("Customer", "level.eq.vip", True), ("Customer", "level.eq.past", False),
    ):  # fmt: skip
        assert conditional(kind, text, Customer, "level", "vip") is found, text
    assert printed('{% if customer.level == "VIP" %}x{% endif %}', "level", {"vip", "VIP"})
    assert not printed('{% if customer.name == "VIP" %}{{ level }}{% endif %}', "level", {"vip", "VIP"})


@LOW
def test_an_administrator_merges_in_the_browser(page, kept, forgiven):
    look = page("bj-admin", "zh", 1366, 768)
    look.goto("/custom/customer/choices/source")
    look.get_by_role("link", name=re.compile("合并|Merge")).click()
    look.locator("select[name=old]").wait_for()
    codes = look.locator("select[name=old] option").evaluate_all("all => all.map(o => o.value).filter(Boolean)")
    spare = [c for c in codes if c != "phone"]
    look.select_option("select[name=old]", spare[-1])
    look.select_option("select[name=new]", spare[0])
    look.locator("form[method=get] .btn").click()
    number = int(re.search(r"\d+", look.locator("[data-tried] p").first.inner_text())[0])
    assert number == kept("SELECT count(*) FROM customer WHERE tenant_id = 2 AND source = %s", spare[-1])[0][0]
    look.locator("[data-tried] .btn-primary").click()
    look.locator("dialog .btn-primary").click()
    look.locator("[data-undo]").wait_for()
    assert kept("SELECT count(*) FROM customer WHERE tenant_id = 2 AND source = %s", spare[-1])[0][0] == 0
    look.locator("[data-undo]").click()
    until(look, lambda: kept("SELECT count(*) FROM customer WHERE tenant_id = 2 AND source = %s", spare[-1])[0][0] == number)
