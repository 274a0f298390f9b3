"""The queries behind a report, in words that both databases understand."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from ..projections.built_in import REOPENS
from ..projections.cohorts import Measurement
from ..projections.measures import Cohort


class Dialect(NamedTuple):
    """How a database says what the query asks.

    `schema` leads each table and `mark` stands for a parameter. The others give ids and JSON as
    text and moments as whole numbers: a hundred thousand objects cost Python more than the query.
    """

    schema: str
    mark: str
    identity: str
    services: str
    micros: str


_PLACES: dict[Cohort, str] = {
    "detected": "i.detected_at", "start": "d.started_at", "end": "d.ended_at",
}  # fmt: skip
_EXCLUSION = (
    "CASE WHEN i.merged_into IS NOT NULL THEN 'merged into ' || i.merged_into"
    " WHEN i.dismissed IS NOT NULL THEN 'dismissed: ' || i.dismissed END"
)


def measurements(measure: str, clock: Cohort, dialect: Dialect) -> str:
    """Return the query, whose rows `measurement` reads.

    Its parameters are the measure, unless it counts reopenings, then the first and the end of the
    period.
    """
    schema, mark, identity, services, micros = dialect
    place = "i.detected_at" if measure == REOPENS else _PLACES[clock]
    shared = f"{identity}, {services}, i.severity, i.source, i.anomalies"
    if measure == REOPENS:
        state = f"CASE WHEN {_EXCLUSION} IS NULL THEN 'observed' ELSE 'excluded' END"
        columns = f"{state}, {_EXCLUSION}, NULL, 0, NULL, NULL, i.reopens"
        tables, condition = f"{schema}retold_incidents i", "true"
    else:
        times = f"{micros.format('d.started_at')}, {micros.format('i.resolved_at')}"
        columns = f"d.state, d.reason, d.duration_us, d.paused_us, {times}, 0"
        tables = (
            f"{schema}retold_durations d"
            f" JOIN {schema}retold_incidents i ON i.incident_id = d.incident_id"
        )
        condition = f"d.measure = {mark}"
    return (
        f"SELECT {shared}, {micros.format(place)}, {columns} FROM {tables} WHERE {condition}"
        f" AND ({place} IS NULL OR ({place} >= {mark} AND {place} < {mark}))"
    )


def measurement(row: tuple[Any, ...]) -> Measurement:
    """Read a row of `measurements`."""
    identity, services, *rest = row
    return Measurement(UUID(identity), listed(services), *rest)


@cache
def listed(text: str) -> tuple[str, ...]:
    """Read a JSON list of texts; there are few of them, each in many rows."""
    return tuple(json.loads(text))


TOUCHED = (
    "SELECT originator_id, min(originator_version) FROM {schema}retold_events"
    " WHERE recorded_at > {mark} GROUP BY originator_id"
)
"""Which incidents were touched after a moment, and the first version recorded then."""

RESTRICTED = (
    "SELECT incident_id, restricted_to FROM {schema}retold_incidents"
    " WHERE restricted_to IS NOT NULL"
)
"""Which incidents are restricted now, and to which group."""
