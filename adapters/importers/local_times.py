"""Times as the clocks of a place show them, which say no zone."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from ...domain.errors import InvalidInput
from ...domain.values import parse_instant


def local_time(moment: datetime, zone: tzinfo | None, text: str, where: str) -> datetime:
    """Return the moment, written as `text`, that clocks of `zone` show so; in UTC.

    An hour that comes twice is the first. Raises `InvalidInput` without a zone, for a time that
    clocks left out, which is the best sign of a wrong zone, and for one out of range.
    """
    if zone is None:
        raise InvalidInput(f"{text!r} has no time zone: say which it is, with --tz", where)
    try:
        at = moment.replace(tzinfo=zone).astimezone(UTC)
        exists = at.astimezone(zone).replace(tzinfo=None) == moment
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"{text!r} is no time that can be kept: {error}", where) from None
    if not exists:
        raise InvalidInput(f"{text!r} does not exist in {zone}: clocks went on", where)
    return parse_instant(at.isoformat(), where)
