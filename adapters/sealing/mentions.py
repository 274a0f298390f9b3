"""Where a name still stands in what can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import from_json

from ...domain.personal import Path, subject_of
from ...domain.records import StoredRow
from .envelopes import field_of, is_envelope


class Mention(NamedTuple):
    """A field in which a name stands; its event can be erased if the field is a sealed text."""

    incident_id: UUID
    event_id: UUID
    field: str
    can_be_erased: bool


def mentions_of(
    name: str, stored: Sequence[StoredRow], opened: Sequence[StoredRow]
) -> Iterator[Mention]:
    """Yield where a name stands in rows as words of their own, in letters of any case."""
    wanted = _pattern(name)
    for as_stored, row in zip(stored, opened, strict=True):
        document = from_json(row.state)
        for path, text in _texts(document):
            if _is_in(text, wanted) and path[0] != "tombstones":
                is_sealed = _is_sealed(from_json(as_stored.state), path)
                event_id = UUID(document["event_id"])
                yield Mention(row.incident_id, event_id, field_of(path), is_sealed)


def names(text: str, name: str) -> bool:
    """Tell whether a name stands in a text as words of their own, however it is spelt."""
    return _is_in(text, _pattern(name))


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(subject_of(name))}(?!\w)")


def _is_in(text: str, wanted: re.Pattern[str]) -> bool:
    return wanted.search(subject_of(text)) is not None


def _texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    match value:
        case str():
            yield path, value
        case Mapping():
            for name, one in value.items():
                yield from _texts(one, (*path, name))
        case list():
            for index, one in enumerate(value):
                yield from _texts(one, (*path, index))


def _is_sealed(document: Any, path: Path) -> bool:
    for step in path:
        if is_envelope(document):
            return True
        document = document[step]
    return is_envelope(document)
