"""The plain `eventsourcing` library: its own recorders, the same bytes, no views."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import Mapper, StoredEvent, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.conninfo import conninfo_to_dict
from retold import Entry
from workload import Line


@dataclass(frozen=True)
class StockEvent:
    """An event in the library's form."""

    originator_id: UUID
    originator_version: int
    entry: Entry


class StockMapper(Mapper[UUID]):
    """Dumps and reads the same pydantic model as Retold does."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Return the stored form."""
        entry = domain_event.entry
        state = entry.model_dump_json(exclude_none=True).encode()
        return StoredEvent(
            domain_event.originator_id, domain_event.originator_version, entry.event.kind, state
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Return the event."""
        entry = Entry.model_validate_json(stored_event.state)
        return StockEvent(UUID(str(stored_event.originator_id)), 1, entry)


class Stock(Application[UUID]):
    """The library's application, as its documentation builds one."""

    name = "stock"

    def construct_mapper(self) -> Mapper[UUID]:
        """Return the pydantic mapper."""
        return StockMapper(transcoder=self.construct_transcoder())

    def append(self, line: Line) -> None:
        """Save one event."""
        self.save(StockEvent(line.incident_id, line.version, line.entry))


def sqlite_settings(folder: Path) -> dict[str, str]:
    """Return the library's settings for SQLite."""
    name = str(folder / "stock.db")
    return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": name}


def postgres_settings(url: str) -> dict[str, str]:
    """Return the library's settings for PostgreSQL."""
    given = conninfo_to_dict(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(given["dbname"]),
        "POSTGRES_HOST": str(given["host"]),
        "POSTGRES_PORT": str(given.get("port", "5432")),
        "POSTGRES_USER": str(given["user"]),
        "POSTGRES_PASSWORD": "none",
        "POSTGRES_POOL_SIZE": "16",
    }


class LastKind(PostgresTrackingRecorder):
    """A view with one upsert an event, as small as a view can be."""

    def create_table(self) -> None:
        """Create the library's tables, then the view's."""
        super().create_table()
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS stock_view (id uuid PRIMARY KEY, kind text)")

    def put(self, event: StockEvent, tracking: Tracking) -> None:
        """Write one event's row with its tracking, in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(
                "INSERT INTO stock_view VALUES (%s, %s)"
                " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind",
                (event.originator_id, event.entry.event.kind),
            )
            self._insert_tracking(cursor, tracking)


class LastKindProjection(Projection[LastKind]):
    """The projection that fills the view."""

    name = "stockview"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Process one event."""
        self.view.put(domain_event, tracking)


def catch_up(url: str, last_position: int) -> None:
    """Project the whole log with the library's runner."""
    runner = ProjectionRunner(
        application_class=Stock,
        projection_class=LastKindProjection,
        view_class=LastKind,
        env=postgres_settings(url),
    )
    with runner:
        runner.wait(last_position, timeout=600)
