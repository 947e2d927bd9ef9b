"""Settings as packages: out of one company and into another, tried first, all or nothing, taken back as one; and their history."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.axe import barriers
from tests.e2e.test_chain import fits
from tests.settings import BODY, KINDS, bare, export, held, lines, shape_all, take, tick, upload
from tests.shaping import dialect, send

LOW = pytest.mark.feature("LOW-02")


@pytest.fixture
def companies(client, truth):
    """The administrators of two companies, neither of which has set up anything."""
    bare(truth)
    return client("bj-admin", "en"), client("sh-admin", "en")


@LOW
@pytest.mark.feature("LOW-04")
def test_settings_go_from_one_company_to_another_and_back_out(companies, client, api, truth):  # noqa: PLR0915
    beijing, shanghai = companies
    # The other company has fields of its own before, so that no number is the same by chance.
    send(shanghai, "/custom/customer/add", label="会员卡", kind="text", group="basic")
    before = held(shanghai)
    name = shape_all(beijing)
    text = export(beijing)
    made = json.loads(text)
    assert set(made["settings"]) == set(KINDS)
    assert text == export(beijing), "the same settings are the same file"
    assert not re.search(r"x_\d|own-\d+\W(?!.*body)|\"id\"|tenant|actor|password", json.dumps({**made["settings"], "templates": {}}))
    assert made["settings"]["views"]["Worker.讲粤语的"]["question"].count("x[Worker.dialect]") == 1
    assert list(made["settings"]["roles"]) == ["trainer"]
    assert made["settings"]["layouts"].keys() == {"Worker.dispatcher", "Worker.dispatcher@phone", "Worker.+trainer"}
    phone = made["settings"]["layouts"]["Worker.dispatcher@phone"]
    assert "x[Worker.dialect]" in phone["rules"]["rating"]["shown"]
    assert [t["en"] for t in phone["tabs"]] == ["Who", "Work"]
    assert [t["title"] for t in made["settings"]["dashboards"]["方言"]["tiles"]] == ["粤语人数"]

    trial = upload(shanghai, text)
    assert trial.status_code == 200
    assert set(lines(trial).values()) == {"new"}, trial.text
    assert "Cantonese" in trial.text
    assert held(shanghai) == before, "a trial writes nothing"
    assert truth("SELECT count(*) FROM setting_change WHERE tenant_id = 3 AND reason = 'import'") == [(0,)]
    assert take(shanghai, trial).status_code == 302
    after = held(shanghai)
    assert {k: {key: after[k][key] for key in v} for k, v in made["settings"].items()} == made["settings"]

    # In force at the next click, by page and by interface, under the numbers of the company itself.
    here = "x_" + str(truth("SELECT id FROM custom_field WHERE tenant_id = 3 AND code = 'dialect'")[0][0])
    assert here != name
    assert 'value="cantonese"' in shanghai.get("/worker/add").text
    pk = truth("SELECT min(id) FROM worker WHERE tenant_id = 3")[0][0]
    assert api("sh-admin").put(f"/api/v1/worker/{pk}", {here: "cantonese"})["result"][here] == "cantonese"
    body = truth("SELECT body FROM print_template WHERE tenant_id = 3")[0][0]
    assert body == BODY % here
    view = truth("SELECT id, question, role FROM saved_view WHERE tenant_id = 3")[0]
    assert here in view[1]
    assert view[2] == truth("SELECT code FROM own_role WHERE tenant_id = 3")[0][0]
    truth("UPDATE staff SET roles = %s WHERE username = 'sh-agent'", [view[2]])
    trainer = client("sh-agent", "en")
    assert "粤语人数" in trainer.get("/statistics/", follow_redirects=True).text, "its role's dashboard opens first"
    assert truth("SELECT count(*) FROM layout_version WHERE tenant_id = 3 AND device = 'phone'") == [(2,)]  # published, with a way back
    assert trainer.get("/worker/list").status_code == 200
    assert f"/worker/show/{pk}" in trainer.get(f"/views/{view[0]}", follow_redirects=True).text
    assert [r["id"] for r in api("sh-agent").get("/api/v1/worker/")["result"]] == [pk], "the rows of a role go by the field"
    truth("UPDATE staff SET roles = '{agent}' WHERE username = 'sh-agent'")

    # Twice changes nothing.
    again = upload(shanghai, text)
    assert set(lines(again).values()) == {"same"}
    assert "Take in what is ticked" not in again.text
    assert api("sh-admin").post("/api/v1/settings/import", {"package": made})["changed"] == 0
    # One undo, and all is as it was; what records hold is kept.
    past = shanghai.look("/settings/history").text
    batch = re.search(r"/settings/batch/(\w+)/undo", past)[1]
    answer = shanghai.post_form(f"/settings/batch/{batch}/undo", follow=True)
    assert "These stay" not in answer.text, answer.text
    assert held(shanghai) == before
    assert truth("SELECT extra->>%s FROM worker WHERE id = %s", here, pk) == [("cantonese",)]
    assert shanghai.post_form(f"/settings/batch/{batch}/undo").status_code == 404, "only once"
    # The undo is a change like any other, and can be taken back.
    batch = re.search(r"/settings/batch/(\w+)/undo", shanghai.look("/settings/history").text)[1]
    shanghai.post_form(f"/settings/batch/{batch}/undo")
    assert held(shanghai) == after
    assert beijing.get("/settings/history").text.count("taken back") == 0, "each company has its own history"


@LOW
def test_a_trial_tells_what_differs_and_what_cannot_come_in(companies):
    beijing, shanghai = companies
    dialect(beijing)
    text = export(beijing, kinds=("fields",))
    made = json.loads(text)
    dialect(shanghai, label_en="Home speech")
    trial = upload(shanghai, text)
    assert list(lines(trial).values()) == ["refused"], "the same Chinese name under another key"
    assert "There is a field of this name already." in trial.text
    send(shanghai, "/custom/customer/add", label="籍贯", label_en="Origin", kind="text", group="basic")
    made["settings"]["fields"] = {
        "Customer.origin": {"label": "籍贯", "label_en": "Home town", "kind": "text", "group": "basic", "required": True},
        "Customer.bad": {"label": "坏", "kind": "formula", "group": "basic"},
        "Nothing.x": {"label": "无", "kind": "text", "group": "basic"},
        "Customer.odd": {"label": "怪", "kind": "text", "group": "basic", "id": 7},
        "Customer.lost": {"label": "丢", "kind": "text", "group": "basic", "shown": "x[Customer.gone].eq.1"},
    }
    made["settings"]["roles"] = {
        "boss": {"name": "老板", "name_en": "", "rights": {"Worker": {"reach": ["all"], "grants": {"nonsense": "write"}}}}
    }
    made["settings"]["templates"] = {"Worker.bad": {"name": "坏", "paper": "a4", "body": "{{ __class__ }}"}}
    made["settings"]["views"] = {"Order.mine": {"name": "我的客户", "audience": "all", "question": "where=(customer.eq.12)", "look": ""}}
    made["settings"]["layouts"] = {"Worker.agent": {"sections": [], "hidden": ["name"]}}
    trial = upload(shanghai, made)
    states = lines(trial)
    assert states.pop("fields Customer.origin") == "changed"
    assert set(states.values()) == {"refused"}, states
    assert "<del>Origin</del>" in trial.text
    assert "<ins>Home town</ins>" in trial.text
    for words in ("Choose one from the list", "There is no kind of record", "Customer.gone", "no other company knows", "needed"):
        assert words in trial.text, words
    # All or nothing: what fits waits for what does not.
    before = held(shanghai)
    answer = take(shanghai, trial, ["fields Customer.origin", "fields Customer.bad"])
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.text
    assert held(shanghai) == before
    trial = upload(shanghai, made)
    assert take(shanghai, trial).status_code == 302
    assert held(shanghai)["fields"]["Customer.origin"]["label_en"] == "Home town"


@LOW
@pytest.mark.parametrize(("sent", "words"), [
    (b"\x89PNG", "no package"), (b"[]", "no package"), (b'{"format": "other"}', "no package"), (b"[" * 90_000, "no package"),
    (b'{"format":"jiahe-settings","version":2,"settings":{}}', "another version"),
    (b'{"format":"jiahe-settings","version":1,"settings":{"scripts":{"x":{}}}}', "scripts"),
    (b'{"format":"jiahe-settings","version":1,"settings":{"fields":{"Worker.x":"y"}}}', "no package"),
    (b" " * 2_000_001, "too large"),
])  # fmt: skip
def test_what_is_no_package_is_refused_in_words(client, fresh_db, sent, words):
    answer = upload(client("sh-admin", "en"), sent)
    assert answer.status_code == 400
    assert words in answer.text


@LOW
def test_the_history_tells_each_change_and_takes_one_back(companies, client):
    boss = companies[0]
    name = shape_all(boss)
    page = boss.get("/settings/history").text
    assert page.count("data-change=") >= 8
    assert "Fields of one" in page
    for kind in KINDS:
        rows = re.findall(r'<tr data-change="(\d+)">', boss.get(f"/settings/history?kind={kind}").text)
        assert rows, kind
    assert client("sh-admin", "en").get("/settings/history").text.count("data-change=") == 0
    send(boss, f"/custom/worker/{name[2:]}", label="乡音", label_en="Home speech", kind="choice", group="basic",
         rows=[("粤语", "Cantonese", "bad", "cantonese", "")])  # fmt: skip
    newest = boss.look("/settings/history?kind=fields").text
    first = newest.split("<tr data-change=")[1]
    assert "<del>Dialect</del>" in first
    assert "<ins>Home speech</ins>" in first
    pk = re.match(r'"(\d+)"', first)[1]
    # Something newer on the same setting: the older one no longer fits.
    old = [n for n in re.findall(r'<tr data-change="(\d+)"', newest) if n != pk]
    assert boss.post_form(f"/settings/history/{pk}/undo").status_code == 302
    assert held(boss)["fields"]["Worker.dialect"]["label_en"] == "Dialect"
    assert boss.post_form(f"/settings/history/{pk}/undo").status_code == 404
    view = re.search(r'<tr data-change="(\d+)">', boss.look("/settings/history?kind=views").text)[1]
    assert boss.post_form(f"/settings/history/{view}/undo").status_code == 302
    assert "views" not in held(boss)
    assert old
    refused = boss.post_form(f"/settings/history/{old[-1]}/undo")
    assert refused.status_code == 409, "rights and templates go by this field, and it was changed since or cannot go"


@LOW
def test_an_undo_leaves_what_was_changed_since(companies):
    beijing, shanghai = companies
    shape_all(beijing)
    take(shanghai, upload(shanghai, export(beijing, kinds=("fields", "lists"))))
    pk = re.findall(r'data-field="(\d+)"', shanghai.get("/custom/worker").text)[-1]
    send(shanghai, f"/custom/worker/{pk}", label="口音轻重", label_en="Accent of ours", kind="whole", group="basic")
    batch = re.search(r"/settings/batch/(\w+)/undo", shanghai.look("/settings/history").text)[1]
    answer = shanghai.post_form(f"/settings/batch/{batch}/undo", follow=True)
    assert "Accent of ours" in answer.text or "Accent: it was changed since" in answer.text
    assert set(held(shanghai)["fields"]) == {"Worker.accent"}
    assert "lists" not in held(shanghai)


@LOW
def test_only_administrators_see_and_move_settings(companies, client, api, truth):
    beijing, _shanghai = companies
    dialect(beijing)
    package = json.loads(export(beijing))
    for user in ("bj-manager", "bj-agent", "bj-finance", "bj-dispatch", "bj-partner"):
        person = client(user, "en")
        person.look("/")
        for url in ("/settings/", "/settings/history", "/settings/published/x", "/settings/offer/x"):
            assert person.get(url).status_code == 403, url
        for url in ("export", "import", "import/do", "publish", "history/1/undo", "batch/x/undo", "offer/x"):
            assert person.post_form(f"/settings/{url}", name="x").status_code == 403, url
        api(user).get("/api/v1/settings/", 403)
        api(user).post("/api/v1/settings/import", {"package": package}, 403)
    assert "/settings/" not in client("bj-manager").get("/more/").text
    # Another company's changes and offers are not there.
    pk = truth("SELECT max(id) FROM setting_change WHERE tenant_id = 2")[0][0]
    other = client("sh-admin", "en")
    other.look("/settings/")
    assert other.post_form(f"/settings/history/{pk}/undo").status_code == 404
    assert other.post_form("/settings/publish", name="x", locked="1").status_code == 403
    assert beijing.post_form("/settings/publish", name="x", locked="1").status_code == 403


@LOW
def test_a_program_tries_and_takes_in_a_package(companies, api):
    beijing, _shanghai = companies
    dialect(beijing)
    made = api("bj-admin").get("/api/v1/settings/", kinds="fields")
    assert list(made["settings"]["fields"]) == ["Worker.dialect"]
    boss = api("sh-admin")
    told = boss.post("/api/v1/settings/import", {"package": made, "dry_run": True}, 200)
    assert [r["state"] for r in told["result"]] == ["new"]
    assert "fields" not in boss.get("/api/v1/settings/")["settings"]
    assert boss.post("/api/v1/settings/import", {"package": made, "only": []})["changed"] == 0
    assert boss.post("/api/v1/settings/import", {"package": made, "only": ["fields Worker.dialect"]})["changed"] == 1
    assert boss.get("/api/v1/settings/")["settings"]["fields"] == made["settings"]["fields"]
    made["settings"]["fields"]["Worker.dialect"]["kind"] = "formula"
    assert boss.post("/api/v1/settings/import", {"package": made, "dry_run": True}, 422)["result"][0]["why"]
    boss.post("/api/v1/settings/import", {"package": made}, 400)
    boss.post("/api/v1/settings/import", {"package": {"format": "x"}}, 400)
    assert "/api/v1/settings/import" in boss.get("/api/v1/openapi.json")["paths"]
    assert "/api/v1/settings/import" not in api("sh-agent").get("/api/v1/openapi.json")["paths"]


@LOW
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_package_is_taken_in_and_back_in_a_browser(page, client, tmp_path, database, lang):
    from tests import harness

    truth = harness.asking(database)
    try:
        dialect(client("bj-admin", lang))
        boss = page("bj-admin", lang, 1366, 768)
        boss.goto("/settings/")
        fits(boss)
        assert barriers(boss) == []
        boss.locator("tr[data-setting='fields Worker.dialect'] input").check()
        boss.fill("[name=name]", "方言包")
        with boss.expect_download() as got:
            boss.locator("form[action='/settings/export'] .btn-primary").click()
        file = tmp_path / "package.json"
        got.value.save_as(file)
        other = page("sh-admin", lang, 1366, 768)
        other.goto("/settings/")
        other.set_input_files("[name=file]", file)
        other.locator("form[action='/settings/import'] .btn-primary").click()
        row = other.locator("tr[data-setting='fields Worker.dialect']")
        expect(row).to_have_attribute("data-state", "new")
        expect(row.locator("input")).to_be_checked()
        fits(other)
        assert barriers(other) == []
        other.locator(".list-foot .btn-primary").click()
        other.wait_for_url("**/settings/history")
        expect(other.locator("tr[data-change]").first).to_contain_text("方言包")
        assert barriers(other) == []
        other.goto("/worker/add")
        expect(other.get_by_label("方言" if lang == "zh" else "Dialect", exact=True)).to_be_visible()
        other.goto("/settings/history")
        other.locator("tr[data-change] form button").first.click()
        other.wait_for_selector(".jh-toast")
        other.goto("/worker/add")
        expect(other.get_by_label("方言" if lang == "zh" else "Dialect", exact=True)).to_have_count(0)
    finally:
        truth("DELETE FROM custom_field")
        truth("DELETE FROM setting_change")
        truth("UPDATE stamp SET changes = changes + 1")


def test_a_forgotten_choice_is_asked_for_again(client, fresh_db):
    boss = client("sh-admin", "en")
    boss.look("/settings/")
    assert tick(boss, "/settings/import/do", ["fields Worker.x"], token="nothing").status_code == 404
    assert tick(boss, "/settings/export", []).status_code == 400
