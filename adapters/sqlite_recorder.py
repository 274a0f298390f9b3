"""The `eventsourcing` library's recorder over our SQLite table, and its connections."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore

from ..domain.errors import StorageUnavailable, StoreMismatch
from ..domain.records import StoredRow
from ..domain.values import iso
from .backend import Taken
from .log import LogNotification, notification_of

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
        self._lock_timeout = lock_timeout
        self._idle: deque[sqlite3.Connection] = deque()

    def construct_create_table_statements(self) -> list[str]:
        """Return nothing: opening a store makes the schema, once and versioned."""
        return []

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Insert bare log rows without views: for the library's tests and tools only."""
        try:
            with self.writing() as raw:
                return self._insert_events(SQLiteCursor(raw.cursor()), stored_events, **kwargs)
        except Taken as error:
            raise IntegrityError(str(error)) from error

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any
    ) -> Sequence[int] | None:
        positions = []
        for one in stored_events:
            recorded_at = iso(self.clock())
            c.execute(INSERT, (str(one.originator_id), one.originator_version, one.topic,
                                one.state, None, recorded_at))  # fmt: skip
            positions.append(c.lastrowid)
        return positions

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

    def last_position(self) -> int:
        """Return the last position, 0 for an empty log."""
        return int(self.fetch("SELECT coalesce(max(position), 0) FROM retold_events")[0][0])

    def max_notification_id(self) -> int | None:  # type: ignore[override] # the library's own
        # SQLite recorder says int although its contract, and it, may answer None.
        """Return the last position, or None for an empty log."""
        return self.last_position() or None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection within a transaction that holds the right to write."""
        with self.connection() as raw:
            # IMMEDIATE takes the write lock at once; a deferred one could not wait for it later
            raw.execute("BEGIN IMMEDIATE")
            try:
                yield raw
                raw.execute("COMMIT")
            except BaseException:
                # A full disk has already rolled back; its own error is the one to tell.
                with suppress(sqlite3.Error):
                    raw.execute("ROLLBACK")
                raise

    def rows(self, where: str, parameters: tuple[Any, ...]) -> list[StoredRow]:
        """Return rows of the log."""
        found = self.fetch(f"SELECT {COLUMNS} FROM retold_events {where}", parameters)
        return [StoredRow._make(row) for row in found]

    def fetch(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        """Return what a query finds."""
        with self.connection() as raw:
            return raw.execute(sql, parameters).fetchall()

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection in autocommit mode; its errors come out as ours.

        Not from the library's pool, whose one right to write keeps readers out, is waited for
        5 s and gets lost when a connection fails. SQLite's own lock orders the writers.
        """
        with translated_errors():
            try:
                raw = self._idle.pop()
            except IndexError:
                raw = self._connect()
            try:
                yield raw
            finally:
                if raw.in_transaction:  # it could not roll back: lent again, it would lock all out
                    raw.close()
                else:
                    self._idle.append(raw)

    def _connect(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            self.datastore.pool.db_name,
            uri=True,
            timeout=self._lock_timeout,
            isolation_level=None,
            check_same_thread=False,
        )
        raw.execute("PRAGMA synchronous = FULL")
        if raw.execute("PRAGMA synchronous").fetchone() != (2,):
            raise StoreMismatch("SQLite does not take PRAGMA synchronous = FULL")
        # Four times the default: a checkpoint waits for the disk twice, an append once.
        raw.execute("PRAGMA wal_autocheckpoint = 4000")
        return raw

    def close(self) -> None:
        """Close every connection that is not lent."""
        while self._idle:
            self._idle.pop().close()


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn SQLite's errors into ours, by what the caller can do."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        if "UNIQUE" in str(error):
            raise Taken(str(error)) from error
        raise StoreMismatch(f"SQLite refused: {error}") from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorname", "") or ""
        if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise StoreMismatch(f"the file is damaged or no SQLite database: {error}") from error
        raise StorageUnavailable(f"SQLite: {error}") from error
