"""Tables as spreadsheets and databases export them, row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from .records import Place, Record
from .text_lines import lines

DELIMITERS = ",;\t|"


def csv_records(file: str, raw: BinaryIO, encoding: str = "utf-8-sig") -> Iterator[Record]:
    """Yield the rows of a table with a header, each as a dict from column to text.

    The delimiter is the one that the header has most of. A row of another width than the header,
    and one that holds bytes of another encoding, is a record with its problem.
    """
    decoded = (line.decode(encoding, errors="surrogateescape") for _, line in lines(b"", raw))
    first = next(decoded, "")
    if "\x00" in first:
        yield Record(Place(file, 1), None, problem="no table in UTF-8: save it as CSV in UTF-8")
        return
    delimiter = max(DELIMITERS, key=first.count)
    rows = csv.reader(decoded, delimiter=delimiter)
    header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
    if len(set(header)) < len(header):
        yield Record(Place(file, 1), None, problem="two columns have the same name")
        return
    yield from _rows(file, header, rows)


def _rows(file: str, header: Sequence[str], rows: Iterator[list[str]]) -> Iterator[Record]:
    line = 2
    while True:
        place = Place(file, line)
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(place, None, problem=f"no row of a table: {error}")
            line = rows.line_num + 2  # type: ignore[attr-defined] # the reader counts lines
            continue
        line = rows.line_num + 2  # type: ignore[attr-defined] # the header was read apart
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
