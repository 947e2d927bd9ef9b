"""Settings from head office: locked or free, edition by edition; the lock holds on every way; and who differs in what."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests import harness
from tests.axe import barriers
from tests.e2e.test_chain import fits
from tests.settings import KINDS, bare, export, held, lay, lines, shape_all, take, tick, upload
from tests.shaping import deed, dialect, send

STO = pytest.mark.feature("STO-01")


def publish(hq, *, locked: bool, slots=(), kinds=(), code: str = "", name: str = "集团标准"):
    hq.look(f"/settings/published/{code}" if code else "/settings/")
    more = {"code": code} if code else {}
    answer = tick(hq, "/settings/publish", slots, kinds, name=name, locked="1" if locked else "0", **more)
    assert answer.status_code == 302, answer.text[:900]
    return code or re.findall(r'href="/settings/published/(\w+)"', hq.look("/settings/").text)[0]


def theirs(truth, code: str, tenant: int) -> str:
    return f"x_{truth('SELECT id FROM custom_field WHERE tenant_id = %s AND code = %s', tenant, code)[0][0]}"


@pytest.fixture
def people(client, truth):
    """Head office, and two franchises, none of which has set up anything."""
    bare(truth)
    return client("hq", "en"), client("bj-admin", "en"), client("sh-admin", "en")


@STO
def test_what_head_office_locks_is_changed_by_nobody_else_on_any_way(people, client, api, truth):  # noqa: PLR0915
    hq, beijing, shanghai = people
    shape_all(hq, "2")  # nobody gives what he does not hold
    content = held(hq)
    publish(hq, locked=True, kinds=KINDS)
    for company in (beijing, shanghai):
        got = held(company)
        assert got == content
        page = company.get("/settings/").text
        assert "locked: head office changes it" in page
        assert page.count("head office: 集团标准") == sum(map(len, content.values()))
    name = theirs(truth, "dialect", 2)
    assert 'value="cantonese"' in client("bj-dispatch", "en").get("/worker/edit/" + str(
        truth("SELECT min(id) FROM worker w WHERE tenant_id = 2")[0][0])).text  # fmt: skip

    # By its page: fields, lists, layouts, templates, roles, the matrix, views.
    role = truth("SELECT id, code FROM own_role WHERE tenant_id = 2")[0]
    template = truth("SELECT code FROM print_template WHERE tenant_id = 2")[0][0]
    view = truth("SELECT id FROM saved_view WHERE tenant_id = 2")[0][0]
    told = ("Head office keeps", "集团标准")
    locked = (f"custom/worker/{name[2:]}", "custom/worker/choices/grade", "layouts/worker?role=dispatcher", f"prints/worker/{template}")
    for url in locked:
        assert all(words in beijing.get(f"/{url}").text for words in told), url
    rows = [("粤", "Canto", "bad", "cantonese", "")]
    wrong = send(beijing, f"/custom/worker/{name[2:]}", rows, label="乡音", kind="choice", group="basic")
    assert wrong.status_code == 403
    assert all(words in wrong.text for words in told)
    assert deed(beijing, theirs(truth, "accent", 2), "archive").status_code == 403
    assert send(beijing, "/custom/worker/choices/grade", [("一", "One", "", "new", "")]).status_code == 403
    assert lay(beijing, "dispatcher", [("name", ["name", "phone"])], []).status_code == 403
    beijing.look("/layouts/worker")
    assert beijing.post_form("/layouts/worker", role="dispatcher", reset="1").status_code == 403
    beijing.look(f"/prints/worker/{template}")
    assert beijing.post_form(f"/prints/worker/{template}/archive").status_code == 403
    assert beijing.post_form(f"/prints/worker/{template}/first").status_code == 403
    beijing.look("/roles/")
    assert beijing.post_form(f"/roles/{role[0]}/rename", name="改名").status_code == 403
    assert beijing.post_form(f"/roles/{role[0]}/archive").status_code == 403
    beijing.look("/rights/?model=worker")
    assert beijing.post_form("/rights/", model="worker", **{f"cell:{role[1]}:basic": "4"}).status_code == 403
    assert beijing.post_form(f"/views/{view}/delete").status_code == 403
    assert beijing.post_form(f"/views/{view}/change", name="改").status_code == 403
    # By the interface, by a package, and by taking back what head office did.
    boss = api("bj-admin")
    boss.call("PUT", f"/api/v1/views/{view}", 403, json={"name": "改"})
    changed = json.loads(export(beijing))
    changed["settings"]["fields"]["Worker.dialect"]["label_en"] = "Ours"
    changed["settings"]["lists"]["Worker.grade"]["choices"].pop()
    trial = upload(beijing, changed)
    assert {lines(trial)[s] for s in ("fields Worker.dialect", "lists Worker.grade")} == {"refused"}
    assert all(words in trial.text for words in told)
    boss.post("/api/v1/settings/import", {"package": changed}, 400)
    past = beijing.look("/settings/history").text
    assert "from head office · 集团标准" in past
    batch = re.search(r"/settings/batch/(\w+)/undo", past)[1]
    assert beijing.post_form(f"/settings/batch/{batch}/undo").status_code == 409
    assert held(beijing) == content

    # What is their own stays their own.
    assert send(beijing, "/custom/worker/add", label="车牌", label_en="Plate", kind="text", group="basic").status_code == 302
    assert dialect(beijing, label="另一种", label_en="Other") != name
    # Free again, all of it is theirs to change; and what was offered waits.
    code = re.findall(r'href="/settings/published/(\w+)"', hq.look("/settings/").text)[0]
    publish(hq, locked=False, slots=["fields Worker.dialect"], code=code)
    assert send(beijing, f"/custom/worker/{name[2:]}", rows, label="乡音", kind="choice", group="basic").status_code == 302


@STO
def test_a_later_edition_changes_what_is_locked_and_is_offered_where_it_is_free(people, truth):
    hq, beijing, shanghai = people
    mine = dialect(hq)
    own = dialect(shanghai)  # of the same key, before head office came
    choices = [(z, e, t, e.lower(), "") for z, e, t in (("粤语", "Cantonese", "bad"), ("四川话", "Sichuanese", ""))]
    send(shanghai, f"/custom/worker/{own[2:]}", choices, label="沪上方言", kind="choice", group="basic")
    code = publish(hq, locked=False, slots=["fields Worker.dialect"])
    assert held(beijing)["fields"]["Worker.dialect"]["label_en"] == "Dialect"
    before = held(shanghai)
    field = theirs(truth, "dialect", 2)
    page = hq.get(f"/settings/published/{code}").text
    assert "Edition 1" in page
    rows = dict(re.findall(r'<td class="first"><b>([^<]+)</b></td>(.*?)</tr>', page, re.DOTALL))
    assert len(rows) == 2
    assert sum("nothing" in r for r in rows.values()) >= 1

    # The franchise goes its own way; head office sees in what, and its next edition is only offered.
    own = {"label": "方言", "label_en": "Speech", "kind": "choice", "group": "basic"}
    assert send(beijing, f"/custom/worker/{field[2:]}", choices, **own).status_code == 302
    page = hq.get(f"/settings/published/{code}").text
    assert "<del>Speech</del>" in page
    assert "<ins>Dialect</ins>" in page
    more = [(z, e, t, e.lower(), "") for z, e, t in (("粤语", "Cantonese", "bad"), ("普通话", "Mandarin", "plan"))]
    send(hq, f"/custom/worker/{mine[2:]}", more, label="方言", label_en="Dialect", kind="choice", group="basic", help="家里讲的")
    assert "we changed it since" in hq.get(f"/settings/published/{code}").text
    publish(hq, locked=False, slots=["fields Worker.dialect"], code=code)
    assert held(beijing)["fields"]["Worker.dialect"]["label_en"] == "Speech"
    assert held(shanghai) == before
    page = hq.get(f"/settings/published/{code}").text
    assert "2 is offered" in page
    assert "Edition 2 is offered" in beijing.get("/settings/").text
    offer = beijing.look(f"/settings/offer/{code}")
    assert lines(offer) == {"fields Worker.dialect": "changed"}
    assert take(beijing, offer).status_code == 302
    got = held(beijing)["fields"]["Worker.dialect"]
    assert (got["label_en"], got["help"]) == ("Dialect", "家里讲的")
    assert "is offered" not in beijing.get("/settings/").text
    assert beijing.get(f"/settings/offer/{code}").status_code == 404
    assert re.search(r"2 ·\s+free", hq.get(f"/settings/published/{code}").text)
    # Records keep what they hold: the word of a choice that was dropped stays.
    kept = truth("SELECT choices FROM custom_field WHERE tenant_id = 2 AND code = 'dialect'")[0][0]
    assert {c["code"] for c in kept if c["archived"]} >= {"sichuanese"}

    # Locked, the next edition is in force everywhere at once.
    send(hq, f"/custom/worker/{mine[2:]}", more, label="方言", label_en="Native tongue", kind="choice", group="basic")
    publish(hq, locked=True, slots=["fields Worker.dialect"], code=code)
    for company in (beijing, shanghai):
        assert held(company)["fields"]["Worker.dialect"]["label_en"] == "Native tongue"
        assert "Native tongue" in company.get("/worker/add").text
    assert "Differs in" in hq.get(f"/settings/published/{code}").text
    assert hq.get(f"/settings/published/{code}").text.count("ti-check") >= 2


@STO
def test_what_cannot_go_to_a_franchise_is_told_to_head_office_and_locks_nothing(people, truth):
    hq, beijing, shanghai = people
    dialect(hq)
    dialect(beijing, label_en="Beijing speech")  # the same Chinese name under another key
    code = publish(hq, locked=True, kinds=["fields"])
    page = hq.get(f"/settings/published/{code}").text
    assert "There is a field of this name already." in page or "已" in page
    assert "not there" in page
    mine = theirs(truth, "beijing_speech", 2)
    assert send(beijing, f"/custom/worker/{mine[2:]}", label="口音", kind="choice", group="basic",
                rows=[("粤", "Canto", "", "cantonese", "")]).status_code == 302  # fmt: skip
    assert "fields" in held(shanghai)
    assert hq.post_form("/settings/publish", name="", locked="1").status_code == 400
    assert hq.post_form("/settings/publish", name="空", locked="1").status_code == 400


@STO
def test_head_offices_pages_are_head_offices_alone(people, client):
    hq, beijing, _shanghai = people
    dialect(hq)
    code = publish(hq, locked=True, kinds=["fields"])
    for user in ("bj-admin", "sh-admin", "bj-manager", "bj-agent"):
        person = client(user, "en")
        person.look("/settings/")
        assert person.get(f"/settings/published/{code}").status_code == 403, user
        assert person.post_form("/settings/publish", name="x", locked="1").status_code == 403, user
    assert beijing.get("/settings/offer/nothing").status_code == 404
    assert hq.get("/settings/published/nothing").status_code == 404
    page = beijing.get("/settings/").text
    assert "Publish, locked" not in page


@STO
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_head_office_publishes_in_a_browser_and_a_franchise_sees_the_lock(page, client, database, forgiven, lang):
    truth = harness.asking(database)
    forgiven.append("403")
    try:
        dialect(client("hq", lang))
        head = page("hq", lang, 1366, 768)
        head.goto("/settings/")
        head.locator("tr[data-setting='fields Worker.dialect'] input").check()
        head.fill("[name=name]", "集团标准")
        head.locator("button[formaction='/settings/publish'][value='1']").click()
        head.wait_for_selector(".jh-toast")
        head.locator("a[href^='/settings/published/']").first.click()
        head.wait_for_url("**/settings/published/*")
        fits(head)
        assert barriers(head) == []
        expect(head.locator("tbody .st-done")).to_have_count(2)
        boss = page("bj-admin", lang, 360, 740)
        boss.goto("/settings/")
        fits(boss)
        assert barriers(boss) == []
        expect(boss.get_by_text("集团标准").first).to_be_visible()
        boss.goto(f"/custom/worker/{theirs(truth, 'dialect', 2)[2:]}")
        expect(boss.locator(".note .ti-lock")).to_be_visible()
        boss.fill("#f-label_en", "Ours")
        boss.locator(".form-end .btn-primary").click()
        expect(boss.get_by_text("集团标准").first).to_be_visible()
        assert truth("SELECT label_en FROM custom_field WHERE tenant_id = 2") == [("Dialect",)]
    finally:
        for table in ("custom_field", "setting_change", "received_package", "publication"):
            truth(f"DELETE FROM {table}")
        truth("UPDATE stamp SET changes = changes + 1")
