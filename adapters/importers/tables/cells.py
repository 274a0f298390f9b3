"""What stands in a row's cells: texts as they were meant, and times in the table's zone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ....domain.errors import InvalidInput
from ....domain.values import EPOCH, parse_instant
from ..local_times import local_time
from .mapping import ISO, UNIX, Table

_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
"""How Excel keeps the zeros of `00012`: as the formula `="00012"`."""

_DIRECTIVE = re.compile("%.", re.DOTALL)
_SAYS_UTC = re.compile(r"(?<![A-Za-z])(UTC|GMT|Z)(?![A-Za-z])")
"""What stands in a pattern as it is, and says the zone of the times that fit it."""

_NUMBER = re.compile(r"\d{1,16}(?:\.\d{1,9})?", re.ASCII)


def plain(cell: str) -> str:
    """Return a cell without what spreadsheets put around it."""
    cell = cell.strip().replace("\r\n", "\n")
    as_text = _AS_TEXT.fullmatch(cell)
    return as_text[1].replace('""', '"').strip() if as_text else cell


class Row:
    """One row, with what its table's mapping says of missing values and of times."""

    def __init__(self, raw: Any, table: Table, zone: tzinfo | None) -> None:
        self._cells = _texts(raw)
        self._table = table
        self._missing = {word.strip().casefold() for word in ("", *table.missing)}
        self._zone = ZoneInfo(table.zone) if table.zone else zone

    @property
    def filled(self) -> dict[str, str]:
        """What the row holds at all, by column."""
        return {name: cell for name, cell in self._cells.items() if cell}

    def text(self, column: str) -> str | None:
        """Return what a column holds, None where it is missing."""
        if column not in self._cells:
            raise InvalidInput("the row has no such column", column)
        cell = self._cells[column]
        return None if cell.casefold() in self._missing else cell

    def moment(self, columns: Sequence[str]) -> datetime | None:
        """Return the time in the first of these columns that has one."""
        for column in columns:
            cell = self.text(column)
            if cell is not None:
                return moment_in(cell, self._table.time_format, self._zone, column)
        return None


def _texts(raw: Any) -> dict[str, str]:
    if not isinstance(raw, Mapping):
        raise InvalidInput("is no row of a table")
    for name, cell in raw.items():
        if not isinstance(cell, str | None):
            raise InvalidInput("is no text", str(name))
    return {name: plain(cell or "") for name, cell in raw.items()}


def moment_in(text: str, formats: Sequence[str], zone: tzinfo | None, where: str = "") -> datetime:
    """Read a time in the first of these formats that it has.

    Raises `InvalidInput` if it has none, has no zone where none is given, or does not exist.
    """
    for time_format in formats:
        found = _read_as(text, time_format)
        if found is not None:
            return _placed(found, text, zone, where)
    if ISO in formats and _is_date(text):
        problem = 'is a date without a time of day; if midnight will do, add "%Y-%m-%d"'
        raise InvalidInput(f"{text!r} {problem} to time_format", where)
    expected = " or ".join(formats)
    raise InvalidInput(
        f"{text!r} is no time in the form {expected}: see time_format and missing", where
    )


def _read_as(text: str, time_format: str) -> datetime | None:
    try:
        match time_format:
            case "iso":
                return None if _is_date(text) else datetime.fromisoformat(text)
            case "unix" | "unix-ms":
                return _read_number(text, 1 if time_format == UNIX else 1_000)
            case _:
                found = datetime.strptime(text, time_format)  # noqa: DTZ007 - placed below
                says_utc = _SAYS_UTC.search(_DIRECTIVE.sub(" ", time_format))
                return found.replace(tzinfo=found.tzinfo or UTC) if says_utc else found
    except (ValueError, OverflowError, OSError):
        return None


def _read_number(text: str, ticks: int) -> datetime | None:
    if not _NUMBER.fullmatch(text):
        return None
    micros = round(Decimal(text) * 1_000_000 / ticks)
    return EPOCH + timedelta(microseconds=micros)


def _is_date(text: str) -> bool:
    return len(text) <= len("2026-03-01") and ":" not in text and _read_date(text)


def _read_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _placed(moment: datetime, text: str, zone: tzinfo | None, where: str) -> datetime:
    if moment.tzinfo is None:
        return local_time(moment, zone, text, where)
    try:
        return parse_instant(moment.astimezone(UTC).isoformat(), where)
    except OverflowError as error:
        raise InvalidInput(f"{text!r} is no time that can be kept: {error}", where) from None
