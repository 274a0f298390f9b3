"""The `eventsourcing` library's recorder over our SQLite table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore

from ..domain.records import StoredRow
from ..domain.values import iso
from .backend import Taken
from .log import LogNotification, notification_of
from .sqlite_connections import SQLiteConnections

Clock = Callable[[], datetime]

COLUMNS = "position, originator_id, originator_version, topic, state, recorded_at"
INSERT = (
    "INSERT INTO retold_events"
    " (originator_id, originator_version, topic, state, event_id, recorded_at)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)


class SQLiteRecorder(SQLiteApplicationRecorder):
    """The library's verbs, for its own tools; Retold writes through `SQLiteLog`, with views."""

    def __init__(self, db_name: str, clock: Clock, lock_timeout: int = 30) -> None:
        """Open the file of that URI; it must hold our schema already."""
        super().__init__(SQLiteDatastore(db_name), "retold_events")
        self.clock = clock
        self.connections = SQLiteConnections(db_name, lock_timeout)

    def construct_create_table_statements(self) -> list[str]:
        """Return nothing: opening a store makes the schema, once and versioned."""
        return []

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Insert bare log rows without views: for the library's tests and tools only."""
        try:
            with self.connections.writing() as raw:
                return self._insert_events(SQLiteCursor(raw.cursor()), stored_events, **kwargs)
        except Taken as error:
            raise IntegrityError(str(error)) from error

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any
    ) -> Sequence[int] | None:
        recorded_at = iso(self.clock())
        rows = [
            (
                str(one.originator_id),
                one.originator_version,
                one.topic,
                one.state,
                None,
                recorded_at,
            )
            for one in stored_events
        ]
        if not rows:
            return []
        c.execute(INSERT, rows[0])
        first = c.lastrowid or 0
        c.executemany(INSERT, rows[1:])
        return list(range(first, first + len(rows)))

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
        found = self.fetch(f"SELECT {COLUMNS} FROM retold_events {where}", parameters)
        return [StoredRow._make(row) for row in found]

    def fetch(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        """Return what a query finds."""
        with self.connections.lent() as raw:
            return raw.execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Close every connection that is not lent."""
        self.connections.close()
