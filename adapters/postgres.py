"""The log and its views in PostgreSQL, for several machines that write."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ..domain.errors import StorageUnavailable, StoreMismatch
from ..domain.records import StoredRow
from ..projections.built_in import REOPENS
from ..projections.cohorts import Measurement
from ..projections.durations import DurationRow
from ..projections.measures import Cohort
from ..projections.timeline import TimelineRow
from ..projections.views import IncidentRow, Views
from . import postgres_statements as statements
from .backend import (
    Append,
    Check,
    RawRecord,
    Stamp,
    contract_views,
    first_position,
    ids_beginning_with,
    parted,
)
from .measuring_sql import RESTRICTED, TOUCHED, Dialect, measurement, measurements
from .postgres_bulk import LogRow
from .postgres_contract import changed_views
from .postgres_recorder import COLUMNS, PostgresRecorder, as_json
from .postgres_schema import GUARDS, LOCK_KEY, upgrade

CHANNEL = "retold_events"


class PostgresLog(PostgresRecorder):
    """A `Backend` over one schema of one database, and a recorder for the library's tools."""

    # Writing

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        """Store a batch in one durable transaction; see `Backend`.

        An append whose answer was lost is tried again: if the first had been stored, the second
        finds its events there and raises `Taken`, and the caller reads them.
        """
        events = [
            LogRow(append.incident_id, event.version, event.kind, event.state, event.event_id)
            for append in batch
            for event in append.events
        ]
        rows = _rows_of([append.views for append in batch])
        views = {table: as_json(some) for table, some in rows.items()}
        found = self.connections.retrying(lambda: self.insert(events, views))
        stamps = (Stamp(position, recorded_at) for position, recorded_at, *_ in found)
        return [list(itertools.islice(stamps, len(append.events))) for append in batch]

    def rebuild(self, views: Iterable[Views]) -> int:
        """Replace all view rows in one transaction; see `Backend`."""
        count = 0
        with self.connections.lent() as connection, connection.transaction():
            connection.execute(f"SELECT pg_advisory_xact_lock({LOCK_KEY}, %s)", (self.lock_number,))
            upgrade(connection, self.schema)
            for table in statements.COLUMNS:
                connection.execute(self.qualified(f"DELETE FROM {{s}}.{table}"))
            # A pipeline, and batches that fit a socket's buffer: the server writes one while the
            # next is being told.
            with connection.pipeline():
                for some in _batches(views, 10):
                    for table, rows in _rows_of(some).items():
                        statement = self.qualified(statements.put(table))
                        connection.execute(statement, {table: as_json(rows)}, prepare=True)
                    count += len(some)
            for table in ("retold_events", *statements.COLUMNS):
                connection.execute(self.qualified(f"ANALYZE {{s}}.{table}"))
        return count

    # Reading

    def read(self, incident_id: UUID) -> list[StoredRow]:
        """Return an incident's rows; see `Backend`."""
        where = "WHERE originator_id = %s ORDER BY originator_version"
        return self.rows(where, (incident_id,))

    def read_several(self, incident_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return the rows of several incidents; see `Backend`."""
        where = "WHERE originator_id = ANY(%s) ORDER BY originator_id, originator_version"
        return self.rows(where, (list(incident_ids),))

    def read_log(self, after: int, limit: int) -> list[StoredRow]:
        """Return rows after a position; see `Backend`."""
        where = "WHERE notification_id > %s ORDER BY notification_id LIMIT %s"
        return self.rows(where, (after, limit))

    def read_incidents(self) -> Iterator[list[StoredRow]]:
        """Yield every incident's rows; see `Backend`."""
        order = "ORDER BY originator_id, originator_version"
        found = self.streamed(f"SELECT {COLUMNS} FROM {{s}}.retold_events {order}", ())
        rows = map(StoredRow._make, found)
        for _, some in itertools.groupby(rows, lambda row: row.incident):
            yield list(some)

    def stored(self, event_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return those of the events that the log has; see `Backend`."""
        where = "WHERE event_id = ANY(%s) ORDER BY notification_id"
        return self.rows(where, (list(event_ids),))

    def event_ids(self, after: int, limit: int) -> list[str | None]:
        """Return the ids under which the log files rows; see `Backend`."""
        select = (
            "SELECT event_id::text FROM {s}.retold_events WHERE notification_id > %s"
            " ORDER BY notification_id LIMIT %s"
        )
        return [event_id for (event_id,) in self.fetch(select, (after, limit))]

    def since_snapshot(self, incident_id: UUID) -> tuple[str | None, list[StoredRow]]:
        """Return the incident's snapshot and its rows since then; see `Backend`."""
        select = (
            f"SELECT {COLUMNS}, CASE WHEN originator_version = s.version THEN s.document END"
            " FROM {s}.retold_events LEFT JOIN {s}.retold_snapshots s"
            " ON s.incident_id = originator_id"
            " WHERE originator_id = %s AND originator_version >= coalesce(s.version, 0)"
            " ORDER BY originator_version"
        )
        return parted(self.fetch(select, (incident_id,)))

    def find(self, reference: str) -> list[UUID]:
        """Return incidents by reference; see `Backend`."""
        system, _, ref = reference.partition(":")
        first, last = ids_beginning_with(reference) or (None, None)
        found = self.fetch(
            "SELECT incident_id FROM {s}.retold_incidents WHERE source = %s AND source_ref = %s"
            " UNION SELECT incident_id FROM {s}.retold_incidents"
            " WHERE incident_id BETWEEN %s AND %s LIMIT 10",
            (system, ref, first, last),
        )
        return [row[0] for row in found]

    def incidents(
        self, incident_id: UUID | None = None, *, only_open: bool = False
    ) -> list[IncidentRow]:
        """Return incidents' rows; see `Backend`."""
        select = f"SELECT {', '.join(IncidentRow._fields)} FROM {{s}}.retold_incidents"
        if incident_id is not None:
            found = self.fetch(f"{select} WHERE incident_id = %s", (incident_id,))
        else:
            where = " WHERE is_open" if only_open else ""
            order = " ORDER BY detected_at NULLS FIRST, incident_id"
            found = self.fetch(select + where + order)
        rows = [IncidentRow(*row) for row in found]
        return [row._replace(services=tuple(row.services)) for row in rows]

    def durations(self, measures: Sequence[str]) -> list[DurationRow]:
        """Return the durations of those measures."""
        select = f"SELECT {', '.join(DurationRow._fields)} FROM {{s}}.retold_durations"
        found = self.fetch(f"{select} WHERE measure = ANY(%s)", (list(measures),))
        return [DurationRow(*row) for row in found]

    def measurements(
        self, measure: str, clock: Cohort, since: datetime | None, until: datetime | None
    ) -> list[Measurement]:
        """Return what a built-in measure says; see `Backend`."""
        named = () if measure == REOPENS else (measure,)
        query = measurements(measure, clock, _DIALECT)
        found = self.fetch(query, (*named, since or _FIRST, until or _LAST))
        return list(map(measurement, found))

    def restricted(self) -> dict[UUID, str]:
        """Return the restricted incidents and their groups; see `Backend`."""
        return dict(self.fetch(RESTRICTED.format(schema="{s}.")))

    def hidden(self) -> int:
        """Return 0: it shows everything."""
        return 0

    def touched_since(self, moment: datetime) -> dict[UUID, bool]:
        """Return the incidents with events recorded after `moment`; see `Backend`."""
        found = self.fetch(TOUCHED.format(schema="{s}.", mark="%s"), (moment,))
        return {incident: first == 1 for incident, first in found}

    def definitions(self) -> dict[tuple[str, int], str]:
        """Return the measures that the store remembers."""
        found = self.fetch("SELECT name, version, definition FROM {s}.retold_measures")
        return {(name, version): definition for name, version, definition in found}

    def define(self, definitions: Mapping[tuple[str, int], str]) -> None:
        """Remember measures; see `Backend`."""
        insert = self.qualified(
            "INSERT INTO {s}.retold_measures VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
        )
        rows = [(*key, definition) for key, definition in definitions.items()]
        with self.connections.lent() as connection, connection.transaction():
            connection.cursor().executemany(insert, rows)

    def keep_raw(self, records: Sequence[RawRecord]) -> None:
        """Keep records that events were read from; see `Backend`."""
        insert = self.qualified(
            "INSERT INTO {s}.retold_raw_records VALUES (%s, %s) ON CONFLICT DO NOTHING"
        )
        with self.connections.lent() as connection, connection.transaction():
            connection.cursor().executemany(insert, records)

    def raw_record(self, sha256: str) -> RawRecord | None:
        """Return a kept record."""
        select = "SELECT sha256, text FROM {s}.retold_raw_records WHERE sha256 = %s"
        found = self.fetch(select, (sha256,))
        return RawRecord(*found[0]) if found else None

    def timelines(self, incident_id: UUID | None = None) -> Iterator[TimelineRow]:
        """Yield the rows behind the timelines; see `Backend`."""
        where, parameters = "", tuple[Any, ...]()
        if incident_id is not None:
            where, parameters = "WHERE e.originator_id = %s", (incident_id,)
        for row in self.streamed(statements.TIMELINES.replace("{where}", where), parameters):
            yield TimelineRow(*row)

    def raw_records(self) -> Iterator[RawRecord]:
        """Yield all kept records."""
        found = self.streamed("SELECT sha256, text FROM {s}.retold_raw_records", ())
        return map(RawRecord._make, found)

    def wait(self, seconds: float) -> None:
        """Wait for a NOTIFY, at most so long; a lost one costs no more than that."""
        try:
            with self.connections.lent() as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                for _ in connection.notifies(timeout=seconds, stop_after=1):
                    pass
                connection.execute(f"UNLISTEN {CHANNEL}")
        except StorageUnavailable:
            time.sleep(seconds)

    def health(self) -> list[Check]:
        """Return what `doctor` reports."""
        version = self.fetch("SHOW server_version")[0][0]
        checks = [Check("postgresql version", version, is_fine=True)]
        for name in DURABLE_SETTINGS:
            value = self.fetch(f"SHOW {name}")[0][0]
            checks.append(Check(name, value, value != "off", "a crash would lose events"))
        guards = self.fetch(GUARDS)[0][0]
        advice = "the triggers that keep history from being changed are gone or disabled"
        checks.append(Check("guards", f"{guards} of 4 triggers", guards == 4, advice))
        least = self.fetch("SELECT min(notification_id) FROM {s}.retold_events")[0][0]
        checks.append(first_position(least))
        checks.append(contract_views(self._changed_views()))
        return checks

    def _changed_views(self) -> list[str] | None:
        try:
            with self.connections.lent() as connection:
                return changed_views(connection, self.schema)
        except (StoreMismatch, StorageUnavailable):  # a reader's role, or a server for reading
            return None


_DIALECT = Dialect(
    schema="{s}.",
    mark="%s",
    identity="i.incident_id::text",
    services="array_to_json(i.services)::text",
    micros="(extract(epoch FROM {}) * 1000000)::bigint",
)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 1, 1, tzinfo=UTC)

DURABLE_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")


def _rows_of(views: Sequence[Views]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows to write by table, leaving out tables without any."""
    rows = {
        "retold_incidents": [one.incident._asdict() for one in views],
        "retold_snapshots": [_snapshot(one) for one in views if one.is_snapshot_due],
        "retold_durations": [row._asdict() for one in views for row in one.durations],
        "retold_timeline": [row._asdict() for one in views for row in one.timeline],
    }
    return {table: some for table, some in rows.items() if some}


def _snapshot(views: Views) -> dict[str, Any]:
    document = views.document
    return {
        "incident_id": views.incident.incident_id,
        "version": document.version,
        "document": document.as_json(),
    }


def _batches(views: Iterable[Views], size: int) -> Iterator[list[Views]]:
    iterator = iter(views)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
