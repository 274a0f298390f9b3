"""The log and its views in one SQLite file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from ..domain.records import StoredRow
from ..domain.values import iso
from ..projections.document import Document
from ..projections.durations import DurationRow
from ..projections.views import IncidentRow, Views
from . import sqlite_schema as schema
from .backend import Append, Check, Stamp, ids_beginning_with
from .sqlite_recorder import COLUMNS, INSERT, SQLiteRecorder
from .sqlite_rows import cells, duration_row, incident_row

_INCIDENTS = f"SELECT {', '.join(IncidentRow._fields)} FROM retold_incidents"
_DURATIONS = f"SELECT {', '.join(DurationRow._fields)} FROM retold_durations"
_OPEN = "state NOT IN ('resolved', 'dismissed', 'merged')"


class SQLiteLog(SQLiteRecorder):
    """A `Backend` over one file, and a recorder for the library's tools.

    Several processes may share the file: writers take turns, for up to `lock_timeout` seconds.
    """

    # Writing

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        """Store a batch in one durable transaction; see `Backend`."""
        with self.writing() as raw:
            now = self.clock()
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
            position = raw.execute(INSERT, row).lastrowid
            stamps.append(Stamp(position or 0, now))
        return stamps

    def rebuild(self, views: Iterable[Views]) -> int:
        """Replace all view rows in one transaction; see `Backend`."""
        count = 0
        with self.writing() as raw:
            for table in schema.VIEW_TABLES:
                raw.execute(f"DELETE FROM {table}")
            for some in _batches(views, 100):
                write_views(raw, some)
                count += len(some)
            raw.execute("ANALYZE")
        return count

    # Reading

    def read(self, incident_id: UUID) -> list[StoredRow]:
        """Return an incident's rows; see `Backend`."""
        where = "WHERE originator_id = ? ORDER BY originator_version"
        return self.rows(where, (str(incident_id),))

    def read_log(self, after: int, limit: int) -> list[StoredRow]:
        """Return rows after a position; see `Backend`."""
        return self.rows("WHERE position > ? ORDER BY position LIMIT ?", (after, limit))

    def read_incidents(self) -> Iterator[list[StoredRow]]:
        """Yield every incident's rows; see `Backend`."""
        ordered = f"SELECT {COLUMNS} FROM retold_events ORDER BY originator_id, originator_version"
        with self.connection() as raw:
            rows: list[StoredRow] = []
            for row in map(StoredRow._make, raw.execute(ordered)):
                if rows and rows[0].incident != row.incident:
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
            for row in self.rows("WHERE event_id = ?", (str(event_id),))
        ]

    def document(self, incident_id: UUID) -> Document | None:
        """Return the incident's document."""
        found = self.fetch(
            "SELECT document FROM retold_incidents WHERE incident_id = ?", (str(incident_id),)
        )
        return Document.model_validate_json(found[0][0]) if found else None

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
            where = f" WHERE {_OPEN}" if only_open else ""
            found = self.fetch(f"{_INCIDENTS}{where} ORDER BY detected_at, incident_id")
        return [incident_row(row) for row in found]

    def durations(self, measures: Sequence[str]) -> list[DurationRow]:
        """Return the durations of those measures."""
        marks = ", ".join("?" * len(measures))
        found = self.fetch(f"{_DURATIONS} WHERE measure IN ({marks})", tuple(measures))
        return [duration_row(row) for row in found]

    def wait(self, seconds: float) -> None:
        """Wait: SQLite does not call, so following polls."""
        time.sleep(min(seconds, 0.1))

    def health(self) -> list[Check]:
        """Return what `doctor` reports."""
        version = sqlite3.sqlite_version
        journal = self.fetch("PRAGMA journal_mode")[0][0]
        intact = self.fetch("PRAGMA quick_check")[0][0]
        synchronous = self.fetch("PRAGMA synchronous")[0][0]
        return [
            Check("sqlite version", version, sqlite3.sqlite_version_info >= (3, 51, 3),
                  "before 3.51.3 a rare bug can damage a file that several connections write:"
                  " upgrade SQLite, or write from one process"),
            Check("journal mode", journal, journal == "wal", "expected wal"),
            Check("synchronous", str(synchronous), synchronous == 2, "expected 2, FULL"),
            Check("file check", intact, intact == "ok", "restore from a backup"),
        ]  # fmt: skip


def write_views(raw: sqlite3.Connection, views: Sequence[Views]) -> None:
    """Write view rows within the caller's transaction."""
    incidents = zip(cells([one.incident for one in views]), views, strict=True)
    raw.executemany(
        schema.UPSERT_INCIDENT, [(*row, one.document.model_dump_json()) for row, one in incidents]
    )
    for sql, rows in (
        (schema.UPSERT_DURATION, [row for one in views for row in one.durations]),
        (schema.UPSERT_TIMELINE, [row for one in views for row in one.timeline]),
        (schema.UPSERT_ASSESSMENT, [row for one in views for row in one.assessments]),
    ):
        if rows:
            raw.executemany(sql, cells(rows))


def _batches(views: Iterable[Views], size: int) -> Iterator[list[Views]]:
    batch: list[Views] = []
    for one in views:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
