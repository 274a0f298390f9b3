"""Which fields of an event may hold personal data: persons by name, and what people wrote freely.

The rest stays readable whatever is erased: times, ids, numbers, choices out of a list, and labels,
by which incidents are found and counted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple, cast, get_args, get_origin

from .events import EVENT_CLASSES

PERSONS = frozenset({"by", "responder", "holder", "assessor", "owner"})
"""Fields that name one person each; `recorded_by` beside the event is another."""

TEXTS = frozenset({
    "title", "signal", "why", "how", "summary", "basis", "expected", "observed", "text", "links",
})  # fmt: skip
"""Fields in which people write what they want."""

LABELS = frozenset({
    "service", "services", "severity", "concern", "level", "expectation", "indicator", "threshold",
    "role", "status", "follow_up", "group",
})  # fmt: skip
"""Fields of an organisation's own short words. They are never erased: no place for persons."""

CLEAR_TEXTS = frozenset({("personal-data-erased", "why")})
"""Texts that stay readable: why something was erased is what is left to tell."""

Path = tuple[str | int, ...]
"""Where a value stands in an event's stored form, as in ("event", "links", 0)."""


class Personal(NamedTuple):
    """One value that may hold personal data: where it stands, and whether it names a person."""

    path: Path
    value: Any
    is_person: bool


def personal_values(document: Mapping[str, Any]) -> Iterator[Personal]:
    """Yield what may hold personal data in the stored form of an entry, a list's parts one by one.

    What a correction changed is one of those where the field is, and also where no event has a
    field of that name. `document` must be of a known kind.
    """
    if document.get("recorded_by") is not None:
        yield Personal(("recorded_by",), document["recorded_by"], is_person=True)
    event = document["event"]
    for field, is_person in _fields(event["kind"]).items():
        if event.get(field) is not None:
            yield from _parts(("event", field), event[field], is_person=is_person)
    for index, change in enumerate(event.get("changes", ())):
        field = change["field"]
        if field not in PERSONS | TEXTS and field in _every_field():
            continue
        for side in ("old", "new"):
            if change.get(side) is not None:
                path = ("event", "changes", index, side)
                yield from _parts(path, change[side], is_person=field in PERSONS)


def subject_of(name: str) -> str:
    """Return a person's name in the form in which two spellings of one name are the same.

    These differ in nothing but case, blanks, and how Unicode composes their letters (UAX #15).
    """
    return unicodedata.normalize(
        "NFC", " ".join(unicodedata.normalize("NFC", name).casefold().split())
    )


def put_at(document: Any, path: Path, value: object) -> bool:
    """Put a value in the place of another in a JSON document; tells whether there was one."""
    *way, last = path
    try:
        for step in way:
            document = document[step]
        is_there = document[last] is not None
    except (LookupError, TypeError):
        return False
    document[last] = value
    return is_there


def is_wording(annotation: object) -> bool:
    """Tell whether a field may hold words of somebody's own, alone or as a list."""
    if annotation is str:
        return True
    return get_origin(annotation) is not Literal and any(map(is_wording, get_args(annotation)))


@cache
def _fields(kind: str) -> dict[str, bool]:
    """Return by its name each field of a kind that may hold personal data, True for a person."""
    return {
        name: name in PERSONS
        for name, field in EVENT_CLASSES[kind].model_fields.items()
        if name in PERSONS | TEXTS
        and is_wording(field.annotation)
        and (kind, name) not in CLEAR_TEXTS
    }


@cache
def _every_field() -> frozenset[str]:
    return frozenset(name for one in EVENT_CLASSES.values() for name in one.model_fields)


def _parts(path: Path, value: object, *, is_person: bool) -> Iterator[Personal]:
    if not isinstance(value, list):
        yield Personal(path, value, is_person)
        return
    parts = cast("Sequence[object]", value)
    if any(not isinstance(part, str | dict) for part in parts):
        # No field holds such a list, but a correction may name any value; it goes as a whole.
        yield Personal(path, value, is_person)
        return
    for index, part in enumerate(parts):
        yield Personal((*path, index), part, is_person)
