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
from .volume import Volume

_GZIP_MAGIC = b"\x1f\x8b"
_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How XLSX and ODS (as every zip archive), and XLS begin."""


def records(
    file: str,
    lists: tuple[str, ...],
    *,
    tables: bool = True,
    encoding: str = "utf-8-sig",
    delimiter: str | None = None,
    volume: Volume | None = None,
) -> Iterator[Record]:
    """Yield the records of a file; `-` is standard input.

    What begins like JSON is JSON, all else a table. `lists` are the keys under which a document
    of the format lists its records. `volume` takes notice of how much was read. Raises
    `InvalidInput` if the file itself cannot be read, and for a table where none is wanted.
    """
    name = "stdin" if file == "-" else file
    volume = volume or Volume()
    try:
        with _opened(file) as raw:
            text, begin = _unpacked(raw, volume)
            if begin.startswith(_SPREADSHEETS):
                raise InvalidInput("is a spreadsheet or an archive: save its sheet as CSV", name)
            if _begins_as_json(begin):
                yield from json_records(name, text, lists)
            elif tables:
                yield from csv_records(name, text, encoding, delimiter)
            else:
                raise InvalidInput("is no JSON: it looks like a table, or like no text", name)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"cannot be read: {error}", name) from None


def _begins_as_json(begin: bytes) -> bool:
    """Tell whether a text begins as JSON does, or its second line, where a log was cut."""
    text = begin.lstrip(_BEFORE_JSON)
    second = text.partition(b"\n")[2]
    return text[:1] in (b"{", b"[", b"") or second[:2] in (b'{"', b"[{")


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
    else:
        with Path(file).open("rb") as raw:
            yield raw


def _unpacked(raw: BinaryIO, volume: Volume) -> tuple[BinaryIO, bytes]:
    """Return the bytes, out of gzip if need be, and the first of them."""
    packed: Any = _buffered(raw, volume.add_packed)
    is_gzip = packed.peek(2)[:2] == _GZIP_MAGIC
    text = _buffered(gzip.GzipFile(fileobj=packed) if is_gzip else packed, volume.add_unpacked)
    return text, text.peek(64)


def _buffered(raw: Any, notice: Callable[[int], object]) -> io.BufferedReader:
    return io.BufferedReader(cast("Any", _Watched(raw, notice)), 65_536)


class _Watched(io.RawIOBase):
    """A stream that tells how much is read of it; closing it leaves the other open."""

    def __init__(self, raw: BinaryIO, notice: Callable[[int], object]) -> None:
        super().__init__()
        self._raw = raw
        self._notice = notice

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._raw.read1(len(buffer))  # type: ignore[attr-defined] # buffered streams have it
        buffer[: len(data)] = data
        self._notice(len(data))
        return len(data)
