"""From files to records: plain or gzip, JSON or table, a file or standard input."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from ....domain.errors import InvalidInput
from .csv_records import csv_records
from .json_records import json_records
from .records import Record

_GZIP_MAGIC = b"\x1f\x8b"
_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How XLSX and ODS (as every zip archive), and XLS begin."""

Watch = Callable[[int], object]
"""Called with the number of bytes that were read from the file so far."""


def records(
    file: str,
    lists: tuple[str, ...],
    *,
    tables: bool = True,
    encoding: str = "utf-8-sig",
    delimiter: str | None = None,
    watch: Watch | None = None,
) -> Iterator[Record]:
    """Yield the records of a file; `-` is standard input.

    What begins like JSON is JSON, all else a table. `lists` are the keys under which a document
    of the format lists its records. Raises `InvalidInput` if the file itself cannot be read, and
    for a table where none is wanted.
    """
    name = "stdin" if file == "-" else file
    try:
        with _opened(file) as raw:
            text, begin = _unpacked(cast("Any", _Watched(raw, watch)))
            if begin.startswith(_SPREADSHEETS):
                raise InvalidInput("is a spreadsheet or an archive: save its sheet as CSV", name)
            if begin.lstrip(_BEFORE_JSON)[:1] in (b"{", b"[", b""):
                yield from json_records(name, text, lists)
            elif tables:
                yield from csv_records(name, text, encoding, delimiter)
            else:
                raise InvalidInput("is no JSON: it looks like a table, or like no text", name)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"cannot be read: {error}", name) from None


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
    else:
        with Path(file).open("rb") as raw:
            yield raw


def _unpacked(raw: BinaryIO) -> tuple[BinaryIO, bytes]:
    """Return the bytes, out of gzip if need be, and the first of them."""
    buffered: Any = io.BufferedReader(cast("Any", raw))
    is_gzip = buffered.peek(2)[:2] == _GZIP_MAGIC
    text = io.BufferedReader(gzip.GzipFile(fileobj=buffered)) if is_gzip else buffered
    return text, text.peek(64)


class _Watched(io.RawIOBase):
    """A stream that says how much of it was read; closing it leaves the stream open."""

    def __init__(self, raw: BinaryIO, watch: Watch | None) -> None:
        super().__init__()
        self._raw = raw
        self._watch = watch
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._raw.read1(len(buffer)) if hasattr(self._raw, "read1") else b""
        buffer[: len(data)] = data
        self._read += len(data)
        if self._watch is not None:
            self._watch(self._read)
        return len(data)
