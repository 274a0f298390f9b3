"""Working time between two moments: known answers."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from retold.domain.errors import InvalidInput
from retold.projections.calendars import WEEKDAYS, Calendar, calendar_from
from retold.projections.working_time import working_us

MINUTE = 60_000_000
HOUR = 60 * MINUTE
LONDON, NEW_YORK = "Europe/London", "America/New_York"
ALL_DAY = ["00:00-24:00"]


def working(zone: str, *hours: str, days: str = "mon tue wed thu fri", off: str = "") -> Calendar:
    table = {"version": 1, "zone": zone, "days": days.split(), "hours": list(hours)}
    return calendar_from("hours", table | {"holidays": off.split()})


def every_day(zone: str, *hours: str) -> Calendar:
    return working(zone, *hours, days=" ".join(WEEKDAYS))


def at(zone: str, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def hours(calendar: Calendar, start: str, end: str) -> float:
    return working_us(calendar, at(calendar.zone, start), at(calendar.zone, end)) / HOUR


TEN_TO_FIVE = working(LONDON, "10:00-17:00", off="2021-12-27 2021-12-28")


def test_a_span_within_one_shift_is_all_working_time() -> None:
    assert hours(TEN_TO_FIVE, "2021-06-09T13:15", "2021-06-09T13:45") == 0.5


def test_nothing_before_opening_or_after_closing_counts() -> None:
    assert hours(TEN_TO_FIVE, "2020-02-25T07:32", "2020-02-25T17:07") == 7
    assert hours(TEN_TO_FIVE, "2020-02-25T17:00", "2020-02-26T10:00") == 0


def test_a_weekend_does_not_count() -> None:
    assert hours(TEN_TO_FIVE, "2021-06-11T16:00", "2021-06-14T11:30") == 2.5


def test_a_holiday_does_not_count_and_the_day_after_does() -> None:
    assert hours(TEN_TO_FIVE, "2021-12-24T16:00", "2021-12-29T11:00") == 2
    assert hours(TEN_TO_FIVE, "2021-12-27T11:00", "2021-12-28T12:00") == 0


def test_a_holiday_in_which_the_span_begins_or_ends_is_off_only_in_the_span() -> None:
    assert hours(TEN_TO_FIVE, "2021-12-28T11:00", "2021-12-29T11:00") == 1
    assert hours(TEN_TO_FIVE, "2021-12-24T16:00", "2021-12-27T11:00") == 1


def test_a_holiday_at_the_weekend_takes_nothing_away() -> None:
    calendar = working(LONDON, "10:00-17:00", off="2021-12-25")
    assert hours(calendar, "2021-12-24T16:00", "2021-12-27T11:00") == 2


def test_the_pause_between_two_stretches_does_not_count() -> None:
    calendar = working(LONDON, "09:00-12:30", "13:30-17:00")
    assert hours(calendar, "2021-06-09T12:00", "2021-06-09T14:00") == 1
    assert hours(calendar, "2021-06-07T00:00", "2021-06-14T00:00") == 5 * 7


def test_the_hour_that_a_spring_night_lacks_is_nobodys_time() -> None:
    for zone, day in ((LONDON, "2021-03-28"), (NEW_YORK, "2021-03-14")):
        night = every_day(zone, "00:00-08:00")
        assert hours(night, f"{day}T00:00", f"{day}T08:00") == 7
        assert working_us(every_day(zone, *ALL_DAY), *midnights(zone, day)) == 23 * HOUR


def test_the_hour_that_an_autumn_night_has_twice_counts_twice() -> None:
    for zone, day in ((LONDON, "2021-10-31"), (NEW_YORK, "2021-11-07")):
        night = every_day(zone, "00:00-08:00")
        assert hours(night, f"{day}T00:00", f"{day}T08:00") == 9
        assert working_us(every_day(zone, *ALL_DAY), *midnights(zone, day)) == 25 * HOUR


def midnights(zone: str, day: str) -> tuple[datetime, datetime]:
    midnight = at(zone, f"{day}T00:00")
    return midnight, midnight + timedelta(days=1)


def test_a_shift_that_the_clock_skips_or_shows_twice_is_none_or_two() -> None:
    early = every_day(LONDON, "01:15-01:45")
    assert hours(early, "2021-03-28T00:00", "2021-03-28T08:00") == 0
    assert hours(early, "2021-10-31T00:00", "2021-10-31T08:00") == 1


def test_the_first_and_the_second_of_two_equal_readings_are_two_moments() -> None:
    first, second = (at(LONDON, "2021-10-31T01:30", fold) for fold in (0, 1))
    assert working_us(every_day(LONDON, *ALL_DAY), first, second) == HOUR
    assert working_us(every_day(LONDON, "01:00-01:45"), first, second) == 45 * MINUTE


def test_two_changes_of_clocks_within_a_week_are_both_seen() -> None:
    # Midnight to one was skipped on the 8th, and the clocks went back on the evening of the 14th.
    recife = every_day("America/Recife", "00:00-01:00")
    assert hours(recife, "2000-10-06T12:00", "2000-10-15T12:00") == 8
    assert hours(recife, "2000-10-07T12:00", "2000-10-15T12:00") == 7


def test_a_day_that_a_zone_skipped_has_no_hours() -> None:
    apia = every_day("Pacific/Apia", "09:00-17:00")
    assert hours(apia, "2011-12-29T09:00", "2011-12-31T17:00") == 16


def test_microseconds_are_kept() -> None:
    closing = at(LONDON, "2021-06-09T17:00")
    tick = timedelta(microseconds=1)
    assert working_us(TEN_TO_FIVE, closing - tick, closing + tick) == 1
    opening = at(LONDON, "2021-06-10T10:00")
    assert working_us(TEN_TO_FIVE, closing, opening + 7 * tick) == 7


def test_moments_may_come_in_any_zone() -> None:
    start = datetime.fromisoformat("2021-06-09T10:00:00+02:00")
    end = datetime(2021, 6, 9, 10, tzinfo=UTC)
    assert working_us(TEN_TO_FIVE, start, end) == HOUR


def test_thirty_years_are_their_weekdays() -> None:
    days = (date(1995, 1, 1) + timedelta(days=n) for n in range(30 * 365 + 8))
    weekdays = sum(day.weekday() < 5 for day in days)
    assert hours(TEN_TO_FIVE, "1995-01-01T00:00", "2025-01-01T00:00") == (weekdays - 2) * 7


@pytest.mark.parametrize(
    "wrong", [datetime(2021, 1, 1), datetime.min.replace(tzinfo=UTC), date(2021, 1, 1), "now"]
)
def test_what_is_no_moment_is_refused(wrong: Any) -> None:
    right = datetime(2021, 1, 1, tzinfo=UTC)
    with pytest.raises(InvalidInput, match=r"^start: "):
        working_us(TEN_TO_FIVE, wrong, right)
    with pytest.raises(InvalidInput, match=r"^end: "):
        working_us(TEN_TO_FIVE, right, wrong)
