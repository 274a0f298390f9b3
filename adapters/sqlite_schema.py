"""The SQLite schema: the log, the tables behind the views, and the SQL contract `v1_*`."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import cache

from ..projections.durations import DurationRow
from ..projections.views import IncidentRow
from .schema_version import SCHEMA_VERSION
from .sqlite_contract import VIEWS, statements

APPLICATION_ID = 0x5265746F
"""Marks a file as ours in its header: «Reto»."""

NO_UPDATE = """
CREATE TRIGGER retold_events_no_update BEFORE UPDATE ON retold_events
BEGIN SELECT RAISE(ABORT, 'history is never changed: record a correction'); END;
"""

NO_DELETE = """
CREATE TRIGGER retold_events_no_delete BEFORE DELETE ON retold_events
BEGIN SELECT RAISE(ABORT, 'history is never deleted: record a retraction'); END;
"""

LOG = f"""
CREATE TABLE retold_events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    originator_id TEXT NOT NULL,
    originator_version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    state BLOB NOT NULL,
    event_id TEXT UNIQUE,
    recorded_at TEXT NOT NULL,
    leaf_index INTEGER,
    nodes BLOB,
    UNIQUE (originator_id, originator_version)
); -- the row's leaf in the audit's tree, last: a table of its own would cost a page an append
{NO_DELETE}
"""

ADD_LEAF_COLUMNS = """
ALTER TABLE retold_events ADD COLUMN leaf_index INTEGER;
ALTER TABLE retold_events ADD COLUMN nodes BLOB;
DROP TRIGGER retold_events_no_update;
"""
"""For the log of an older Retold; `NO_UPDATE` makes the trigger again."""

ROW = "position, originator_id, originator_version, topic, state, recorded_at"
"""The columns of the log that make a `StoredRow`."""

REMEMBERED = """
CREATE TABLE IF NOT EXISTS retold_measures (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (name, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS retold_raw_records (
    sha256 TEXT PRIMARY KEY,
    text TEXT NOT NULL
);
"""

TABLES = """
CREATE TABLE retold_incidents (
    incident_id TEXT PRIMARY KEY,
    title TEXT,
    state TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    severity TEXT,
    services TEXT NOT NULL,
    source TEXT,
    source_ref TEXT,
    detected_at INTEGER,
    acknowledged_at INTEGER,
    declared_at INTEGER,
    mitigated_at INTEGER,
    resolved_at INTEGER,
    dismissed TEXT,
    merged_into TEXT,
    t_zero_at INTEGER,
    reopens INTEGER NOT NULL,
    anomalies INTEGER NOT NULL,
    version INTEGER NOT NULL,
    restricted_to TEXT
); -- with a rowid: without one, a row as long as this overflows its page
CREATE INDEX retold_incidents_open ON retold_incidents (detected_at, incident_id)
    WHERE is_open;
CREATE INDEX retold_incidents_source ON retold_incidents (source, source_ref)
    WHERE source IS NOT NULL;
CREATE INDEX retold_incidents_restricted ON retold_incidents (incident_id, restricted_to)
    WHERE restricted_to IS NOT NULL;

-- No view: what saves folding an incident's first events again. It may be emptied at any time.
CREATE TABLE retold_snapshots (
    incident_id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    document TEXT NOT NULL
);

CREATE TABLE retold_durations (
    incident_id TEXT NOT NULL,
    measure TEXT NOT NULL,
    measure_version INTEGER NOT NULL,
    start_event_id TEXT,
    end_event_id TEXT,
    started_at INTEGER,
    ended_at INTEGER,
    duration_us INTEGER,
    paused_us INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    PRIMARY KEY (incident_id, measure)
) WITHOUT ROWID;

-- By the position of the event, which is known of every row: new rows then all go to the last page.
CREATE TABLE retold_timeline (
    position INTEGER PRIMARY KEY,
    occurred_at INTEGER NOT NULL,
    first_said_at INTEGER,
    phase TEXT NOT NULL,
    who TEXT,
    text TEXT NOT NULL,
    link TEXT,
    key_moment INTEGER NOT NULL,
    corrections INTEGER NOT NULL,
    retracted INTEGER NOT NULL,
    assessor TEXT,
    severity TEXT,
    confidence TEXT,
    basis TEXT
);
"""


def _put(table: str, columns: Sequence[str]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({marks})"


TIMELINE = (
    "position", "occurred_at", "first_said_at", "phase", "who", "text", "link",
    "key_moment", "corrections", "retracted", "assessor", "severity", "confidence", "basis",
)  # fmt: skip

PUT_INCIDENT = _put("retold_incidents", IncidentRow._fields)
PUT_DURATION = _put("retold_durations", DurationRow._fields)
PUT_TIMELINE = _put("retold_timeline", TIMELINE)


@cache
def update_incident(columns: tuple[str, ...]) -> str:
    """Return the statement that changes those columns of one incident."""
    changes = ", ".join(f"{column} = ?" for column in columns)
    return f"UPDATE retold_incidents SET {changes} WHERE incident_id = ?"


PUT_SNAPSHOT = _put("retold_snapshots", ("incident_id", "version", "document"))
SINCE_SNAPSHOT = """
SELECT e.position, e.originator_id, e.originator_version, e.topic, e.state, e.recorded_at,
    CASE WHEN e.originator_version = s.version THEN s.document END
FROM retold_events e LEFT JOIN retold_snapshots s ON s.incident_id = e.originator_id
WHERE e.originator_id = ? AND e.originator_version >= coalesce(s.version, 0)
ORDER BY e.originator_version
"""

TIMELINES = """
SELECT e.originator_id, e.event_id, e.originator_version, t.position, t.occurred_at,
    t.first_said_at, t.phase, e.topic, t.who, t.text, t.link, t.key_moment, t.corrections,
    t.retracted, t.assessor, t.severity, t.confidence, t.basis
FROM retold_timeline t LEFT JOIN retold_events e ON e.position = t.position {}
ORDER BY e.originator_id, e.originator_version
"""

GUARDS = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND sql IN (?, ?)"
GUARD_TEXTS = tuple(text.strip().removesuffix(";") for text in (NO_UPDATE, NO_DELETE))
"""The triggers to the last character: one of their names that does nothing is none."""

VIEW_TABLES = ("retold_incidents", "retold_durations", "retold_timeline")


def make_beside_log(raw: sqlite3.Connection) -> None:
    """Make the tables and views beside the log, in place of what another version made."""
    made = raw.execute(
        "SELECT type, name FROM sqlite_master WHERE type IN ('view', 'table')"
        " AND (name LIKE 'v1_%' OR name LIKE 'retold_%')"
        " AND name NOT IN ('retold_events', 'retold_measures', 'retold_raw_records')"
        " ORDER BY type DESC"  # views before the tables that they read
    ).fetchall()
    for kind, name in made:
        raw.execute(f"DROP {kind} {name}")
    for statement in statements(REMEMBERED + TABLES + VIEWS):
        raw.execute(statement)
    raw.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
