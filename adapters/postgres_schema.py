"""The PostgreSQL schema: the log, the tables behind the views, and the SQL contract `v1_*`."""

from __future__ import annotations

from typing import Any

import psycopg

from ..domain.errors import StoreMismatch
from .postgres_tree import FILL_LEAVES, LEAVES

SCHEMA_VERSION = 4
LOCK_KEY = 0x5265746F
"""With the schema's own number, the advisory lock that makes commit order position order."""

FIRST_WITH_LEAVES = 4
"""The first version whose log has the audit's tree beside it."""

# {s} is the schema that holds the store; every name is qualified with it, so that no setting of
# search_path can lead a statement elsewhere.
_REFUSE = """
BEGIN
    RAISE EXCEPTION 'history is never changed or deleted: record a correction or a retraction';
END """

LOG = f"""
CREATE TABLE {{s}}.retold_meta (key text PRIMARY KEY, value text NOT NULL);

CREATE TABLE {{s}}.retold_events (
    notification_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    event_id uuid UNIQUE,
    recorded_at timestamptz NOT NULL,
    UNIQUE (originator_id, originator_version)
);
CREATE FUNCTION {{s}}.retold_refuse() RETURNS trigger LANGUAGE plpgsql AS $${_REFUSE}$$;
CREATE TRIGGER retold_events_no_change BEFORE UPDATE OR DELETE ON {{s}}.retold_events
    FOR EACH ROW EXECUTE FUNCTION {{s}}.retold_refuse();
CREATE TRIGGER retold_events_no_truncate BEFORE TRUNCATE ON {{s}}.retold_events
    FOR EACH STATEMENT EXECUTE FUNCTION {{s}}.retold_refuse();
"""

# A trigger of the name, which fires on less or whose function does nothing, is no guard: tgtype is
# 27 before each row that is updated or deleted, 34 before truncating.
GUARDS = f"""
SELECT count(*) FROM pg_catalog.pg_trigger JOIN pg_catalog.pg_proc p ON p.oid = tgfoid
WHERE tgenabled IN ('O', 'A') AND tgname ~ '^retold_(events|leaves)_no_(change|truncate)$'
    AND tgtype = CASE WHEN tgname ~ 'change$' THEN 27 ELSE 34 END
    AND tgqual IS NULL AND tgattr::text = ''
    AND tgrelid IN ('{{s}}.retold_events'::regclass, '{{s}}.retold_leaves'::regclass)
    AND tgfoid = '{{s}}.retold_refuse()'::regprocedure AND p.prosrc = $guard${_REFUSE}$guard$
"""

REMEMBERED = """
CREATE TABLE IF NOT EXISTS {s}.retold_measures (
    name text NOT NULL,
    version bigint NOT NULL,
    definition text NOT NULL,
    PRIMARY KEY (name, version)
);
CREATE TABLE IF NOT EXISTS {s}.retold_raw_records (
    sha256 text PRIMARY KEY,
    text text NOT NULL
);
"""

TABLES = """
CREATE TABLE {s}.retold_incidents (
    incident_id uuid PRIMARY KEY,
    title text,
    state text NOT NULL,
    is_open boolean NOT NULL,
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
    restricted_to text
) WITH (fillfactor = 70); -- room beside each row, so that an update need not touch the indexes
CREATE INDEX retold_incidents_open ON {s}.retold_incidents (detected_at)
    WHERE is_open; -- not by state: an update that changes a column of an index writes all indexes
CREATE INDEX retold_incidents_source ON {s}.retold_incidents (source, source_ref)
    WHERE source IS NOT NULL;
CREATE INDEX retold_incidents_restricted ON {s}.retold_incidents (incident_id, restricted_to)
    WHERE restricted_to IS NOT NULL;

-- No view: what saves folding an incident's first events again. It may be emptied at any time.
CREATE TABLE {s}.retold_snapshots (
    incident_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    document text NOT NULL
);

CREATE TABLE {s}.retold_durations (
    incident_id uuid NOT NULL,
    measure text NOT NULL,
    measure_version bigint NOT NULL,
    start_event_id uuid,
    end_event_id uuid,
    started_at timestamptz,
    ended_at timestamptz,
    duration_us bigint,
    paused_us bigint NOT NULL,
    state text NOT NULL,
    reason text,
    PRIMARY KEY (incident_id, measure)
);

CREATE TABLE {s}.retold_timeline (
    position bigint PRIMARY KEY,
    occurred_at timestamptz NOT NULL,
    first_said_at timestamptz,
    phase text NOT NULL,
    who text,
    text text NOT NULL,
    link text,
    key_moment boolean NOT NULL,
    corrections bigint NOT NULL,
    retracted boolean NOT NULL,
    assessor text,
    severity text,
    confidence text,
    basis text
);
"""

VIEWS = """
-- What the role that asks may not see: a view's functions run as whoever reads from it. Nothing is
-- hidden from those who may read the tables, as they could read it there. A group without a role,
-- such as one that was dropped, has no readers. Operators and functions are bound here, by whoever
-- makes the views: no search_path of a reader leads them elsewhere.
CREATE VIEW {s}.retold_hidden WITH (security_barrier) AS SELECT h.incident_id
FROM {s}.retold_incidents h
WHERE h.restricted_to IS NOT NULL
AND NOT pg_catalog.has_table_privilege(h.tableoid, 'SELECT')
AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = 'retold_group_' || h.restricted_to
    AND pg_catalog.pg_has_role(r.oid, 'USAGE')
);

-- Each view is a barrier: a function in the WHERE of a reader sees no row that the reader may not.
CREATE VIEW {s}.v1_hidden WITH (security_barrier) AS
SELECT count(*) AS incidents FROM {s}.retold_hidden;

CREATE VIEW {s}.v1_incidents WITH (security_barrier) AS SELECT
    i.incident_id, title, state, is_open, severity, services, source, source_ref,
    detected_at, acknowledged_at, declared_at, mitigated_at, resolved_at,
    dismissed, merged_into, reopens, anomalies, version, restricted_to,
    (SELECT e.notification_id FROM {s}.retold_events e
     WHERE e.originator_id = i.incident_id AND e.originator_version = i.version) AS position
FROM {s}.retold_incidents i
WHERE NOT EXISTS (SELECT FROM {s}.retold_hidden h WHERE h.incident_id = i.incident_id);

CREATE VIEW {s}.v1_durations WITH (security_barrier) AS SELECT
    incident_id, measure, measure_version, start_event_id, end_event_id,
    started_at, ended_at, duration_us, paused_us, state, reason
FROM {s}.retold_durations d
WHERE NOT EXISTS (SELECT FROM {s}.retold_hidden h WHERE h.incident_id = d.incident_id);

CREATE VIEW {s}.v1_events WITH (security_barrier) AS SELECT
    event_id, originator_id AS incident_id, originator_version AS version,
    notification_id AS position, topic AS kind,
    (entry -> 'event' ->> 'occurred_at')::timestamptz AS occurred_at,
    coalesce((entry ->> 'told_at')::timestamptz, recorded_at) AS told_at,
    recorded_at,
    entry ->> 'recorded_by' AS recorded_by,
    entry -> 'source' ->> 'system' AS source,
    entry -> 'source' ->> 'ref' AS source_ref,
    entry -> 'source' ->> 'part' AS source_part,
    (entry -> 'source' ->> 'revised_at')::timestamptz AS source_revised_at,
    entry -> 'source' ->> 'raw_sha256' AS raw_sha256,
    entry -> 'event' ->> 'by' AS "by",
    (entry -> 'event')::text AS event
FROM {s}.retold_events e
CROSS JOIN LATERAL (SELECT convert_from(state, 'UTF8')::json AS entry) AS decoded
WHERE NOT EXISTS (SELECT FROM {s}.retold_hidden h WHERE h.incident_id = e.originator_id);

CREATE VIEW {s}.v1_timeline WITH (security_barrier) AS SELECT
    e.originator_id AS incident_id, e.event_id, t.position, t.occurred_at,
    (extract(epoch FROM t.occurred_at - i.t_zero_at) * 1000000)::bigint AS offset_us,
    t.first_said_at, t.phase, e.topic AS kind, t.who, t.text, t.link,
    t.key_moment, t.corrections, t.retracted
FROM {s}.retold_events e
JOIN {s}.retold_timeline t ON t.position = e.notification_id
JOIN {s}.retold_incidents i ON i.incident_id = e.originator_id
WHERE NOT EXISTS (SELECT FROM {s}.retold_hidden h WHERE h.incident_id = e.originator_id);

CREATE VIEW {s}.v1_assessments WITH (security_barrier) AS SELECT
    e.originator_id AS incident_id, e.event_id,
    a.occurred_at, a.assessor, a.severity, a.confidence, a.basis
FROM {s}.retold_timeline a
JOIN {s}.retold_events e ON e.notification_id = a.position
WHERE a.severity IS NOT NULL AND NOT a.retracted
AND NOT EXISTS (SELECT FROM {s}.retold_hidden h WHERE h.incident_id = e.originator_id);

-- A record that tells of several incidents is hidden with any of them.
CREATE VIEW {s}.v1_raw_records WITH (security_barrier) AS SELECT sha256, text
FROM {s}.retold_raw_records r
WHERE NOT EXISTS (
    SELECT FROM {s}.retold_hidden h JOIN {s}.retold_events e ON e.originator_id = h.incident_id
    WHERE convert_from(e.state, 'UTF8')::json -> 'source' ->> 'raw_sha256' = r.sha256
);

CREATE VIEW {s}.v1_schema_info AS SELECT
    'retold' AS product, 'v1' AS contract, value::bigint AS schema_version
FROM {s}.retold_meta WHERE key = 'schema_version';
"""


def stored_version(connection: psycopg.Connection[Any], schema: str) -> int:
    """Return the version that the tables beside the log are of; raises `StoreMismatch`."""
    query: Any = f"SELECT value FROM {schema}.retold_meta WHERE key = 'schema_version'"
    found = connection.execute(query).fetchone()
    if found is None:
        raise StoreMismatch(f"schema {schema} has no schema_version in retold_meta")
    return int(found[0])


def upgrade(connection: psycopg.Connection[Any], schema: str) -> None:
    """Make what another version made beside the log anew, within the caller's transaction."""
    found = stored_version(connection, schema)
    if found < FIRST_WITH_LEAVES:
        script: Any = (LEAVES + FILL_LEAVES).replace("{s}", schema)
        connection.execute(script)
    if found != SCHEMA_VERSION:
        make_beside_log(connection, schema)


def make_beside_log(connection: psycopg.Connection[Any], schema: str) -> None:
    """Make the tables and views beside the log, in place of what another version made.

    Views of others that read ours are kept: PostgreSQL refuses to drop what they read.
    """
    made = connection.execute(
        "SELECT relkind = 'v', relname FROM pg_class WHERE relnamespace = %s::regnamespace"
        " AND ((relkind = 'v' AND (relname LIKE 'v1_%%' OR relname = 'retold_hidden'))"
        " OR (relkind = 'r' AND relname LIKE 'retold_%%'))"
        " AND relname NOT IN ('retold_events', 'retold_leaves', 'retold_meta', 'retold_measures',"
        " 'retold_raw_records')"
        " ORDER BY relkind DESC, relname DESC",  # each before what it reads
        (schema,),
    ).fetchall()
    for is_view, name in made:
        drop: Any = f"DROP {'VIEW' if is_view else 'TABLE'} {schema}.{name}"
        connection.execute(drop)
    script: Any = (REMEMBERED + TABLES + VIEWS).replace("{s}", schema)
    connection.execute(script)
    note: Any = (
        f"INSERT INTO {schema}.retold_meta VALUES ('schema_version', %s)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    )
    connection.execute(note, (str(SCHEMA_VERSION),))
