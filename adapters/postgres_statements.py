"""The SQL that writes to PostgreSQL: events and view rows, each table from one JSON parameter."""

from __future__ import annotations

from functools import cache

from ..projections.durations import DurationRow
from ..projections.views import IncidentRow
from .postgres_schema import LOCK_KEY
from .postgres_tree import LEAF_HASH

_TIMELINE = {
    "position": "bigint",
    "occurred_at": "timestamptz",
    "first_said_at": "timestamptz",
    "phase": "text",
    "who": "text",
    "text": "text",
    "link": "text",
    "key_moment": "boolean",
    "corrections": "bigint",
    "retracted": "boolean",
    "assessor": "text",
    "severity": "text",
    "confidence": "text",
    "basis": "text",
}
COLUMNS: dict[str, tuple[str, ...]] = {
    "retold_incidents": IncidentRow._fields,
    "retold_durations": DurationRow._fields,
    "retold_timeline": tuple(_TIMELINE),
    "retold_snapshots": ("incident_id", "version", "document"),
}
"""The tables that are written beside the log: those behind the views, and the snapshots."""

_KEYS = {
    "retold_incidents": ("incident_id",),
    "retold_durations": ("incident_id", "measure"),
    "retold_timeline": ("position",),
    "retold_snapshots": ("incident_id",),
}


def put(table: str) -> str:
    """Return the statement that writes rows whose positions are known."""
    rows = f"json_populate_recordset(NULL::{{s}}.{table}, %({table})s::json)"
    return f"INSERT INTO {{s}}.{table} SELECT * FROM {rows} {_on_conflict(table)}"


def _put_appended(table: str) -> str:
    """Return the statement that writes rows beside the events that they tell of.

    A row of a new event comes without a position and takes the one that the log has just given.
    """
    if table != "retold_timeline":
        return put(table)
    given = ", ".join(f"{column} {type_}" for column, type_ in _TIMELINE.items())
    _, *others = _TIMELINE
    return (
        f"INSERT INTO {{s}}.{table}"
        f" SELECT coalesce(a.notification_id, r.position), {', '.join(others)}"
        f" FROM json_to_recordset(%({table})s::json)"
        f" AS r (incident_id uuid, version bigint, {given}) LEFT JOIN appended a"
        f" ON a.originator_id = r.incident_id AND a.originator_version = r.version"
        f" {_on_conflict(table)}"
    )


def _on_conflict(table: str) -> str:
    key = _KEYS[table]
    changes = (f"{one} = excluded.{one}" for one in COLUMNS[table] if one not in key)
    return f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {', '.join(changes)}"


_ONE_EVENT = """
    SELECT %(originator_id)s::uuid, %(originator_version)s::bigint, %(topic)s::text,
        %(state)s::bytea, %(event_id)s::uuid, clock.at
    FROM clock"""
_EVENTS = """
    SELECT e.originator_id, e.originator_version, e.topic, e.state, e.event_id, clock.at
    FROM clock, ROWS FROM (json_to_recordset(%(events)s::json) AS (
        originator_id uuid, originator_version bigint, topic text, state bytea, event_id uuid
    )) WITH ORDINALITY
        AS e (originator_id, originator_version, topic, state, event_id, place)
    ORDER BY e.place"""


TIMELINES = """
SELECT coalesce(e.originator_id, uuid_nil), coalesce(e.event_id, uuid_nil), e.originator_version,
    t.position, t.occurred_at, t.first_said_at, t.phase, e.topic, t.who, t.text, t.link,
    t.key_moment, t.corrections, t.retracted, t.assessor, t.severity, t.confidence, t.basis
FROM {s}.retold_timeline t LEFT JOIN {s}.retold_events e ON e.notification_id = t.position
CROSS JOIN (SELECT '00000000-0000-0000-0000-000000000000'::uuid AS uuid_nil) AS nil {where}
ORDER BY e.originator_id, e.originator_version
"""


@cache
def views_after_copy(tables: tuple[str, ...]) -> str:
    """Return one statement that writes those tables beside events that were copied into the log."""
    writes = "".join(f", w_{table} AS ({_put_appended(table)})" for table in tables)
    return f"""
WITH appended AS MATERIALIZED (
    SELECT notification_id, originator_id, originator_version FROM {{s}}.retold_events
    WHERE notification_id BETWEEN %(first)s AND %(last)s
){writes}
SELECT
"""


_NEW_IN_ORDER = "(SELECT notification_id, leaf FROM appended ORDER BY notification_id) AS new"


@cache
def append(tables: tuple[str, ...], *, one_event: bool) -> str:
    """Return one statement that appends events and writes those tables: one round trip.

    The lock comes first, so that positions and `recorded_at` are given in commit order. Most
    appends are of one event, which in parameters of its own costs the server much less.

    Columns are not named where a table's own order will do: of statements over 4,096 characters
    psycopg does not remember how it read them, and reads them anew every time.
    """
    writes = "".join(f", w_{table} AS ({_put_appended(table)})" for table in tables)
    new, in_order = ("appended", "") if one_event else (_NEW_IN_ORDER, "ORDER BY notification_id")
    return f"""
WITH gate AS MATERIALIZED (SELECT pg_advisory_xact_lock({LOCK_KEY}, %(lock)s)),
clock AS MATERIALIZED (
    SELECT coalesce(%(now)s::timestamptz, clock_timestamp()) AS at FROM gate
),
appended AS (
    INSERT INTO {{s}}.retold_events
        (originator_id, originator_version, topic, state, event_id, recorded_at)
    {_ONE_EVENT if one_event else _EVENTS}
    RETURNING notification_id, recorded_at, originator_id, originator_version, {LEAF_HASH} AS leaf
),
added AS MATERIALIZED (
    SELECT {{s}}.retold_add_leaf(notification_id, leaf) FROM {new}
){writes}
SELECT notification_id, recorded_at, pg_notify('retold_events', '')
FROM appended CROSS JOIN (SELECT count(*) FROM added) AS leaves
{in_order}
"""
