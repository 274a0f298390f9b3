"""The log and its views in one SQLite file."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from ..domain.records import StoredRow
from ..domain.values import iso, micros
from ..projections.built_in import REOPENS
from ..projections.cohorts import Measurement
from ..projections.durations import DurationRow
from ..projections.measures import Cohort
from ..projections.timeline import TimelineRow
from ..projections.views import IncidentRow, Views
from . import sqlite_schema as schema
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
from .id_text import text_of
from .measuring_sql import RESTRICTED, TOUCHED, Dialect, measurement, measurements
from .schema_version import FIRST_WITH_LEAVES, SCHEMA_VERSION
from .sqlite_contract import changed_views
from .sqlite_recorder import LogRow, SQLiteRecorder
from .sqlite_rows import duration_row, incident_row, timeline_row
from .sqlite_tree import add_leaves
from .sqlite_views import write_views

_INCIDENTS = f"SELECT {', '.join(IncidentRow._fields)} FROM retold_incidents"
_DIALECT = Dialect("", "?", "i.incident_id", "i.services", micros="{}")
T = TypeVar("T")
_DURATIONS = f"SELECT {', '.join(DurationRow._fields)} FROM retold_durations"


class SQLiteLog(SQLiteRecorder):
    """A `Backend` over one file, and a recorder for the library's tools.

    Several processes may share the file: writers take turns, for up to `lock_timeout` seconds.
    """

    # Writing

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        """Store a batch in one durable transaction; see `Backend`."""
        with self.connections.writing() as raw:
            now = self.clock()
            positions, end = self.insert(raw, _log_rows(batch, iso(now)))
            given = (Stamp(position, now) for position in positions)
            stamps = [list(itertools.islice(given, len(append.events))) for append in batch]
            write_views(raw, [append.views for append in batch], stamps)
        self.tree.remember(end)
        return stamps

    def rebuild(self, views: Iterable[Views]) -> int:
        """Replace all view rows in one transaction; see `Backend`."""
        count = 0
        with self.connections.writing() as raw:
            self._upgrade(raw)
            for table in (*schema.VIEW_TABLES, "retold_snapshots"):
                raw.execute(f"DELETE FROM {table}")
            for some in _batches(views, 100):
                write_views(raw, some)
                count += len(some)
            raw.execute("ANALYZE")
        return count

    def _upgrade(self, raw: sqlite3.Connection) -> None:
        [found] = raw.execute("PRAGMA user_version").fetchone()
        if found < FIRST_WITH_LEAVES:
            add_leaves(raw)
        if found != SCHEMA_VERSION or changed_views(raw):
            schema.make_beside_log(raw)

    # Reading

    def read(self, incident_id: UUID) -> list[StoredRow]:
        """Return an incident's rows; see `Backend`."""
        where = "WHERE originator_id = ? ORDER BY originator_version"
        return self.rows(where, (str(incident_id),))

    def read_several(self, incident_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return the rows of several incidents; see `Backend`."""
        marks = ", ".join("?" * len(incident_ids))
        where = f"WHERE originator_id IN ({marks}) ORDER BY originator_id, originator_version"
        return self.rows(where, tuple(map(str, incident_ids)))

    def read_log(self, after: int, limit: int) -> list[StoredRow]:
        """Return rows after a position; see `Backend`."""
        return self.rows("WHERE position > ? ORDER BY position LIMIT ?", (after, limit))

    def read_incidents(self) -> Iterator[list[StoredRow]]:
        """Yield every incident's rows; see `Backend`."""
        order = "ORDER BY originator_id, originator_version"
        with self.connections.lent() as raw:
            rows: list[StoredRow] = []
            for row in map(
                StoredRow._make, raw.execute(f"SELECT {schema.ROW} FROM retold_events {order}")
            ):
                if rows and rows[0].incident != row.incident:
                    yield rows
                    rows = []
                rows.append(row)
            if rows:
                yield rows

    def stored(self, event_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return those of the events that the log has; see `Backend`."""
        found: list[StoredRow] = []
        for some in _batches(map(str, event_ids), 500):
            where = f"WHERE event_id IN ({', '.join('?' * len(some))}) ORDER BY position"
            found += self.rows(where, tuple(some))
        return found

    def event_ids(self, after: int, limit: int) -> list[str | None]:
        """Return the ids under which the log files rows; see `Backend`."""
        select = "SELECT event_id FROM retold_events WHERE position > ? ORDER BY position LIMIT ?"
        return [event_id for (event_id,) in self.fetch(select, (after, limit))]

    def since_snapshot(self, incident_id: UUID) -> tuple[str | None, list[StoredRow]]:
        """Return the incident's snapshot and its rows since then; see `Backend`."""
        return parted(self.fetch(schema.SINCE_SNAPSHOT, (str(incident_id),)))

    def find(self, reference: str) -> list[UUID]:
        """Return incidents by reference; see `Backend`."""
        system, _, ref = reference.partition(":")
        first, last = ids_beginning_with(reference) or ("", "")
        found = self.fetch(
            "SELECT incident_id FROM retold_incidents WHERE source = ? AND source_ref = ?"
            " UNION SELECT incident_id FROM retold_incidents"
            " WHERE incident_id BETWEEN ? AND ? LIMIT 10",
            (system, ref, str(first), str(last)),
        )
        return [UUID(row[0]) for row in found]

    def incidents(
        self, incident_id: UUID | None = None, *, only_open: bool = False
    ) -> list[IncidentRow]:
        """Return incidents' rows; see `Backend`."""
        if incident_id is not None:
            found = self.fetch(f"{_INCIDENTS} WHERE incident_id = ?", (str(incident_id),))
        else:
            where = " WHERE is_open" if only_open else ""
            found = self.fetch(f"{_INCIDENTS}{where} ORDER BY detected_at, incident_id")
        return [incident_row(row) for row in found]

    def durations(self, measures: Sequence[str]) -> list[DurationRow]:
        """Return the durations of those measures."""
        marks = ", ".join("?" * len(measures))
        found = self.fetch(f"{_DURATIONS} WHERE measure IN ({marks})", tuple(measures))
        return [duration_row(row) for row in found]

    def measurements(
        self, measure: str, clock: Cohort, since: datetime | None, until: datetime | None
    ) -> list[Measurement]:
        """Return what a built-in measure says; see `Backend`."""
        first = 0 if since is None else micros(since)
        end = 2**62 if until is None else micros(until)
        named = () if measure == REOPENS else (measure,)
        query = measurements(measure, clock, _DIALECT)
        return [measurement(row) for row in self.fetch(query, (*named, first, end))]

    def restricted(self) -> dict[UUID, str]:
        """Return the restricted incidents and their groups; see `Backend`."""
        found = self.fetch(RESTRICTED.format(schema=""))
        return {UUID(incident): group for incident, group in found}

    def hidden(self) -> int:
        """Return 0: it shows everything."""
        return 0

    def touched_since(self, moment: datetime) -> dict[UUID, bool]:
        """Return the incidents with events recorded after `moment`; see `Backend`."""
        found = self.fetch(TOUCHED.format(schema="", mark="?"), (iso(moment),))
        return {UUID(incident): first == 1 for incident, first in found}

    def definitions(self) -> dict[tuple[str, int], str]:
        """Return the measures that the store remembers."""
        found = self.fetch("SELECT name, version, definition FROM retold_measures")
        return {(name, version): definition for name, version, definition in found}

    def define(self, definitions: Mapping[tuple[str, int], str]) -> None:
        """Remember measures; see `Backend`."""
        rows = [(*key, definition) for key, definition in definitions.items()]
        with self.connections.writing() as raw:
            raw.executemany("INSERT OR IGNORE INTO retold_measures VALUES (?, ?, ?)", rows)

    def keep_raw(self, records: Sequence[RawRecord]) -> None:
        """Keep records that events were read from; see `Backend`."""
        with self.connections.writing() as raw:
            raw.executemany("INSERT OR IGNORE INTO retold_raw_records VALUES (?, ?)", records)

    def raw_record(self, sha256: str) -> RawRecord | None:
        """Return a kept record."""
        select = "SELECT sha256, text FROM retold_raw_records WHERE sha256 = ?"
        found = self.fetch(select, (sha256,))
        return RawRecord._make(found[0]) if found else None

    def timelines(self, incident_id: UUID | None = None) -> Iterator[TimelineRow]:
        """Yield the rows behind the timelines; see `Backend`."""
        where, parameters = "", tuple[str, ...]()
        if incident_id is not None:
            where, parameters = "WHERE e.originator_id = ?", (str(incident_id),)
        with self.connections.lent() as raw:
            yield from map(timeline_row, raw.execute(schema.TIMELINES.format(where), parameters))

    def raw_records(self) -> Iterator[RawRecord]:
        """Yield all kept records."""
        with self.connections.lent() as raw:
            yield from map(
                RawRecord._make, raw.execute("SELECT sha256, text FROM retold_raw_records")
            )

    def wait(self, seconds: float) -> None:
        """Wait: SQLite does not call, so following polls."""
        time.sleep(min(seconds, 0.1))

    def health(self) -> list[Check]:
        """Return what `doctor` reports."""
        version = sqlite3.sqlite_version
        journal = self.fetch("PRAGMA journal_mode")[0][0]
        intact = self.fetch("PRAGMA quick_check")[0][0]
        synchronous = self.fetch("PRAGMA synchronous")[0][0]
        with self.connections.lent() as raw:
            changed = changed_views(raw)
        guards = self.fetch(schema.GUARDS, schema.GUARD_TEXTS)[0][0]
        return [
            Check("sqlite version", version, sqlite3.sqlite_version_info >= (3, 51, 3),
                  "before 3.51.3 a rare bug can damage a file that several connections write:"
                  " upgrade SQLite, or write from one process"),
            Check("journal mode", journal, journal == "wal", "expected wal"),
            Check("synchronous", str(synchronous), synchronous == 2, "expected 2, FULL"),
            Check("guards", f"{guards} of 2 triggers", guards == 2,
                  "the triggers that keep history from being changed are gone"),
            first_position(self.fetch("SELECT min(position) FROM retold_events")[0][0]),
            contract_views(changed),
            Check("file check", intact, intact == "ok", "restore from a backup"),
        ]  # fmt: skip


def _log_rows(batch: Sequence[Append], recorded_at: str) -> list[LogRow]:
    return [
        LogRow(text_of(append.incident_id), version, kind, state, str(event_id), recorded_at)
        for append in batch
        for event_id, version, kind, state in append.events
    ]


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
