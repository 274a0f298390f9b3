"""The log and its views in one SQLite file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from ..domain.errors import StorageUnavailable, StoreMismatch
from ..domain.records import StoredRow
from ..domain.values import iso
from ..projections.document import Document
from ..projections.durations import DurationRow
from ..projections.views import IncidentRow, Views
from . import sqlite_schema as schema
from .backend import Append, Check, Stamp, Taken
from .log import LogNotification, notification_of
from .sqlite_rows import cells, duration_row, incident_row, stored_row

Clock = Callable[[], datetime]

_COLUMNS = "position, originator_id, originator_version, topic, state, recorded_at"
_INSERT = (
    "INSERT INTO retold_events"
    " (originator_id, originator_version, topic, state, event_id, recorded_at)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_INCIDENTS = f"SELECT {', '.join(IncidentRow._fields)} FROM retold_incidents"
_DURATIONS = f"SELECT {', '.join(DurationRow._fields)} FROM retold_durations"
_OPEN = "state NOT IN ('resolved', 'dismissed', 'merged')"


class DurablePool(SQLiteConnectionPool):
    """The library's pool, whose connections promise durability and are asked whether they do."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        raw = connection._sqlite_conn  # noqa: SLF001 - the library gives no other way to it
        raw.row_factory = None
        raw.execute("PRAGMA synchronous = FULL")
        if raw.execute("PRAGMA synchronous").fetchone() != (2,):
            raise StoreMismatch("SQLite does not take PRAGMA synchronous = FULL")
        return connection


class SQLiteLog(SQLiteApplicationRecorder):
    """A recorder of the library's kind and a `Backend`, over one file.

    Several processes may share the file: writers take turns, for up to `lock_timeout` seconds.
    """

    def __init__(self, db_name: str, clock: Clock, lock_timeout: int = 30) -> None:
        """Open the file of that URI; it must hold our schema already."""
        datastore = SQLiteDatastore(db_name)
        datastore.pool = DurablePool(db_name=db_name, lock_timeout=lock_timeout)
        super().__init__(datastore, "retold_events")
        self._clock = clock

    def construct_create_table_statements(self) -> list[str]:
        """Return nothing: opening a store makes the schema, once and versioned."""
        return []

    # Writing

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        """Store a batch in one durable transaction; see `Backend`."""
        with self._writing() as raw:
            now = self._clock()
            stamps = [self._insert(raw, append, now) for append in batch]
            write_views(raw, [append.views for append in batch])
        return stamps

    def _insert(self, raw: sqlite3.Connection, append: Append, now: datetime) -> list[Stamp]:
        incident_id, recorded_at = str(append.incident_id), iso(now)
        stamps = []
        for event in append.events:
            row = (
                incident_id,
                event.version,
                event.kind,
                event.state,
                str(event.event_id),
                recorded_at,
            )
            position = raw.execute(_INSERT, row).lastrowid
            stamps.append(Stamp(position or 0, now))
        return stamps

    def rebuild(self, views: Iterable[Views]) -> int:
        """Replace all view rows in one transaction; see `Backend`."""
        count = 0
        with self._writing() as raw:
            for table in schema.VIEW_TABLES:
                raw.execute(f"DELETE FROM {table}")
            for some in _batches(views, 500):
                write_views(raw, some)
                count += len(some)
            raw.execute("ANALYZE")
        return count

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._connection(is_writer=True) as raw:
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

    # Reading

    def read(self, incident_id: UUID) -> list[StoredRow]:
        """Return an incident's rows; see `Backend`."""
        where = "WHERE originator_id = ? ORDER BY originator_version"
        return self._rows(where, (str(incident_id),))

    def read_log(self, after: int, limit: int) -> list[StoredRow]:
        """Return rows after a position; see `Backend`."""
        return self._rows("WHERE position > ? ORDER BY position LIMIT ?", (after, limit))

    def read_incidents(self) -> Iterator[list[StoredRow]]:
        """Yield every incident's rows; see `Backend`."""
        ordered = f"SELECT {_COLUMNS} FROM retold_events ORDER BY originator_id, originator_version"
        with self._connection() as raw:
            rows: list[StoredRow] = []
            for row in map(stored_row, raw.execute(ordered)):
                if rows and rows[0].incident_id != row.incident_id:
                    yield rows
                    rows = []
                rows.append(row)
            if rows:
                yield rows

    def stored(self, event_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return those of the events that the log has; see `Backend`."""
        return [
            row
            for event_id in event_ids
            for row in self._rows("WHERE event_id = ?", (str(event_id),))
        ]

    def last_position(self) -> int:
        """Return the last position, 0 for an empty log."""
        return int(self._fetch("SELECT coalesce(max(position), 0) FROM retold_events")[0][0])

    def document(self, incident_id: UUID) -> Document | None:
        """Return the incident's document."""
        found = self._fetch(
            "SELECT document FROM retold_incidents WHERE incident_id = ?", (str(incident_id),)
        )
        return Document.model_validate_json(found[0][0]) if found else None

    def find(self, reference: str) -> list[UUID]:
        """Return incidents by reference; see `Backend`."""
        system, _, ref = reference.partition(":")
        found = self._fetch(
            "SELECT incident_id FROM retold_incidents WHERE (source = ? AND source_ref = ?)"
            " OR substr(incident_id, 1, ?) = ? LIMIT 10",
            (system, ref, len(reference), reference.lower()),
        )
        return [UUID(row[0]) for row in found]

    def incidents(
        self, incident_id: UUID | None = None, *, only_open: bool = False
    ) -> list[IncidentRow]:
        """Return incidents' rows; see `Backend`."""
        if incident_id is not None:
            found = self._fetch(f"{_INCIDENTS} WHERE incident_id = ?", (str(incident_id),))
        else:
            where = f" WHERE {_OPEN}" if only_open else ""
            found = self._fetch(f"{_INCIDENTS}{where} ORDER BY detected_at, incident_id")
        return [incident_row(row) for row in found]

    def durations(self, measures: Sequence[str]) -> list[DurationRow]:
        """Return the durations of those measures."""
        marks = ", ".join("?" * len(measures))
        found = self._fetch(f"{_DURATIONS} WHERE measure IN ({marks})", tuple(measures))
        return [duration_row(row) for row in found]

    def wait(self, seconds: float) -> None:
        """Wait: SQLite does not call, so following polls."""
        time.sleep(min(seconds, 0.1))

    def health(self) -> list[Check]:
        """Return what `doctor` reports."""
        version = sqlite3.sqlite_version
        journal = self._fetch("PRAGMA journal_mode")[0][0]
        intact = self._fetch("PRAGMA quick_check")[0][0]
        synchronous = self._fetch("PRAGMA synchronous")[0][0]
        return [
            Check("sqlite version", version, sqlite3.sqlite_version_info >= (3, 51, 3),
                  "before 3.51.3 a rare bug can damage a file that several connections write:"
                  " upgrade SQLite, or write from one process"),
            Check("journal mode", journal, journal == "wal", "expected wal"),
            Check("synchronous", str(synchronous), synchronous == 2, "expected 2, FULL"),
            Check("file check", intact, intact == "ok", "restore from a backup"),
        ]  # fmt: skip

    def close(self) -> None:
        """Close every connection."""
        self.datastore.close()

    def _rows(self, where: str, parameters: tuple[Any, ...]) -> list[StoredRow]:
        found = self._fetch(f"SELECT {_COLUMNS} FROM retold_events {where}", parameters)
        return [stored_row(row) for row in found]

    def _fetch(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        with self._connection() as raw:
            return raw.execute(sql, parameters).fetchall()

    @contextmanager
    def _connection(self, *, is_writer: bool = False) -> Iterator[sqlite3.Connection]:
        with translated_errors(), self.datastore.get_connection(commit=is_writer) as connection:
            yield connection._sqlite_conn  # noqa: SLF001 - the library gives no other way to it

    # The library's verbs, for its own tools; Retold does not write through them

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Insert bare log rows without views: for the library's tests and tools only."""
        try:
            with self._writing() as raw:
                return self._insert_events(SQLiteCursor(raw.cursor()), stored_events, **kwargs)
        except Taken as error:
            raise IntegrityError(str(error)) from error

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any
    ) -> Sequence[int] | None:
        positions = []
        for one in stored_events:
            recorded_at = iso(self._clock())
            c.execute(_INSERT, (str(one.originator_id), one.originator_version, one.topic,
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
        return [notification_of(row) for row in self._rows(where, parameters)]

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
        return [notification_of(row) for row in self._rows(where, parameters)]

    def max_notification_id(self) -> int | None:  # type: ignore[override] # the library's own
        # SQLite recorder says int although its contract, and it, may answer None.
        """Return the last position, or None for an empty log."""
        return self.last_position() or None


def write_views(raw: sqlite3.Connection, views: Sequence[Views]) -> None:
    """Write view rows within the caller's transaction."""
    raw.executemany(
        schema.UPSERT_INCIDENT,
        [(*cells(one.incident), one.document.model_dump_json()) for one in views],
    )
    for sql, rows in (
        (schema.UPSERT_DURATION, [row for one in views for row in one.durations]),
        (schema.UPSERT_TIMELINE, [row for one in views for row in one.timeline]),
        (schema.UPSERT_ASSESSMENT, [row for one in views for row in one.assessments]),
    ):
        if rows:
            raw.executemany(sql, [cells(row) for row in rows])


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


def _batches(views: Iterable[Views], size: int) -> Iterator[list[Views]]:
    batch: list[Views] = []
    for one in views:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
