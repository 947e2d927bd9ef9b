"""A list as a chart of one's own making: every number is that of the list behind it, and an earlier period is right to the cent."""

from __future__ import annotations

import html
import json
import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from app.engine.clock import today
from app.engine.conditions import Leaf
from app.engine.earlier import BEFORE, YEAR, Span, earlier, paired, span
from tests import harness
from tests.test_exchange import sheet
from tests.test_pivot import behind, text

CHART = "/order/list?as=chart"
ORDERS = '"order"'
HERE = "AT TIME ZONE 'Asia/Shanghai'"


@pytest.fixture
def kept(database):
    return harness.asking(database)


def money(kept, what) -> str:
    return f"¥{kept(f'SELECT {what} FROM {ORDERS} WHERE tenant_id = 2')[0][0]:,.2f}"


def drawn(page) -> dict:
    """What the script of a page draws."""
    return json.loads(html.unescape(re.search(r'data-plot="([^"]*)"', page)[1]))


def chart(person, ask) -> dict:
    return drawn(text(person, f"{CHART}&{ask}"))


def cells(plot) -> list[dict]:
    return [c for row in plot["rows"] for c in row["cells"] if c["url"]]


def added_up(person, url) -> str:
    """What the list behind a number comes to."""
    return person.get(url.replace("/list?", "/totals?")).get_json()["sums"].get("amount", {}).get("sum", "")


def month_before(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


@pytest.mark.feature("STA-13")
@pytest.mark.parametrize("who", ["bj-admin", "bj-agent"])
@pytest.mark.parametrize(
    "ask", ["draw=bar&by=state", "draw=stacked&by=starts_at:month&across=state", "draw=pie&by=service", "draw=area&by=created_at:day"]
)
def test_every_bar_slice_and_point_is_the_count_of_the_list_behind_it(client, who, ask):
    person = client(who)
    plot = chart(person, ask)
    found = [c for c in cells(plot) if c["value"]]
    assert len(found) > 2
    for cell in found[:12]:
        assert behind(person, cell["url"]) == cell["text"], cell
    assert plot["foot"][-1]["text"] == behind(person, "/order/list")
    shown = text(person, f"{CHART}&{ask}")
    for cell in found:
        assert f'href="{html.escape(cell["url"])}"' in shown, "the table beside it has the same numbers"


@pytest.mark.feature("STA-13")
def test_sums_and_means_are_those_of_the_lists(client, kept):
    admin = client("bj-admin")
    plot = chart(admin, "by=starts_at:month&measure=amount")
    assert plot["draw"] == "line"
    assert plot["foot"][0]["text"] == money(kept, "sum(amount)")
    for cell in [c for c in cells(plot) if c["value"]][:6]:
        assert added_up(admin, cell["url"]) == cell["text"]
    mean = chart(admin, "by=state&measure=amount:avg&draw=pie")
    assert mean["draw"] == "bar", "means are no parts of a whole"
    assert mean["foot"][0]["text"] == money(kept, "round(avg(amount), 2)")


def test_days_without_rows_are_drawn_as_nothing_and_links_from_the_largest_down(client):
    admin = client("bj-admin")
    first = today() - timedelta(days=200)
    days = chart(admin, f"by=starts_at:day&starts_at.bt={first},{first + timedelta(days=9)}&measure=amount")["rows"]
    assert len(days) == 10 or not days
    values = [row["cells"][0]["value"] for row in chart(admin, "by=service")["rows"]]
    assert values == sorted(values, reverse=True)


@pytest.mark.feature("STA-13")
def test_it_is_one_grouped_query_and_one_more_for_the_comparison(client, count_queries):
    admin = client("bj-admin")
    compared = "by=created_at:day&than=before&created_at.when=last_30"
    for ask, most in (("by=state", 1), ("by=starts_at:month&measure=amount", 1), (compared, 2)):
        text(admin, f"{CHART}&{ask}")
        with count_queries() as sent:
            text(admin, f"{CHART}&{ask}")
        assert len([s for s in sent if "GROUP BY" in s]) == most, ask
        assert len(sent) <= 4 + most - 1, ask


@pytest.mark.feature("STA-13")
def test_beside_a_month_stands_the_whole_month_before_to_the_cent(client, kept):
    """October has a day more than November: it has a place of its own, and nothing is left out."""
    admin = client("bj-admin")
    here = today().replace(day=1)
    there, last = month_before(here), (here + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    for by in ("starts_at:day", "starts_at:month", "created_at:day"):
        name = by.partition(":")[0]
        plot = chart(admin, f"by={by}&measure=amount&than=before&{name}.ge={here}&{name}.le={last}")
        sums = [
            kept(f"""SELECT coalesce(sum(amount), 0) FROM "order" WHERE tenant_id = 2
                     AND date_trunc('month', {name} {HERE})::date = %s""", first)[0][0]
            for first in (here, there)
        ]  # fmt: skip
        for n, total in enumerate(sums):
            assert plot["foot"][n]["text"] == f"¥{total:,.2f}", by
            assert sum(Decimal(str(row["cells"][n]["value"] or 0)) for row in plot["rows"]) == total, by
        for row in plot["rows"]:
            for cell in row["cells"]:
                if cell["value"]:
                    assert added_up(admin, cell["url"]) == cell["text"], (by, row)
        if by == "starts_at:month":
            assert [row["label"] for row in plot["rows"]] == [f"{here:%Y-%m}"]
            assert plot["rows"][0]["then"] == f"{there:%Y-%m}"


def test_without_a_beginning_each_month_has_the_one_before_it_beside_it(client):
    rows = chart(client("bj-admin"), "by=starts_at:month&than=before")["rows"]
    assert len(rows) > 2
    for one, two in pairwise(rows):
        if one["cells"][0]["url"] and two["cells"][1]["url"]:
            assert one["cells"][0]["value"] == two["cells"][1]["value"]


@pytest.mark.parametrize(
    ("asked", "than", "form", "then"),
    [
        (("2026-11-01", "2026-11-30"), BEFORE, "day", ("2026-10-01", "2026-10-31")),
        (("2026-03-01", "2026-03-31"), BEFORE, "month", ("2026-02-01", "2026-02-28")),
        (("2026-01-01", "2026-03-31"), BEFORE, "month", ("2025-10-01", "2025-12-31")),
        (("2026-10-25", "2026-11-05"), BEFORE, "day", ("2026-10-13", "2026-10-24")),
        (("2025-02-01", "2025-02-28"), YEAR, "day", ("2024-02-01", "2024-02-29")),
        (("2024-02-29", "2024-03-10"), YEAR, "day", ("2023-02-28", "2023-03-10")),
        (("2026-01-01", "2026-12-31"), BEFORE, "year", ("2025-01-01", "2025-12-31")),
    ],
)
def test_which_days_an_earlier_period_has(asked, than, form, then):
    found = earlier(Span(*map(date.fromisoformat, asked)), than, form)
    assert (str(found.span.first), str(found.span.last)) == then


def test_each_earlier_day_has_one_place_and_none_is_lost():
    by = earlier(Span(date(2026, 11, 1), date(2026, 11, 30)), BEFORE, "day")
    now, then = [f"2026-11-{n:02}" for n in range(1, 31)], [f"2026-10-{n:02}" for n in range(1, 32)]
    pairs = paired(now, then, by)
    assert pairs[0] == ("2026-11-01", "2026-10-01")
    assert pairs[-1] == (None, "2026-10-31")
    assert sorted(b for _a, b in pairs if b) == then
    year = earlier(Span(date(2025, 2, 1), date(2025, 3, 31)), YEAR, "day")
    pairs = paired(["2025-02-28", "2025-03-01"], ["2024-02-28", "2024-02-29", "2024-03-01"], year)
    assert pairs == [("2025-02-28", "2024-02-28"), (None, "2024-02-29"), ("2025-03-01", "2024-03-01")]
    odd = earlier(Span(date(2026, 10, 15), date(2026, 11, 14)), BEFORE, "month")
    assert paired(["2026-10", "2026-11"], ["2026-09", "2026-10"], odd) == [("2026-10", "2026-09"), ("2026-11", "2026-10")]
    assert span([Leaf("x", "gt", "2026-10-31"), Leaf("x", "lt", "2026-12-01")]) == Span(date(2026, 11, 1), date(2026, 11, 30))
    assert span([Leaf("x", "ge", "2026-10-31T12:00")]) is None, "it cuts a day in two"


def test_what_one_may_not_read_is_neither_offered_nor_drawn(client, fresh_db, truth):
    agent, admin = client("bj-agent"), client("bj-admin")
    page = text(agent, f"{CHART}&by=unit_cost&measure=unit_cost&across=cost")
    form = page.partition("way-form")[2].partition("</form>")[0]
    assert "unit_cost" not in form
    assert "unit_cost" not in html.unescape(re.search(r'data-plot="([^"]*)"', page)[1])
    admin.look("/rights/?model=order&state=done")
    assert admin.post_form("/rights/", model="order", **{"cell:agent:district@done": "0"}).status_code == 302
    mine = "tenant_id = 2 AND owner_id = (SELECT id FROM staff WHERE username = 'bj-agent')"
    ((rows, done),) = truth(f'SELECT count(*), count(*) FILTER (WHERE state = \'done\') FROM "order" WHERE {mine}')
    assert done
    plot = chart(agent, "by=district")
    assert plot["foot"][0]["text"] == str(rows - done)
    for cell in [*cells(plot), *plot["foot"]]:
        assert behind(agent, cell["url"]) == cell["text"], cell


@pytest.mark.parametrize("who", ["bj-finance", "sh-admin", "bj-dispatch"])
def test_everybody_has_his_own_numbers(client, who):
    person = client(who)
    plot = chart(person, "by=state")
    assert plot["foot"][0]["text"] == behind(person, "/order/list")
    for cell in cells(plot):
        assert behind(person, cell["url"]) == cell["text"]


def test_a_chart_is_saved_as_a_view_and_its_numbers_leave_as_a_file(client, fresh_db, truth):
    admin = client("bj-admin")
    admin.look("/order/list")
    ask = "as=chart&draw=area&by=created_at:day&measure=amount&than=year&state=done"
    answer = admin.post_form("/views/add", table="order", name="完成额", question=ask)
    page = text(admin, answer.location)
    plot = drawn(page)
    assert (plot["draw"], plot["compared"], plot["money"]) == ("area", True, True)
    assert 'name="than"' in page
    assert "完成额" in text(admin, "/statistics/?all=1")
    file = html.unescape(re.search(r'href="([^"]+)" data-pivot="csv"', page)[1])
    lines = admin.get(file).data.decode("utf-8-sig").splitlines()
    total = truth("""SELECT sum(amount) FROM "order" WHERE tenant_id = 2 AND state = 'done'""")[0][0]
    assert len(lines[0].split(",")) == 5, "a line has its day, the one beside it, both numbers, and how much more or less"
    assert Decimal(lines[-1].split(",")[2]) == total


COMPARED = "by=starts_at:month&measure=amount&than=before&starts_at.ge={}&starts_at.le={}"


def two_months() -> tuple[date, date, date]:
    """The first day of the month before last, of the last one, and the last day of that."""
    here = today().replace(day=1)
    return month_before(month_before(here)), month_before(here), here - timedelta(days=1)


@pytest.mark.feature("STA-13")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_file_of_a_chart_has_the_earlier_period_too(client, kept, kind):
    admin = client("bj-admin")
    first, here, last = two_months()
    page = text(admin, f"{CHART}&{COMPARED.format(here, last)}")
    file = html.unescape(re.search(rf'href="([^"]+)" data-pivot="{kind}"', page)[1])
    answer = admin.get(file)
    csv = lambda: [line.split(",") for line in answer.data.decode("utf-8-sig").splitlines()]  # noqa: E731
    lines = csv() if kind == "csv" else [[str(v) for v in row] for row in sheet(answer)]
    ask = f"SELECT coalesce(sum(amount), 0) FROM {ORDERS} WHERE tenant_id = 2 AND to_char(starts_at {HERE}, 'YYYY-MM') = %s"
    sums = [kept(ask, f"{m:%Y-%m}")[0][0] for m in (here, first)]
    assert lines[1][:2] == [f"{here:%Y-%m}", f"{first:%Y-%m}"]
    for line in lines[1:]:
        assert [round(Decimal(v), 2) for v in line[2:4]] == sums
        assert Decimal(line[4]) == pytest.approx((sums[0] - sums[1]) / sums[1] * 100, abs=Decimal("0.01"))


@pytest.mark.feature("STA-13")
def test_each_part_of_a_split_has_its_earlier_period_beside_it(client, kept):
    admin = client("bj-admin")
    first, here, last = two_months()
    plot = chart(admin, f"{COMPARED.format(here, last)}&across=source&draw=bar")
    assert plot["past"] == [*range(1, len(plot["heads"]), 2)]
    assert all(then.startswith(now_) for now_, then in zip(plot["heads"][::2], plot["heads"][1::2], strict=True))
    assert len(plot["sums"]) == 2
    assert len(plot["heads"]) >= 4
    for n, month_ in enumerate((here, first)):
        rows = kept(
            f"SELECT sum(amount) FROM {ORDERS} WHERE tenant_id = 2 AND to_char(starts_at {HERE}, 'YYYY-MM') = %s GROUP BY source",
            f"{month_:%Y-%m}",
        )
        shown = [c["value"] for c in plot["rows"][0]["cells"][: len(plot["heads"])][n::2] if c["value"] is not None]
        assert sorted(shown) == sorted(float(total) for (total,) in rows)
        assert plot["rows"][0]["cells"][-2 + n]["value"] == pytest.approx(float(sum(total for (total,) in rows)))
    for cell in cells(plot):
        assert added_up(admin, cell["url"]) == cell["text"]
    page = text(admin, f"{CHART}&{COMPARED.format(here, last)}&across=source&draw=stacked")
    assert 'name="across"' in page
    assert 'name="than"' in page
    file = html.unescape(re.search(r'href="([^"]+)" data-pivot="csv"', page)[1])
    lines = admin.get(file).data.decode("utf-8-sig").splitlines()
    assert len(lines[0].split(",")) == 2 + len(plot["heads"]) + 3


def test_a_field_called_like_a_word_of_the_address_is_still_a_filter(client):
    """Stores have a kind: it must not be taken for the kind of a chart."""
    page = text(client("hq"), "/store/list?as=chart&by=kind&kind=own")
    assert [row["cells"][0]["url"] for row in drawn(page)["rows"]]
    assert len(drawn(page)["rows"]) == 1
