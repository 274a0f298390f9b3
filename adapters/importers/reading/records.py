"""One record of an export as it was found, with its place: what every format reads from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

REJECTED = "rejected"
"""The key that marks a line of a file of rejects."""


_OF_ONE = frozenset({"id", "created_at", "incident_number"})
"""Keys that a thing has and a page of things has not."""


def is_one(document: Mapping[str, Any]) -> bool:
    """Tell whether an object is a thing itself, which is one record whatever lists it holds."""
    return not _OF_ONE.isdisjoint(document)


class Place(NamedTuple):
    """Where a record stands: in which file, on which line, as which item of which list."""

    file: str
    line: int | None = None
    key: str = ""
    item: int | None = None

    def __str__(self) -> str:
        line = f":{self.line}" if self.line is not None else ""
        item = f": {self.key or 'item'}[{self.item}]" if self.item is not None else ""
        return f"{self.file}{line}{item}"


class Record(NamedTuple):
    """One record, not yet understood.

    `key` names the list that it stands in, `context` is what stands around that list. With a
    `problem` it could not be read at all, and `raw` is its text as far as there is one.
    """

    place: Place
    raw: Any
    key: str = ""
    context: Mapping[str, Any] = {}
    problem: str | None = None
    was_rejected: bool = False
    """Whether it comes from a file of rejects, where it was put to be mended."""


def records_of(document: Any, place: Place, lists: tuple[str, ...]) -> Iterator[Record]:
    """Yield the records of a parsed document: a list's, those under one of `lists`, or itself.

    An incident that holds such a list is one record, see `is_one`.
    A line of a file of rejects is the record in it, mended or not.
    """
    match document:
        case {"rejected": {}, "record": raw, "key": str(key), "context": dict(context)}:
            yield Record(place, raw, key, context, was_rejected=True)
        case [*items]:
            for index, raw in enumerate(items):
                yield Record(place._replace(item=index), raw)
        case dict() if (listed := _listed(document, lists)) and not is_one(document):
            context = {key: value for key, value in document.items() if key not in listed}
            for key in listed:
                for index, raw in enumerate(document[key]):
                    yield Record(place._replace(key=key, item=index), raw, key, context)
        case _:
            yield Record(place, document)


def _listed(document: Mapping[str, Any], lists: tuple[str, ...]) -> list[str]:
    return [key for key in lists if isinstance(document.get(key), list)]
