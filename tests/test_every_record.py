"""What every record must keep, checked for each one found, for every role, in two companies. A new record is tested the day it is written."""  # noqa: E501

from __future__ import annotations

import inspect
import io
import re
from pathlib import Path

import psycopg
import pytest
from babel.messages.pofile import read_po
from flask_babel import force_locale
from python_calamine import CalamineWorkbook

from app.engine.fields import Secret, fields_of
from app.engine.record import Record, records
from app.factory import find_everything
from tests.harness import ROOT

find_everything()
RECORDS = [r for r in records() if not r.__platform__]
GROUPS = {"basic", "private", "finance", "cost", "internal", "workflow", "terms"}
PEOPLE = [
    "hq",
    "bj-admin",
    "bj-manager",
    "bj-agent",
    "bj-agent2",
    "bj-dispatch",
    "bj-finance",
    "sh-admin",
    "sh-agent",
    "sh-finance",
]
EACH_ROLE = ["bj-admin", "bj-manager", "bj-agent", "bj-dispatch", "bj-finance", "sh-agent"]  # and both companies
HASHES = re.compile(r"_(hash|last4|first7)$")
CANARY = "Zq7Canary"


@pytest.mark.parametrize("model", RECORDS, ids=lambda m: m.__name__)
def test_every_column_is_a_field_a_key_a_stamp_or_a_hash(model):
    own = set(model.__mapper__.columns.keys()) - set(Record.__annotations__)
    keys = {c.key for c in model.__mapper__.columns if c.foreign_keys}
    hidden = {n for n in own if HASHES.search(n) and isinstance(fields_of(model).get(HASHES.sub("", n)), Secret)}
    ranges = {c.key for c in model.__mapper__.columns if getattr(c, "computed", None) is not None and c.key not in fields_of(model)}
    ranges |= {c.key for c in model.__mapper__.columns if getattr(c, "table", None) is model.__table__ and c.info.get("bookkeeping")}
    assert own - keys - hidden - ranges <= set(fields_of(model)) | set(model.__computed__)


@pytest.mark.parametrize("model", RECORDS, ids=lambda m: m.__name__)
def test_every_field_has_a_known_group_and_kind(model):
    from app.engine.fields import KINDS

    for name, field in fields_of(model).items():
        assert field.group in GROUPS, name
        assert field.kind(model, name) in KINDS, name


@pytest.mark.parametrize("model", RECORDS, ids=lambda m: m.__name__)
def test_a_record_is_called_by_nothing_but_what_it_says_it_is_called_by(model):
    """Whoever may not read one of these sees a number instead: a name that is made of more would tell it."""
    read = set(re.findall(r"self\.(\w+)", inspect.getsource(model.__str__))) & set(fields_of(model))
    assert read <= set(model.__called__ or model.__search__[:1])


@pytest.mark.parametrize("model", RECORDS, ids=lambda m: m.__name__)
def test_every_label_is_translated(app, model):
    fields = fields_of(model)
    words = [
        model.__label__,
        model.__plural__,
        *(f.label for f in fields.values()),
        *(f.help for f in fields.values() if f.help),
    ]
    words += [w for f in fields.values() for w in (f.choices or {}).values()]
    if model.__flow__:
        words += [x.label for x in (*model.__flow__.states.values(), *model.__flow__.steps.values())]
    words += model.__refusals__.values()
    with app.test_request_context():
        for word in words:
            with force_locale("en"):
                english = str(word)
            with force_locale("zh"):
                chinese = str(word)
            assert re.search(r"[\u4e00-\u9fff]", chinese) or chinese == english == "VIP", f"{english} -> {chinese}"
            assert not re.search(r"[\u4e00-\u9fff]", english), english


def test_every_message_is_translated():
    path = Path(ROOT) / "translations/zh/LC_MESSAGES/messages.po"
    with path.open("rb") as file:
        catalog = read_po(file, locale="zh")
    assert [m.id for m in catalog if m.id and (m.fuzzy or not (m.string if isinstance(m.string, str) else all(m.string)))] == []


def test_screens_name_only_real_fields():
    from app.web.record_view import RecordView

    for view in RecordView.__subclasses__():
        named = {
            *view.columns,
            *(n for s in view.sections for n in s.fields),
            *(n for c in view.charts for n in c.names),
        }
        assert named <= set(fields_of(view.model)), view.__name__


class Company:
    """The sample, asked past every wall, and a reference of rights written without the engine."""

    def __init__(self, url):
        self.boss = psycopg.connect(url, autocommit=True)
        self.tenants = {"hq": 1, "bj": 2, "sh": 3}

    def rows(self, sql, *values):
        answer = self.boss.execute(sql, values)
        return answer.fetchall() if answer.description else []

    def person(self, name):
        ((pk, store, roles),) = self.rows("SELECT id, store_id, roles FROM staff WHERE username = %s", name)
        tenant = self.tenants[name.partition("-")[0]]
        return {"id": pk, "store": store, "roles": roles, "tenant": tenant, "all": "head_office" in roles}

    def levels(self, who, model, owner, store, tenant):
        """field -> level of one row, or None when the row is not seen."""
        if tenant != who["tenant"] and not who["all"]:
            return None
        best: dict[str, int] = {}
        seen = False
        for role in who["roles"]:
            here = (who["tenant"], role, model.__name__)
            reaches = {r for (r,) in self.rows("SELECT reach FROM scope WHERE tenant_id = %s AND role = %s AND model = %s", *here)}
            holds = {"all": True, "own": owner == who["id"], "store": store is not None and store == who["store"]}
            if not any(holds.get(r) for r in reaches):
                continue
            seen = True
            given = dict(self.rows('SELECT target, level FROM "grant" WHERE tenant_id = %s AND role = %s AND model = %s', *here))
            for name, field in fields_of(model).items():
                best[name] = max(best.get(name, 0), given.get(name, given.get(field.group, 0)))
        return best if seen else None

    def may(self, who, model, action):
        for role in who["roles"]:
            if self.rows(
                'SELECT 1 FROM "grant" WHERE tenant_id = %s AND role = %s AND model = %s AND target = %s AND level = 4',
                who["tenant"],
                role,
                model.__name__,
                action,
            ):
                return True
        return False

    def all(self, model):
        return self.rows(f'SELECT id, owner_id, store_id, tenant_id FROM "{model.__tablename__}" ORDER BY id')


@pytest.fixture
def company(fresh_db):
    made = Company(fresh_db.superuser_url)
    yield made
    made.boss.close()


@pytest.fixture
def signed_in(client, api, company):
    def enter(name):
        person = client(name, "en")
        person.look("/account/password")
        person.post_form("/lang", lang="en")
        return person, api(name), company.person(name)

    return enter


def text_of(answer) -> str:
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("name", PEOPLE)
def test_rows_and_cells_are_the_references_on_the_api(signed_in, company, name):
    _page, caller, who = signed_in(name)
    for model in RECORDS:
        url = f"/api/v1/{model.__tablename__}/"
        expected = {
            pk: levels
            for pk, owner, store, tenant in company.all(model)
            if (levels := company.levels(who, model, owner, store, tenant)) is not None
        }
        if not any(any(levels.values()) for levels in expected.values()):
            answer = caller.client.get(url, headers=caller.headers)
            assert answer.status_code == 403 or not any(set(r) - {"id", "version"} for r in answer.json["result"]), model
            continue
        got, after = {}, None
        while True:
            answer = caller.get(url, size=200, **({"after": after} if after else {}))
            got |= {row["id"]: row for row in answer["result"]}
            after = answer["next"]
            if not after:
                break
        assert set(got) == set(expected), model
        for pk, row in got.items():
            hidden = {n for n, level in expected[pk].items() if level == 0}
            assert not hidden & set(row), (model, pk)
            missing = {n for n, level in expected[pk].items() if level > 0 and n not in row}
            links = {n for n in missing if fields_of(model)[n].kind(model, n) == "link"}  # a link into rows he does not see
            assert missing == links, (model, pk)
            for field, level in expected[pk].items():
                if level == 1 and row.get(field):
                    assert "*" in str(row[field]), (model, field)


@pytest.mark.parametrize("name", ["hq", *EACH_ROLE])
def test_hidden_cells_appear_on_no_page_and_in_no_export(signed_in, company, name):
    page, caller, who = signed_in(name)
    for model in RECORDS:
        table = model.__tablename__
        mine = [(pk, lv) for pk, o, s, t in company.all(model) if (lv := company.levels(who, model, o, s, t)) is not None]
        if not mine:
            continue
        levels = mine[-1][1]
        hidden = [n for n in fields_of(model) if all(lv.get(n, 0) == 0 for _pk, lv in mine)]
        masked = [n for n in fields_of(model) if all(lv.get(n, 0) <= 1 for _pk, lv in mine)]
        plant(company, model, mine[-1][0], masked)
        pages = [
            text_of(page.get(url))
            for url in (
                f"/{table}/list?sort=-id",
                f"/{table}/show/{mine[-1][0]}",
                f"/{table}/edit/{mine[-1][0]}",
                f"/{table}/add",
            )
        ]
        pages.append(str(caller.client.get(f"/api/v1/{table}/{mine[-1][0]}", headers=caller.headers).json))
        answer = page.get(f"/{table}/export.xlsx?sort=-id")
        assert (answer.status_code == 200) == company.may(who, model, "can:export"), table
        if answer.status_code == 200:
            rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
            pages.append(str(rows))
            assert not {str(fields_of(model)[n].label) for n in hidden} & (set(rows[0]) - shown_labels(model, levels)), table
        for text in pages:
            assert CANARY not in text, (table, text[:200])
            assert "77123.45" not in text.replace(",", ""), table
            assert not [n for n in hidden if f'name="{n}"' in text], table
        for n in hidden:
            assert page.get(f"/{table}/list?{n}.empty=1").status_code == 403, (table, n)
            assert page.get(f"/{table}/list?sort={n}").status_code == 403, (table, n)


def shown_labels(model, levels):
    return {str(fields_of(model)[n].label) for n, level in levels.items() if level}


def plant(company, model, pk, names):
    """Give a row's hidden cells values that would be recognised anywhere."""
    for name in names:
        column = model.__table__.c.get(name)
        if (
            column is None
            or column.computed is not None
            or isinstance(fields_of(model)[name], Secret)
            or fields_of(model)[name].choices
            or name == "state"
        ):
            continue
        value = {"text": CANARY, "note": CANARY, "money": 77123.45}.get(fields_of(model)[name].kind(model, name))
        if value is not None and not any(name in names_ for names_ in model.__unique__):
            company.rows(f'UPDATE "{model.__tablename__}" SET {name} = %s WHERE id = %s', value, pk)


def foreign_names(company, who):
    """Words that only the other company's records are called by."""
    other = next(t for t in (2, 3) if t != who["tenant"])
    found = {2: set(), 3: set()}
    for model in RECORDS:
        for name in model.__search__[:1]:
            if isinstance(fields_of(model)[name], Secret):
                continue
            for tenant in found:
                found[tenant] |= {
                    w for (w,) in company.rows(f'SELECT {name} FROM "{model.__tablename__}" WHERE tenant_id = %s', tenant) if w
                }
    mine = str([company.rows(f'SELECT * FROM "{m.__tablename__}" WHERE tenant_id = %s', who["tenant"]) for m in RECORDS])
    return {w for w in found[other] if len(w) > 2 and repr(w)[1:-1] not in mine}


@pytest.mark.parametrize("name", EACH_ROLE)
def test_another_companys_ids_are_not_there_on_any_way(signed_in, company, name):
    page, caller, who = signed_in(name)
    words = foreign_names(company, who)
    assert len(words) > 20
    told = re.compile("|".join(map(re.escape, words)))
    page.look("/account/password")

    def clean(answer, *codes):
        text = text_of(answer)
        assert answer.status_code in codes, (answer.request.path, answer.status_code, text[:300])
        assert not told.findall(text), answer.request.path

    for model in RECORDS:
        table = model.__tablename__
        before = company.rows(f'SELECT * FROM "{table}" WHERE tenant_id <> %s ORDER BY tenant_id, id', who["tenant"])
        theirs = [pk for pk, _o, _s, tenant in company.all(model) if tenant not in (1, who["tenant"])]
        for url in (
            f"/{table}/list",
            f"/{table}/list?size=200",
            f"/{table}/lookup?q=",
            f"/{table}/add",
            f"/{table}/export.xlsx",
            f"/api/v1/{table}/?size=200",
        ):
            headers = caller.headers if url.startswith("/api") else {}
            got = (caller.client if headers else page).get(url, headers=headers)
            if not url.endswith("xlsx"):
                clean(got, 200, 403)
            elif got.status_code == 200:
                cells = str(CalamineWorkbook.from_filelike(io.BytesIO(got.data)).get_sheet_by_index(0).to_python())
                assert not told.findall(cells), url
        for pk in [*theirs[-1:], 2**31 - 1]:
            clean(page.get(f"/{table}/show/{pk}"), 403, 404)
            clean(page.get(f"/{table}/edit/{pk}"), 403, 404)
            clean(page.post_form(f"/{table}/edit/{pk}", version="1", name="x", number="x"), 403, 404)
            clean(page.post_form(f"/{table}/delete/{pk}"), 403, 404)
            steps = list(model.__flow__.steps) if model.__flow__ else ["any"]
            for step in steps:
                clean(page.post_form(f"/{table}/step/{pk}/{step}", reason="x"), 403, 404)
                clean(
                    caller.client.post(f"/api/v1/{table}/{pk}/{step}", json={"reason": "x"}, headers=caller.headers),
                    403,
                    404,
                )
            for field in [n for n, f in fields_of(model).items() if isinstance(f, Secret)] or ["phone"]:
                clean(page.post_form(f"/{table}/reveal/{pk}/{field}", reason="x"), 403, 404)
            clean(caller.client.get(f"/api/v1/{table}/{pk}", headers=caller.headers), 403, 404)
            clean(caller.client.put(f"/api/v1/{table}/{pk}", json={"name": "x"}, headers=caller.headers), 403, 404)
            clean(caller.client.delete(f"/api/v1/{table}/{pk}", headers=caller.headers), 403, 404)
            for link in [n for n, f in fields_of(model).items() if f.kind(model, n) == "link"]:
                clean(page.get(f"/{table}/list?{link}={pk}"), 200, 403)
        assert company.rows(f'SELECT * FROM "{table}" WHERE tenant_id <> %s ORDER BY tenant_id, id', who["tenant"]) == before


@pytest.mark.parametrize("model", RECORDS, ids=lambda m: m.__name__)
def test_head_office_reads_and_writes_nowhere_in_its_franchises(signed_in, company, model):
    page, caller, _who = signed_in("hq")
    table = model.__tablename__
    before = company.rows(f'SELECT * FROM "{table}" ORDER BY tenant_id, id')
    there = [pk for pk, _o, _s, tenant in company.all(model) if tenant == 2]
    if there:
        assert page.get(f"/{table}/show/{there[0]}").status_code == 200
    page.look("/account/password")
    for pk in there[:1]:
        assert page.post_form(f"/{table}/edit/{pk}", version="1", name="x").status_code in (403, 404)
        assert page.post_form(f"/{table}/delete/{pk}").status_code in (403, 404)
        assert caller.client.put(f"/api/v1/{table}/{pk}", json={"name": "x"}, headers=caller.headers).status_code in (
            403,
            404,
        )
        assert caller.client.delete(f"/api/v1/{table}/{pk}", headers=caller.headers).status_code in (403, 404)
    assert company.rows(f'SELECT * FROM "{table}" ORDER BY tenant_id, id') == before
