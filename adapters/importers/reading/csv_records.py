"""Tables as spreadsheets and databases export them, row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import BinaryIO

from .records import Place, Record
from .text_lines import lines

DELIMITERS = ",;\t|"
_SAYS_DELIMITER = "sep="
"""How Excel begins a table whose delimiter it wants to know again."""


def csv_records(
    file: str, raw: BinaryIO, encoding: str = "utf-8-sig", delimiter: str | None = None
) -> Iterator[Record]:
    """Yield the rows of a table with a header, each as a dict from column to text.

    Unless it is given, the delimiter is the one that the header has most of. A row of another
    width than the header, and one that holds bytes of another encoding, is a record with its
    problem.
    """
    decoded = (line.decode(encoding, errors="surrogateescape") for _, line in lines(b"", raw))
    first = next(decoded, "")
    before = 0
    if first.startswith(_SAYS_DELIMITER):
        delimiter = delimiter or first[len(_SAYS_DELIMITER) :].rstrip("\r\n")[:1] or None
        first, before = next(decoded, ""), 1
    if "\x00" in first:
        yield Record(Place(file, 1), None, problem="no table in UTF-8: save it as CSV in UTF-8")
        return
    rows = csv.reader(
        chain([first], decoded), delimiter=delimiter or max(DELIMITERS, key=first.count)
    )
    try:
        header = _distinct([" ".join(name.split()) for name in next(rows, [])])
    except csv.Error as error:
        yield Record(Place(file, 1), None, problem=f"no header of a table: {error}")
        return
    yield from _rows(file, header, rows, before)


def _distinct(names: Sequence[str]) -> list[str]:
    """Return the columns' names, numbered where two are the same, made up where there is none."""
    distinct: dict[str, None] = {}
    for number, name in enumerate(names, start=1):
        called = name or f"column {number}"
        while called in distinct:
            called = f"{called} ({number})"
        distinct[called] = None
    return list(distinct)


def _rows(
    file: str, header: Sequence[str], rows: Iterator[list[str]], before: int
) -> Iterator[Record]:
    while True:
        place = Place(file, before + rows.line_num + 1)  # type: ignore[attr-defined] # csv counts
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(place, None, problem=f"no row of a table: {error}")
            continue
        if row:
            yield _record(place, header, row)


def _record(place: Place, header: Sequence[str], row: list[str]) -> Record:
    raw = dict(zip(header, row, strict=False))
    if len(row) != len(header):
        problem = f"has {len(row)} columns, the header {len(header)}"
        return Record(place, raw, problem=problem)
    if not all(value.isascii() or _is_text(value) for value in row):
        return Record(place, None, problem="holds bytes of another encoding than the table's")
    return Record(place, raw)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # what could not be decoded
        return False
    return True
