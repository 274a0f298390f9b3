"""What a reader must know about an entry's recording, in words that stand behind its text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from pydantic import JsonValue

from ..domain.errors import InvalidInput
from ..domain.records import Tombstone
from ..domain.values import parse_instant
from ..projections.story import CorrectedField, StoryEntry
from .wording import duration, ended, moment

LONGEST_OLD_VALUE = 200
"""Characters of a corrected value that remarks show; JSON has it whole."""


def remarks(entry: StoryEntry) -> Iterator[str]:
    """Say what a reader must know about an entry's recording: late, corrected, retracted, erased.

    There is recorded text in it, to be made safe for where it goes.
    """
    if entry.late_us is not None:
        yield f"added {duration(entry.late_us)} later"
    for _, group in groupby(entry.corrected, key=attrgetter("correction_id")):
        changed = tuple(group)
        olds = ", ".join(f"{_called(one.field)} {_old(one)}" for one in changed)
        by = f" by {changed[0].by}" if changed[0].by else ""
        yield f"corrected{by}: {olds}; {changed[0].why}"
    if entry.retraction:
        by = f" by {entry.retraction.by}" if entry.retraction.by else ""
        yield f"retracted{by}: {entry.retraction.why}"
    for word, is_erased in (("erased", True), ("sealed, its key not at hand", False)):
        fields = [_field(one) for one in entry.tombstones if one.is_erased == is_erased]
        if fields:
            yield f"{word}: {', '.join(fields)}"


def _field(tombstone: Tombstone) -> str:
    return tombstone.field.removeprefix("event.")


def _called(field: str) -> str:
    return _FIELDS.get(field) or f"{field.replace('_', ' ')} was"


_FIELDS = {
    "occurred_at": "time was",
    "by": "the person was",
    "services": "services were",
    "links": "links were",
    "users": "users were",
}


def _old(corrected: CorrectedField) -> str:
    value = corrected.old
    if corrected.field == "occurred_at" and isinstance(value, str):
        with suppress(InvalidInput):  # an import may bring whatever another store was told
            return _old_time(parse_instant(value), corrected.new)
    return ended(_plain(value), LONGEST_OLD_VALUE)


def _old_time(old: datetime, new: JsonValue) -> str:
    """Return the old time, to the microsecond where it differs from the new one by less than 1s."""
    if isinstance(new, str):
        with suppress(InvalidInput):
            if moment(parse_instant(new)) == moment(old):
                return f"{moment(old)}.{old.microsecond:06d}"
    return moment(old)


def _plain(value: JsonValue) -> str:
    """Say a value of an event as people write it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case list() if value:
            return ", ".join(map(_plain, value))
        case dict() if value:
            return ", ".join(f"{key.replace('_', ' ')} {_plain(one)}" for key, one in value.items())
        case None | list() | dict():
            return "not recorded"
        case _:
            return str(value)
