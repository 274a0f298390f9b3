"""The lines of a table as a parser takes them, watched row by row."""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from typing import BinaryIO

from .text_lines import MAX_RECORD, lines

MOST_ROWS = 1_000
"""A cell of so many lines, most of them with the delimiters of a row, has swallowed rows."""

_LONGEST_HEADER = 100
"""So many lines are looked at for the end of the header."""


class CsvLines:
    """Decoded lines, and what the row under way has taken of them."""

    def __init__(self, raw: BinaryIO, encoding: str) -> None:
        self._lines = (line for _, line in lines(b"", raw))
        self._encoding = encoding.removesuffix("-sig")
        self._mark = BOM_UTF8 if encoding == "utf-8-sig" else b""
        self._ahead: list[bytes] = []
        self._taken = 0
        self._delimiter = b""
        self._delimiters = 0
        self.begin_row()

    def begin_row(self) -> int:
        """Begin a row; returns the number of its first line."""
        self.in_row = 0
        self.has_quote = False
        self._size = 0
        self._like_rows = 0
        return self._taken + 1

    def expect(self, delimiter: str, width: int) -> None:
        """Take notice of what a row looks like."""
        self._delimiter = delimiter.encode(self._encoding, "replace")
        self._delimiters = width - 1

    def ahead(self) -> str:
        """Return the next line without taking it, and those to which a cell of it goes on."""
        quotes = 0
        for line in self._lines:
            self._ahead.append(line.removeprefix(self._mark))
            self._mark = b""  # behind the first line it is no mark, but a letter
            quotes += line.count(b'"')
            if quotes % 2 == 0 or len(self._ahead) >= _LONGEST_HEADER:
                break
        return "".join(self._decoded(line) for line in self._ahead)

    def given_up(self) -> str:
        """Take all that is left, and say so."""
        began = self._taken - self.in_row + 1
        self._taken += len(self._ahead) + sum(1 for _ in self._lines)
        return f"nothing was read from line {began} to the end, line {self._taken}"

    def __iter__(self) -> CsvLines:
        """Return itself, as iterators do."""
        return self

    def __next__(self) -> str:
        """Take a line; raises `csv.Error` for a row of too many, or of too long ones."""
        line = self._ahead.pop(0) if self._ahead else next(self._lines)
        self._taken += 1
        self.in_row += 1
        self.has_quote = self.has_quote or b'"' in line
        self._size += len(line)
        if self._size >= MAX_RECORD:
            # Of a longer line there is only the beginning, so that a quote may be in the rest.
            self.has_quote = True
            raise csv.Error(f"takes {MAX_RECORD // 2**20} MiB or more")
        self._like_rows += 0 < self._delimiters <= line.count(self._delimiter)
        if self._like_rows >= MOST_ROWS and self._like_rows * 2 > self.in_row:
            raise csv.Error(f"takes {self.in_row:,} lines that look like rows: is a quote open?")
        return self._decoded(line)

    def _decoded(self, line: bytes) -> str:
        try:
            return line.decode(self._encoding, errors="surrogateescape")
        except UnicodeDecodeError:  # an encoding in which bytes do not stand alone
            return line.decode("ascii", errors="surrogateescape")
