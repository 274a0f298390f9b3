"""Labels of calendar periods: what a moment's clock and calendar show, in an order that sorts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold.domain.errors import InvalidInput
from retold.projections.periods import Unit, label

LONDON, KOLKATA = ZoneInfo("Europe/London"), ZoneInfo("Asia/Kolkata")


def labels(text: str, zone: ZoneInfo = LONDON) -> dict[str, str]:
    moment = datetime.fromisoformat(text)
    units: tuple[Unit, ...] = ("weekday", "hour", "day", "week", "month", "quarter")
    return {unit: label(moment, unit, zone) for unit in units}


def test_a_moment_has_a_label_in_every_unit() -> None:
    assert labels("2026-03-01T09:59:59.999999Z") == {
        "weekday": "7 Sun",
        "hour": "09",
        "day": "2026-03-01",
        "week": "2026-W09",
        "month": "2026-03",
        "quarter": "2026-Q1",
    }


def test_a_zone_ahead_may_be_in_the_next_of_every_period() -> None:
    assert labels("2025-12-31T23:30Z", KOLKATA) == {
        "weekday": "4 Thu",
        "hour": "05",
        "day": "2026-01-01",
        "week": "2026-W01",
        "month": "2026-01",
        "quarter": "2026-Q1",
    }


def test_hours_run_from_00_to_23() -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    day = [label(midnight + timedelta(hours=n), "hour", UTC) for n in range(24)]
    assert day == [f"{hour:02}" for hour in range(24)]


def test_the_zone_of_the_moment_itself_does_not_matter() -> None:
    assert labels("2026-03-01T00:30+02:00") == labels("2026-02-28T22:30Z")


def test_weekdays_run_from_monday_to_sunday() -> None:
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    week = [label(monday + timedelta(days=n), "weekday", UTC) for n in range(7)]
    assert week == ["1 Mon", "2 Tue", "3 Wed", "4 Thu", "5 Fri", "6 Sat", "7 Sun"]


def test_quarters_are_of_three_months() -> None:
    year = [label(datetime(2026, month, 1, tzinfo=UTC), "quarter", UTC) for month in range(1, 13)]
    assert year == [f"2026-Q{quarter}" for quarter in (1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4)]


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2020-12-31", "2020-W53"),
        ("2021-01-03", "2020-W53"),
        ("2021-01-04", "2021-W01"),
        ("2024-12-29", "2024-W52"),
        ("2024-12-30", "2025-W01"),
        ("2026-12-31", "2026-W53"),
        ("2027-01-01", "2026-W53"),
    ],
)
def test_a_week_belongs_to_the_year_of_its_thursday(day: str, week: str) -> None:
    assert labels(f"{day}T12:00Z")["week"] == week


def test_the_hour_that_a_spring_night_lacks_is_no_label() -> None:
    around = ("2021-03-28T00:59Z", "2021-03-28T01:00Z")
    assert [labels(text)["hour"] for text in around] == ["00", "02"]


def test_the_hour_that_an_autumn_night_has_twice_is_one_label() -> None:
    around = ("2021-10-30T23:59Z", "2021-10-31T00:30Z", "2021-10-31T01:30Z", "2021-10-31T02:00Z")
    assert [labels(text)["hour"] for text in around] == ["00", "01", "01", "02"]


def test_summer_time_may_move_a_moment_into_the_next_month() -> None:
    assert labels("2026-06-30T23:30Z")["month"] == "2026-07"
    assert labels("2026-11-30T23:30Z")["month"] == "2026-11"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="has no time zone"):
        label(datetime(2026, 3, 1), "day", LONDON)


moments = st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1), timezones=st.just(UTC))


@given(moments, moments, st.sampled_from(["day", "week", "month", "quarter"]))
def test_labels_sort_as_time_does(one: datetime, other: datetime, unit: Unit) -> None:
    earlier, later = sorted((one, other))
    assert label(earlier, unit, KOLKATA) <= label(later, unit, KOLKATA)
