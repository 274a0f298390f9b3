"""The `eventsourcing` library's recorder over our PostgreSQL table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.rows import tuple_row
from pydantic_core import to_json

from ..domain.records import StoredRow
from . import postgres_bulk as bulk
from . import postgres_statements as statements
from .backend import Taken
from .log import LogNotification, notification_of
from .postgres_bulk import LogRow
from .postgres_connections import PostgresConnections
from .postgres_tree import PostgresTree

Clock = Callable[[], datetime]
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
        self.connections = PostgresConnections(datastore.pool)
        self.tree = PostgresTree(self.fetch)
        self.schema = schema
        self._qualified: dict[str, str] = {}
        self.clock = clock
        # One lock a schema: its number, folded into the 31 bits that the lock's second key has.
        found = self.fetch("SELECT %s::regnamespace::oid::int8 %% 2147483647", (schema,))
        self.lock_number = int(found[0][0])

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Insert bare log rows without views: for the library's tests and tools only."""
        rows = [
            LogRow(one.originator_id, one.originator_version, one.topic, one.state)
            for one in stored_events
        ]
        try:
            found = self.insert(rows, {})
        except Taken as error:
            raise IntegrityError(str(error)) from error
        return [row[0] for row in found]

    def insert(self, events: Sequence[LogRow], views: Mapping[str, str]) -> list[Any]:
        """Insert log rows, and view rows by table in JSON; return what the log gave them."""
        if len(events) >= bulk.FROM_HERE_ON:
            return self._insert_many(events, views)
        one_event = len(events) == 1
        statement = self.qualified(statements.append(tuple(views), one_event=one_event))
        given = events[0]._asdict() if one_event else {"events": as_json(map(_in_json, events))}
        now = self.clock() if self.clock else None
        return self.fetch_once(statement, {"lock": self.lock_number, "now": now, **given, **views})

    def _insert_many(self, events: Sequence[LogRow], views: Mapping[str, str]) -> list[Any]:
        now = self.clock() if self.clock else None
        with self.connections.lent() as connection, connection.transaction():
            taken = bulk.turn(connection, self.qualified, self.lock_number, now)
            positions = bulk.copy(connection, self.qualified, taken, events)
            if views:
                after = self.qualified(statements.views_after_copy(tuple(views)))
                parameters = {"first": positions[0], "last": positions[-1]}
                connection.execute(after, {**parameters, **views})
            connection.execute("SELECT pg_notify('retold_events', '')")
        return [(position, taken.recorded_at) for position in positions]

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

    def last_position(self, recorded_by: datetime | None = None) -> int:
        """Return the last position; see `Backend`."""
        last = "SELECT coalesce(max(notification_id), 0) FROM {s}.retold_events"
        if recorded_by is None:
            return int(self.fetch(last)[0][0])
        return int(self.fetch(f"{last} WHERE recorded_at <= %s", (recorded_by,))[0][0])

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
        return self.connections.retrying(lambda: self.fetch_once(statement, parameters))

    def fetch_once(self, statement: Any, parameters: Any) -> list[Any]:
        """Return what a qualified statement finds, asked once."""
        with (
            self.connections.lent() as connection,
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            return cursor.execute(statement, parameters, prepare=True).fetchall()

    def streamed(self, sql: str, parameters: tuple[Any, ...]) -> Iterator[Any]:
        """Yield what a query finds, from one consistent snapshot, without holding all of it."""
        with (
            self.connections.lent() as connection,
            connection.transaction(),
            connection.cursor("retold", row_factory=tuple_row) as cursor,
        ):
            cursor.itersize = 5_000
            yield from cursor.execute(self.qualified(sql), parameters, binary=True)

    def qualified(self, sql: str) -> Any:
        """Return `sql` with the schema's name put in."""
        # Any: psycopg wants literal strings; the schema's name is quoted when opening.
        qualified = self._qualified.get(sql)
        if qualified is None:
            qualified = self._qualified[sql] = sql.replace("{s}", self.schema)
        return qualified

    def close(self) -> None:
        """Close every connection."""
        self.connections.close()


def _in_json(row: LogRow) -> dict[str, object]:
    return row._asdict() | {"state": "\\x" + row.state.hex()}


def as_json(rows: Iterable[dict[str, Any]]) -> str:
    """Return rows as one JSON parameter: psycopg's arrays are built in Python, this is not."""
    return to_json(list(rows)).decode()
