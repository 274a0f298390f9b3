"""A view the stock library's way: where each incident stands, one row each, tracked."""

from __future__ import annotations

from typing import Any

from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection
from psycopg.sql import SQL, Identifier
from stock_side import LoggedEvent


class LastEvents(PostgresTrackingRecorder):
    """One row an incident, with its last event, in the transaction that tracks the position."""

    def __init__(self, datastore: Any, **kwargs: Any) -> None:
        """Add the view's table to those that the library makes."""
        super().__init__(datastore, **kwargs)
        table = Identifier(datastore.schema, f"view_of_{self.tracking_table_name}")
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {} (incident_id uuid PRIMARY KEY,"
                " version bigint NOT NULL, kind text NOT NULL, at timestamptz NOT NULL)"
            ).format(table)
        )
        self._upsert = SQL(
            "INSERT INTO {} VALUES (%s, %s, %s, %s) ON CONFLICT (incident_id) DO UPDATE SET"
            " version = excluded.version, kind = excluded.kind, at = excluded.at"
        ).format(table)

    def put(self, event: LoggedEvent, tracking: Tracking) -> None:
        """Write the row and the position together."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(self._upsert, _row_of(event), prepare=True)
            self._insert_tracking(cursor, tracking)


class StatusProjection(Projection[LastEvents]):
    """Hands each event to the view."""

    name = "status"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Handle one event."""
        self.view.put(domain_event, tracking)


def _row_of(event: LoggedEvent) -> tuple[Any, ...]:
    told = event.entry.event
    return event.originator_id, event.originator_version, told.kind, told.occurred_at
