"""Writing the rows behind the views to SQLite, within the transaction that appends."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ..projections.views import Views
from . import sqlite_schema as schema
from .backend import Stamp
from .sqlite_rows import (
    Cells,
    changed_cells,
    duration_cells,
    incident_cells,
    snapshot_cells,
    timeline_cells,
)


def write_views(
    raw: sqlite3.Connection, views: Sequence[Views], stamps: Sequence[Sequence[Stamp]] = ()
) -> None:
    """Write view rows within the caller's transaction.

    `stamps` are what the log has just given the last events of each incident in `views`; without
    any, every row knows its position.
    """
    anew = [incident_cells(one) for one in views if one.earlier is None]
    _put_all(raw, schema.PUT_INCIDENT, anew)
    for one in views:
        if one.earlier is not None:
            columns, cells = changed_cells(one, one.earlier)
            raw.execute(schema.update_incident(columns), cells)
    _put_all(
        raw, schema.PUT_SNAPSHOT, [snapshot_cells(one) for one in views if one.is_snapshot_due]
    )
    _put_all(
        raw, schema.PUT_DURATION, [duration_cells(row) for one in views for row in one.durations]
    )
    given = stamps or [()] * len(views)
    _put_all(
        raw,
        schema.PUT_TIMELINE,
        [
            timeline_cells(row, row.position or _given(some, row.version, one.incident.version))
            for one, some in zip(views, given, strict=True)
            for row in one.timeline
        ],
    )


def _put_all(raw: sqlite3.Connection, statement: str, rows: Sequence[Cells]) -> None:
    if rows:
        raw.executemany(statement, rows)


def _given(stamps: Sequence[Stamp], version: int, last_version: int) -> int:
    """Return the position that the event of `version` got, of those up to `last_version`."""
    return stamps[version - last_version - 1].position
