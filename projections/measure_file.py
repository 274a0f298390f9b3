"""Measures and calendars as people write them down: TOML, refused with the line that is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ..domain.errors import InvalidInput
from .calendars import Calendar, calendar_from
from .measures import Measure

_TABLES = ("measures", "calendars")


def measures_from(text: str, where: str = "measures") -> tuple[Measure, ...]:
    """Read measures, in the order in which they are written.

    `where` names the file. Raises `InvalidInput` with file, line, measure and field for whatever
    is unknown or contradicts itself.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(str(error), where) from None
    lines = _Lines(text, where)
    for table in content:
        if table not in _TABLES:
            raise lines.wrong(f"no such table; there are [{_TABLES[0]}.NAME], [{_TABLES[1]}.NAME]",
                              table)  # fmt: skip
    calendars = {
        name: _calendar(lines, name, table)
        for name, table in _tables(lines, content, "calendars").items()
    }
    measures = _tables(lines, content, "measures")
    return tuple(_measure(lines, name, table, calendars) for name, table in measures.items())


class _Lines:
    """The text, to say on which line something stands."""

    def __init__(self, text: str, where: str) -> None:
        self._lines = text.splitlines()
        self._where = where

    def wrong(self, problem: str, *path: str) -> InvalidInput:
        """Return the refusal of what stands under that path of keys."""
        return InvalidInput(problem, f"{self._where}:{self._number(path)} {'.'.join(path)}")

    def _number(self, path: tuple[str, ...]) -> int:
        """Return the line of the deepest key of a path that is written out, or of its table."""
        header = re.compile(rf"\s*\[\s*{re.escape('.'.join(path[:2]))}\s*\]")
        key = re.compile(rf"\s*{re.escape(path[2])}\s*[=.]" if len(path) > 2 else "(?!)")
        found = 0
        for number, line in enumerate(self._lines, start=1):
            if header.match(line):
                found = number
            elif found and re.match(r"\s*\[", line):
                break
            elif found and key.match(line):
                return number
        return found or 1


def _tables(lines: _Lines, content: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    tables = content.get(kind, {})
    if not isinstance(tables, dict):
        raise lines.wrong(f"is no table: write [{kind}.NAME]", kind)
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise lines.wrong(f"is no table: write [{kind}.{name}]", kind, name)
    return tables


def _calendar(lines: _Lines, name: str, table: Mapping[str, Any]) -> Calendar:
    try:
        return calendar_from(name, table)
    except InvalidInput as error:
        _, _, field = error.where.partition(" ")
        path = field.split(".") if field else []
        raise lines.wrong(error.problem, "calendars", name, *path) from None


def _measure(
    lines: _Lines, name: str, table: dict[str, Any], calendars: Mapping[str, Calendar]
) -> Measure:
    fields = {"name": name, "title": name, **table}
    for end in ("start", "end"):
        if isinstance(table.get(end), str):  # the kind alone: its first occurrence
            fields[end] = {"kind": table[end]}
    calendar = table.get("calendar")
    if calendar is not None:
        if calendar not in calendars:
            raise lines.wrong(f"no [calendars.{calendar}] is written", "measures", name, "calendar")
        fields["calendar"] = calendars[calendar]
    try:
        return Measure(**fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        problem = {"extra_forbidden": "no such key", "missing": "is missing"}.get(
            first["type"], first["msg"].removeprefix("Value error, ")
        )
        raise lines.wrong(problem, "measures", name, *map(str, first["loc"])) from None
