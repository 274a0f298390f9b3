"""The SQL contract in SQLite: the views `v1_*`, and whether they are as they were made."""

from __future__ import annotations

import re
import sqlite3

from .schema_version import SCHEMA_VERSION


def _time(column: str, name: str = "") -> str:
    """Select a column of epoch microseconds twice: as ISO 8601 text and as it is."""
    name = name or column.rpartition(".")[2]
    seconds = f"strftime('%Y-%m-%dT%H:%M:%S', {column} / 1000000, 'unixepoch')"
    text = f"{seconds} || printf('.%06dZ', {column} % 1000000)"
    return f"{text} AS {name}, {column} AS {name}_us"


def _stored_time(path: str, name: str) -> str:
    """Select a time out of the event's JSON twice, as `_time` does."""
    value = f"json_extract(state, '{path}')"
    fraction = f"CAST(substr(rtrim(substr({value}, 21), 'Z') || '000000', 1, 6) AS INTEGER)"
    micros = f"(CAST(strftime('%s', substr({value}, 1, 19)) AS INTEGER) * 1000000 + {fraction})"
    return _time(micros, name)


_RECORDED_AT = _stored_time("$", "recorded_at").replace("json_extract(state, '$')", "recorded_at")

VIEWS = f"""
CREATE VIEW v1_incidents AS SELECT
    i.incident_id, title, state, is_open, severity, services, source, source_ref,
    {_time("detected_at")},
    {_time("acknowledged_at")},
    {_time("declared_at")},
    {_time("mitigated_at")},
    {_time("resolved_at")},
    dismissed, merged_into, reopens, anomalies, version, restricted_to,
    (SELECT e.position FROM retold_events e
     WHERE e.originator_id = i.incident_id AND e.originator_version = i.version) AS position
FROM retold_incidents i;

-- Whoever reads the file reads all of it.
CREATE VIEW v1_hidden AS SELECT 0 AS incidents;

CREATE VIEW v1_durations AS SELECT
    incident_id, measure, measure_version, start_event_id, end_event_id,
    {_time("started_at")},
    {_time("ended_at")},
    duration_us, paused_us, state, reason
FROM retold_durations;

CREATE VIEW v1_events AS SELECT
    event_id, originator_id AS incident_id, originator_version AS version, position,
    topic AS kind,
    {_stored_time("$.event.occurred_at", "occurred_at")},
    {
    _stored_time("$.told_at", "told_at").replace(
        "json_extract(state, '$.told_at')",
        "coalesce(json_extract(state, '$.told_at'), recorded_at)",
    )
},
    {_RECORDED_AT},
    json_extract(state, '$.recorded_by') AS recorded_by,
    json_extract(state, '$.source.system') AS source,
    json_extract(state, '$.source.ref') AS source_ref,
    json_extract(state, '$.source.part') AS source_part,
    {_stored_time("$.source.revised_at", "source_revised_at")},
    json_extract(state, '$.source.raw_sha256') AS raw_sha256,
    json_extract(state, '$.event.by') AS "by",
    json_extract(state, '$.event') AS event
FROM retold_events;

CREATE VIEW v1_timeline AS SELECT
    e.originator_id AS incident_id, e.event_id, e.position,
    {_time("t.occurred_at")},
    t.occurred_at - i.t_zero_at AS offset_us,
    {_time("t.first_said_at")},
    t.phase, e.topic AS kind, t.who, t.text, t.link, t.key_moment, t.corrections, t.retracted
FROM retold_events e
JOIN retold_timeline t ON t.position = e.position
JOIN retold_incidents i ON i.incident_id = e.originator_id;

CREATE VIEW v1_assessments AS SELECT
    e.originator_id AS incident_id, e.event_id,
    {_time("a.occurred_at")},
    a.assessor, a.severity, a.confidence, a.basis
FROM retold_timeline a
JOIN retold_events e ON e.position = a.position
WHERE a.severity IS NOT NULL AND NOT a.retracted;

CREATE VIEW v1_raw_records AS SELECT sha256, text FROM retold_raw_records;

CREATE VIEW v1_schema_info AS SELECT
    'retold' AS product, 'v1' AS contract, {SCHEMA_VERSION} AS schema_version;
"""


def statements(script: str) -> list[str]:
    """Return the statements of a script, to run them within a transaction."""
    found, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            found.append(current)
            current = ""
    return found


def changed_views(raw: sqlite3.Connection) -> list[str]:
    """Return the views that do not read as this Retold made them, or are not there."""
    select = "SELECT name, sql FROM sqlite_master WHERE type = 'view' AND name GLOB 'v1_*'"
    found = {name: _words(sql) for name, sql in raw.execute(select)}
    made = {_NAME.findall(one)[0]: _words(one) for one in statements(VIEWS)}
    return sorted(name for name in found | made if found.get(name) != made.get(name))


_NAME = re.compile(r"CREATE VIEW (\w+)")


def _words(sql: object) -> list[str]:
    return str(sql)[str(sql).find("CREATE VIEW") :].rstrip("; \n").split()
