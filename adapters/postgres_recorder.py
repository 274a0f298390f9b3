"""The `eventsourcing` library's recorder over our PostgreSQL table, and its connections."""

from __future__ import annotations

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
from . import postgres_statements as statements
from .backend import Taken
from .log import LogNotification, notification_of

Clock = Callable[[], datetime]
Found = TypeVar("Found")

PATIENCE = 12.0
"""Seconds for which a broken connection is tried again: a server needs some to recover."""

COLUMNS = (
    "notification_id, originator_id::text, originator_version, topic, state,"
    """ to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
)


class PostgresRecorder(PostgresApplicationRecorder):
    """The library's verbs, for its own tools; Retold writes through `PostgresLog`, with views."""

    def __init__(self, datastore: PostgresDatastore, schema: str, clock: Clock | None) -> None:
        """Work in that schema, its name quoted; it must hold our tables already.

        Without a `clock`, events are stamped with the server's.
        """
        super().__init__(datastore, events_table_name="retold_events")
        # The pool doubles its pauses between attempts: begun anew every few seconds, they cannot
        # keep it away for as long again after the server is back.
        datastore.pool.reconnect_timeout = 5.0
        self.schema = schema
        self._qualified: dict[str, str] = {}
        self.clock = clock
        # One lock a schema: its number, folded into the 31 bits that the lock's second key has.
        found = self.fetch("SELECT %s::regnamespace::oid::int8 %% 2147483647", (schema,))
        self.lock_number = int(found[0][0])

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Insert bare log rows without views: for the library's tests and tools only."""
        parameters = {
            "lock": self.lock_number,
            "now": self.clock() if self.clock else None,
            "events": as_json(
                new_row(one.originator_id, one.originator_version, one.topic, one.state)
                for one in stored_events
            ),
        }
        try:
            found = self.fetch_once(self.qualified(statements.append(())), parameters)
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
        among = " AND topic = ANY(%s)" if topics else ""
        where = (
            f"WHERE notification_id > %s AND notification_id <= %s{among}"
            " ORDER BY notification_id LIMIT %s"
        )
        after = 0 if start is None else start - 1 if inclusive_of_start else start
        wanted = (list(topics),) if topics else ()
        parameters = (after, 2**62 if stop is None else stop, *wanted, limit)
        return [notification_of(row) for row in self.rows(where, parameters)]

    def last_position(self) -> int:
        """Return the last position, 0 for an empty log."""
        return int(
            self.fetch("SELECT coalesce(max(notification_id), 0) FROM {s}.retold_events")[0][0]
        )

    def max_notification_id(self) -> int | None:
        """Return the last position, or None for an empty log."""
        return self.last_position() or None

    def rows(self, where: str, parameters: tuple[Any, ...]) -> list[StoredRow]:
        """Return rows of the log."""
        select = f"SELECT {COLUMNS} FROM {{s}}.retold_events {where}"
        return [StoredRow._make(row) for row in self.fetch(select, parameters)]

    def fetch(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        """Return what a query finds, asked again while the connection is broken."""
        statement = self.qualified(sql)
        return self.retrying(lambda: self.fetch_once(statement, parameters))

    def fetch_once(self, statement: Any, parameters: Any) -> list[Any]:
        """Return what a qualified statement finds, asked once."""
        with (
            self.connection() as connection,
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            return cursor.execute(statement, parameters, prepare=True).fetchall()

    def qualified(self, sql: str) -> Any:
        """Return `sql` with the schema's name put in."""
        # Any: psycopg wants literal strings; the schema's name is quoted when opening.
        qualified = self._qualified.get(sql)
        if qualified is None:
            qualified = self._qualified[sql] = sql.replace("{s}", self.schema)
        return qualified

    def retrying(self, ask: Callable[[], Found]) -> Found:
        """Ask again while the connection is broken, for `PATIENCE`."""
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
                # What broke one connection, a restart perhaps, broke the idle ones too.
                self.datastore.pool.check()

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """Lend a connection in autocommit mode; its errors come out as ours."""
        with translated_errors():
            self.datastore.pool.open()
            with self.datastore.pool.connection() as connection:
                yield connection


def new_row(
    incident_id: UUID | str, version: int, kind: str, state: bytes, event_id: UUID | None = None
) -> dict[str, object]:
    """Return a row to append to the log, in JSON's terms."""
    return {
        "originator_id": incident_id,
        "originator_version": version,
        "topic": kind,
        "state": "\\x" + state.hex(),
        "event_id": event_id,
    }


def as_json(rows: Iterable[dict[str, Any]]) -> str:
    """Return rows as one JSON parameter: psycopg's arrays are built in Python, this is not."""
    return to_json(list(rows)).decode()


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
