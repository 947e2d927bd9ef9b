"""The Chinese is whole: every text of the sources has its words, and a page in Chinese shows no English."""

from __future__ import annotations

import ast
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from app.web.links import link_to
from tests import harness

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "translations" / "zh" / "LC_MESSAGES"
HAN = re.compile(r"[\u4e00-\u9fff]")
PLACE = re.compile(r"%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[a-zA-Z%]")
SAME = {"VIP"}  # said alike in both languages
# Chinese that is no text of the interface: the name of the product and of the language, and what a cell may hold.
OWN_NAMES = {
    "app/workflows/forgetting.py": {"已匿名"},  # it stands in the record for good, whoever asked for it
    "app/workflows/reminders.py": {"生日上门回访"},
    "app/config.py": {"中文"},
    "app/models/evaluation.py": {"准时", "态度", "技能", "整洁"},  # in both languages, as a company would write them
    "app/web/openapi.py": {"Jiahe 家和"},
    "app/engine/values.py": {"是", "否"},
}
BOUNDS = {"一", "鿿"}  # of the Chinese characters


@cache
def sources() -> Catalog:
    """The texts as the sources have them now."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    made = Catalog()
    keywords = DEFAULT_KEYWORDS | {"lazy_gettext": None}
    for file, line, text, _comments, context in extract_from_dir(str(ROOT), methods, options, keywords=keywords):
        made.add(text, locations=[(file, line)], context=context)
    return made


@cache
def chinese() -> Catalog:
    with (FOLDER / "messages.po").open("rb") as file:
        return read_po(file, locale="zh")


def words(text: str | tuple[str, ...] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


@pytest.mark.feature("CLI-07")
def test_every_text_of_the_sources_is_translated():
    missing = []
    for message in sources():
        kept = chinese().get(message.id, message.context) if message.id else None
        if message.id and (kept is None or kept.fuzzy or not words(kept.string) or not all(words(kept.string))):
            missing.append(f"{message.locations[0][0]}:{message.locations[0][1]} {message.id!r}")
    assert len(sources()) > 600
    assert not missing, "run `make translations` and translate:\n" + "\n".join(missing)


def test_nothing_is_left_of_texts_that_are_gone():
    gone = [m.id for m in chinese() if m.id and sources().get(m.id, m.context) is None]
    assert not gone
    assert not chinese().obsolete


def test_the_places_in_a_text_are_the_same_in_both_languages():
    for message in chinese():
        if message.id:
            wanted = set(PLACE.findall(words(message.id)[-1]))
            assert all(set(PLACE.findall(word)) == wanted for word in words(message.string)), message.id


def test_the_chinese_is_chinese_and_plain():
    for message in chinese():
        for word in words(message.string) if message.id else ():
            assert HAN.search(PLACE.sub("", word)) or PLACE.search(word) or word in SAME, message.id
            assert not re.search(r"[!！]|请注意|抱歉", word), word
            assert not re.search(r"[\u4e00-\u9fff][,;:?]|[\u4e00-\u9fff]\.(?!\w)", word), f"half-width sign: {word}"


def test_the_compiled_file_is_that_of_these_texts():
    with (FOLDER / "messages.mo").open("rb") as file:
        compiled = {tuple(words(m.id)): words(m.string) for m in read_mo(file) if m.id}
    kept = {tuple(words(m.id)): words(m.string) for m in chinese() if m.id}
    assert compiled == kept, "run `make translations`"


def literals(tree: ast.AST):
    """The texts of a module that are no docstrings."""
    documented = [n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef)]
    notes = {id(n.body[0].value) for n in documented if n.body and isinstance(n.body[0], ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in notes:
            yield node.lineno, node.value


def test_no_chinese_in_the_sources():
    found = []
    for path in (ROOT / "app").rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        if not path.name.startswith(("sample", "pinyin", "amounts")) and path.parent.name != "expr":  # made of Chinese by their nature
            every = literals(ast.parse(path.read_text(encoding="utf-8")))
            found += [f"{name}:{n} {w}" for n, w in every if HAN.search(w) and w not in BOUNDS | OWN_NAMES.get(name, set())]
    for path in (ROOT / "app" / "templates").rglob("*.html"):
        text = re.sub(r"\{#.*?#\}|家和|中文", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        found += [f"{path.name}: {text[m.start() :][:20]}" for m in HAN.finditer(text)]
    for path in (ROOT / "app" / "static").glob("*.js"):
        if path.name != "words.js":
            found += [f"{path.name}: {m}" for m in HAN.findall(path.read_text(encoding="utf-8"))]
    assert not found


def test_what_scripts_say_is_translated():
    folder = ROOT / "app" / "static"
    known = set(re.findall(r'"((?:[^"\\]|\\.)*)": "', (folder / "words.js").read_text(encoding="utf-8")))
    said = set(re.findall(r'\["[^"]+", "([^"]+)"\]', (folder / "keys.js").read_text(encoding="utf-8")))
    for path in folder.glob("*.js"):
        said |= set(re.findall(r'\bt\(\s*"((?:[^"\\]|\\.)*)"', path.read_text(encoding="utf-8")))
    assert said
    assert not said - known


class Visible(HTMLParser):
    """What a reader meets on a page: its texts, and the names that a screen reader says."""

    SILENT, NAMES = ("script", "style", "kbd", "code"), ("aria-label", "title", "placeholder", "alt", "data-confirm")

    def __init__(self, page: str):
        super().__init__()
        self.texts, self.open = set(), 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.open += tag in self.SILENT
        self.texts |= {v.strip() for n, v in attrs if n in self.NAMES and v}

    def handle_endtag(self, tag):
        self.open -= tag in self.SILENT

    def handle_data(self, data):
        if not self.open and data.strip():
            self.texts.add(data.strip())


PAGES = {
    "bj-admin": [
        "/", "/order/list", "/order/add", "/order/show/1", "/order/list?state=placed&amount.gt=100000", "/nothing-here",
        "/customer/list", "/customer/add", "/customer/show/1", "/customer/import", "/visit/list", "/visit/show/1",
        "/receivable/list", "/worker/list", "/worker/show/1", "/store/list", "/staff/list", "/call/", "/board/",
        "/dashboard/", "/bell/", "/more/", "/search?q=DD", "/rights/", "/rights/?model=visit", "/users/", "/users/add",
    ],
    "bj-agent": ["/", "/customer/list", "/order/show/1", "/rights/"],
    "bj-dispatch": ["/", "/board/", "/receipt/list"],
    "bj-finance": ["/", "/receivable/list", "/receipt/list", "/receipt/add"],
    "hq": ["/", "/order/list", "/rights/", "/users/"],
}  # fmt: skip
COMMON = re.compile(r"\b(Save|Cancel|Order|Customer|Carer|Name|Phone|Search|Filter|Add|Export|Rights|User|Store|State|Yes|No)s?\b")


@pytest.mark.feature("CLI-07")
@pytest.mark.parametrize("username", PAGES)
def test_a_page_in_chinese_shows_no_english(client, database, username):
    harness.asking(database)("DELETE FROM message WHERE channel = 'bell'")  # each keeps the language its reader had when it came
    english = {w for m in chinese() if m.id for w in words(m.id) if w not in words(m.string)} - {"English"}
    person, left = client(username, "zh"), {}
    for address in PAGES[username]:
        page = person.get(address).get_data(as_text=True)
        assert '<html lang="zh' in page, address
        left[address] = {t for t in Visible(page).texts if t in english or COMMON.search(t)}
    assert {address: texts for address, texts in left.items() if texts} == {}


@pytest.mark.feature("CLI-07")
@pytest.mark.parametrize(("purpose", "record"), [("customer", 1), ("carer", 1), ("customer", 30), ("carer", 30)])
def test_a_signed_page_in_chinese_shows_no_english(app, client, purpose, record):
    english = {w for m in chinese() if m.id for w in words(m.id) if w not in words(m.string)} - {"English"}
    with app.app_context():
        address = link_to(purpose, SimpleNamespace(tenant_id=2, id=record))
    answer = client("", "zh").get(address)
    assert answer.status_code == 200
    assert not {t for t in Visible(answer.get_data(as_text=True)).texts if t in english or COMMON.search(t)}


@pytest.mark.feature("CLI-07")
def test_a_refused_form_says_why_in_chinese(client):
    agent = client("bj-agent", "zh")
    agent.look("/customer/add")
    answer = agent.post_form("/customer/add", name="", phone="1380013800")
    texts = Visible(answer.get_data(as_text=True)).texts
    assert answer.status_code == 422
    assert {"有 2 处要改", "必填。", "手机少 1 位。"} <= texts


@pytest.mark.feature("CLI-07")
def test_the_same_pages_in_english_show_the_source(client):
    reader = client()
    reader.look("/login/")
    reader.post_form("/lang", lang="en")
    assert "Sign in" in Visible(reader.get("/login/").get_data(as_text=True)).texts
    reader.look("/login/")
    reader.post_form("/lang", lang="zh")
    texts = Visible(reader.get("/login/").get_data(as_text=True)).texts
    assert "登录" in texts
    assert "Sign in" not in texts
