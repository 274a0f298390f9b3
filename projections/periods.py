"""The calendar period that a moment falls into, as a label that sorts as time does."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Literal, assert_never

from ..domain.errors import InvalidInput

Unit = Literal["weekday", "hour", "day", "week", "month", "quarter"]

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def label(moment: datetime, unit: Unit, zone: tzinfo) -> str:
    """Return the period of `moment` as the clocks and calendars of `zone` show it.

    Weekdays (`1 Mon`) and hours (`09`) are those of any date. Weeks are ISO 8601's: they begin on
    Monday and belong to the year that holds their Thursday. An hour that a clock shows twice is
    one period. Raises `InvalidInput` for a time without a zone.
    """
    if moment.utcoffset() is None:
        raise InvalidInput(f"{moment} has no time zone")
    local = moment.astimezone(zone)
    match unit:
        case "weekday":
            return f"{local.isoweekday()} {_WEEKDAYS[local.weekday()]}"
        case "hour":
            return f"{local.hour:02}"
        case "day":
            return local.date().isoformat()
        case "week":
            week = local.isocalendar()
            return f"{week.year:04}-W{week.week:02}"
        case "month":
            return f"{local.year:04}-{local.month:02}"
        case "quarter":
            return f"{local.year:04}-Q{(local.month + 2) // 3}"
        case _:
            assert_never(unit)
