"""A field that an administrator adds stands in ten places at once, and nothing it ever held is lost."""

from __future__ import annotations

import re

import pytest

from tests import harness
from tests.acting import as_program
from tests.shaping import DIALECT, add, deed, dialect, send
from tests.test_exchange import book, keep, sheet
from tests.test_import import client  # noqa: F401  # in the language that is asked for

LOW = pytest.mark.feature("LOW-02")
WORKERS = "/api/v1/worker/"


@pytest.fixture
def truth(fresh_db):
    return harness.asking(fresh_db)


@pytest.fixture
def admin(fresh_db, client):  # noqa: F811
    return client("bj-admin", "en")


@pytest.fixture
def name(admin):
    return dialect(admin, section="name")


@pytest.fixture
def workers(api, name):
    """Three carers, each with a value and one without."""
    boss = api("bj-admin")
    found = boss.get(WORKERS, size=3, sort="id")["result"]
    for row, code in zip(found, ("cantonese", "sichuanese"), strict=False):
        boss.put(f"{WORKERS}{row['id']}", {name: code})
    return [r["id"] for r in found]


# The ten places.


@LOW
def test_it_stands_in_the_form_with_its_choices_in_both_languages(admin, client, workers, name):  # noqa: F811
    page = admin.get("/worker/add").text
    assert re.search(rf'<select[^>]*id="f-{name}"', page)
    assert ">Cantonese</option>" in page and ">Mandarin</option>" in page
    first = page[: page.index("</fieldset>")]
    assert f'id="f-{name}"' in first, "in the section that was chosen"
    assert ">粤语</option>" in client("bj-admin", "zh").get("/worker/add").text
    admin.look(f"/worker/edit/{workers[2]}")
    assert admin.post_form(f"/worker/edit/{workers[2]}", **{name: "mandarin"}).status_code == 302
    shown = admin.get(f"/worker/show/{workers[2]}").text
    assert "Dialect</dt><dd>" in shown and "Mandarin" in shown


@LOW
def test_it_is_a_column_of_the_list_in_its_colour(admin, workers, name):
    page = admin.get("/worker/list?sort=id").text
    assert f'data-name="{name}"' in page
    assert '<span class="st st-bad">Cantonese</span>' in page
    assert '<span class="st st-plan">Sichuanese</span>' in page
    assert "/columns" in page and name in {f["name"] for f in admin.get("/worker/columns").json["fields"]}


@LOW
def test_it_filters_the_list_and_offers_its_words(admin, api, workers, name):
    boss = api("bj-admin")
    for asked, wanted in (
        ({name: "cantonese"}, {0}), ({f"{name}.in": "cantonese,sichuanese"}, {0, 1}), ({f"{name}.ne": "cantonese"}, {1}),
        ({"where": f"not({name}.in.(cantonese,mandarin))", "sort": "id"}, None),
        ({f"{name}.empty": "0"}, {0, 1}),
    ):  # fmt: skip
        found = {r["id"] for r in boss.get(WORKERS, **asked)["result"]}
        if wanted is not None:
            assert found == {workers[n] for n in wanted}, asked
        else:
            assert workers[0] not in found and {workers[1], workers[2]} <= found
    offered = next(f for f in admin.get("/fields/worker").json["fields"] if f["name"] == name)
    assert offered["label"] == "Dialect" and ["cantonese", "Cantonese"] in offered["choices"]
    page = admin.get(f"/worker/list?{name}=cantonese").text
    assert "Dialect" in page and page.count('class="b row-link"') == 1


@LOW
def test_it_sorts(api, workers, name):
    boss = api("bj-admin")
    up = [r["id"] for r in boss.get(WORKERS, sort=name, size=200)["result"]]
    down = [r["id"] for r in boss.get(WORKERS, sort=f"-{name}", size=200)["result"]]
    assert up[:2] == workers[:2] and down[:2] == [workers[1], workers[0]]
    page = boss.get(WORKERS, sort=name, size=1)
    assert boss.get(WORKERS, sort=name, size=1, after=page["next"])["result"][0]["id"] == workers[1]


@LOW
def test_it_groups(admin, workers, name):
    assert [name, "Dialect"] in admin.get("/worker/columns").json["groups"]
    page = admin.get(f"/worker/list?group={name}").text
    assert "Cantonese" in page and "Sichuanese" in page and "(none)" in page
    assert f"{name}=cantonese" in page


@LOW
def test_it_comes_in_by_file_under_either_heading_and_either_word(admin, truth, name):
    rows = [["Name", "Skills", "方言"], ["Filed One", "Hospital care", "粤语"], ["Filed Two", "Hospital care", "Mandarin"]]
    answer = keep(admin, "worker", book(rows))
    assert answer.status_code == 302
    assert truth(f"SELECT extra->>'{name}' FROM worker WHERE name LIKE 'Filed%%' ORDER BY name") == [("cantonese",), ("mandarin",)]
    wrong = shaping_import(admin, "Klingon")
    assert wrong.status_code == 422 and "Choose one from the list" in wrong.text


def shaping_import(admin, word: str):
    from tests.test_exchange import send as bring

    return bring(admin, "worker", book([["Name", "Skills", "Dialect"], ["Filed Three", "Hospital care", word]]))


@LOW
def test_it_goes_out_by_file_in_words(admin, workers, name):
    heads, *rows = sheet(admin.get(f"/worker/export.xlsx?{name}.empty=0&sort=id"))
    assert [r[heads.index("Dialect")] for r in rows] == ["Cantonese", "Sichuanese"]
    assert "Cantonese" in admin.get(f"/worker/export.csv?{name}=cantonese").text


@LOW
def test_the_interface_has_it_and_describes_it(api, workers, name):
    boss = api("bj-admin")
    assert boss.get(f"{WORKERS}{workers[0]}")["result"][name] == "cantonese"
    assert boss.call("PUT", f"{WORKERS}{workers[0]}", 422, json={name: "klingon"})["fields"].keys() == {name}
    assert boss.post(WORKERS, {"name": "By program", "skills": ["elder"], name: "mandarin"}, 201)["result"][name] == "mandarin"
    spec = boss.get("/api/v1/openapi.json")
    sent = spec["components"]["schemas"]["WorkerSent"]["properties"][name]
    assert sent["description"] == "Dialect" and sent["enum"] == ["cantonese", "sichuanese", "mandarin", None]
    asked = {p["name"] for p in spec["paths"][WORKERS]["get"]["parameters"]}
    assert {name, f"{name}.ne", f"{name}.in"} <= asked


@LOW
def test_the_matrix_shows_it_and_takes_it_from_one_role(admin, client, api, workers, name):  # noqa: F811
    assert "Dialect" in admin.get("/rights/?model=worker").text
    assert name in api("bj-agent").get(f"{WORKERS}{workers[0]}")["result"], "the rights of its group"
    admin.look("/rights/?model=worker")
    assert admin.post_form("/rights/", **{"model": "worker", f"cell:agent:{name}": "0"}).status_code == 302
    agent = client("bj-agent", "en")
    assert name not in api("bj-agent").get(f"{WORKERS}{workers[0]}")["result"]
    for url in ("/worker/list", f"/worker/show/{workers[0]}"):
        assert "Dialect" not in agent.get(url).text and "Cantonese" not in agent.get(url).text
    api("bj-agent").get(WORKERS, 403, **{name: "cantonese"})
    assert name in api("bj-manager").get(f"{WORKERS}{workers[0]}")["result"]


@LOW
def test_its_changes_are_in_the_trail(admin, api, workers, name):
    api("bj-admin").put(f"{WORKERS}{workers[0]}", {name: "mandarin"})
    page = admin.get(f"/worker/show/{workers[0]}").text
    assert re.search(r"Dialect <del>Cantonese</del> → <ins>Mandarin</ins>", page)
    trail = admin.get("/trail/?kind=CustomField").text
    assert "changed a field" in trail and "Cantonese" in trail


@LOW
def test_the_proof_of_rights_plants_and_judges_it(app, admin, name):
    """The garden lays a canary in the field for each row, and the reference knows who may read it."""
    from app.engine.rules import Level
    from app.models.worker import Worker
    from app.prove.run import prepare

    with app.app_context():
        world = prepare(app)
        rows = [r for (m, slot), r in world.rows.items() if m is Worker and r.tenant == 2 and slot != "empty"]
        assert rows and all(str(world.values[r][name]).startswith("canary") for r in rows)
        agent, mask = world.actors["agent"], world.actors["mask"]
        assert world.level(agent, rows[0], name) == Level.READ
        assert world.level(mask, rows[0], name) == Level.MASKED


# What may be changed afterwards, and what is never lost.


@LOW
def test_a_choice_is_renamed_put_away_and_taken_up_again(admin, api, workers, name):
    url = f"/custom/worker/{name[2:]}"
    rows = [
        ("广东话", "Yue", "done", "cantonese"), ("四川话", "Sichuanese", "plan", "sichuanese", "1"), ("普通话", "Mandarin", "", "mandarin"),
    ]  # fmt: skip
    assert send(admin, url, [*rows, ("闽南语", "Hokkien", "")], label="方言", label_en="Dialect").status_code == 302
    page = admin.get("/worker/list?sort=id").text
    assert '<span class="st st-done">Yue</span>' in page, "the values were kept"
    assert "Sichuanese" in page, "old records still show it"
    form = admin.get("/worker/add").text
    assert ">Hokkien</option>" in form and ">Sichuanese</option>" not in form
    assert '<option value="sichuanese" selected>Sichuanese</option>' in admin.get(f"/worker/edit/{workers[1]}").text
    boss = api("bj-admin")
    assert boss.put(f"{WORKERS}{workers[1]}", {name: "sichuanese", "district": "Here"})["result"]["district"] == "Here", "it stands there"
    assert "put away" in boss.call("PUT", f"{WORKERS}{workers[0]}", 422, json={name: "sichuanese"})["fields"][name]
    assert boss.call("POST", WORKERS, 422, json={"name": "X", "skills": ["elder"], name: "sichuanese"})["fields"].keys() == {name}
    assert shaping_import(admin, "Sichuanese").status_code == 422
    assert "sichuanese" in boss.get("/api/v1/openapi.json")["components"]["schemas"]["Worker"]["properties"][name]["enum"]
    assert {r["id"] for r in boss.get(WORKERS, **{name: "sichuanese"})["result"]} == {workers[1]}


@LOW
def test_a_field_is_renamed_and_every_step_can_be_taken_back(admin, api, workers, name):
    url = f"/custom/worker/{name[2:]}"
    rows = [(zh, en, tint, en.lower()) for zh, en, tint in DIALECT]
    assert send(admin, url, rows, label="乡音", label_en="Home speech", listed="1").status_code == 302
    assert send(admin, url, [*rows, ("闽南语", "Hokkien", "")], label="乡音", label_en="Home speech", listed="1").status_code == 302
    api("bj-admin").put(f"{WORKERS}{workers[2]}", {name: "hokkien"})
    assert deed(admin, name, "archive").status_code == 302
    history = admin.get(url).text
    assert "Home speech" in history and "Bj" not in history
    entries = [int(n) for n in re.findall(r'data-entry="(\d+)"', history)]
    assert len(entries) == 4 and entries == sorted(entries, reverse=True)
    assert deed(admin, name, "back", entry=str(entries[-1])).status_code == 404, "before that there was no field"
    assert deed(admin, name, "back", entry=str(entries[2])).status_code == 302
    page = admin.get("/worker/list?sort=id").text
    assert "Dialect" in page and "Home speech" not in page and "Cantonese" in page
    assert "Hokkien" in page, "a choice made since is put away, not lost"
    assert ">Hokkien</option>" not in admin.get("/worker/add").text


@LOW
def test_a_field_put_away_is_gone_everywhere_and_comes_back_whole(admin, api, truth, workers, name):
    boss = api("bj-admin")
    before = truth("SELECT id, extra FROM worker WHERE extra ? %s ORDER BY id", name)
    assert deed(admin, name, "archive").status_code == 302
    for url in ("/worker/list", "/worker/add", f"/worker/show/{workers[0]}", "/rights/?model=worker", f"/worker/list?group={name}"):
        page = admin.get(url).text
        assert "Dialect" not in page and "乡音" not in page and f"/{name}/" not in page, url
    assert name not in boss.get(f"{WORKERS}{workers[0]}")["result"]
    assert name not in boss.get("/api/v1/openapi.json")["components"]["schemas"]["Worker"]["properties"]
    boss.get(WORKERS, 403, **{name: "cantonese"})
    boss.put(f"{WORKERS}{workers[0]}", {name: "mandarin"}, 403)
    boss.put(f"{WORKERS}{workers[0]}", {"district": "Moved"})
    page = admin.get("/custom/worker").text
    assert "2 values kept" in page
    assert deed(admin, name, "restore").status_code == 302
    assert truth("SELECT id, extra FROM worker WHERE extra ? %s ORDER BY id", name) == before, "nothing was lost meanwhile"
    assert boss.get(f"{WORKERS}{workers[0]}")["result"][name] == "cantonese"


@LOW
def test_a_type_changes_only_where_every_value_fits(admin, api, name):
    text, boss = add(admin, label="备注", label_en="Aside"), api("bj-admin")
    pk = boss.get(WORKERS, size=1)["result"][0]["id"]
    url = f"/custom/worker/{text[2:]}"
    assert send(admin, url, kind="whole").status_code == 302, "nothing is kept in it yet"
    assert boss.put(f"{WORKERS}{pk}", {text: 7})["result"][text] == 7
    refused = send(admin, url, kind="day")
    assert refused.status_code == 422 and "would not fit" in refused.text
    assert send(admin, url, kind="number").status_code == 302
    assert boss.put(f"{WORKERS}{pk}", {text: "7.5"})["result"][text] == "7.5"


@LOW
def test_a_field_is_needed_begins_with_something_and_is_asked_for_only_where_it_fits(admin, api, name):
    sure = add(admin, label="有无忌讳", label_en="Taboos", kind="flag", start="yes")
    which = add(admin, label="忌讳什么", label_en="Which taboos", kind="text", required="1", when=sure, when_how="eq", when_value="1")
    boss = api("bj-admin")
    made = {"name": "New one", "skills": ["elder"]}
    wrong = boss.call("POST", WORKERS, 422, json=made)
    assert wrong["fields"] == {which: "Needed."}, "the flag begins with yes, so the words are asked for"
    assert boss.post(WORKERS, made | {sure: False}, 201)["result"][sure] is False
    one = boss.post(WORKERS, made | {which: "cats"}, 201)["result"]
    assert one[sure] is True and one[which] == "cats"
    assert boss.call("POST", WORKERS, 422, json=made | {sure: False, which: "cats"})["fields"].keys() == {which}
    page = admin.get("/worker/add").text
    assert "data-shown=" in page and "data-needed=" in page
    rows = [(zh, en, tint, en.lower()) for zh, en, tint in DIALECT]
    assert send(admin, f"/custom/worker/{name[2:]}", rows, label="方言", required="1").status_code == 302
    assert "records are still empty there" in admin.get("/custom/worker").text
    assert boss.call("POST", WORKERS, 422, json=made | {which: "cats"})["fields"] == {name: "Needed."}
    pk = boss.get(WORKERS, size=1, **{f"{name}.empty": "1"})["result"][0]["id"]
    boss.put(f"{WORKERS}{pk}", {"district": "Old rows can still be changed"})


@LOW
def test_each_kind_keeps_compares_and_shows_its_values(admin, api, name):
    boss = api("bj-admin")
    tongues = add(admin, rows=DIALECT, label="会说", label_en="Speaks", kind="tags")
    cases = {
        "number": ("12.5", "12.5", "ge", "12"), "money": ("99.90", "99.90", "le", "100"), "whole": (7, 7, "bt", "5,9"),
        "day": ("2026-12-24", "2026-12-24", "ge", "2026-12-01"), "flag": (True, True, "eq", "1"), "rating": (4, 4, "ge", "3"),
        "moment": ("2026-12-24 08:30", "2026-12-24T00:30:00+00:00", "eq", "2026-12-24"), "note": ("long", "long", "ct", "on"),
    }  # fmt: skip
    names = {kind: add(admin, label=f"项{kind}", label_en=f"Of {kind}", kind=kind) for kind in cases}
    pk = boss.get(WORKERS, size=1)["result"][0]["id"]
    url = f"{WORKERS}{pk}"
    got = boss.put(url, {names[k]: c[0] for k, c in cases.items()} | {tongues: ["cantonese", "mandarin"]})["result"]
    assert {k: got[n] for k, n in names.items()} == {k: c[1] for k, c in cases.items()}
    assert got[tongues] == ["cantonese", "mandarin"]
    for kind, (_sent, _kept, how, value) in cases.items():
        assert [r["id"] for r in boss.get(WORKERS, **{f"{names[kind]}.{how}": value})["result"]] == [pk], kind
        assert boss.get(WORKERS, sort=names[kind], size=1)["result"][0]["id"] == pk, kind
    assert [r["id"] for r in boss.get(WORKERS, **{f"{tongues}.ct": "mandarin"})["result"]] == [pk]
    assert boss.get(WORKERS, **{f"{tongues}.ct": "sichuanese"})["result"] == []
    for asked in (f"group={names['day']}:month", f"group={names['moment']}:day", f"group={names['flag']}", f"group={names['rating']}"):
        page = admin.get(f"/worker/list?{asked}").text
        assert page.count("data-rows") >= 1 or "(none)" in page, asked
    assert admin.get(f"/worker/totals?cols={names['money']}").json["sums"][names["money"]]["sum"] == "¥99.90"
    assert boss.get(WORKERS, **{f"{names['day']}.yearly": "366"})["count"] == 1
    page = admin.get(f"/worker/show/{pk}").text
    assert all(w in page for w in ("12.5", "¥99.90", "★★★★☆", "Cantonese", "Mandarin"))
    heads, *rows = sheet(admin.get(f"/worker/export.xlsx?{names['flag']}=1"))
    assert rows[0][heads.index("Speaks")] == "Cantonese, Mandarin"
    # An empty value is empty again, for each of them.
    gone = boss.put(url, dict.fromkeys(names.values()) | {tongues: []})["result"]
    assert all(gone[n] is None for n in names.values()) and gone[tongues] == []
    assert all(boss.get(WORKERS, **{f"{n}.empty": "0"})["count"] == 0 for n in (*names.values(), tongues))


# Classification schemes and built-in lists.


@pytest.mark.feature("CUS-04")
def test_two_schemes_at_once_classify_customers(admin, api, client):  # noqa: F811
    agent = client("bj-agent", "en")
    for zh, en, rows in (("家庭类型", "Household", [("独居", "Alone", "bad"), ("同住", "With family", "")]),
                         ("付款习惯", "Pays", [("预付", "Ahead", "done"), ("月结", "Monthly", "plan")])):  # fmt: skip
        page = admin.get("/custom/customer/add?kind=choice&scheme=1").text
        assert "New classification scheme" in page and 'name="group"' in page
        add(admin, "customer", rows, label=zh, label_en=en, scheme="1")
    boss = api("bj-agent")
    fields = {f["label"]: f["name"] for f in agent.get("/fields/customer").json["fields"]}
    first, second = (r["id"] for r in boss.get("/api/v1/customer/", size=2)["result"])
    boss.put(f"/api/v1/customer/{first}", {fields["Household"]: "alone", fields["Pays"]: "monthly"})
    boss.put(f"/api/v1/customer/{second}", {fields["Household"]: "alone", fields["Pays"]: "ahead"})
    assert boss.get("/api/v1/customer/", **{fields["Household"]: "alone"})["count"] == 2
    assert boss.get("/api/v1/customer/", **{fields["Household"]: "alone", fields["Pays"]: "ahead"})["count"] == 1
    page = agent.get(f"/customer/list?group={fields['Household']}").text
    assert "Alone" in page


@pytest.mark.feature("CUS-04", "LOW-04")
def test_a_class_of_the_built_in_list_is_added_renamed_and_coloured(admin, api, client, truth):  # noqa: F811
    url = "/custom/customer/choices/level"
    page = admin.get(url).text
    kept = re.findall(r'name="c-code" value="(\w+)"', page)
    assert kept == ["vip", "ordinary", "one_off", "past"]
    rows = [("金牌", "Gold", "wait", "vip"), ("普通", "Ordinary", "", "ordinary"), ("单次", "One-off", "", "one_off"),
            ("以往", "Past", "", "past", "1"), ("员工家属", "Staff family", "plan")]  # fmt: skip
    assert send(admin, url, rows).status_code == 302
    agent, boss = client("bj-agent", "en"), api("bj-agent")
    form = agent.get("/customer/add").text
    assert ">Gold</option>" in form and ">Staff family</option>" in form and ">Past</option>" not in form
    pk = boss.get("/api/v1/customer/", size=1)["result"][0]["id"]
    assert boss.put(f"/api/v1/customer/{pk}", {"level": "staff_family"})["result"]["level"] == "staff_family"
    assert '<span class="st st-plan">Staff family</span>' in agent.get("/customer/list?level=staff_family").text
    assert "员工家属" in client("bj-agent", "zh").get("/customer/list?level=staff_family").text
    assert "Past" in agent.get("/customer/list?level=past").text
    assert ">VIP</option>" in client("sh-agent", "en").get("/customer/add").text, "another company keeps its own"
    assert "begin with" in send(admin, url, [r if r[3:4] != ("ordinary",) else (*r[:4], "1") for r in rows]).text
    entry = max(map(int, re.findall(r'data-entry="(\d+)"', admin.get(url).text)))
    pk = truth("SELECT id FROM custom_field WHERE builtin = 'level'")[0][0]
    assert deed(admin, f"x_{pk}", "back", "customer", entry=str(entry)).status_code == 302
    form = agent.get("/customer/add").text
    assert ">VIP</option>" in form and ">Staff family</option>" not in form
    assert "Staff family" in agent.get("/customer/list?level=staff_family").text, "who has it keeps its word"


@pytest.mark.feature("CUS-05", "LOW-04")
def test_the_colour_of_attention_is_the_companys(admin, client, api):  # noqa: F811
    boss = api("bj-agent")
    pk = boss.get("/api/v1/customer/", size=1)["result"][0]["id"]
    boss.put(f"/api/v1/customer/{pk}", {"attention": "5"})
    row = rf'<tr class="row-(\w+)">(?:(?!</tr>).)*/customer/show/{pk}"'
    agent = client("bj-agent", "en")
    assert re.search(row, agent.get("/customer/list?attention=5").text, re.DOTALL)[1] == "5"
    words = [("重点", "Key", "bad", "1"), ("留意", "Watch", "wait", "2"), ("活跃", "Active", "plan", "3"), ("一般", "Normal", "draft", "4"),
             ("沉睡", "Asleep", "pause", "5")]  # fmt: skip
    assert send(admin, "/custom/customer/choices/attention", words).status_code == 302
    page = agent.get("/customer/list?attention=5").text
    assert re.search(row, page, re.DOTALL)[1] == "pause"
    assert '<span class="at at-pause">Asleep</span>' in page
    for closed in ("gender", "name", "state", "nothing"):
        assert admin.get(f"/custom/customer/choices/{closed}").status_code == 404, closed


# Who may, and how much.


@LOW
def test_nobody_else_may_and_no_other_company_hears_of_it(admin, client, truth, workers, name):  # noqa: F811
    for who in ("bj-agent", "bj-manager", "bj-finance"):
        person = client(who, "en")
        person.look("/")
        for url in ("/custom/", "/custom/worker", "/custom/worker/add", f"/custom/worker/{name[2:]}", "/custom/customer/choices/level"):
            assert person.get(url).status_code == 403, (who, url)
        assert send(person, "/custom/worker/add", label="X").status_code == 403
        assert deed(person, name, "archive").status_code == 403
        assert "/custom/" not in person.get("/worker/list").text + person.get(f"/worker/show/{workers[0]}").text
    assert "/custom/worker/add" in admin.get("/worker/add").text and "/custom/worker/add" in admin.get(f"/worker/show/{workers[0]}").text
    other = client("sh-admin", "en")
    assert "Dialect" not in other.get("/custom/worker").text + other.get("/worker/add").text + other.get("/rights/?model=worker").text
    assert other.get(f"/custom/worker/{name[2:]}").status_code == 404
    assert deed(other, name, "archive").status_code == 404
    assert deed(other, name, "back", entry="1").status_code == 404
    assert admin.get(f"/custom/customer/{name[2:]}").status_code == 404, "of another type of record"
    for table in ("grant", "nothing", "receipt"):
        assert admin.get(f"/custom/{table}").status_code == 404, table
    assert truth("SELECT count(*) FROM custom_field") == [(1,)]


@LOW
def test_what_is_wrong_is_said_and_what_was_typed_stays(admin, name):
    for wrong, words in (
        ({"label": ""}, "Give the field a name"), ({"label": "Dialect"}, "of this name already"),
        ({"label": "Grade"}, "of this name already"), ({"label": "Y" * 61}, "At most 60"), ({"kind": "phone"}, "Choose one"),
        ({"group": "nothing"}, "Choose one"), ({"kind": "day", "start": "tomorrow"}, "Write a day"),
        ({"kind": "choice"}, "at least one choice"),
        ({"when": "grade", "when_how": "eq", "when_value": "diamond"}, "Choose one from the list"),
        ({"when": "nothing", "when_how": "eq", "when_value": "1"}, "another field"),
        ({"when": "grade)", "when_value": "1"}, "cannot be read"),
    ):  # fmt: skip
        answer = send(admin, "/custom/worker/add", **({"label": "新项", "kind": "text", "group": "basic"} | wrong))
        assert answer.status_code == 422, wrong
        assert words in answer.text, wrong
    twice = send(admin, "/custom/worker/add", [("一", "One", ""), ("一", "Two", "")], label="两", kind="choice", group="basic")
    assert "stands there twice" in twice.text and 'value="Two"' in twice.text


@LOW
def test_a_company_has_at_most_two_hundred(app, admin, fresh_db):
    from app.engine.rules import CustomField
    from app.extensions import db

    with app.app_context(), as_program(db.session):
        db.session.add_all(CustomField(model="Visit", label=f"Field {n}") for n in range(199))
        db.session.commit()
    name = add(admin, label="最后")
    answer = send(admin, "/custom/worker/add", label="再来", kind="text", group="basic")
    assert answer.status_code == 422 and "200 fields" in answer.text
    assert deed(admin, name, "archive").status_code == 302
    assert send(admin, "/custom/worker/add", label="再来", kind="text", group="basic").status_code == 302
    assert deed(admin, name, "restore").status_code == 400


@LOW
def test_rights_that_go_by_a_field_hold_it(admin, name):
    admin.look("/rights/?model=worker")
    cells = {"model": "worker", "cell:agent:reach": "all", "cell:agent:where": f"{name}=cantonese"}
    assert admin.post_form("/rights/", **cells).status_code == 302
    answer = deed(admin, name, "archive")
    assert answer.status_code == 400 and "rows of a role" in answer.text


@LOW
def test_somebody_who_is_forgotten_is_forgotten_in_fields_that_were_put_away_too(app, admin, api, truth):
    from app.engine.rules import CustomField
    from app.extensions import db, storage
    from app.models.customer import Customer
    from app.workflows.forgetting import forget
    from app.workflows.subject import Subject

    name = add(admin, "customer", label="小名", label_en="Pet name")
    pk = api("bj-admin").get("/api/v1/customer/", size=1)["result"][0]["id"]
    api("bj-admin").put(f"/api/v1/customer/{pk}", {name: "Little Plum"})
    deed(admin, name, "archive", "customer")
    with app.app_context(), as_program(db.session):
        forget(db.session, storage(), Subject.of(db.session, db.session.get(Customer, pk)))
        db.session.commit()
        assert db.session.get(CustomField, int(name[2:])).archived
    assert "Plum" not in str(truth("SELECT extra FROM customer WHERE id = %s", pk))


@LOW
def test_a_field_costs_no_question_and_locks_no_table(admin, client, count_queries):  # noqa: F811
    agent = client("bj-agent")
    agent.get("/worker/list")
    with count_queries() as before:
        agent.get("/worker/list")
    name = dialect(admin)
    agent.get("/worker/list")
    with count_queries() as after:
        assert name in agent.get("/worker/list").text
    assert after.count == before.count
    admin.look("/custom/worker")
    with count_queries() as sent:
        send(admin, "/custom/worker/add", label="又一", kind="text", group="basic")
    assert not [q for q in sent if re.match(r"\s*(CREATE|ALTER|DROP|LOCK|REINDEX)", q, re.IGNORECASE)], "no change of any table"
