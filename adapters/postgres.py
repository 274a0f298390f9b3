"""The log and its views in PostgreSQL, for several machines that write."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.rows import tuple_row
from pydantic_core import to_json

from ..domain.errors import StorageUnavailable, StoreMismatch
from ..domain.records import StoredRow
from ..domain.values import iso
from ..projections.document import Document
from ..projections.durations import DurationRow
from ..projections.views import IncidentRow, Views
from . import postgres_schema as schema
from .backend import Append, Check, Stamp, Taken
from .log import LogNotification, notification_of

Clock = Callable[[], datetime]
Found = TypeVar("Found")

CHANNEL = "retold_events"
PATIENCE = 8.0
"""Seconds for which a broken connection is tried again: a server needs some to recover."""

_COLUMNS = "notification_id, originator_id, originator_version, topic, state, recorded_at"
_OPEN = "state NOT IN ('resolved', 'dismissed', 'merged')"


class PostgresLog(PostgresApplicationRecorder):
    """A recorder of the library's kind and a `Backend`, over one schema of one database."""

    def __init__(self, datastore: PostgresDatastore, schema: str, clock: Clock | None) -> None:
        """Work in that schema, its name quoted; it must hold our tables already.

        Without a `clock`, events are stamped with the server's.
        """
        super().__init__(datastore, events_table_name="retold_events")
        self._schema = schema
        self._clock = clock
        # One lock a schema: its number, folded into the 31 bits that the lock's second key has.
        found = self._fetch("SELECT %s::regnamespace::oid::int8 %% 2147483647", (schema,))
        self._lock_number = int(found[0][0])

    # Writing

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        """Store a batch in one durable transaction; see `Backend`.

        An append whose answer was lost is tried again: if the first had been stored, the second
        finds its events there and raises `Taken`, and the caller reads them.
        """
        events = [(append.incident_id, event) for append in batch for event in append.events]
        rows = _rows_of([append.views for append in batch])
        parameters: dict[str, Any] = {
            "lock": self._lock_number,
            "now": self._clock() if self._clock else None,
            "incident_ids": [incident_id for incident_id, _ in events],
            "versions": [event.version for _, event in events],
            "kinds": [event.kind for _, event in events],
            "states": [event.state for _, event in events],
            "event_ids": [event.event_id for _, event in events],
        } | {table: to_json(some).decode() for table, some in rows.items()}
        statement = self._qualified(schema.append_statement(tuple(rows)))
        found = self._retrying(lambda: self._fetch_once(statement, parameters))
        stamps = itertools.starmap(Stamp, found)
        return [list(itertools.islice(stamps, len(append.events))) for append in batch]

    def rebuild(self, views: Iterable[Views]) -> int:
        """Replace all view rows in one transaction; see `Backend`."""
        count = 0
        with self._connection() as connection, connection.transaction():
            connection.execute(
                f"SELECT pg_advisory_xact_lock({schema.LOCK_KEY}, %s)", (self._lock_number,)
            )
            for table in schema.VIEW_TABLES:
                connection.execute(self._qualified(f"DELETE FROM {{s}}.{table}"))
            for some in _batches(views, 500):
                for table, rows in _rows_of(some).items():
                    connection.execute(
                        self._qualified(schema.upsert(table)), {table: to_json(rows).decode()}
                    )
                count += len(some)
            for table in ("retold_events", *schema.VIEW_TABLES):
                connection.execute(self._qualified(f"ANALYZE {{s}}.{table}"))
        return count

    # Reading

    def read(self, incident_id: UUID) -> list[StoredRow]:
        """Return an incident's rows; see `Backend`."""
        where = "WHERE originator_id = %s ORDER BY originator_version"
        return self._rows(where, (incident_id,))

    def read_log(self, after: int, limit: int) -> list[StoredRow]:
        """Return rows after a position; see `Backend`."""
        where = "WHERE notification_id > %s ORDER BY notification_id LIMIT %s"
        return self._rows(where, (after, limit))

    def read_incidents(self) -> Iterator[list[StoredRow]]:
        """Yield every incident's rows; see `Backend`."""
        ordered = self._qualified(
            f"SELECT {_COLUMNS} FROM {{s}}.retold_events ORDER BY originator_id, originator_version"
        )
        with (
            self._connection() as connection,
            connection.transaction(),
            connection.cursor("retold", row_factory=tuple_row) as cursor,
        ):
            cursor.itersize = 5_000
            cursor.execute(ordered, binary=True)
            for _, rows in itertools.groupby(map(_stored_row, cursor), lambda row: row.incident_id):
                yield list(rows)

    def stored(self, event_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return those of the events that the log has; see `Backend`."""
        where = "WHERE event_id = ANY(%s) ORDER BY notification_id"
        return self._rows(where, (list(event_ids),))

    def last_position(self) -> int:
        """Return the last position, 0 for an empty log."""
        return int(
            self._fetch("SELECT coalesce(max(notification_id), 0) FROM {s}.retold_events")[0][0]
        )

    def document(self, incident_id: UUID) -> Document | None:
        """Return the incident's document."""
        found = self._fetch(
            "SELECT document FROM {s}.retold_incidents WHERE incident_id = %s", (incident_id,)
        )
        return Document.model_validate_json(found[0][0]) if found else None

    def find(self, reference: str) -> list[UUID]:
        """Return incidents by reference; see `Backend`."""
        system, _, ref = reference.partition(":")
        beginning = reference.lower().replace("\\", "").replace("%", "").replace("_", "") + "%"
        found = self._fetch(
            "SELECT incident_id FROM {s}.retold_incidents WHERE (source = %s AND source_ref = %s)"
            " OR incident_id::text LIKE %s LIMIT 10",
            (system, ref, beginning),
        )
        return [row[0] for row in found]

    def incidents(
        self, incident_id: UUID | None = None, *, only_open: bool = False
    ) -> list[IncidentRow]:
        """Return incidents' rows; see `Backend`."""
        select = f"SELECT {', '.join(IncidentRow._fields)} FROM {{s}}.retold_incidents"
        if incident_id is not None:
            found = self._fetch(f"{select} WHERE incident_id = %s", (incident_id,))
        else:
            where = f" WHERE {_OPEN}" if only_open else ""
            order = " ORDER BY detected_at NULLS FIRST, incident_id"
            found = self._fetch(select + where + order)
        rows = [IncidentRow(*row) for row in found]
        return [row._replace(services=tuple(row.services)) for row in rows]

    def durations(self, measures: Sequence[str]) -> list[DurationRow]:
        """Return the durations of those measures."""
        select = f"SELECT {', '.join(DurationRow._fields)} FROM {{s}}.retold_durations"
        found = self._fetch(f"{select} WHERE measure = ANY(%s)", (list(measures),))
        return [DurationRow(*row) for row in found]

    def wait(self, seconds: float) -> None:
        """Wait for a NOTIFY, at most so long; a lost one costs no more than that."""
        try:
            with self._connection() as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                for _ in connection.notifies(timeout=seconds, stop_after=1):
                    pass
                connection.execute(f"UNLISTEN {CHANNEL}")
        except StorageUnavailable:
            time.sleep(seconds)

    def health(self) -> list[Check]:
        """Return what `doctor` reports."""
        version = self._fetch("SHOW server_version")[0][0]
        checks = [Check("postgresql version", version, is_fine=True)]
        for name in DURABLE_SETTINGS:
            value = self._fetch(f"SHOW {name}")[0][0]
            checks.append(Check(name, value, value != "off", "a crash would lose events"))
        return checks

    def close(self) -> None:
        """Close every connection."""
        self.datastore.close()

    def _rows(self, where: str, parameters: tuple[Any, ...]) -> list[StoredRow]:
        select = f"SELECT {_COLUMNS} FROM {{s}}.retold_events {where}"
        return [_stored_row(row) for row in self._fetch(select, parameters)]

    def _fetch(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        statement = self._qualified(sql)
        return self._retrying(lambda: self._fetch_once(statement, parameters))

    def _fetch_once(self, statement: Any, parameters: Any) -> list[Any]:
        with (
            self._connection() as connection,
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            return cursor.execute(statement, parameters, prepare=True).fetchall()

    def _qualified(self, sql: str) -> Any:
        # Any: psycopg wants literal strings; the schema's name is quoted when opening.
        return sql.replace("{s}", self._schema)

    def _retrying(self, ask: Callable[[], Found]) -> Found:
        give_up_at = time.monotonic() + PATIENCE
        pause = 0.05
        while True:
            try:
                return ask()
            except StorageUnavailable:
                if time.monotonic() + pause > give_up_at:
                    raise
                time.sleep(pause)
                pause = min(pause * 2, 1.0)

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        with translated_errors():
            self.datastore.pool.open()
            with self.datastore.pool.connection() as connection:
                yield connection

    # The library's verbs, for its own tools; Retold does not write through them

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Insert bare log rows without views: for the library's tests and tools only."""
        parameters = {
            "lock": self._lock_number,
            "now": self._clock() if self._clock else None,
            "incident_ids": [one.originator_id for one in stored_events],
            "versions": [one.originator_version for one in stored_events],
            "kinds": [one.topic for one in stored_events],
            "states": [one.state for one in stored_events],
            "event_ids": [None for _ in stored_events],
        }
        try:
            found = self._fetch_once(self._qualified(schema.append_statement(())), parameters)
        except Taken as error:
            raise IntegrityError(str(error)) from error
        return [row[0] for row in found]

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
            "WHERE originator_id = %s AND originator_version > %s AND originator_version <= %s"
            f" ORDER BY originator_version {'DESC' if desc else 'ASC'} LIMIT %s"
        )
        most = 2**62
        parameters = (originator_id, -1 if gt is None else gt, most if lte is None else lte, limit)
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
        among = " AND topic = ANY(%s)" if topics else ""
        where = (
            f"WHERE notification_id > %s AND notification_id <= %s{among}"
            " ORDER BY notification_id LIMIT %s"
        )
        after = 0 if start is None else start - 1 if inclusive_of_start else start
        wanted = (list(topics),) if topics else ()
        parameters = (after, 2**62 if stop is None else stop, *wanted, limit)
        return [notification_of(row) for row in self._rows(where, parameters)]

    def max_notification_id(self) -> int | None:
        """Return the last position, or None for an empty log."""
        return self.last_position() or None


DURABLE_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn psycopg's errors into ours, by what the caller can do."""
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise Taken(str(error)) from error
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise StorageUnavailable(f"PostgreSQL is read-only: {error}") from error
    except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError) as error:
        raise StorageUnavailable(f"PostgreSQL: {error}") from error
    except psycopg.Error as error:
        raise StoreMismatch(f"PostgreSQL refused: {error}") from error


def _stored_row(row: tuple[Any, ...]) -> StoredRow:
    return StoredRow(row[0], row[1], row[2], row[3], row[4], iso(row[5]))


def _rows_of(views: Sequence[Views]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows to write by table, leaving out tables without any."""
    rows = {
        "retold_incidents": [
            one.incident._asdict() | {"document": one.document.model_dump_json()} for one in views
        ],
        "retold_durations": [row._asdict() for one in views for row in one.durations],
        "retold_timeline": [row._asdict() for one in views for row in one.timeline],
        "retold_assessments": [row._asdict() for one in views for row in one.assessments],
    }
    return {table: some for table, some in rows.items() if some}


def _batches(views: Iterable[Views], size: int) -> Iterator[list[Views]]:
    iterator = iter(views)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
