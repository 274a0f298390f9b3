"""The audit's tree in SQLite: each leaf is in the row of its event, written with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from ..domain.errors import StoreMismatch
from ..domain.leaves import leaf_of
from ..domain.merkle import Frontier, frontier_of
from ..domain.records import StoredRow
from . import sqlite_schema as schema
from .sqlite_connections import SQLiteConnections
from .sqlite_contract import statements
from .trees import Leaf, nodes_of

_LEAVES = "SELECT leaf_index, position, nodes FROM retold_events"
# A leaf's position is never below its index: from there it is found within the gaps before it.
_FROM_INDEX = f"{_LEAVES} WHERE position > ?1 AND leaf_index >= ?1 ORDER BY position LIMIT ?2"
_AT_INDEX = f"{_LEAVES} WHERE position > ?1 AND leaf_index = ?1 ORDER BY position LIMIT 1"
_END = """
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'retold_events'), 0),
    position, leaf_index, nodes
FROM (SELECT 1) LEFT JOIN (
    SELECT position, leaf_index, nodes FROM retold_events ORDER BY position DESC LIMIT 1
)
"""
_BATCH = 10_000
_MOST = 2**62
"""No log grows so long; somebody who says so would let positions run out."""


class End(NamedTuple):
    """Where the log ends: its last position ever given, and the frontier of its tree."""

    position: int
    frontier: Frontier


class SQLiteTree:
    """A `Tree` in the log's own table."""

    def __init__(self, connections: SQLiteConnections) -> None:
        """Read over these connections."""
        self._connections = connections
        self.remembered: End | None = None

    def remember(self, end: End) -> None:
        """Keep where the log ended after an append, once that is committed, to save reading it."""
        self.remembered = end

    def size(self) -> int:
        """Return how many leaves there are."""
        with self._connections.lent() as raw:
            _, last = _last(raw)
            return 0 if last is None else last.leaf_index + 1

    def leaves(self, first: int, limit: int) -> list[Leaf]:
        """Return leaves from an index on; see `Tree`."""
        with self._connections.lent() as raw:
            return list(map(Leaf._make, raw.execute(_FROM_INDEX, (first, limit))))

    def at(self, indices: Sequence[int]) -> dict[int, Leaf]:
        """Return the leaves at those indices."""
        with self._connections.lent() as raw:
            found = (row for index in indices for row in raw.execute(_AT_INDEX, (index,)))
            return {leaf.leaf_index: leaf for leaf in map(Leaf._make, found)}


def end_of_log(raw: sqlite3.Connection) -> End:
    """Return where the log ends, within a transaction that writes."""
    sequence, last = _last(raw)
    if last is None:
        return End(sequence, Frontier())
    return End(max(sequence, last.position), _frontier(raw, last.leaf_index + 1))


def _last(raw: sqlite3.Connection) -> tuple[int, Leaf | None]:
    """Return the last position ever given, and the last leaf if there is one.

    Raises `StoreMismatch` for what no Retold writes: SQLite takes anything in any column.
    """
    sequence, position, leaf_index, nodes = raw.execute(_END).fetchone()
    is_leaf = type(leaf_index) is int and type(nodes) is bytes and 0 <= leaf_index < position
    if type(sequence) is int and sequence < _MOST and (position is None or is_leaf):
        return max(sequence, 0), None if position is None else Leaf(leaf_index, position, nodes)
    raise StoreMismatch(
        "the end of the log is not as Retold writes it: it was changed behind Retold's back;"
        " `retold audit verify` says where"
    )


def add_leaves(raw: sqlite3.Connection) -> None:
    """Give leaves to a log that an older Retold kept without, within a transaction."""
    for statement in statements(schema.ADD_LEAF_COLUMNS):
        raw.execute(statement)
    frontier, after = Frontier(), 0
    while rows := _rows_after(raw, after):
        first, after = frontier.size, rows[-1].position
        frontier, completed = frontier.extended(list(map(leaf_of, rows)))
        leaves = zip(range(first, frontier.size), completed, rows, strict=True)
        raw.executemany(
            "UPDATE retold_events SET leaf_index = ?, nodes = ? WHERE position = ?",
            [(index, nodes, row.position) for index, nodes, row in leaves],
        )
    for statement in statements(schema.NO_UPDATE):
        raw.execute(statement)


def _rows_after(raw: sqlite3.Connection, position: int) -> list[StoredRow]:
    select = f"SELECT {schema.ROW} FROM retold_events WHERE position > ? ORDER BY position LIMIT ?"
    return list(map(StoredRow._make, raw.execute(select, (position, _BATCH))))


def _frontier(raw: sqlite3.Connection, size: int) -> Frontier:
    def leaf(index: int) -> Leaf | None:
        found = raw.execute(_AT_INDEX, (index,)).fetchone()
        return found and Leaf._make(found)

    return frontier_of(size, nodes_of(leaf))
