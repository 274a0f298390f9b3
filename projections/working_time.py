"""How much of the time between two moments a calendar's hours hold, exactly.

Where a zone keeps one offset from UTC, its wall clock runs as time does. So a span is cut where
the offset changes, and each part is a difference of working time since 1970 on the wall.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from ..domain.values import EPOCH, Instant, micros, refusing_invalid
from .calendars import Calendar, zone_named

_MINUTE = 60_000_000
_DAY = 24 * 60 * _MINUTE
_EPOCH_DAY = EPOCH.toordinal()
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


def working_us(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Return the microseconds of the calendar's working time from `start` to `end`.

    Negative where the end lies before the start. Raises `InvalidInput` for a time without a zone
    or out of the years that events may have.
    """
    since, until = _micros(start, "start"), _micros(end, "end")
    zone = zone_named(calendar.zone)
    worked = sum(
        _on_the_wall(calendar, first + offset, last + offset)
        for first, last, offset in _parts(zone, min(since, until), max(since, until))
    )
    return worked if since <= until else -worked


def _micros(moment: datetime, where: str) -> int:
    with refusing_invalid(where):
        return micros(_INSTANT.validate_python(moment, strict=True))


def _parts(zone: ZoneInfo, since: int, until: int) -> Iterator[tuple[int, int, int]]:
    """Yield the parts of a span in which the zone keeps one offset, and the offset."""
    while since < until:
        change = _change(zone, since, until)
        yield since, change, _offset(zone, since)
        since = change


def _change(zone: ZoneInfo, since: int, until: int) -> int:
    """Return when the offset of `since` ends, `until` at the latest.

    Looks once a day. A week would be too long: some zones went back to an offset within one.
    """
    offset = _offset(zone, since)
    same, other = since, min(since + _DAY, until)
    while _offset(zone, other) == offset:
        if other == until:
            return until
        same, other = other, min(other + _DAY, until)
    while other - same > 1:
        middle = (same + other) // 2
        if _offset(zone, middle) == offset:
            same = middle
        else:
            other = middle
    return other


def _offset(zone: ZoneInfo, moment: int) -> int:
    local = (EPOCH + timedelta(microseconds=moment)).astimezone(zone)
    return (local.utcoffset() or timedelta()) // timedelta(microseconds=1)


def _on_the_wall(calendar: Calendar, first: int, last: int) -> int:
    """Return the working time between two readings of a wall clock that nobody sets."""
    worked = _regular(calendar, last) - _regular(calendar, first)
    since = bisect_left(calendar.holidays, _date(first))
    until = bisect_right(calendar.holidays, _date(last))
    for holiday in calendar.holidays[since:until]:
        midnight = (holiday.toordinal() - _EPOCH_DAY) * _DAY
        begins, ends = max(first, midnight), min(last, midnight + _DAY)
        worked -= _regular(calendar, ends) - _regular(calendar, begins)
    return worked


def _date(wall: int) -> date:
    return date.fromordinal(wall // _DAY + _EPOCH_DAY)


def _regular(calendar: Calendar, wall: int) -> int:
    """Return the working time from Monday 1969-12-29 to a reading, as if there were no holidays."""
    days, into = divmod(wall, _DAY)
    weeks, weekday = divmod(days + 3, 7)
    until_then = [_worked(calendar, day, _DAY) for day in range(7)]
    return weeks * sum(until_then) + sum(until_then[:weekday]) + _worked(calendar, weekday, into)


def _worked(calendar: Calendar, weekday: int, into: int) -> int:
    """Return the working time of a weekday's first `into` microseconds."""
    return sum(
        max(0, min(into, stretch.closes * _MINUTE) - stretch.opens * _MINUTE)
        for stretch in calendar.hours[weekday]
    )
