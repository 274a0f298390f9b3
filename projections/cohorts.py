"""Which incidents a report is about, how old the open ones are, into which groups they fall."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Literal, NamedTuple

from ..domain.values import micros
from .durations import DurationRow
from .measures import Cohort, Measure
from .periods import Unit, label
from .views import IncidentRow
from .working_time import working_us

Dimension = Literal[
    "service", "severity", "source", "weekday", "hour", "day", "week", "month", "quarter"
]
Group = tuple[str | None, ...]


class Case(NamedTuple):
    """One incident as a report sees it: where it stands, and what was measured or counted.

    `age_us` is what an open one has taken so far, in whole microseconds; None for all others.
    """

    incident: IncidentRow
    row: DurationRow | None = None
    age_us: int | None = None
    number: int = 0
    """How often what is counted occurred, where a measure counts."""


def case_of(incident: IncidentRow, row: DurationRow, measure: Measure, moment: datetime) -> Case:
    """Return an incident with its age at a moment, if it is open and had begun by then."""
    if row.state != "censored" or row.started_at is None or row.started_at >= moment:
        return Case(incident, row)
    if measure.calendar is not None:
        return Case(incident, row, working_us(measure.calendar, row.started_at, moment))
    return Case(incident, row, micros(moment) - micros(row.started_at))


def placed_at(case: Case, clock: Cohort) -> datetime | None:
    """Return the time that puts an incident into a period; None if it has none."""
    match clock:
        case "detected":
            return case.incident.detected_at
        case "start":
            return case.row and case.row.started_at
        case "end":
            return case.row and case.row.ended_at


def within(
    cases: Iterable[Case], clock: Cohort, since: datetime | None, until: datetime | None
) -> list[Case]:
    """Return the cases of a cohort: from `since` to before `until`, by that clock.

    What has no such time belongs to no bounded cohort.
    """
    if since is None and until is None:
        return list(cases)
    return [
        case
        for case in cases
        for at in (placed_at(case, clock),)
        if at is not None and (since is None or since <= at) and (until is None or at < until)
    ]


def grouped(
    cases: Iterable[Case], by: Sequence[Dimension], clock: Cohort, zone: tzinfo
) -> dict[Group, list[Case]]:
    """Return the cases of each group, in the order of groups.

    One with several services belongs to the group of each. Periods are those of `clock`, in
    that zone; None stands for what a case does not have.
    """
    groups: dict[Group, list[Case]] = {}
    for case in cases:
        for group in _groups_of(case, by, clock, zone):
            groups.setdefault(group, []).append(case)
    order = sorted(groups, key=lambda group: [(one is None, one or "") for one in group])
    return {group: groups[group] for group in order}


def _groups_of(case: Case, by: Sequence[Dimension], clock: Cohort, zone: tzinfo) -> list[Group]:
    groups: list[Group] = [()]
    for dimension in by:
        labels = _labels(case, dimension, clock, zone)
        groups = [(*group, one) for group in groups for one in labels]
    return groups


def _labels(
    case: Case, dimension: Dimension, clock: Cohort, zone: tzinfo
) -> tuple[str | None, ...]:
    match dimension:
        case "service":
            return case.incident.services or (None,)
        case "severity":
            return (case.incident.severity,)
        case "source":
            return (case.incident.source,)
        case "weekday" | "hour" | "day" | "week" | "month" | "quarter":
            at = placed_at(case, clock)
            return (None if at is None else _period(at, dimension, zone),)


def _period(at: datetime, unit: Unit, zone: tzinfo) -> str:
    return label(at, unit, zone)
