"""Which incidents a report is about, how old the open ones are, into which groups they fall."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Literal, NamedTuple
from uuid import UUID

from ..domain.values import EPOCH, micros
from .durations import DurationRow, DurationState
from .facets import Labels
from .measures import Cohort, Measure
from .periods import label
from .views import IncidentRow
from .working_time import working_us

Dimension = Literal[
    "service", "severity", "severity-first", "severity-highest", "source", "concern", "actor",
    "weekday", "hour", "day", "week", "month", "quarter",
]  # fmt: skip
Group = tuple[str | None, ...]


class Measurement(NamedTuple):
    """One incident and what was measured or counted of it, as the tables tell it.

    Times are microseconds since 1970. `placed_us` is what puts it into a period, `paused_us` how
    long it was closed where that does not count, `number` how often what is counted occurred.
    """

    incident_id: UUID
    services: tuple[str, ...]
    severity: str | None
    source: str | None
    anomalies: int
    placed_us: int | None
    state: DurationState
    reason: str | None
    duration_us: int | None
    paused_us: int
    started_us: int | None
    resolved_us: int | None
    number: int = 0
    facets: Labels = MappingProxyType({})
    """Labels that only the story tells, where a report groups by them."""


CaseState = Literal["observed", "open", "ended without", "missing", "excluded", "anomalous"]


class Case(NamedTuple):
    """One incident as a report sees it.

    `us` is what an observed one took, or how old an open one is, in whole microseconds; of one
    that ended without the event, how long until it was over, where that is known.
    """

    measured: Measurement
    state: CaseState
    us: int | None


def measurement_of(incident: IncidentRow, row: DurationRow, clock: Cohort) -> Measurement:
    """Return what was measured of an incident, placed by that clock."""
    placed = {
        "detected": incident.detected_at, "start": row.started_at, "end": row.ended_at,
    }[clock]  # fmt: skip
    return Measurement(
        incident.incident_id,
        incident.services,
        incident.severity,
        incident.source,
        incident.anomalies,
        _us(placed),
        row.state,
        row.reason,
        row.duration_us,
        row.paused_us,
        _us(row.started_at),
        _us(incident.resolved_at),
    )


def counted_of(incident: IncidentRow, number: int) -> Measurement:
    """Return what was counted of an incident, placed by its detection."""
    left_out = incident.merged_into is not None or incident.dismissed is not None
    reason = f"merged into {incident.merged_into}" if incident.merged_into else None
    if incident.dismissed and not reason:
        reason = f"dismissed: {incident.dismissed}"
    return Measurement(
        incident.incident_id,
        incident.services,
        incident.severity,
        incident.source,
        incident.anomalies,
        _us(incident.detected_at),
        "excluded" if left_out else "observed",
        reason,
        None,
        0,
        None,
        None,
        number,
    )


def case_of(one: Measurement, measure: Measure, moment_us: int) -> Case:
    """Return an incident with its age at a moment, if it is open and had begun by then."""
    start = one.started_us
    if one.state == "censored":
        if start is None or start >= moment_us:
            return Case(one, "missing", None)
        if measure.calendar is None:
            return Case(one, "open", moment_us - start - one.paused_us)
        return Case(one, "open", working_us(measure.calendar, _moment(start), _moment(moment_us)))
    if one.state == "missing" and start is not None:
        over = one.resolved_us
        return Case(one, "ended without", None if over is None or over < start else over - start)
    return Case(one, one.state, one.duration_us)


def within(cases: Iterable[Case], since: datetime | None, until: datetime | None) -> list[Case]:
    """Return the cases of a cohort: placed from `since` to before `until`.

    What has no such time belongs to no bounded cohort.
    """
    if since is None and until is None:
        return list(cases)
    first = -math.inf if since is None else micros(since)
    end = math.inf if until is None else micros(until)
    return [
        case
        for case in cases
        for at in (case.measured.placed_us,)
        if at is not None and first <= at < end
    ]


def grouped(
    cases: Iterable[Case], by: Sequence[Dimension], zone: tzinfo
) -> dict[Group, list[Case]]:
    """Return the cases of each group, in the order of groups.

    One with several services belongs to the group of each. Periods are those of the zone; None
    stands for what a case does not have.
    """
    groups: dict[Group, list[Case]] = {}
    for case in cases:
        for group in _groups_of(case.measured, by, zone):
            groups.setdefault(group, []).append(case)
    order = sorted(groups, key=lambda group: [(one is None, one or "") for one in group])
    return {group: groups[group] for group in order}


def _groups_of(one: Measurement, by: Sequence[Dimension], zone: tzinfo) -> list[Group]:
    groups: list[Group] = [()]
    for dimension in by:
        labels = _labels(one, dimension, zone)
        groups = [(*group, label) for group in groups for label in labels]
    return groups


def _labels(one: Measurement, dimension: Dimension, zone: tzinfo) -> tuple[str | None, ...]:
    match dimension:
        case "service":
            return one.services or (None,)
        case "severity":
            return (one.severity,)
        case "source":
            return (one.source,)
        case "severity-first" | "severity-highest" | "concern" | "actor":
            return one.facets.get(dimension, (None,))
        case "weekday" | "hour" | "day" | "week" | "month" | "quarter":
            if one.placed_us is None:
                return (None,)
            return (label(_moment(one.placed_us), dimension, zone),)


def _us(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


def _moment(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)
