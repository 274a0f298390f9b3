"""Whether the log explains every key that is gone, and no key is there that it says is gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from pydantic_core import from_json

from ...domain.records import StoredRow
from .keys import Keys
from .named import named_in


class Unexplained(NamedTuple):
    """A finding about one key, at the position in the log that shows it."""

    position: int
    incident_id: UUID
    kid: UUID
    what: str


GONE = "sealed with a key that is gone, and the log does not say that it was erased"
BACK = "the log says that this key was erased, but it is there"


def unexplained(rows: Iterable[StoredRow], keys: Keys) -> Iterator[Unexplained]:
    """Yield what destroyed keys and the log do not agree on.

    `rows` are all rows of the log in the order of positions, as `Sealed` with `keys` reads them.
    Keys that are back are yielded as they are met, those that are gone in the end. What is kept
    meanwhile grows with the number of erased keys, not with the log.
    """
    gone: dict[tuple[str, UUID], Unexplained] = {}
    named: set[tuple[str, UUID]] = set()
    for row in rows:
        kids = named_in(row)
        there = keys.by_id(kids) if kids else {}
        for kid in kids:
            named.add((row.incident, kid))
            gone.pop((row.incident, kid), None)
            if kid in there and there[kid].secret is not None:
                yield Unexplained(row.position, row.incident_id, kid, BACK)
        for kid in _unreadable(row):
            if (row.incident, kid) not in named:
                finding = Unexplained(row.position, row.incident_id, kid, GONE)
                gone.setdefault((row.incident, kid), finding)
    yield from gone.values()


def _unreadable(row: StoredRow) -> set[UUID]:
    if b'"tombstones":' not in row.state:
        return set()
    return {UUID(one["key"]) for one in from_json(row.state).get("tombstones", ())}
