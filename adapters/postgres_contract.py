"""The SQL contract in PostgreSQL: the views `v1_*`, and whether they are as they were made."""

from __future__ import annotations

import re
from typing import Any

import psycopg

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
-- DISTINCT ON its keys takes no row away. It keeps back the conditions that PostgreSQL knows to be
-- harmless, such as title > 'm', until hidden rows are gone: asked before, EXPLAIN ANALYZE counts
-- for how many of those they hold. Conditions on the keys still find rows by index.
CREATE VIEW {s}.v1_hidden WITH (security_barrier) AS
SELECT count(*) AS incidents FROM {s}.retold_hidden;

CREATE VIEW {s}.v1_incidents WITH (security_barrier) AS SELECT DISTINCT ON (i.incident_id)
    i.incident_id, title, state, is_open, severity, services, source, source_ref,
    detected_at, acknowledged_at, declared_at, mitigated_at, resolved_at,
    dismissed, merged_into, reopens, anomalies, version, restricted_to,
    (SELECT e.notification_id FROM {s}.retold_events e
     WHERE e.originator_id = i.incident_id AND e.originator_version = i.version) AS position
FROM {s}.retold_incidents i
WHERE NOT EXISTS (SELECT FROM {s}.retold_hidden h WHERE h.incident_id = i.incident_id);

CREATE VIEW {s}.v1_durations WITH (security_barrier) AS SELECT DISTINCT ON (incident_id, measure)
    incident_id, measure, measure_version, start_event_id, end_event_id,
    started_at, ended_at, duration_us, paused_us, state, reason
FROM {s}.retold_durations d
WHERE NOT EXISTS (SELECT FROM {s}.retold_hidden h WHERE h.incident_id = d.incident_id);

CREATE VIEW {s}.v1_events WITH (security_barrier) AS
SELECT DISTINCT ON (originator_id, originator_version, notification_id, event_id)
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

CREATE VIEW {s}.v1_timeline WITH (security_barrier) AS
SELECT DISTINCT ON (e.originator_id, e.originator_version, t.position, e.event_id)
    e.originator_id AS incident_id, e.event_id, t.position, t.occurred_at,
    (extract(epoch FROM t.occurred_at - i.t_zero_at) * 1000000)::bigint AS offset_us,
    t.first_said_at, t.phase, e.topic AS kind, t.who, t.text, t.link,
    t.key_moment, t.corrections, t.retracted
FROM {s}.retold_events e
JOIN {s}.retold_timeline t ON t.position = e.notification_id
JOIN {s}.retold_incidents i ON i.incident_id = e.originator_id
WHERE NOT EXISTS (SELECT FROM {s}.retold_hidden h WHERE h.incident_id = e.originator_id);

CREATE VIEW {s}.v1_assessments WITH (security_barrier) AS
SELECT DISTINCT ON (e.originator_id, e.originator_version, e.event_id)
    e.originator_id AS incident_id, e.event_id,
    a.occurred_at, a.assessor, a.severity, a.confidence, a.basis
FROM {s}.retold_timeline a
JOIN {s}.retold_events e ON e.notification_id = a.position
WHERE a.severity IS NOT NULL AND NOT a.retracted
AND NOT EXISTS (SELECT FROM {s}.retold_hidden h WHERE h.incident_id = e.originator_id);

-- A record that tells of several incidents is hidden with any of them.
CREATE VIEW {s}.v1_raw_records WITH (security_barrier) AS
SELECT DISTINCT ON (sha256) sha256, text
FROM {s}.retold_raw_records r
WHERE NOT EXISTS (
    SELECT FROM {s}.retold_hidden h JOIN {s}.retold_events e ON e.originator_id = h.incident_id
    WHERE convert_from(e.state, 'UTF8')::json -> 'source' ->> 'raw_sha256' = r.sha256
);

CREATE VIEW {s}.v1_schema_info AS SELECT
    'retold' AS product, 'v1' AS contract, value::bigint AS schema_version
FROM {s}.retold_meta WHERE key = 'schema_version';
"""

# As PostgreSQL itself tells them: two views of the same definition read the same.
_DEFINITIONS = """
SELECT c.relname, c.relnamespace = pg_my_temp_schema() AS is_ours,
    pg_get_viewdef(c.oid), c.reloptions::text
FROM pg_catalog.pg_class c
WHERE c.relkind = 'v' AND c.relnamespace IN (%s::regnamespace, pg_my_temp_schema())
    AND c.relname = ANY (%s)
"""
_VIEW = re.compile(r"CREATE VIEW \{s\}\.(\w+)")


def changed_views(connection: psycopg.Connection[Any], schema: str) -> list[str]:
    """Return the views that do not read as this Retold made them, or are not there.

    They are made once more as temporary ones, which vanish at once, and held against those.
    """
    names = _VIEW.findall(VIEWS)
    script: Any = _VIEW.sub(r"CREATE TEMPORARY VIEW \1", VIEWS).replace("{s}", schema)
    with connection.transaction(force_rollback=True):
        connection.execute(script)
        found = connection.execute(_DEFINITIONS, (schema, names)).fetchall()
    made: dict[str, object] = {}
    there: dict[str, object] = {}
    for name, is_ours, *definition in found:
        (made if is_ours else there)[name] = definition
    return sorted(name for name in names if made.get(name) != there.get(name))
