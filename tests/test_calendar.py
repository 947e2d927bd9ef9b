"""A list as a calendar: rows on their days in the company's time zone, moved by the in-place path and under its rights."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.engine.clock import local, now, today
from app.engine.periods import month
from tests.people import text

CALENDAR = "/order/list?as=calendar"
JSON = {"Accept": "application/json"}


def days(page) -> dict[str, tuple[int, list[int]]]:
    """{day: (how many, the entries shown)}."""
    found = {}
    for iso, inner in re.findall(r'data-day="([\d-]+)".*?>(.*?)</li>', page, re.DOTALL):
        count = re.search(r'class="cnt"[^>]*>(\d+)<', inner)
        found[iso] = int(count[1]) if count else 0, [int(pk) for pk in re.findall(r'data-entry="(\d+)"', inner)]
    return found


def order(caller, days_ahead: int, hour: int = 9) -> dict:
    customer = caller.get("/api/v1/customer/", size=1)["result"][0]["id"]
    service = next(s for s in caller.get("/api/v1/service/")["result"] if s["unit"] == "hour")["id"]
    starts = local(now() + timedelta(days=days_ahead)).replace(hour=hour, minute=0, second=0, microsecond=0)
    sent = {"customer": customer, "service": service, "starts_at": starts.isoformat(), "quantity": "2"}
    return caller.post("/api/v1/order/", sent)["result"]


def send(person, url, **data):
    return person.post(url, data={"csrf_token": person.token, **data}, headers=JSON)


def test_each_day_counts_the_rows_of_that_day_here(client, kept):
    """Days are those of the company's wall clock, whatever the database's."""
    admin, agent = client("bj-admin"), client("bj-agent")
    here = "(starts_at AT TIME ZONE 'Asia/Shanghai')::date"
    rows = dict(kept(f'SELECT {here}::text, count(*) FROM "order" WHERE tenant_id = 2 GROUP BY 1'))
    mine = dict(kept(f"""SELECT {here}::text, count(*) FROM "order" WHERE tenant_id = 2 AND owner_id =
                         (SELECT id FROM staff WHERE username = 'bj-agent') GROUP BY 1"""))
    for person, there in ((admin, rows), (agent, mine)):
        for first in (month(today(), -1), month(today(), 0)):
            found = days(text(person, f"{CALENDAR}&day={first}"))
            assert {d: n for d, (n, _e) in found.items() if n} == {d: n for d, n in there.items() if d in found}
            assert all(len(e) == min(n, 4) for n, e in found.values())
    week = days(text(admin, f"{CALENDAR}&span=week"))
    assert len(week) == 7
    assert today().isoformat() in week


def test_late_in_the_evening_is_still_that_day(client, api, fresh_db):
    made = order(api("bj-agent"), 400, hour=23)
    day = local(now() + timedelta(days=400)).date().isoformat()
    assert made["id"] in days(text(client("bj-agent"), f"{CALENDAR}&day={day}"))[day][1]
    assert made["id"] not in [pk for _n, e in days(text(client("sh-admin"), f"{CALENDAR}&day={day}")).values() for pk in e]


def test_an_entry_goes_to_another_day_with_its_end_and_under_the_same_rights(client, api, fresh_db, truth):
    agent, finance, caller = client("bj-agent"), client("bj-finance"), api("bj-agent")
    agent.look("/")
    finance.look("/")
    made = order(caller, 400)
    to = local(now() + timedelta(days=403)).date().isoformat()
    url = f"/order/move/{made['id']}?as=calendar&by=starts_at"
    assert send(finance, url, to=to, version=made["version"]).status_code == 403
    done = send(agent, url, to=to, version=made["version"])
    assert done.status_code == 200
    assert send(agent, url, to=to, version=made["version"]).status_code == 409, "the second writer loses"
    after = caller.get(f"/api/v1/order/{made['id']}")["result"]
    start = "SELECT to_char(starts_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'), ends_at - starts_at = interval '2 hours'"
    assert truth(f'{start} FROM "order" WHERE id = %s', made["id"]) == [(f"{to} 09:00", True)]
    assert after["ends_at"] > after["starts_at"]
    assert send(agent, url, to="soon", version=after["version"]).status_code == 400
    assert send(agent, f"/order/move/{made['id']}?as=calendar&by=created_at", to=to, version=after["version"]).status_code == 403
    assert send(agent, f"/order/move/{made['id']}?as=calendar&by=special", to=to).status_code == 403
    assert agent.get(f"{CALENDAR}&day=9999-12-31").status_code == 400


@pytest.mark.feature("CON-06")
def test_a_contract_marked_red_is_red_in_list_calendar_and_board_for_all(client, api, fresh_db, truth):
    """Also one that is in force, whose other fields are locked."""
    manager = api("bj-manager")
    there = manager.get("/api/v1/contract/", state="active", attention="4")["result"][0]
    pk, starts = there["id"], there["starts_on"]
    assert manager.put(f"/api/v1/contract/{pk}", {"attention": "1"})["result"]["attention"] == "1"
    api("bj-finance").put(f"/api/v1/contract/{pk}", {"attention": "4"}, 403)
    for who in ("bj-admin", "bj-manager", "bj-finance"):
        person = client(who)
        row = rf'<tr class="row-1"[^>]*>(?:(?!</tr>).)*/contract/show/{pk}"'
        assert re.search(row, text(person, "/contract/list?attention=1"), re.DOTALL), who
        calendar = text(person, f"/contract/list?as=calendar&day={starts}&attention=1")
        assert re.search(rf'class="cal-e[^"]*li-1[^"]*" href="/contract/show/{pk}"', calendar), who
        assert re.search(rf'<tr class="row-1" data-card="{pk}"', text(person, "/contract/list?as=board&attention=1")), who


def test_in_the_browser_an_entry_is_looked_at_dragged_and_taken_back(page, api, kept):
    made = order(api("bj-agent"), 10)
    there = local(now() + timedelta(days=10)).date()
    other = there + timedelta(1 if there.weekday() < 6 else -1)
    look = page("bj-agent", "zh", 1366, 768)
    look.goto(f"{CALENDAR}&span=week&day={there}&q={made['number']}")
    entry = look.locator(f"[data-entry='{made['id']}']")
    entry.click()
    expect(look.locator("aside.peek h2")).to_have_text(made["number"])
    look.locator("aside.peek header button").click()
    day = lambda: kept("SELECT (starts_at AT TIME ZONE 'Asia/Shanghai')::date FROM \"order\" WHERE id = %s", made["id"])[0][0]  # noqa: E731
    entry.drag_to(look.locator(f"[data-day='{other}']"))
    expect(look.locator(".jh-toast.is-success")).to_be_visible()
    assert day() == other
    look.locator(".jh-toast [data-act]").click()
    expect(look.locator(f"[data-day='{there}'] [data-entry]")).to_have_count(1)
    expect(look.locator(".jh-toast.is-success")).to_be_visible()
    expect(look.locator(".going")).to_have_count(0)
    assert day() == there
    entry.focus()
    look.keyboard.press("Enter")
    look.locator("aside.peek [data-another]").press("Enter")
    look.locator("dialog input[name=day]").fill(other.isoformat())
    look.locator("dialog .btn-primary").press("Enter")
    expect(look.locator(f"[data-day='{other}'] [data-entry]")).to_have_count(1)
    phone = page("bj-agent", "zh", 360, 740)
    phone.goto(f"{CALENDAR}&day={other}&q={made['number']}")
    expect(phone.locator(".cal-day:visible")).to_have_count(1)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
