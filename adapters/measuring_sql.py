"""The queries behind a report, in words that both databases understand."""

from __future__ import annotations

from ..projections.built_in import REOPENS
from ..projections.measures import Cohort

_PLACES: dict[Cohort, str] = {
    "detected": "i.detected_at", "start": "d.started_at", "end": "d.ended_at",
}  # fmt: skip
_EXCLUSION = (
    "CASE WHEN i.merged_into IS NOT NULL THEN 'merged into ' || i.merged_into"
    " WHEN i.dismissed IS NOT NULL THEN 'dismissed: ' || i.dismissed END"
)


def measurements(measure: str, clock: Cohort, *, schema: str, mark: str) -> str:
    """Return the query: its columns are those of `Measurement`, services as the database has them.

    `schema` leads each table, `mark` stands for a parameter: the measure, unless it counts
    reopenings, then the first and the end of the period.
    """
    place = "i.detected_at" if measure == REOPENS else _PLACES[clock]
    shared = "i.incident_id, i.services, i.severity, i.source, i.anomalies"
    if measure == REOPENS:
        state = f"CASE WHEN {_EXCLUSION} IS NULL THEN 'observed' ELSE 'excluded' END"
        columns = f"{state}, {_EXCLUSION}, NULL, 0, NULL, NULL, i.reopens"
        tables, condition = f"{schema}retold_incidents i", "true"
    else:
        columns = "d.state, d.reason, d.duration_us, d.paused_us, d.started_at, i.resolved_at, 0"
        tables = (
            f"{schema}retold_durations d"
            f" JOIN {schema}retold_incidents i ON i.incident_id = d.incident_id"
        )
        condition = f"d.measure = {mark}"
    return (
        f"SELECT {shared}, {place}, {columns} FROM {tables} WHERE {condition}"
        f" AND ({place} IS NULL OR ({place} >= {mark} AND {place} < {mark}))"
    )


TOUCHED = (
    "SELECT originator_id, min(originator_version) FROM {schema}retold_events"
    " WHERE recorded_at > {mark} GROUP BY originator_id"
)
"""Which incidents were touched after a moment, and the first version recorded then."""
