"""From files to parsed JSON documents, each with its place."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn

from ...domain.errors import InvalidInput

_GZIP_MAGIC = b"\x1f\x8b"


class Found(NamedTuple):
    """A parsed document, or why there is none, and where it stands."""

    place: str
    document: object = None
    problem: str | None = None


class Record(NamedTuple):
    """One record of a document, not yet understood, where it stands, and what stands around it."""

    place: str
    context: Any
    raw: Any
    is_no_incident: bool = False


def documents(file: str) -> Iterator[Found]:
    """Yield the JSON documents of a file: one, or one a line; plain or gzip; `-` is stdin.

    A line that cannot be read is found with its problem, and the rest goes on. Raises
    `InvalidInput` if the file itself cannot be read.
    """
    name = "stdin" if file == "-" else file
    try:
        if file == "-":
            yield from _documents(name, sys.stdin.buffer)
        else:
            with Path(file).open("rb") as raw:
                yield from _documents(name, raw)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"cannot be read: {error}", name) from None


def _documents(name: str, raw: BinaryIO) -> Iterator[Found]:
    buffered: Any = io.BufferedReader(raw)
    try:
        is_gzip = buffered.peek(2)[:2] == _GZIP_MAGIC
        yield from _found(name, gzip.GzipFile(fileobj=buffered) if is_gzip else buffered)
    finally:
        buffered.detach()  # or it would close a stream that is not ours, such as stdin


def _found(name: str, lines: Any) -> Iterator[Found]:
    first = lines.readline()
    if _parsed(name, first).problem is None:
        yield from _by_line(name, first, lines)
        return
    text = first + lines.read()
    whole = _parsed(name, text)
    some = list(_by_line(name, *_first_line(text))) if whole.problem else []
    # A damaged line among good ones is one rejection; a damaged document is one as well.
    yield from some if any(found.problem is None for found in some) else [whole]


def _by_line(name: str, first: bytes, rest: BinaryIO) -> Iterator[Found]:
    for number, line in enumerate(itertools.chain([first], rest), start=1):
        if line.strip():
            yield _parsed(f"{name}:{number}", line)


def _first_line(text: bytes) -> tuple[bytes, BinaryIO]:
    lines = io.BytesIO(text)
    return lines.readline(), lines


def _parsed(place: str, text: bytes) -> Found:
    try:
        return Found(place, json.loads(text, parse_constant=_refuse_constant))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        return Found(place, problem=f"no JSON: {error.msg} at {where}")
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        return Found(place, problem=f"no JSON: {error}")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
