"""How values read outside: plain JSON, text that is safe to show, times and durations in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from uuid import UUID

from ..domain.values import iso, micros

NO_WIDTH = "\u200b"
UNTITLED = "Incident without a title"

MOST_MARKS = 6
"""So many marks may stand on one letter, more than any script needs: a pile covers other lines."""

_LINE_ENDS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_CONTROLS = "\x00-\x1f\x7f-\x9f\ud800-\udfff"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSAFE = re.compile(f"[{_CONTROLS}{_BIDI}]")
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
_UNSAFE_BUT_LINES = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{_BIDI}]")
_MAY_BE_PILES = re.compile(rf"[^\w\s\x00-\x7f]{{{MOST_MARKS + 1},}}")
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|<>&~@=^$])")
_REFERENCE = re.compile(r"(?<=[@#!$%&~])(?=\w)|(?<=@)(?=[.-])|(?<=\b[Gg][Hh]-)(?=\d)")
_BARE_LINK = re.compile(r":(?=/)|(?<=[wW]{3})\.")


def visible(text: str) -> str:
    """Return `text` on one line, without control and bidirectional characters.

    What remains cannot move a cursor, change a terminal's state, reorder what is read or cover it.
    """
    return without_piles(_UNSAFE.sub("", _LINE_ENDS.sub(" ", text))).strip()


def without_piles(text: str) -> str:
    """Return `text` with no more than `MOST_MARKS` marks on a letter."""
    return _MAY_BE_PILES.sub(lambda found: "".join(_unpiled(found[0])), text)


def _unpiled(signs: str) -> Iterator[str]:
    pile = 0
    for sign in signs:
        category = unicodedata.category(sign)
        if category in ("Mn", "Me"):
            pile += 1
        elif category != "Cf":  # of no width, so what follows still stands on the same letter
            pile = 0
        if pile <= MOST_MARKS:
            yield sign


def titled(title: str | None) -> str:
    """Return a title as it was recorded, or what to call an incident whose title shows nothing."""
    return title if title and shows_something(title) else UNTITLED


def shows_something(text: str) -> bool:
    """Tell whether a reader sees anything of a text."""
    return any(map(_shows, visible(text)))


def _shows(char: str) -> bool:
    is_mark = unicodedata.category(char) in ("Cf", "Mn", "Me")
    return not (is_mark or char.isspace() or char in _BLANK_LETTERS)


def ended(text: str, longest: int) -> str:
    """Return `text`, ended by `…` after so many characters."""
    return text if len(text) <= longest else f"{text[:longest]}…"


def without_controls(text: str) -> str:
    """Return `text` without control and bidirectional characters, line feed and tab excepted."""
    return _UNSAFE_BUT_LINES.sub("", text.replace("\r\n", "\n"))


def markdown(text: str) -> str:
    """Return `text` on one line so that Markdown reads every character as itself.

    Forges look for people and issues (`@name`, `#12`) behind Markdown's back, where a backslash
    no longer counts, and tell them that they were named: a space of no width keeps them apart.
    """
    lines = [visible(line) for line in text.splitlines()]
    flat = _REFERENCE.sub(NO_WIDTH, " / ".join(line for line in lines if line))
    return _BARE_LINK.sub(r"\\\g<0>", _MARKUP.sub(r"\\\1", flat))


def json_row(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row or document whose values are as JSON has them."""
    return {key: json_value(value) for key, value in row.items()}


def json_value(value: object) -> object:
    """Return a value as JSON has it: ids and times as text, tuples as lists."""
    match value:
        case UUID():
            return str(value)
        case datetime():
            return iso(value)
        case Mapping():
            return {str(key): json_value(one) for key, one in value.items()}
        case tuple() | list():
            return [json_value(one) for one in value]
        case _:
            return value


def with_local_times(row: Mapping[str, object], zone: tzinfo | None) -> dict[str, object]:
    """Return a JSON row with a `…_at_local` after every `…_at`, in that zone, if there is one."""
    with_local: dict[str, object] = {}
    for key, value in row.items():
        with_local[key] = value
        if zone is not None and key.endswith("_at"):
            local = (
                datetime.fromisoformat(value).astimezone(zone) if isinstance(value, str) else None
            )
            with_local[f"{key}_local"] = local.isoformat() if local else None
    return with_local


def moment(at: datetime, zone: tzinfo = UTC) -> str:
    """Return a time as people read it, to the second, in that zone."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def duration(duration_us: int) -> str:
    """Return a duration as people read it, cut to two units: `42s`, `12m 05s`, `1h 04m`, `2d 03h`.

    What is shorter than a second and not zero reads `<1s`.
    """
    if duration_us < 0:
        return f"-{duration(-duration_us)}"
    seconds = duration_us // 1_000_000
    if seconds < 60:
        return f"{seconds}s" if seconds or not duration_us else "<1s"
    if seconds < 3_600:
        return f"{seconds // 60}m {seconds % 60:02d}s"
    if seconds < 86_400:
        return f"{seconds // 3_600}h {seconds // 60 % 60:02d}m"
    return f"{seconds // 86_400}d {seconds // 3_600 % 24:02d}h"


def between(start: datetime, end: datetime) -> str:
    """Return the time from `start` to `end` as `duration` does."""
    return duration(micros(end) - micros(start))


def offset(offset_us: int, *, to_the_second: bool = False) -> str:
    """Return the time from T0 as `T+00:12`, or `T+2d 03:12` from a day on; `T-` before it.

    To the second it reads `T+00:12:30`. What is less than a second before T0 is at T0.
    """
    sign = "-" if offset_us <= -1_000_000 else "+"
    minutes, seconds = divmod(abs(offset_us) // 1_000_000, 60)
    days, clock = minutes // 1_440, f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
    clock += f":{seconds:02d}" if to_the_second else ""
    return f"T{sign}{days}d {clock}" if days else f"T{sign}{clock}"


def runs(numbers: Sequence[int]) -> Iterator[str]:
    """Yield rising numbers, those that follow each other as `3-7`."""
    start = None
    for number, following in zip(numbers, (*numbers[1:], None), strict=True):
        start = number if start is None else start
        if following != number + 1:
            yield str(number) if start == number else f"{start}-{number}"
            start = None
