"""A table as it lies there, read to be looked at: its columns and its rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ....domain.errors import InvalidInput
from ..reading.csv_records import SURPLUS
from ..reading.files import records
from ..reading.records import Record
from ..reading.volume import Volume
from .cells import plain

ENOUGH = 100_000
"""So many rows are looked at."""

ENOUGH_BYTES = 16 * 2**20
"""So many bytes of a table are looked at."""

_UNNAMED = re.compile(r"column \d+")

_OTHER_ENCODING = "cp1252"
"""What Excel writes in the west where it does not write UTF-8."""


class Sample(NamedTuple):
    """The rows of a table, and the encoding that they were read in, None for UTF-8.

    `damaged` are those that cannot be read whatever a mapping says.
    """

    records: Sequence[Record]
    encoding: str | None
    damaged: Sequence[Record] = ()

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows as they are meant, each with every column."""
        names = dict.fromkeys(name for one in self.records for name in one.raw)
        return [{name: plain(one.raw.get(name) or "") for name in names} for one in self.records]


class Seen(NamedTuple):
    """A column: its name, and how often each value that is not empty stands in it."""

    name: str
    values: Counter[str]

    @property
    def filled(self) -> int:
        """In how many rows it holds something."""
        return self.values.total()

    @property
    def length(self) -> float:
        """How long its texts are on average."""
        return sum(len(value) * count for value, count in self.values.items()) / (self.filled or 1)


def sample_of(file: str) -> Sample:
    """Read a table to look at it; raises `InvalidInput` for what is none."""
    found = _beginning(file)
    encoding = None
    if file != "-" and any(one.problem and "encoding" in one.problem for one in found):
        found = _beginning(file, _OTHER_ENCODING)
        encoding = _OTHER_ENCODING
    name = "stdin" if file == "-" else file
    rows = [one for one in found if one.problem is None and _is_row(one)]
    damaged = [one for one in found if one.problem is not None]
    if _is_titled(rows, damaged):
        problem = "is no header, but seems to be a title: delete the lines above the header"
        raise InvalidInput(f"the first line {problem}", name)
    if not rows:
        problem = next((one.problem for one in damaged if one.problem), "holds no row of a table")
        raise InvalidInput(problem, name)
    return Sample(rows, encoding, damaged)


def _beginning(file: str, encoding: str = "utf-8-sig") -> list[Record]:
    found, volume = list[Record](), Volume()
    for record in records(file, (), encoding=encoding, volume=volume):
        found.append(record)
        if len(found) >= ENOUGH or volume.unpacked >= ENOUGH_BYTES:
            break
    return found


def _is_titled(rows: Sequence[Record], damaged: Sequence[Record]) -> bool:
    """Tell whether a title stands where the header should: most columns are without a name."""
    if rows:
        unnamed = [name for name in rows[0].raw if _UNNAMED.fullmatch(name)]
        return len(unnamed) * 2 > len(rows[0].raw)
    return any(one.raw is not None and len(one.raw) == 2 and SURPLUS in one.raw for one in damaged)


def _is_row(record: Record) -> bool:
    return (
        isinstance(record.raw, dict)
        and any(record.raw.values())
        and all(isinstance(cell, str | None) for cell in record.raw.values())
    )


def columns_of(rows: Sequence[dict[str, str]]) -> list[Seen]:
    """Return the columns in their order."""
    return [Seen(name, Counter(row[name] for row in rows if row[name])) for name in rows[0]]
