"""The first page: each role's own figures, each equal to the list behind it, and nobody else's."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from flask_babel import force_locale, gettext

from app.engine.clock import today
from tests.acting import as_person

TILE = re.compile(r'<a class="card jh-tile[^"]*" href="([^"]*)"><b class="fig">([^<]*)</b><span>([^<]*)</span>')
ROW = re.compile(
    r'<div class="li"><a href="([^"]*)">([^<]*)<span class="sub">([^<]*)</span></a>'
    r'(?:<span class="st st-(\w+)">(?:<i [^>]*></i>)?([^<]*)</span>)?'
)
COUNT = re.compile(r'aria-live="polite">([\d,]+)<')
WORDS = {
    "bj-agent": ["My orders today", "My orders without a carer", "My customers in arrears"],
    "bj-dispatch": ["Orders without a carer", "Late, without a carer", "Visits today"],
    "bj-finance": ["Unpaid bills", "Receipts today", "Overdue bills"],
    "bj-manager": [
        "New orders today",
        "Orders without a carer",
        "Orders under way",
        "Visits done today",
        "Receipts today",
        "Arrears",
    ],
    "bj-admin": ["New customers today", "New orders today", "Receipts today"],
    "hq": ["Orders this month", "Amount this month", "Franchises this month"],
}


def tiles(text: str) -> list[tuple[str, str, str]]:
    """(address, figure, label) of each tile of a page."""
    return [tuple(html.unescape(part) for part in found) for found in TILE.findall(text)]


def rows(text: str) -> list[tuple[str, ...]]:
    return [tuple(html.unescape(part) for part in found) for found in ROW.findall(text)]


def count_behind(person, url: str) -> int:
    page = person.get(url)
    assert page.status_code == 200, url
    return int(COUNT.search(page.text).group(1).replace(",", ""))


def sum_behind(caller, url: str, field: str) -> Decimal:
    table, _list, ask = url.removeprefix("/").partition("/list?")
    total, asked = Decimal(0), {"size": 200, **dict(parse_qsl(ask))}
    while True:
        found = caller.get(f"/api/v1/{table}/", **asked)["result"]
        total += sum((Decimal(r[field]) for r in found), Decimal(0))
        if len(found) < 200:
            return total
        asked["after"] = found[-1]["id"]


def check_tiles(found, person, caller) -> None:
    """Every figure is what the list behind it holds."""
    assert found
    for url, figure, name in found:
        if figure.startswith("¥"):
            measure = "arrears" if url.startswith("/receivable/") else "amount"
            assert Decimal(figure[1:].replace(",", "")) == sum_behind(caller, url, measure), name
        else:
            assert int(figure.replace(",", "")) == count_behind(person, url), name


def said(app, page: str, words: str) -> str:
    """Our words in the page's language, as HTML has them."""
    with app.test_request_context(), force_locale(re.search(r'<html lang="(\w\w)', page).group(1)):
        return html.escape(gettext(words))


@pytest.mark.feature("STO-04", "PER-08")
@pytest.mark.parametrize("who", WORDS)
def test_each_role_finds_its_own_figures_and_the_lists_behind_them(app, client, api, who):
    person = client(who)
    home = person.get("/")
    assert home.status_code == 200
    for words in WORDS[who]:
        assert said(app, home.text, words) in home.text
    check_tiles(tiles(home.text), person, api(who))
    for url, text, *_rest in rows(home.text):
        assert text.strip()
        assert person.get(url).status_code == 200


@pytest.mark.parametrize("who", WORDS)
def test_the_page_asks_the_database_little(client, count_queries, who):
    person = client(who)
    person.get("/")  # a rule book that changed is compiled by whoever comes first
    with count_queries() as sent:
        assert person.get("/").status_code == 200
    assert sent.count <= 10, "\n".join(sent)


def test_finance_has_no_tiles_of_an_agent(app, client):
    home = client("bj-finance").get("/").text
    assert "owner=" not in home
    for words in ("My orders today", "My customers in arrears"):
        assert said(app, home, words) not in home


def test_an_agent_counts_only_their_own(client):
    one, two = (tiles(client(who).get("/").text) for who in ("bj-agent", "bj-agent2"))
    assert {u.partition("&")[0] for u, _f, _l in one}.isdisjoint(u.partition("&")[0] for u, _f, _l in two)


def test_a_franchise_sees_nothing_of_the_other(client):
    here, there = client("sh-admin"), client("bj-admin")
    mine, theirs = here.get("/").text, there.get("/").text
    assert [f for _u, f, _l in tiles(mine)] != [f for _u, f, _l in tiles(theirs)]
    assert not re.search(r"[A-Z]{2}-BJ\d\d-", mine)
    assert not re.search(r"[A-Z]{2}-SH\d\d-", theirs)
    assert rows(mine)
    for url, *_rest in rows(mine):
        assert there.get(url).status_code == 404


@pytest.mark.feature("STO-04")
def test_head_office_sees_each_franchise_and_the_sum(client, api):
    person, caller = client("hq"), api("hq")
    home = person.get("/").text
    franchises = [r for r in rows(home) if "store.in=" in r[0]]
    assert len(franchises) == 2
    for url, _name, sub, _tint, amount in franchises:
        assert int(re.search(r"[\d,]+", sub).group().replace(",", "")) == count_behind(person, url)
        assert Decimal(amount[1:].replace(",", "")) == sum_behind(caller, url, "amount")
    for who in ("bj-admin", "sh-admin"):
        own = count_behind(client(who), f"/order/list?created_at.ge={today():%Y-%m-01}")
        assert own in [int(re.search(r"\d+", sub).group()) for _u, _n, sub, *_rest in franchises]


def test_a_late_order_heads_the_dispatchers_list(app, client, api, fresh_db):
    """It was to begin before now, and nobody is there."""
    agent = api("bj-agent")
    customer = agent.get("/api/v1/customer/", size=1)["result"][0]["id"]
    service = next(s for s in agent.get("/api/v1/service/")["result"] if s["unit"] == "hour")
    body = {"customer": customer, "service": service["id"], "starts_at": f"{today()} 00:00", "quantity": "1"}
    order = agent.post("/api/v1/order/", body)["result"]
    home = client("bj-dispatch").get("/").text
    first = next(r for r in rows(home) if r[0].startswith("/order/"))
    assert (first[0], first[3], first[4]) == (f"/order/show/{order['id']}", "bad", said(app, home, "Late"))
    assert next(f for u, f, _l in tiles(home) if "starts_at.lt" in u) == "1"


def test_several_roles_see_each_figure_once(app):
    from app.engine.current import acting, current
    from app.engine.wall import leave
    from app.extensions import db
    from app.views.home import HOMES
    from app.web.figures import Figure, usable

    with app.test_request_context(), as_person(db.session, "bj-manager"):
        with acting(roles=frozenset({"manager", "dispatcher", "agent"})):
            asked = [a for role in HOMES if role in current().roles for a in HOMES[role]() if isinstance(a, Figure)]
            found = usable(asked)
        leave(db.session)
    keys = [(a.model, a.ask, a.measure) for a in found]
    assert len(keys) == len(set(keys)) < len(asked)
    assert {replace(a, label="") for a in found} == {replace(a, label="") for a in asked}


def test_a_figure_of_a_hidden_field_is_left_out(app):
    from app.engine.wall import leave
    from app.extensions import db
    from app.models.order import Order
    from app.web.figures import Figure
    from app.web.figures import tiles as made

    with app.test_request_context(), as_person(db.session, "bj-agent"):
        found = made(
            [
                Figure("a", Order, "cost.gt=1"),
                Figure("b", Order, "state=done", "cost"),
                Figure("c", Order, "state=done"),
            ]
        )
        leave(db.session)
    assert [t["label"] for t in found] == ["c"]


def test_nobody_yet_is_sent_to_log_in(client):
    assert client().get("/").status_code == 302
