"""ServiceNow's times, which have no zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from ....domain.errors import InvalidInput
from ....domain.values import parse_instant
from ..local_times import local_time
from .form import Cell

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_DAY_FIRST = re.compile(
    r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}) ([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?"
)


def cell_moment(cell: Cell, zone: tzinfo | None, field: str) -> datetime | None:
    """Return the time that a cell holds, if any.

    Where both forms of it are told, the kept one is taken, which ServiceNow keeps in UTC.
    """
    if cell.kept is None:
        return None
    is_both = cell.value is not None and cell.display_value is not None
    return moment(cell.kept, UTC if is_both else zone, field)


def moment(text: str, zone: tzinfo | None, field: str, *, day_first: bool = False) -> datetime:
    """Read a time that has no zone; raises `InvalidInput`, also where the caller names none."""
    iso, european = _ISO.fullmatch(text), _DAY_FIRST.fullmatch(text) if day_first else None
    if european:
        day, month, year, *clock = european.groups("0")
    elif iso:
        year, month, day, *clock = iso.groups("0")
    else:
        return _with_zone(text, field)
    try:
        hour, minute, second = map(int, clock)
        local = datetime(int(year), int(month), int(day), hour, minute, second)  # noqa: DTZ001
    except ValueError as error:
        raise InvalidInput(f"{text!r}: {error}", field) from None
    return local_time(local, zone, text, field)


def _with_zone(text: str, field: str) -> datetime:
    try:
        return parse_instant(text, field)
    except InvalidInput:
        raise InvalidInput(f"{text!r} is no time such as 2026-03-01 14:02:00", field) from None
