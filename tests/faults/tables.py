"""A store's tables as the database alone tells them, without any code of the store."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

import psycopg
from retold.domain.values import iso, micros
from retold.projections.durations import DurationRow
from retold.projections.timeline import TimelineRow
from retold.projections.views import IncidentRow, Views

VIEW_TABLES = {
    "retold_incidents": IncidentRow._fields,
    "retold_durations": DurationRow._fields,
    "retold_timeline": (
        "position", "occurred_at", "first_said_at", "phase", "who", "text", "link",
        "key_moment", "corrections", "retracted", "assessor", "severity", "confidence", "basis",
    ),
}  # fmt: skip


class LogRow(NamedTuple):
    """One row of the log."""

    position: int
    incident_id: str
    version: int
    kind: str
    state: bytes
    event_id: str
    recorded_at: str


class Tables(NamedTuple):
    """The log in the order of positions, the rows behind the views, and what is damaged."""

    log: list[LogRow]
    views: dict[str, set[tuple[Any, ...]]]
    damage: list[str]


def is_postgres(url: str) -> bool:
    """Say which database a URL names."""
    return url.startswith("postgresql:")


def tables(url: str) -> Tables:
    """Read everything in one transaction."""
    return _postgres_tables(url) if is_postgres(url) else _sqlite_tables(url)


def _sqlite_tables(path: str) -> Tables:
    raw = sqlite3.connect(f"file:{quote(path)}?mode=rw", uri=True, isolation_level=None)
    try:
        raw.execute("BEGIN")
        log = raw.execute(
            "SELECT position, originator_id, originator_version, topic, state, event_id,"
            " recorded_at FROM retold_events ORDER BY position"
        )
        rows = [LogRow(*row) for row in log]
        views = {
            table: set(raw.execute(f"SELECT {', '.join(columns)} FROM {table}"))
            for table, columns in VIEW_TABLES.items()
        }
        found = [row[0] for row in raw.execute("PRAGMA integrity_check")]
    finally:
        raw.close()
    return Tables(rows, views, [line for line in found if line != "ok"])


def _postgres_tables(url: str) -> Tables:
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        log = connection.execute(
            "SELECT notification_id, originator_id, originator_version, topic, state, event_id,"
            " recorded_at FROM retold_events ORDER BY notification_id"
        )
        rows = [
            LogRow(row[0], str(row[1]), row[2], row[3], bytes(row[4]), str(row[5]), iso(row[6]))
            for row in log
        ]
        views = {
            table: set(
                map(_hashable, connection.execute(f"SELECT {', '.join(columns)} FROM {table}"))
            )
            for table, columns in VIEW_TABLES.items()
        }
    return Tables(rows, views, [])


def expected_views(url: str, replayed: Iterable[Views]) -> dict[str, set[tuple[Any, ...]]]:
    """Return the rows that the tables must hold after a replay."""
    rows: dict[str, set[tuple[Any, ...]]] = {table: set() for table in VIEW_TABLES}
    form = _hashable if is_postgres(url) else _sqlite_cells
    for views in replayed:
        rows["retold_incidents"].add(form(views.incident))
        rows["retold_durations"].update(map(form, views.durations))
        rows["retold_timeline"].update(form(_stored(row)) for row in views.timeline)
    return rows


def _stored(row: TimelineRow) -> tuple[Any, ...]:
    return tuple(getattr(row, column) for column in VIEW_TABLES["retold_timeline"])


def _hashable(row: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)


def _sqlite_cells(row: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(map(_sqlite_cell, row))


def _sqlite_cell(value: object) -> object:
    match value:
        case UUID():
            return str(value)
        case datetime():
            return micros(value)
        case tuple():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return value
