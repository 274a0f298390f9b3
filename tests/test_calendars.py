"""A calendar as a user writes it down: what is read, and what is refused with the field named."""

import tomllib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from retold.domain.errors import InvalidInput
from retold.projections.calendars import WEEKDAYS, Calendar, Stretch, calendar_from, zone_named

SUPPORT = """
[calendars.support]
version = 1
zone = "Europe/London"
days = ["mon", "tue", "wed", "thu", "fri"]
hours = ["10:00-17:00"]
holidays = [2021-12-28, 2021-12-27]
"""
TEN_TO_FIVE = Stretch(opens=10 * 60, closes=17 * 60)


def table(**changes: object) -> dict[str, Any]:
    support: dict[str, Any] = tomllib.loads(SUPPORT)["calendars"]["support"]
    return support | changes


def without(field: str) -> dict[str, Any]:
    return {key: value for key, value in table().items() if key != field}


def test_a_calendar_is_read_as_it_stands_in_toml() -> None:
    calendar = calendar_from("support", table())
    assert (calendar.name, calendar.version, calendar.zone) == ("support", 1, "Europe/London")
    assert calendar.hours == ((TEN_TO_FIVE,),) * 5 + ((), ())
    assert calendar.holidays == (date(2021, 12, 27), date(2021, 12, 28))


def test_each_weekday_may_have_hours_of_its_own() -> None:
    week = {"mon": ["10:00-17:00"], "sun": ["00:00-06:00", "22:00-24:00"]}
    calendar = calendar_from("nights", without("days") | {"hours": week})
    assert [str(one) for one in calendar.hours[6]] == ["00:00-06:00", "22:00-24:00"]
    assert calendar.hours[:6] == ((TEN_TO_FIVE,), (), (), (), (), ())


def test_stretches_are_kept_in_the_order_of_the_day_and_may_touch() -> None:
    calendar = calendar_from("support", table(hours=["12:00-17:00", "09:30-12:00"]))
    assert [str(one) for one in calendar.hours[0]] == ["09:30-12:00", "12:00-17:00"]


def test_holidays_may_be_missing_repeated_or_written_as_text() -> None:
    assert calendar_from("support", without("holidays")).holidays == ()
    twice = table(holidays=["2021-12-27", date(2021, 12, 27)])
    assert calendar_from("support", twice).holidays == (date(2021, 12, 27),)


def test_two_readings_of_one_table_are_equal_and_survive_json() -> None:
    calendar = calendar_from("support", table())
    again = calendar_from("support", table(holidays=[date(2021, 12, 27), date(2021, 12, 28)]))
    assert calendar == again
    assert hash(calendar) == hash(again)
    assert Calendar.model_validate_json(calendar.model_dump_json()) == calendar


NOON = datetime(2021, 12, 27, 12, tzinfo=UTC)
REFUSED = [
    (table(version="1"), "version", "valid integer"),
    (table(version=True), "version", "valid integer"),
    (table(version=0), "version", "greater than or equal to 1"),
    (without("version"), "version", "write version = 1"),
    (without("zone"), "zone", 'write zone = "Europe/London"'),
    (table(zone="London"), "zone", "no time zone 'London'; write one such as Europe/London"),
    (table(zone=""), "zone", "no time zone"),
    (table(zone="Europe"), "zone", "no time zone"),
    (table(zone="../Europe/London"), "zone", "no time zone"),
    (table(zone=1), "zone", "valid string"),
    (without("hours"), "hours", "write hours = "),
    (table(hours=[]), "hours", "no working hours at all"),
    (table(days=[]), "hours", "no working hours at all"),
    (without("days") | {"hours": {}}, "hours", "no working hours at all"),
    (table(hours="10:00-17:00"), "hours", "is no list"),
    (table(hours=["10-17"]), "hours", "'10-17' is no stretch of a day; write one such as"),
    (table(hours=["10:00-16:60"]), "hours", "no stretch of a day"),
    (table(hours=["10:00-17:00\n"]), "hours", "no stretch of a day"),
    (table(hours=["10:00-25:00"]), "hours", "no stretch of a day"),
    (table(hours=[7]), "hours", "no stretch of a day"),
    (table(hours=["10:00-24:01"]), "hours", "write 24:00"),
    (table(hours=["22:00-06:00"]), "hours", "write a night's hours as two stretches"),
    (table(hours=["10:00-10:00"]), "hours", "does not end after it starts"),
    (table(hours=["24:00-24:00"]), "hours", "does not end after it starts"),
    (table(hours=["12:00-17:00", "09:00-12:01"]), "hours", "mon: 09:00-12:01 and 12:00-17:00"),
    (table(hours=["09:00-12:00", "09:00-12:00"]), "hours", "overlap; write them as one"),
    (table(hours={"mon": ["10:00-17:00"]}), "days", "leave it out"),
    (without("days") | {"hours": {"monday": []}}, "hours", "'monday' is no day; write mon, tue"),
    (without("days") | {"hours": {"fri": ["9-5"]}}, "hours.fri", "no stretch of a day"),
    (without("days") | {"hours": {"fri": "9-5"}}, "hours.fri", "is no list"),
    (without("days"), "days", 'write one such as ["mon", "tue"'),
    (table(days="mon"), "days", "is no list"),
    (table(days=["mon", "Tue"]), "days", "'Tue' is no day"),
    (table(days=[["mon"]]), "days", "is no day"),
    (table(days=["mon", "mon"]), "days", "'mon' is there twice"),
    (table(holidays="2021-12-27"), "holidays", "is no list"),
    (table(holidays=["27/12/2021"]), "holidays", "'27/12/2021' is no date; write one such as"),
    (table(holidays=[NOON]), "holidays", "is no date"),
    (table(holidays=["2021-02-29"]), "holidays", "is no date"),
    (table(holidays=["20211227"]), "holidays", "is no date"),
    (table(holidays=[20211227]), "holidays", "is no date"),
    (table(hollidays=[]), "hollidays", "no such field; a calendar has version, zone, days"),
    (table(name="other"), "name", "no such field"),
]


@pytest.mark.parametrize(("wrong", "field", "problem"), REFUSED)
def test_what_is_no_calendar_is_refused_with_the_field_and_what_to_do(
    wrong: dict[str, Any], field: str, problem: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        calendar_from("support", wrong)
    assert refused.value.where == f"calendars.support {field}"
    assert problem in refused.value.problem


def test_a_name_without_a_table_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"^calendars\.support: is no table; write"):
        calendar_from("support", "10:00-17:00")  # type: ignore[arg-type]


def test_a_calendar_needs_a_name() -> None:
    with pytest.raises(InvalidInput, match="name"):
        calendar_from("", table())


def test_no_calendar_can_be_made_that_is_none() -> None:
    calendar = calendar_from("support", table())
    for wrong in (
        {"hours": calendar.hours[:6]},
        {"hours": ((),) * 7},
        {"hours": ((TEN_TO_FIVE, TEN_TO_FIVE),) * 7},
        {"zone": "Nowhere"},
        {"holidays": (NOON,)},
    ):
        with pytest.raises(ValidationError):
            calendar.model_copy(update=wrong)
    for opens, closes in ((-1, 5), (5, 5), (6, 5), (5, 24 * 60 + 1)):
        with pytest.raises(ValidationError):
            Stretch(opens=opens, closes=closes)


def test_a_zone_is_named_as_in_the_database() -> None:
    assert zone_named("America/New_York").key == "America/New_York"
    with pytest.raises(InvalidInput, match="no time zone 'EDT5'"):
        zone_named("EDT5")


def test_the_week_begins_on_monday() -> None:
    assert WEEKDAYS[date(2026, 3, 2).weekday()] == "mon"
    assert calendar_from("one", table(days=["mon"])).hours[0] == (TEN_TO_FIVE,)
