"""Lines of bounded length, out of what may be a bomb."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

MAX_RECORD = 16 * 2**20
"""Bytes that one line, or one record of a document, may take."""


def lines(head: bytes, rest: BinaryIO, longest: int = MAX_RECORD) -> Iterator[tuple[int, bytes]]:
    """Yield the numbered lines of `head` and what follows it; of longer ones only the beginning.

    A line that was cut short is no JSON any more, and so is rejected with its number.
    """
    before = io.BytesIO(head)
    number = 0
    while line := _line(before, rest, longest):
        number += 1
        yield number, line
        while len(line) == longest and not line.endswith(b"\n"):
            line = _line(before, rest, longest)


def _line(before: io.BytesIO, rest: BinaryIO, limit: int) -> bytes:
    line = before.readline(limit)
    if line.endswith(b"\n") or len(line) == limit:
        return line
    return line + rest.readline(limit - len(line))
