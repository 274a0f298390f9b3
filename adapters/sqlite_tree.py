"""The audit's tree in SQLite: leaves are added in the transaction that appends their events."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ..domain.leaves import leaf_of
from ..domain.merkle import DIGEST, Frontier, completed_at, frontier_of, last_leaf_of
from ..domain.records import StoredRow
from . import sqlite_schema as schema
from .backend import Leaf
from .sqlite_connections import SQLiteConnections

_LAST = "SELECT leaf_index, nodes FROM retold_leaves ORDER BY leaf_index DESC LIMIT 1"
_NODES = "SELECT nodes FROM retold_leaves WHERE leaf_index = ?"
_INSERT = "INSERT INTO retold_leaves (leaf_index, position, nodes) VALUES (?, ?, ?)"
_LEAVES = "SELECT leaf_index, position, nodes FROM retold_leaves"
_BATCH = 10_000


class SQLiteTree:
    """A `Tree` in one table."""

    def __init__(self, connections: SQLiteConnections) -> None:
        """Read over these connections."""
        self._connections = connections
        self._remembered = Frontier()

    def add(self, raw: sqlite3.Connection, rows: Sequence[StoredRow]) -> None:
        """Add the leaves of rows within the transaction that appends them."""
        frontier = _present_frontier(raw, self._remembered)
        self._remembered = _added(raw, rows, frontier)

    def size(self) -> int:
        """Return how many leaves there are."""
        with self._connections.lent() as raw:
            [size] = raw.execute("SELECT count(*) FROM retold_leaves").fetchone()
            return int(size)

    def leaves(self, first: int, limit: int) -> list[Leaf]:
        """Return leaves from an index on; see `Tree`."""
        where = "WHERE leaf_index >= ? ORDER BY leaf_index LIMIT ?"
        with self._connections.lent() as raw:
            return list(map(Leaf._make, raw.execute(f"{_LEAVES} {where}", (first, limit))))

    def at(self, indices: Sequence[int]) -> dict[int, Leaf]:
        """Return the leaves at those indices."""
        where = f"WHERE leaf_index IN ({', '.join('?' * len(indices))})"
        with self._connections.lent() as raw:
            found = map(Leaf._make, raw.execute(f"{_LEAVES} {where}", tuple(indices)))
            return {leaf.leaf_index: leaf for leaf in found}


def make_tree(raw: sqlite3.Connection) -> None:
    """Make the tree of a log that an older Retold kept without one, within a transaction."""
    for statement in schema.statements(schema.LEAVES):
        raw.execute(statement)
    frontier = Frontier()
    log = raw.execute(f"SELECT {schema.ROW} FROM retold_events ORDER BY position")
    while some := log.fetchmany(_BATCH):
        frontier = _added(raw, list(map(StoredRow._make, some)), frontier)


def _added(raw: sqlite3.Connection, rows: Sequence[StoredRow], frontier: Frontier) -> Frontier:
    """Add leaves behind those of `frontier`; return the new one."""
    extended, completed = frontier.extended([leaf_of(row) for row in rows])
    positions = (row.position for row in rows)
    indices = range(frontier.size, extended.size)
    raw.executemany(_INSERT, zip(indices, positions, completed, strict=True))
    return extended


def _present_frontier(raw: sqlite3.Connection, remembered: Frontier) -> Frontier:
    """Return the frontier of the tree as it is, which is mostly the one remembered."""
    last = raw.execute(_LAST).fetchone()
    if last is None:
        return Frontier()
    index, nodes = last
    if remembered.size == index + 1 and remembered.hashes[-1] == nodes[-DIGEST:]:
        return remembered  # nobody else has written since

    def node(level: int, index: int) -> bytes:
        [found] = raw.execute(_NODES, (last_leaf_of(level, index),)).fetchone()
        return completed_at(level, found)

    return frontier_of(index + 1, node)
