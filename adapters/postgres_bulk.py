"""Many events at once into PostgreSQL: copied into the log, and their leaves into the tree."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

from ..domain.leaves import leaf_of
from ..domain.merkle import Frontier, frontier_leaves, frontier_of
from ..domain.records import StoredRow
from ..domain.values import iso
from .id_text import text_of
from .postgres_schema import LOCK_KEY
from .trees import Leaf, nodes_of

FROM_HERE_ON = 100
"""Events from which on copying is faster than one statement that does it all."""

# The lock has a statement of its own: the next one then sees what was committed before.
_LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"
_BEFORE = """
SELECT coalesce(max(notification_id), 0), coalesce(%s::timestamptz, clock_timestamp())
FROM {s}.retold_events
"""
# Of this transaction alone: who adds rows without the lock does not get in between.
_GIVEN = """
FROM {s}.retold_events WHERE notification_id > %s AND xmin = pg_current_xact_id()::xid
"""
_GIVEN_SPAN = f"SELECT min(notification_id), max(notification_id) {_GIVEN}"
_GIVEN_POSITIONS = f"SELECT notification_id {_GIVEN} ORDER BY notification_id"
_LEAF = "SELECT leaf_index, position, nodes FROM {s}.retold_leaves"
_LAST_LEAF = f"{_LEAF} ORDER BY leaf_index DESC LIMIT 1"
_LEAVES_AT = f"{_LEAF} WHERE leaf_index = ANY (%s)"
_EVENTS = (
    "COPY {s}.retold_events (originator_id, originator_version, topic, state, event_id,"
    " recorded_at) FROM STDIN (FORMAT binary)"
)
_EVENT_TYPES = ("uuid", "int8", "text", "bytea", "uuid", "timestamptz")
_LEAVES = "COPY {s}.retold_leaves (leaf_index, position, nodes) FROM STDIN (FORMAT binary)"

# PostgreSQL's binary COPY format, which psycopg writes value by value; three values a leaf are
# quicker packed at once. https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"
_COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_COPY_LEAF = struct.Struct(">hiqiqi")
_COPY_TRAILER = b"\xff\xff"

Connection = psycopg.Connection[Any]
Qualified = Callable[[str], Any]
"""Puts the schema's name into a statement."""


class LogRow(NamedTuple):
    """A row to append to the log."""

    originator_id: UUID | str
    originator_version: int
    topic: str
    state: bytes
    event_id: UUID | None = None


class Turn(NamedTuple):
    """The right to append until the transaction ends: the last position before, and the moment."""

    last: int
    recorded_at: datetime


def turn(connection: Connection, qualified: Qualified, lock: int, now: datetime | None) -> Turn:
    """Take the lock of appends."""
    connection.execute(_LOCK, (LOCK_KEY, lock))
    [found] = _fetched(connection, qualified(_BEFORE), (now,))
    return Turn._make(found)


def copy(
    connection: Connection, qualified: Qualified, taken: Turn, events: Sequence[LogRow]
) -> Sequence[int]:
    """Copy events and their leaves in; return the positions that the log gave them, in order."""
    with connection.cursor() as cursor, cursor.copy(qualified(_EVENTS)) as copying:
        copying.set_types(_EVENT_TYPES)
        for event in events:
            copying.write_row((*event, taken.recorded_at))
    positions = _given(connection, qualified, taken.last, len(events))
    recorded_at = iso(taken.recorded_at)
    hashes = [
        leaf_of(StoredRow(position, text_of(row[0]), row[1], row[2], row[3], recorded_at))
        for position, row in zip(positions, events, strict=True)
    ]
    before = _frontier(connection, qualified)
    after, completed = before.extended(hashes)
    leaves = map(Leaf, range(before.size, after.size), positions, completed)
    with connection.cursor() as cursor, cursor.copy(qualified(_LEAVES)) as copying:
        copying.write(b"".join((_COPY_HEADER, *map(_packed, leaves), _COPY_TRAILER)))
    return positions


def _packed(leaf: Leaf) -> bytes:
    index, position, nodes = leaf
    return _COPY_LEAF.pack(3, 8, index, 8, position, len(nodes)) + nodes


def _given(connection: Connection, qualified: Qualified, after: int, count: int) -> Sequence[int]:
    """Return the positions of what this transaction has copied in, mostly without a gap."""
    [(first, last)] = _fetched(connection, qualified(_GIVEN_SPAN), (after,))
    if last - first + 1 == count:
        return range(first, last + 1)
    return [position for (position,) in _fetched(connection, qualified(_GIVEN_POSITIONS), (after,))]


def _frontier(connection: Connection, qualified: Qualified) -> Frontier:
    last = _fetched(connection, qualified(_LAST_LEAF), ())
    size = last[0][0] + 1 if last else 0
    found = _fetched(connection, qualified(_LEAVES_AT), (frontier_leaves(size),))
    leaves = {leaf.leaf_index: leaf for leaf in map(Leaf._make, found)}
    return frontier_of(size, nodes_of(leaves.get))


def _fetched(connection: Connection, statement: Any, parameters: tuple[Any, ...]) -> list[Any]:
    with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        return cursor.execute(statement, parameters, prepare=True).fetchall()
