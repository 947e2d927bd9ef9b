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


def starts(kept, made) -> str:
    here = "to_char(starts_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'), ends_at - starts_at = interval '2 hours'"
    at, whole = kept(f'SELECT {here} FROM "order" WHERE id = %s', made["id"])[0]
    assert whole, "the end goes along"
    return at


def test_an_entry_goes_to_another_hour_by_the_same_way(client, api, fresh_db, truth):
    agent, finance, caller = client("bj-agent"), client("bj-finance"), api("bj-agent")
    agent.look("/")
    finance.look("/")
    made = order(caller, 400)
    day = local(now() + timedelta(days=400)).date().isoformat()
    url = f"/order/move/{made['id']}?as=calendar&by=starts_at&span=week"
    assert send(finance, url, to=f"{day}T14:15", version=made["version"]).status_code == 403
    assert send(agent, url, to=f"{day}T25:00", version=made["version"]).status_code == 400
    done = send(agent, url, to=f"{day}T14:15", version=made["version"])
    assert done.status_code == 200, done.json
    assert "14:15" in done.json["message"]
    assert starts(truth, made) == f"{day} 14:15"
    page = text(agent, f"{CALENDAR}&span=week&day={day}&q={made['number']}")
    assert re.search(rf'data-entry="{made["id"]}"[^>]*data-at="{day}T14:15:00" data-from="855" data-until="975"', page)
    assert "data-slots" not in text(agent, f"{CALENDAR}&span=month&day={day}")
    assert "data-slots" not in text(agent, "/contract/list?as=calendar&span=week"), "days have no hours"


def grid(look, day, **more):
    query = "".join(f"&{k}={v}" for k, v in more.items())
    look.goto(f"{CALENDAR}&span=week&day={day}{query}")
    return lambda made: look.locator(f"[data-entry='{made['id']}']")


def test_a_week_of_moments_has_hours_where_blocks_lie_side_by_side(page, api, kept):
    caller = api("bj-agent")
    there = local(now() + timedelta(days=500)).date()
    early, late, apart = order(caller, 500, 9), order(caller, 500, 10), order(caller, 500, 14)
    look = page("bj-agent", "zh", 1366, 768)
    of = grid(look, there)
    boxes = [of(made).bounding_box() for made in (early, late, apart)]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"] + 1, "those that overlap share the width"
    assert boxes[2]["width"] > boxes[0]["width"] * 1.5
    hour = look.locator(f"[data-day='{there}'] [data-slots]").bounding_box()["height"] / 24
    assert boxes[0]["height"] == pytest.approx(2 * hour, abs=3)
    assert boxes[1]["y"] - boxes[0]["y"] == pytest.approx(hour, abs=2)
    of(apart).scroll_into_view_if_needed()
    box = of(apart).bounding_box()
    look.mouse.move(box["x"] + 20, box["y"] + 6)
    look.mouse.down()
    look.mouse.move(box["x"] + 24, box["y"] + 6 + hour / 2, steps=4)
    look.mouse.move(box["x"] + 24, box["y"] + 6 + 1.5 * hour, steps=4)
    expect(look.locator(".cal-ghost")).to_have_text("15:30")
    look.mouse.up()
    expect(look.locator(".jh-toast.is-success")).to_contain_text("15:30")
    assert starts(kept, apart) == f"{there} 15:30"
    expect(of(apart).locator(".fig")).to_have_text("15:30")
    look.locator(".jh-toast [data-act]").click()
    expect(of(apart).locator(".fig")).to_have_text("14:00")
    expect(look.locator(".going")).to_have_count(0)
    expect(look.locator(".jh-toast.is-success")).to_contain_text("14:00")
    assert starts(kept, apart) == f"{there} 14:00"
    look.goto(f"{CALENDAR}&span=week")
    line, today_ = look.locator(".cal-now").bounding_box(), look.locator(".cal-day.today [data-slots]").bounding_box()
    here = local(now())
    assert (line["y"] - today_["y"]) / today_["height"] * 1440 == pytest.approx(here.hour * 60 + here.minute, abs=14)


def test_whoever_may_not_move_an_entry_is_told_so(page, api, kept):
    made = order(api("bj-agent"), 501)
    there = local(now() + timedelta(days=501)).date()
    look = page("bj-finance", "zh", 1366, 768)
    of = grid(look, there, q=made["number"])
    of(made).drag_to(look.locator(f"[data-day='{there}'] [data-slots]"))
    expect(look.locator(".jh-toast.is-warning")).to_be_visible()
    assert starts(kept, made) == f"{there} 09:00"


def test_on_a_phone_the_hours_are_those_of_one_day(page, api, kept):
    made = order(api("bj-agent"), 502)
    there = local(now() + timedelta(days=502)).date()
    other = there + timedelta(1 if there.weekday() < 6 else -1)
    phone = page("bj-agent", "zh", 360, 740)
    of = grid(phone, there, q=made["number"])
    expect(phone.locator(".cal-day:visible")).to_have_count(1)
    expect(of(made)).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    of(made).tap()
    phone.locator("aside.peek [data-another]").tap()
    phone.locator("dialog input[name=time]").fill("16:45")
    phone.locator("dialog .btn-primary").tap()
    expect(phone.locator(".jh-toast.is-success")).to_contain_text("16:45")
    assert starts(kept, made) == f"{there} 16:45"
    phone.locator(f"[data-day-tab='{other}']").tap()
    expect(of(made)).to_be_hidden()
    expect(phone.locator(f"[data-day='{other}']")).to_be_visible()
