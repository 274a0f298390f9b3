"""The `eventsourcing` library's recorder over our SQLite table."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from ..domain.leaves import leaf_of
from ..domain.records import StoredRow
from ..domain.values import iso
from . import sqlite_schema as schema
from .backend import Taken
from .log import LogNotification, notification_of
from .sqlite_connections import SQLiteConnections
from .sqlite_tree import End, SQLiteTree, end_of_log

Clock = Callable[[], datetime]

INSERT = (
    "INSERT INTO retold_events"
    " (position, originator_id, originator_version, topic, state, event_id, recorded_at,"
    " leaf_index, nodes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class LogRow(NamedTuple):
    """A row to append to the log, in the order of its columns."""

    originator_id: str
    originator_version: int
    topic: str
    state: bytes
    event_id: str | None
    recorded_at: str


class SQLiteRecorder(SQLiteApplicationRecorder):
    """The library's verbs, for its own tools; Retold writes through `SQLiteLog`, with views."""

    def __init__(self, db_name: str, clock: Clock, lock_timeout: int = 30) -> None:
        """Open the file of that URI; it must hold our schema already."""
        super().__init__(SQLiteDatastore(db_name), "retold_events")
        self.clock = clock
        self.connections = SQLiteConnections(db_name, lock_timeout)
        self.tree = SQLiteTree(self.connections)

    def construct_create_table_statements(self) -> list[str]:
        """Return nothing: opening a store makes the schema, once and versioned."""
        return []

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Insert bare log rows without views: for the library's tests and tools only."""
        recorded_at = iso(self.clock())
        rows = [
            LogRow(
                str(one.originator_id), one.originator_version, one.topic, one.state, None,
                recorded_at,
            )
            for one in stored_events
        ]  # fmt: skip
        try:
            with self.connections.writing() as raw:
                positions, end = self.insert(raw, rows)
        except Taken as error:
            raise IntegrityError(str(error)) from error
        self.tree.remember(end)
        return list(positions)

    def insert(self, raw: sqlite3.Connection, rows: Sequence[LogRow]) -> tuple[range, End]:
        """Insert rows, each with its leaf, within a transaction.

        Returns their positions, and where the log ends then: to be remembered once it is committed.
        """
        if self.tree.remembered is not None:
            try:
                return _insert_behind(self.tree.remembered, raw, rows)
            except sqlite3.IntegrityError as error:
                # Whoever has written since has taken the next position.
                if "retold_events.position" not in str(error):
                    raise
        return _insert_behind(end_of_log(raw), raw, rows)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[LogNotification]:
        """Return one incident's rows in the library's form."""
        where = (
            "WHERE originator_id = ? AND originator_version > ? AND originator_version <= ?"
            f" ORDER BY originator_version {'DESC' if desc else 'ASC'} LIMIT ?"
        )
        most = 2**62
        parameters = (str(originator_id), -1 if gt is None else gt, most if lte is None else lte,
                      most if limit is None else limit)  # fmt: skip
        return [notification_of(row) for row in self.rows(where, parameters)]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[LogNotification]:
        """Return rows of the whole log in the library's form."""
        among = f" AND topic IN ({', '.join('?' * len(topics))})" if topics else ""
        where = f"WHERE position > ? AND position <= ?{among} ORDER BY position LIMIT ?"
        after = 0 if start is None else start - 1 if inclusive_of_start else start
        parameters = (after, 2**62 if stop is None else stop, *topics, limit)
        return [notification_of(row) for row in self.rows(where, parameters)]

    def last_position(self, recorded_by: datetime | None = None) -> int:
        """Return the last position; see `Backend`."""
        last = "SELECT coalesce(max(position), 0) FROM retold_events"
        if recorded_by is None:
            return int(self.fetch(last)[0][0])
        return int(self.fetch(f"{last} WHERE recorded_at <= ?", (iso(recorded_by),))[0][0])

    def max_notification_id(self) -> int | None:  # type: ignore[override] # the library's own
        # SQLite recorder says int although its contract, and it, may answer None.
        """Return the last position, or None for an empty log."""
        return self.last_position() or None

    def rows(self, where: str, parameters: tuple[Any, ...]) -> list[StoredRow]:
        """Return rows of the log."""
        found = self.fetch(f"SELECT {schema.ROW} FROM retold_events {where}", parameters)
        return [StoredRow._make(row) for row in found]

    def fetch(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        """Return what a query finds."""
        with self.connections.lent() as raw:
            return raw.execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Close every connection that is not lent."""
        self.connections.close()


def _insert_behind(end: End, raw: sqlite3.Connection, rows: Sequence[LogRow]) -> tuple[range, End]:
    positions = range(end.position + 1, end.position + 1 + len(rows))
    leaves = [
        leaf_of(StoredRow(position, row[0], row[1], row[2], row[3], row[5]))
        for position, row in zip(positions, rows, strict=True)
    ]
    frontier, completed = end.frontier.extended(leaves)
    filed = [
        (position, *row, position - positions[0] + end.frontier.size, nodes)
        for position, row, nodes in zip(positions, rows, completed, strict=True)
    ]
    if len(filed) == 1:
        raw.execute(INSERT, filed[0])
    else:
        raw.executemany(INSERT, filed)
    return positions, End(end.position + len(rows), frontier)
