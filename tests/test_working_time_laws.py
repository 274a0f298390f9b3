"""Laws that working time obeys about every change of clocks, and a slow count beside it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from retold.projections.calendars import WEEKDAYS, calendar_from
from retold.projections.working_time import working_us

MINUTE = 60_000_000
CHANGES = [
    ("Europe/London", "2021-03-28T01:00Z"),
    ("Europe/London", "2021-10-31T01:00Z"),
    ("America/New_York", "2021-03-14T07:00Z"),
    ("America/New_York", "2021-11-07T06:00Z"),
    ("Australia/Lord_Howe", "2021-04-03T15:00Z"),  # by half an hour
    ("America/Sao_Paulo", "2018-02-18T02:00Z"),  # at midnight, back to the day before
    ("America/Sao_Paulo", "2018-11-04T03:00Z"),  # at midnight, which there is not
    ("America/Recife", "2000-10-11T12:00Z"),  # on the 8th, and back on the 15th
    ("Pacific/Apia", "2011-12-30T10:00Z"),  # without this day
    ("Asia/Kathmandu", "2021-06-09T12:00Z"),  # never
]
stretches = (
    st.lists(st.integers(0, 24 * 60), unique=True, max_size=6)
    .map(sorted)
    .map(
        lambda cuts: [f"{clock(a)}-{clock(b)}" for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    )
)


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, Any], datetime]:
    """A calendar's table, and a moment about which its zone's clocks are set."""
    zone, text = draw(st.sampled_from(CHANGES))
    change = datetime.fromisoformat(text)
    weeks = st.dictionaries(st.sampled_from(WEEKDAYS), stretches).filter(lambda w: any(w.values()))
    near = st.integers(-4, 4).map(lambda days: (change + timedelta(days=days)).date())
    holidays = draw(st.lists(near, max_size=3))
    return {"version": 1, "zone": zone, "hours": draw(weeks), "holidays": holidays}, change


def by_the_minute(table: dict[str, Any], start: datetime, minutes: int) -> int:
    """Count the minutes whose reading on the wall lies in the hours that the table writes."""
    worked = 0
    for minute in range(minutes):
        local = (start + timedelta(minutes=minute)).astimezone(ZoneInfo(table["zone"]))
        if local.date() not in table["holidays"]:
            day, reading = f"{local:%a}".lower(), f"{local:%H:%M}"
            spans = (span.split("-") for span in table["hours"].get(day, []))
            worked += any(opens <= reading < closes for opens, closes in spans)
    return worked


@settings(deadline=None)
@given(tables(), st.integers(-5_000, 5_000), st.integers(0, 6_000))
def test_it_is_what_counting_every_minute_gives(
    drawn: tuple[dict[str, Any], datetime], before: int, minutes: int
) -> None:
    table, change = drawn
    start, end = (change + timedelta(minutes=n) for n in (before, before + minutes))
    counted = by_the_minute(table, start, minutes) * MINUTE
    assert working_us(calendar_from("drawn", table), start, end) == counted


spans = st.timedeltas(timedelta(days=-30), timedelta(days=30))


@given(tables(), st.tuples(spans, spans, spans))
def test_parts_add_up_in_whatever_order_the_moments_lie(
    drawn: tuple[dict[str, Any], datetime], about: tuple[timedelta, ...]
) -> None:
    calendar = calendar_from("drawn", drawn[0])
    a, b, c = (drawn[1] + span for span in about)
    parts = working_us(calendar, a, b) + working_us(calendar, b, c)
    assert parts == working_us(calendar, a, c)


@given(tables(), spans, spans)
def test_it_is_never_more_than_the_span_and_changes_sign_with_its_direction(
    drawn: tuple[dict[str, Any], datetime], one: timedelta, other: timedelta
) -> None:
    calendar = calendar_from("drawn", drawn[0])
    start, end = sorted((drawn[1] + one, drawn[1] + other))
    worked = working_us(calendar, start, end)
    assert 0 <= worked <= (end - start) // timedelta(microseconds=1)
    assert working_us(calendar, end, start) == -worked


@given(st.sampled_from(CHANGES), spans, spans)
def test_around_the_clock_it_is_the_span(
    change: tuple[str, str], one: timedelta, other: timedelta
) -> None:
    zone, text = change
    week = {weekday: ["00:00-24:00"] for weekday in WEEKDAYS}
    calendar = calendar_from("always", {"version": 1, "zone": zone, "hours": week})
    start, end = (datetime.fromisoformat(text) + span for span in (one, other))
    assert working_us(calendar, start, end) == (end - start) // timedelta(microseconds=1)
