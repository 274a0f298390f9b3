"""A table as it lies there, read to be looked at: its columns and its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from ....domain.errors import InvalidInput
from ..reading.files import records
from ..reading.records import Record
from .cells import plain

ENOUGH = 100_000
"""So many rows are looked at."""

_OTHER_ENCODING = "cp1252"
"""What Excel writes in the west where it does not write UTF-8."""


class Sample(NamedTuple):
    """The rows of a table, and the encoding that they were read in, None for UTF-8."""

    records: Sequence[Record]
    encoding: str | None

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
    found = list(islice(records(file, ()), ENOUGH))
    encoding = None
    if file != "-" and any(one.problem and "encoding" in one.problem for one in found):
        found = list(islice(records(file, (), encoding=_OTHER_ENCODING), ENOUGH))
        encoding = _OTHER_ENCODING
    rows = [one for one in found if one.problem is None and _is_row(one)]
    if not rows:
        problem = next((one.problem for one in found if one.problem), None)
        raise InvalidInput(problem or "holds no row of a table", "stdin" if file == "-" else file)
    return Sample(rows, encoding)


def _is_row(record: Record) -> bool:
    return (
        isinstance(record.raw, dict)
        and any(record.raw.values())
        and all(isinstance(cell, str | None) for cell in record.raw.values())
    )


def columns_of(rows: Sequence[dict[str, str]]) -> list[Seen]:
    """Return the columns in their order."""
    return [Seen(name, Counter(row[name] for row in rows if row[name])) for name in rows[0]]
