"""Which source a file is of, judged by its first record as each source would read it."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.errors import InvalidInput
from .formats import Format
from .sources import FORMATS, records_as


def guessed(files: Sequence[str]) -> Format:
    """Return the one format that the first file's first record is of.

    Raises `InvalidInput` if none or several are, and for standard input, which can be read only
    once.
    """
    [first, *_] = files
    if first == "-":
        raise InvalidInput("standard input cannot be guessed: name the source")
    like = formats_like(first)
    if len(like) == 1:
        return like[0]
    several = " or ".join(one.system for one in like)
    found = f"may be {several}" if several else "is of no source that is known"
    known = ", ".join(sorted(FORMATS))
    advice = "name it" if several else "`import csv --suggest` drafts how to read any table"
    raise InvalidInput(f"{found}: {advice}; {known} are known", first)


def formats_like(file: str) -> list[Format]:
    """Return the formats that a file may be of; none for standard input, read only once."""
    return [one for one in FORMATS.values() if file != "-" and _is_like(one, file)]


def _is_like(form: Format, file: str) -> bool:
    try:
        found = records_as(form, file)
        readable = next((one for one in found if one.problem is None), None)
    except InvalidInput:  # a table, where this format has none; or no file at all
        return False
    return readable is not None and form.recognises(readable)
