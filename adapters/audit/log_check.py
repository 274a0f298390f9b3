"""The log as an auditor reads it: in order, without holes, and hashed anew into the tree."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from pydantic_core import from_json

from ...domain.leaves import leaf_of
from ...domain.merkle import Frontier
from ...domain.records import StoredRow
from .findings import Finding


class Root(NamedTuple):
    """The root of the tree over the first events, and the position of the last of them."""

    root: bytes
    position: int


class LogCheck:
    """Checks a log row by row, in the order in which it is read, and hashes it into the tree.

    `roots` are those at the sizes that were asked for, as far as the log is that long.
    """

    def __init__(self, sizes: Collection[int]) -> None:
        """Begin with an empty log; `sizes` are those of which the roots are wanted."""
        self._wanted = sorted({size for size in sizes if size > 0}, reverse=True)
        self._versions: dict[str, int] = {}
        self._ids: set[str] = set()
        self._position = 0
        self.frontier = Frontier()
        self.roots: dict[int, Root] = {0: Root(Frontier().root, 0)}

    def take(
        self, rows: Sequence[StoredRow], filed_as: Sequence[str | None] | None
    ) -> tuple[list[bytes], list[Finding]]:
        """Check the next rows, and the ids under which they are filed if that can be asked.

        Returns what each leaf completed in the tree, and the findings.
        """
        findings = list(self._oddities(rows, filed_as))
        leaves = []
        for row in rows:
            leaf, problem = _leaf(row)
            leaves.append(leaf)
            findings += problem
        completed: list[bytes] = []
        end = self.frontier.size + len(leaves)
        while self._wanted and self._wanted[-1] <= end:
            size = self._wanted.pop()
            completed += self._hash(leaves[len(completed) :][: size - self.frontier.size])
            self.roots[size] = Root(self.frontier.root, rows[len(completed) - 1].position)
        completed += self._hash(leaves[len(completed) :])
        return completed, findings

    def _hash(self, leaves: list[bytes]) -> list[bytes]:
        if not leaves:
            return []
        self.frontier, completed = self.frontier.extended(leaves)
        return completed

    def _oddities(
        self, rows: Sequence[StoredRow], filed_as: Sequence[str | None] | None
    ) -> Iterator[Finding]:
        versions, ids = self._versions, self._ids
        for row, filed in zip(rows, filed_as or [None] * len(rows), strict=True):
            if not _is_of_its_types(row):
                continue  # which is told where its leaf is asked for
            position, incident, version, _, state, _ = row
            if position <= self._position:
                yield Finding("positions are out of order", position, incident, "position")
            self._position = position
            before = versions.get(incident, 0)
            if version != before + 1:
                what = f"version {version} follows version {before}: events were lost or moved"
                yield Finding(what, position, incident, "version")
            versions[incident] = version
            event_id = id_in(state)
            if filed_as is not None and filed != event_id:
                what = f"the event says that it is {event_id}, but is filed as {filed}"
                yield Finding(what, position, incident, "event_id")
            if event_id is None:
                continue  # a host's own rows have none; what is damaged differs from its leaf
            if event_id in ids:
                what = f"event {event_id} is there twice"
                yield Finding(what, position, incident, "event_id")
            ids.add(event_id)


def id_in(state: bytes) -> str | None:
    """Return the id that an event's stored form says; None if it is not to be read there."""
    # Retold writes it at this place; reading all of the JSON takes as long as all other checks.
    if state[:23] == _BEGINNING and state[59:60] == b'"':
        return state[23:59].decode("ascii", "replace")
    try:
        found = from_json(state).get("event_id")
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, str) else None


_BEGINNING = b'{"shape":1,"event_id":"'


def _is_of_its_types(row: StoredRow) -> bool:
    """Tell whether a row holds what its type says; SQLite takes anything in any column."""
    _, incident, version, _, state, _ = row
    return type(incident) is str and type(version) is int and type(state) is bytes


def _leaf(row: StoredRow) -> tuple[bytes, list[Finding]]:
    """Return the leaf hash of a row; of a row that no Retold can have written, one of zeros."""
    try:
        return leaf_of(row), []
    except (AttributeError, TypeError, ValueError, struct.error) as error:
        what = f"this is no row that Retold writes: {error}"
        return bytes(32), [Finding(what, _number(row.position), str(row.incident))]


def _number(position: object) -> int | None:
    return position if isinstance(position, int) else None
