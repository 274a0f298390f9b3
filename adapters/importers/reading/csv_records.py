"""Tables as spreadsheets and databases export them, row by row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from .csv_lines import CsvLines
from .records import Place, Record
from .text_lines import MAX_RECORD

DELIMITERS = ",;\t|"
SURPLUS = "surplus"
"""The key under which a rejected row keeps the cells that are beyond the header."""
GUESSED = "guessed"
"""The key under which a rejected row names the columns whose letters are guessed."""

TO_MEND = {
    SURPLUS: "are cells beyond the header: put each where it belongs, then take this key away",
    GUESSED: "are columns with guessed letters: look them over, then take this key away",
}
"""What is to be done about the keys that a rejected row has beside its columns."""

_SAYS_DELIMITER = "sep="
"""How Excel begins a table whose delimiter it wants to know again."""
_QUOTED = re.compile(r'"[^"]*(?:"|$)')
_UNDECODED = re.compile("[\ud800-\udfff]")
_UTF_16 = "no table in UTF-8: save it as CSV in UTF-8"
_ENCODING = (
    "holds bytes of another encoding: save the table as UTF-8, or name its encoding in a mapping"
)


def csv_records(
    file: str, raw: BinaryIO, encoding: str = "utf-8-sig", delimiter: str | None = None
) -> Iterator[Record]:
    """Yield the rows of a table with a header, each as a dict from column to text.

    Unless it is given, the delimiter is the one that the header has most of. A row of another
    width than the header, and one that holds bytes of another encoding, is a record with its
    problem. So is all that follows a broken quote: nobody can tell where the next row begins.
    """
    # The limit is the parser's own, for all who use it: it is never made smaller.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_RECORD))
    lines = CsvLines(raw, encoding)
    first, said = _beginning(lines)
    chosen = delimiter or said or _delimiter(first)
    rows = csv.reader(lines, delimiter=chosen, strict=True)
    place = Place(file, 1)
    try:
        header = _distinct([" ".join(name.split()) for name in next(rows, [])])
    except csv.Error as error:
        problem = _UTF_16 if "\x00" in first else f"no header of a table: {_in_words(error)}"
        yield Record(place, None, problem=problem)
        return
    if "\x00" in first or _UNDECODED.search("".join(header)):
        yield Record(place, None, problem=_UTF_16 if "\x00" in first else f"the header {_ENCODING}")
        return
    lines.expect(chosen, len(header))
    yield from _rows(file, header, rows, lines)


def _beginning(lines: CsvLines) -> tuple[str, str]:
    """Return the header as it is written, and the delimiter that a line before it says."""
    first = lines.ahead()
    if not first.startswith(_SAYS_DELIMITER):
        return first, ""
    next(lines)
    return lines.ahead(), first[len(_SAYS_DELIMITER) :].rstrip("\r\n")[:1]


def _delimiter(header: str) -> str:
    """Return what the header has most of, outside of quotes if there is any."""
    bare = _QUOTED.sub("", header)
    return max(DELIMITERS, key=lambda one: (bare.count(one), header.count(one)))


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
    file: str, header: Sequence[str], rows: Iterator[list[str]], lines: CsvLines
) -> Iterator[Record]:
    while True:
        place = Place(file, lines.begin_row())
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            problem = f"no row of a table: {_in_words(error)}"
            if not lines.has_quote:  # the row is this line, whatever is wrong with it
                yield Record(place, None, problem=problem)
                continue
        else:
            if not row:
                continue
            if len(row) == len(header) or lines.in_row == 1:
                yield _record(place, header, row)
                continue
            problem = f"{_width(header, row)} on {lines.in_row} lines: is a quote open?"
        yield Record(place, None, problem=f"{problem}; {lines.given_up()}")
        return


def _in_words(error: csv.Error) -> str:
    match str(error):
        case "unexpected end of data":
            return "a quote is opened and never closed"
        case told if "expected after" in told:
            return "a quote in a quoted cell is not doubled, or one before it not closed"
        case told if told.startswith("new-line"):
            return "a carriage return stands in an unquoted cell, or alone ends the lines"
        case told:
            return told


def _width(header: Sequence[str], row: Sequence[str]) -> str:
    return f"has {len(row)} columns, the header {len(header)}"


def _record(place: Place, header: Sequence[str], row: Sequence[str]) -> Record:
    cells = [cell if cell.isascii() else _UNDECODED.sub(_guessed, cell) for cell in row]
    raw: dict[str, Any] = dict(zip(header, cells, strict=False))
    problems = []
    if len(row) != len(header):
        problems.append(_width(header, row))
    if len(row) > len(header):
        raw[_free(SURPLUS, header)] = cells[len(header) :]
    if cells != row:
        problems.append(_ENCODING)
        raw[_free(GUESSED, header)] = [
            name for name, cell in zip(header, row, strict=False) if cell != raw[name]
        ]
    return Record(place, raw, problem="; ".join(problems) or None)


def _guessed(undecoded: re.Match[str]) -> str:
    """Return what a byte is in the encoding that Excel writes in the west."""
    byte = ord(undecoded[0]) - 0xDC00
    return bytes([byte]).decode("cp1252", "replace") if 0 <= byte <= 0xFF else "\ufffd"


def _free(key: str, header: Sequence[str]) -> str:
    while key in header:
        key = f"{key} (2)"
    return key
