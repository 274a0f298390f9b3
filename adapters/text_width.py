"""How wide text will be drawn, guessed on the safe side: a picture knows no font beforehand.

The widths are those of DejaVu Sans, which is drawn where a system has no other and is wider than
what other systems draw, and of Liberation Sans, which measures what Arial does, where it is wider.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from unicodedata import combining, east_asian_width

BOLD = 1.1
"""So much wider than plain text is bold text."""

MOST_MARKS = 2
"""As many as languages put on one letter that Unicode has without any."""

_EMS = {
    one: ems
    for ems, signs in (
        (0.34, "ijl'|.,:;I "),
        (0.41, "ftr()[]/-!"),
        (0.79, "CDGHNOQU&"),
        (0.84, "+<=>^~#\N{MULTIPLICATION SIGN}"),
        (1.0, "mwMW@%\N{HORIZONTAL ELLIPSIS}\N{EM DASH}"),
    )
    for one in signs
}


def width(text: str, size: float) -> float:
    """Return about how wide `text` is at a font size, in the widest of the usual fonts."""
    return sum(map(_ems, text)) * size


def cut(text: str, room: float, size: float) -> str:
    """Return `text`, ended by `…` where it would not fit into `room`."""
    if width(text, size) <= room:
        return text
    kept = _fitting(text, room - size, size)
    return f"{text[:kept].rstrip()}…"


def shortened(text: str, room: float, size: float) -> str:
    """Return `text` without its middle where it would not fit: names often differ at their end."""
    if width(text, size) <= room:
        return text
    start = _fitting(text, (room - size) / 2, size)
    end = _fitting(text[::-1], (room - size) / 2, size)
    return f"{text[:start].rstrip()}…{text[len(text) - end :].lstrip()}"


def wrapped(text: str, room: float, size: float, lines: int) -> list[str]:
    """Return `text` in at most that many lines; the last one ends in `…` if something is cut."""
    broken = list(_broken(text, room, size))
    if len(broken) <= lines:
        return broken
    return [*broken[: lines - 1], cut(" ".join(broken[lines - 1 : lines + 1]), room, size)]


def unpiled(text: str) -> str:
    """Return `text` with no more than `MOST_MARKS` marks on a letter: piles reach other lines."""
    kept, pile = list[str](), 0
    for one in text:
        pile = pile + 1 if combining(one) else 0
        if pile <= MOST_MARKS:
            kept.append(one)
    return "".join(kept)


def _broken(text: str, room: float, size: float) -> Iterator[str]:
    rest = text
    while rest:
        if width(rest, size) <= room:
            yield rest
            return
        fits = max(_fitting(rest, room, size), 1)
        at = rest.rfind(" ", 1, fits + 1)
        at = fits if at < 0 else at
        yield rest[:at].rstrip()
        rest = rest[at:].lstrip()


def _fitting(text: str, room: float, size: float) -> int:
    """Return how many characters of `text` fit."""
    for index, one in enumerate(text):
        room -= _ems(one) * size
        if room < 0:
            return index
    return len(text)


@lru_cache(maxsize=1_024)  # labels are measured over and over while their places are found
def _ems(one: str) -> float:
    if combining(one):
        return 0.1  # not nothing: a pile of marks must end somewhere, too
    if east_asian_width(one) in "WF":
        return 1.0
    return _EMS.get(one) or (0.73 if one.isupper() else 0.64)
