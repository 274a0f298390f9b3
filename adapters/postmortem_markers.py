"""The comments in a postmortem document that say which lines of it are generated.

A marker is an HTML comment that has a line to itself, so that no renderer shows it::

    <!-- retold:begin timeline sha256:0123456789abcdef -->
    <!-- retold:end timeline -->
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..domain.errors import InvalidInput

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
"""What an editor takes for a line: Python's `splitlines` ends one at more characters."""

_LOOKS_LIKE_ONE = re.compile(r"<!--\s*retold:")
_MARKER = re.compile(r"\ufeff? {0,3}<!-- retold:([a-z]+)(?: ([^<>]*?))? ?-->[ \t]*")
_BYTE_ORDER_MARK = "\ufeff"


class Marker(NamedTuple):
    """One marker: the word after `retold:`, what follows it, and where it stands."""

    word: str
    said: str
    line: int
    """From 1."""
    start: int
    """Of the line, in characters of the text."""
    said_at: int
    """Where `said` begins."""
    end: int
    """Of the line, its ending included."""
    ending: str
    """Of the line: what ends lines in this document."""


def markers_in(text: str) -> Iterator[Marker]:
    """Yield the markers of a document; raises `InvalidInput` for one that cannot be read."""
    for number, line in enumerate(_LINE.finditer(text), start=1):
        if not _LOOKS_LIKE_ONE.search(line[1]):
            continue
        found = _MARKER.fullmatch(line[1])
        if found is None or (found[0].startswith(_BYTE_ORDER_MARK) and number > 1):
            problem = (
                "a marker of Retold is damaged or does not stand alone on its line; restore it, or"
                " write it without its <!-- if it is text"
            )
            raise InvalidInput(problem, f"line {number}")
        said_at = line.start() + (found.end(1) if found[2] is None else found.start(2))
        yield Marker(
            found[1], found[2] or "", number, line.start(), said_at, line.end(), line[2]
        )  # fmt: skip


def marker(word: str, *said: str) -> str:
    """Return a marker's line without its ending."""
    return f"<!-- retold:{' '.join((word, *said))} -->"
