"""The PostgreSQL schema: the log, the tables behind the views, and the SQL contract `v1_*`."""

from __future__ import annotations

from typing import Any

import psycopg

from ..domain.errors import StoreMismatch
from .postgres_contract import VIEWS, changed_views
from .postgres_tree import FILL_LEAVES, LEAVES
from .schema_version import FIRST_WITH_LEAVES, SCHEMA_VERSION

LOCK_KEY = 0x5265746F
"""With the schema's own number, the advisory lock that makes commit order position order."""

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
    AND current_setting('session_replication_role') <> 'replica' -- which silences them
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
    if found != SCHEMA_VERSION or changed_views(connection, schema):
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
