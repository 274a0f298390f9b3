"""Which source a file is of, judged by its first record."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.errors import InvalidInput
from .formats import Format
from .reading.files import records
from .sources import FORMATS, formats_like


def guessed(files: Sequence[str]) -> Format:
    """Return the one format that the first file's first record is of.

    Raises `InvalidInput` if none or several are, and for standard input, which can be read only
    once.
    """
    [first, *_] = files
    if first == "-":
        raise InvalidInput("standard input cannot be guessed: name the source")
    lists = tuple({key for one in FORMATS.values() for key in one.lists})
    for record in records(first, lists):
        if record.problem is not None:
            continue
        like = formats_like(record)
        if len(like) == 1:
            return like[0]
        several = " or ".join(one.system for one in like)
        found = f"may be {several}" if several else "is of no source that is known"
        raise InvalidInput(f"{found}: name it; {', '.join(sorted(FORMATS))} are known", first)
    raise InvalidInput("holds nothing to guess from", first)
