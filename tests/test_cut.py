"""A time is cut to its day, month or year as its company's calendar has it, however far away it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Date, DateTime, literal, select

from app.engine import clock
from app.engine.custom import DayText
from app.engine.groups import FORMS, cut
from app.extensions import db
from tests.acting import as_person

EDGES = [
    datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC),
    datetime(2024, 2, 29, 12, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC), datetime(2026, 3, 31, 21, 59, tzinfo=UTC),
    datetime(1899, 12, 31, 15, tzinfo=UTC), datetime(1850, 6, 1, tzinfo=UTC), datetime(2099, 12, 31, 23, tzinfo=UTC),
    datetime(2150, 7, 1, tzinfo=UTC), datetime(1900, 2, 1, tzinfo=UTC),
]  # fmt: skip


@pytest.mark.feature("STA-13")
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("form", FORMS)
def test_a_moment_is_cut_where_the_company_lives(app, monkeypatch, zone, form):
    with app.test_request_context("/"), as_person(db.session, "bj-admin"):
        monkeypatch.setattr(clock, "home", [lambda: zone])
        asked = select(*[cut(literal(one, DateTime(timezone=True)), form, "moment").label(f"c{n}") for n, one in enumerate(EDGES)])
        found = db.session.execute(asked).one()
        assert [*found] == [clock.local(one).date().isoformat()[: FORMS[form]] for one in EDGES]


@pytest.mark.feature("STA-13")
@pytest.mark.parametrize("form", FORMS)
def test_a_day_is_cut_alike_in_a_column_and_in_a_field_of_ones_own(app, form):
    days = [date(1799, 12, 31), date(1900, 1, 1), date(2099, 12, 31), date(2100, 1, 1)]
    days += [date(2024, 1, 1) + timedelta(31 * n) for n in range(25)]
    wanted = [day.isoformat()[: FORMS[form]] for day in days]
    with app.test_request_context("/"), as_person(db.session, "bj-admin"):
        for made in (lambda day: literal(day, Date()), lambda day: literal(day.isoformat(), DayText())):
            asked = select(*[cut(made(day), form, "day").label(f"c{n}") for n, day in enumerate(days)])
            assert [*db.session.execute(asked).one()] == wanted
