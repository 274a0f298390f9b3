"""In which form the columns of an unknown table hold times, if they do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC
from itertools import islice, product
from typing import NamedTuple

from ....domain.errors import InvalidInput
from .cells import moment_in
from .mapping import ISO, UNIX, UNIX_MS
from .sample import Seen

LOOKED_AT = 200
"""So many different values of a column are tried."""

FEW = 5
"""So many different words may stand where times should, and are what is missing."""

_DATES = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d",
    "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y",
    "%d/%b/%y", "%b %d %Y", "%b %d, %Y", "%B %d, %Y", "%a %d %b %Y", "%a, %d %b %Y",
)  # fmt: skip
_TIMES = (
    " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H.%M", ", %H:%M", ", %I:%M %p", "T%H:%M",
    " at %H:%M", " %H:%M:%S %z", " %H:%M %z", " %H:%M:%S.%f", " %H:%M UTC", " %H:%M:%S UTC",
    " %H:%M GMT", " %H:%M:%S GMT", "",
)  # fmt: skip
_PATTERNS = (ISO, UNIX, UNIX_MS, *(date + time for date, time in product(_DATES, _TIMES)))

_MONTH_FIRST = re.compile("%m[/-]%d")

_EPOCHS = {UNIX: re.compile(r"1\d{9}(\.\d+)?", re.ASCII), UNIX_MS: re.compile(r"1\d{12}", re.ASCII)}
"""The times since 2001: any other number is no time."""


class Times(NamedTuple):
    """The times of one column: their forms, and what stands there where there is none.

    `words` mean that there is none; `unread` may be times, in a form that is not known.
    """

    formats: tuple[str, ...]
    words: tuple[str, ...]
    unread: tuple[str, ...]
    examples: tuple[str, ...]

    @property
    def is_ambiguous(self) -> bool:
        """Whether day and month could as well be the other way round."""
        turned = tuple(_turned(one) for one in self.formats)
        return self.is_turnable and all(_is_any(one, turned) for one in self.examples)

    @property
    def is_turnable(self) -> bool:
        """Whether day and month are two numbers side by side."""
        return any(_turned(one) != one for one in self.formats)

    @property
    def is_month_first(self) -> bool:
        """Whether the month's number stands before the day's."""
        return any(_MONTH_FIRST.match(one) for one in self.formats)

    def turned(self) -> Times:
        """Return them with day and month the other way round."""
        return self._replace(formats=tuple(_turned(one) for one in self.formats))

    @property
    def has_zone(self) -> bool:
        """Whether every time says its zone."""
        return all(_is_time(one, self.formats, has_zone=True) for one in self.examples)


def times_of(column: Seen) -> Times | None:
    """Return the times of a column, None if it holds something else."""
    values = list(islice(column.values, LOOKED_AT))
    left = [value for value in values if sum(map(str.isdigit, value)) >= 5]
    if 2 * len(left) < len(values) or not left:
        return None
    formats = list[str]()
    while left and len(formats) < 3:
        best = _best(left, formats)
        if best is None:
            break
        formats.append(best)
        left = [value for value in left if not _is_any(value, (best,))]
    turned = [_turned(one) for one in formats]
    if turned != formats and _count(column, turned) > _count(column, formats):
        formats = turned  # a day above the 12th stands far below
    examples = tuple(value for value in column.values if _is_any(value, formats))
    others = [value for value in column.values if not _is_any(value, formats)]
    if not examples or (len(others) > FEW and len(examples) * 5 < len(column.values) * 4):
        return None
    words = tuple(value for value in others if not any(map(str.isdigit, value)))
    words = words if len(words) <= FEW else ()
    unread = tuple(value for value in others if value not in words)
    return Times(tuple(formats), words, unread, examples)


def _count(column: Seen, formats: list[str]) -> int:
    return sum(_is_any(value, formats) for value in column.values)


def agreed(found: dict[str, Times]) -> dict[str, Times]:
    """Return the times of all columns, day and month everywhere as one column makes plain."""
    plain = {one for times in found.values() if not times.is_ambiguous for one in times.formats}
    is_month_first = any(_MONTH_FIRST.match(one) for one in plain)
    return {
        name: times.turned() if is_month_first and times.is_ambiguous else times
        for name, times in found.items()
    }


def _best(values: list[str], found: list[str]) -> str | None:
    """Return the form that most of these values have; no column has day and month both ways."""
    is_month_first = {_MONTH_FIRST.match(one) is not None for one in found if _turned(one) != one}
    patterns = [
        one
        for one in _PATTERNS
        if _turned(one) == one
        or not is_month_first
        or is_month_first == {_MONTH_FIRST.match(one) is not None}
    ]
    some = [one for one in patterns if any(_is_any(value, (one,)) for value in values[:20])]
    counted = [(sum(_is_any(value, (one,)) for value in values), one) for one in some]
    return max(counted, key=lambda one: one[0])[1] if counted else None


def _turned(time_format: str) -> str:
    for separator in "/-":
        day, month = f"%d{separator}%m{separator}", f"%m{separator}%d{separator}"
        if time_format.startswith(day):
            return time_format.replace(day, month)
        if time_format.startswith(month):
            return time_format.replace(month, day)
    return time_format


def _is_any(value: str, formats: Iterable[str]) -> bool:
    return _is_time(value, formats, has_zone=False)


def _is_time(value: str, formats: Iterable[str], *, has_zone: bool) -> bool:
    wanted = tuple(one for one in formats if one not in _EPOCHS or _EPOCHS[one].fullmatch(value))
    try:
        if wanted:
            moment_in(value, wanted, None if has_zone else UTC)
    except InvalidInput:
        return False
    return bool(wanted)
