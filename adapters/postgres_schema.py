"""The PostgreSQL schema: the log, the tables behind the views, and the SQL contract `v1_*`."""

from __future__ import annotations

from functools import cache

from ..projections.assessments import AssessmentRow
from ..projections.durations import DurationRow
from ..projections.timeline import TimelineRow
from ..projections.views import IncidentRow

SCHEMA_VERSION = 1

# {s} is the schema that holds the store; every name is qualified with it, so that no setting of
# search_path can lead a statement elsewhere.
TABLES = """
CREATE TABLE {s}.retold_meta (key text PRIMARY KEY, value text NOT NULL);

CREATE TABLE {s}.retold_events (
    notification_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    event_id uuid UNIQUE,
    recorded_at timestamptz NOT NULL,
    UNIQUE (originator_id, originator_version)
);
CREATE FUNCTION {s}.retold_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is never changed or deleted: record a correction or a retraction';
END $$;
CREATE TRIGGER retold_events_no_change BEFORE UPDATE OR DELETE ON {s}.retold_events
    FOR EACH ROW EXECUTE FUNCTION {s}.retold_refuse();
CREATE TRIGGER retold_events_no_truncate BEFORE TRUNCATE ON {s}.retold_events
    FOR EACH STATEMENT EXECUTE FUNCTION {s}.retold_refuse();

CREATE TABLE {s}.retold_incidents (
    incident_id uuid PRIMARY KEY,
    title text,
    state text NOT NULL,
    severity text,
    services text[] NOT NULL,
    source text,
    source_ref text,
    detected_at timestamptz,
    acknowledged_at timestamptz,
    declared_at timestamptz,
    mitigated_at timestamptz,
    resolved_at timestamptz,
    dismissed text,
    merged_into uuid,
    t_zero_at timestamptz,
    reopens bigint NOT NULL,
    anomalies bigint NOT NULL,
    version bigint NOT NULL,
    document text NOT NULL
) WITH (fillfactor = 70); -- room beside each row, so that an update need not touch the indexes
CREATE INDEX retold_incidents_open ON {s}.retold_incidents (detected_at)
    WHERE state NOT IN ('resolved', 'dismissed', 'merged');
CREATE INDEX retold_incidents_source ON {s}.retold_incidents (source, source_ref)
    WHERE source IS NOT NULL;

CREATE TABLE {s}.retold_durations (
    incident_id uuid NOT NULL,
    measure text NOT NULL,
    measure_version bigint NOT NULL,
    start_event_id uuid,
    end_event_id uuid,
    started_at timestamptz,
    ended_at timestamptz,
    duration_us bigint,
    state text NOT NULL,
    reason text,
    PRIMARY KEY (incident_id, measure)
);

CREATE TABLE {s}.retold_timeline (
    incident_id uuid NOT NULL,
    event_id uuid NOT NULL,
    version bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    first_said_at timestamptz,
    phase text NOT NULL,
    kind text NOT NULL,
    who text,
    text text NOT NULL,
    link text,
    key_moment boolean NOT NULL,
    corrections bigint NOT NULL,
    retracted boolean NOT NULL,
    PRIMARY KEY (incident_id, event_id)
);

CREATE TABLE {s}.retold_assessments (
    incident_id uuid NOT NULL,
    event_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    assessor text,
    severity text,
    confidence text,
    basis text,
    retracted boolean NOT NULL,
    PRIMARY KEY (incident_id, event_id)
);
"""

VIEWS = """
CREATE VIEW {s}.v1_incidents AS SELECT
    i.incident_id, title, state, severity, services, source, source_ref,
    detected_at, acknowledged_at, declared_at, mitigated_at, resolved_at,
    dismissed, merged_into, reopens, anomalies, version,
    (SELECT e.notification_id FROM {s}.retold_events e
     WHERE e.originator_id = i.incident_id AND e.originator_version = i.version) AS position
FROM {s}.retold_incidents i;

CREATE VIEW {s}.v1_durations AS SELECT
    incident_id, measure, measure_version, start_event_id, end_event_id,
    started_at, ended_at, duration_us, state, reason
FROM {s}.retold_durations;

CREATE VIEW {s}.v1_events AS SELECT
    event_id, originator_id AS incident_id, originator_version AS version,
    notification_id AS position, topic AS kind,
    (entry -> 'event' ->> 'occurred_at')::timestamptz AS occurred_at,
    coalesce((entry ->> 'told_at')::timestamptz, recorded_at) AS told_at,
    recorded_at,
    entry ->> 'recorded_by' AS recorded_by,
    entry -> 'source' ->> 'system' AS source,
    entry -> 'source' ->> 'ref' AS source_ref,
    entry -> 'event' ->> 'by' AS "by",
    (entry -> 'event')::text AS event
FROM {s}.retold_events
CROSS JOIN LATERAL (SELECT convert_from(state, 'UTF8')::json AS entry) AS decoded;

CREATE VIEW {s}.v1_timeline AS SELECT
    t.incident_id, t.event_id, e.notification_id AS position, t.occurred_at,
    (extract(epoch FROM t.occurred_at - i.t_zero_at) * 1000000)::bigint AS offset_us,
    t.first_said_at, t.phase, t.kind, t.who, t.text, t.link,
    t.key_moment, t.corrections, t.retracted
FROM {s}.retold_timeline t
JOIN {s}.retold_incidents i ON i.incident_id = t.incident_id
JOIN {s}.retold_events e ON e.originator_id = t.incident_id AND e.originator_version = t.version;

CREATE VIEW {s}.v1_assessments AS SELECT
    incident_id, event_id, occurred_at, assessor, severity, confidence, basis
FROM {s}.retold_assessments WHERE severity IS NOT NULL AND NOT retracted;

CREATE VIEW {s}.v1_schema_info AS SELECT
    'retold' AS product, 'v1' AS contract, value::bigint AS schema_version
FROM {s}.retold_meta WHERE key = 'schema_version';
"""

VIEW_TABLES = {
    "retold_incidents": (*IncidentRow._fields, "document"),
    "retold_durations": DurationRow._fields,
    "retold_timeline": TimelineRow._fields,
    "retold_assessments": AssessmentRow._fields,
}
_KEYS = {
    "retold_incidents": ("incident_id",),
    "retold_durations": ("incident_id", "measure"),
    "retold_timeline": ("incident_id", "event_id"),
    "retold_assessments": ("incident_id", "event_id"),
}

LOCK_KEY = 0x5265746F
"""With the schema's own number, the advisory lock that makes commit order position order."""


def upsert(table: str) -> str:
    """Return the statement that writes a table's rows from one JSON parameter of its name."""
    columns = VIEW_TABLES[table]
    listed = ", ".join(columns)
    changed = ", ".join(
        f"{column} = excluded.{column}" for column in columns if column not in _KEYS[table]
    )
    return (
        f"INSERT INTO {{s}}.{table} ({listed})"
        f" SELECT {listed} FROM json_populate_recordset(NULL::{{s}}.{table}, %({table})s::json)"
        f" ON CONFLICT ({', '.join(_KEYS[table])}) DO UPDATE SET {changed}"
    )


@cache
def append_statement(tables: tuple[str, ...]) -> str:
    """Return one statement that appends events and writes those tables: one round trip.

    The lock comes first, so that positions and `recorded_at` are given in commit order.
    """
    writes = "".join(f", w_{table} AS ({upsert(table)})" for table in tables)
    return f"""
WITH gate AS MATERIALIZED (SELECT pg_advisory_xact_lock({LOCK_KEY}, %(lock)s)),
clock AS MATERIALIZED (
    SELECT coalesce(%(now)s::timestamptz, clock_timestamp()) AS at FROM gate
),
appended AS (
    INSERT INTO {{s}}.retold_events
        (originator_id, originator_version, topic, state, event_id, recorded_at)
    SELECT e.originator_id, e.originator_version, e.topic, e.state, e.event_id, clock.at
    FROM clock, ROWS FROM (json_to_recordset(%(events)s::json) AS (
        originator_id uuid, originator_version bigint, topic text, state bytea, event_id uuid
    )) WITH ORDINALITY
        AS e (originator_id, originator_version, topic, state, event_id, place)
    ORDER BY e.place
    RETURNING notification_id, recorded_at
){writes},
told AS MATERIALIZED (SELECT pg_notify('retold_events', ''))
SELECT notification_id, recorded_at FROM appended, told ORDER BY notification_id
"""
