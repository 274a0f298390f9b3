"""Calendars: the hours that somebody works, as a value, and how a user writes them down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from ..domain.errors import InvalidInput
from ..domain.values import Frozen, Line, refusing_invalid

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_MIDNIGHT = 24 * 60


class Stretch(Frozen):
    """Working hours without a break, on one day, from `opens` to before `closes`.

    Both are what the clock on the wall shows, in minutes after midnight.
    """

    opens: Annotated[int, Field(ge=0)]
    closes: Annotated[int, Field(le=_MIDNIGHT)]

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError(
                f"{self} does not end after it starts; write a night's hours as two stretches, "
                "to 24:00 and on the next day from 00:00"
            )
        return self

    def __str__(self) -> str:
        opens, closes = divmod(self.opens, 60), divmod(self.closes, 60)
        return "{:02}:{:02}-{:02}:{:02}".format(*opens, *closes)


Day = tuple[Stretch, ...]


class Calendar(Frozen):
    """The hours that somebody works in a time zone, Monday's first, and the days off.

    A moment is working time when the zone's clock shows working hours, on a day that is no
    holiday. So what the clock skips in spring is nobody's time, and what it shows twice in autumn
    counts twice. As with measures, a released version is never redefined.
    """

    name: Line
    version: Annotated[int, Field(ge=1)]
    zone: str
    hours: Annotated[tuple[Day, ...], Field(min_length=7, max_length=7)]
    holidays: tuple[date, ...] = ()

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        return zone_named(zone).key

    @field_validator("hours")
    @classmethod
    def _in_order(cls, week: tuple[Day, ...]) -> tuple[Day, ...]:
        if not any(week):
            raise ValueError("no working hours at all; give at least one day some")
        week = tuple(tuple(sorted(day, key=lambda one: one.opens)) for day in week)
        for weekday, day in zip(WEEKDAYS, week, strict=True):
            for one, other in pairwise(day):
                if other.opens < one.closes:
                    raise ValueError(f"{weekday}: {one} and {other} overlap; write them as one")
        return week

    @field_validator("holidays")
    @classmethod
    def _each_once(cls, holidays: tuple[date, ...]) -> tuple[date, ...]:
        return tuple(sorted(set(holidays)))


@cache
def zone_named(name: str) -> ZoneInfo:
    """Return the time zone of this name in the IANA database; raises `InvalidInput`."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise InvalidInput(f"no time zone {name!r}; write one such as Europe/London") from None


_EXAMPLES = {
    "version": "1",
    "zone": '"Europe/London"',
    "days": '["mon", "tue", "wed", "thu", "fri"]',
    "hours": '["09:00-12:30", "13:30-17:00"]',
    "holidays": "[2026-12-25]",
}


def calendar_from(name: str, table: Mapping[str, object]) -> Calendar:
    """Read a calendar from a table, such as `[calendars.support]` of a TOML file.

    `hours` lists the stretches of each of the `days`, or is a table of such lists by weekday and
    `days` is left out. Raises `InvalidInput` that names the field.
    """
    where = f"calendars.{name}"
    if not isinstance(table, Mapping):
        raise InvalidInput(f"is no table; write its fields {_fields()}", where)
    for field in table:
        if field not in _EXAMPLES:
            raise InvalidInput(f"no such field; a calendar has {_fields()}", f"{where} {field}")
    days, hours = table.get("days"), _given("hours", table, where)
    holidays = _listed("holidays", table.get("holidays", []), where)
    with refusing_invalid(where):
        return Calendar.model_validate(
            {
                "name": name,
                "version": _given("version", table, where),
                "zone": _given("zone", table, where),
                "hours": _week(days, hours, where),
                "holidays": tuple(_holiday(one, where) for one in holidays),
            }
        )


def _fields() -> str:
    return ", ".join(_EXAMPLES)


def _given(field: str, table: Mapping[str, object], where: str) -> object:
    if field not in table:
        raise InvalidInput(f"is missing; write {field} = {_EXAMPLES[field]}", f"{where} {field}")
    return table[field]


def _listed(field: str, value: object, where: str) -> list[object]:
    if not isinstance(value, list | tuple):
        example = _EXAMPLES[field.partition(".")[0]]
        raise InvalidInput(f"is no list; write one such as {example}", f"{where} {field}")
    return list(value)


def _week(days: object, hours: object, where: str) -> tuple[Day, ...]:
    if isinstance(hours, Mapping):
        if days is not None:
            raise InvalidInput("hours say which days already; leave it out", f"{where} days")
        _weekdays("hours", list(hours), where)
        return tuple(_day(f"hours.{one}", hours.get(one, []), where) for one in WEEKDAYS)
    working = _weekdays("days", _listed("days", days, where), where)
    day = _day("hours", hours, where)
    return tuple(day if weekday in working else () for weekday in WEEKDAYS)


def _weekdays(field: str, values: list[object], where: str) -> list[object]:
    for value in values:
        if value not in WEEKDAYS:
            days = ", ".join(WEEKDAYS)
            raise InvalidInput(f"{value!r} is no day; write {days}", f"{where} {field}")
        if values.count(value) > 1:
            raise InvalidInput(f"{value!r} is there twice; write it once", f"{where} {field}")
    return values


def _day(field: str, value: object, where: str) -> Day:
    return tuple(_stretch(field, one, where) for one in _listed(field, value, where))


_STRETCH = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)


def _stretch(field: str, value: object, where: str) -> Stretch:
    found = _STRETCH.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        problem = f"{value!r} is no stretch of a day; write one such as '09:00-17:30'"
        raise InvalidInput(problem, f"{where} {field}")
    hour, minute, last_hour, last_minute = map(int, found.groups())
    opens, closes = 60 * hour + minute, 60 * last_hour + last_minute
    if closes > _MIDNIGHT:
        raise InvalidInput(f"{value!r} ends after the day; write 24:00", f"{where} {field}")
    with refusing_invalid(f"{where} {field}"):
        return Stretch(opens=opens, closes=closes)


_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _holiday(value: object, where: str) -> date:
    match value:
        case date() if not isinstance(value, datetime):
            return value
        case str() if _DATE.fullmatch(value):
            with suppress(ValueError):
                return date.fromisoformat(value)
    raise InvalidInput(f"{value!r} is no date; write one such as 2026-12-25", f"{where} holidays")
