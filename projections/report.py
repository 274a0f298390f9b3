"""Statistics of measured durations: one row per measure and group, honest about what is left out.

Open, missing, excluded and anomalous incidents are counted beside the observed values, which
alone enter the statistics; below `FEWEST` observed values they are listed instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Literal, NamedTuple
from uuid import UUID

from .durations import DurationRow
from .views import IncidentRow

Dimension = Literal["service", "severity", "month", "source"]
Group = tuple[str | None, ...]

FEWEST = 6
"""From this many observed values on there are statistics."""


class Listed(NamedTuple):
    """One observed value of a group too small for statistics."""

    incident_id: UUID
    duration_us: int


class ReportRow(NamedTuple):
    """What a measure says about a group of incidents; durations in whole microseconds.

    `incidents` is the sum of `n`, `open`, `missing`, `excluded` and `anomalous`. `n` counts the
    observed values. `reopens` and `reopened` belong to the count of that name: how often the
    incidents were reopened, and how many of them.
    """

    measure: str
    measure_version: int
    group: Group
    incidents: int
    n: int
    open: int
    missing: int
    excluded: int
    anomalous: int
    mean_us: int | None = None
    median_us: int | None = None
    p90_us: int | None = None
    reopens: int | None = None
    reopened: int | None = None
    values: tuple[Listed, ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()
    """Why incidents are missing, excluded or anomalous, and how many for each reason."""


def detected_within(
    row: IncidentRow, since: datetime | None = None, until: datetime | None = None
) -> bool:
    """Tell whether an incident belongs to the cohort detected from `since` to before `until`.

    What was never detected belongs to no bounded cohort.
    """
    if row.detected_at is None:
        return since is None and until is None
    return (since is None or since <= row.detected_at) and (
        until is None or row.detected_at < until
    )


def statistics(
    measured: Iterable[tuple[IncidentRow, DurationRow]], by: Sequence[Dimension] = ()
) -> list[ReportRow]:
    """Return statistics of one measure for each group, in the order of groups.

    An incident with several services belongs to the group of each.
    """
    groups: dict[Group, list[DurationRow]] = {}
    for incident, row in measured:
        for group in groups_of(incident, by):
            groups.setdefault(group, []).append(row)
    return [_row(group, groups[group]) for group in _in_order(groups)]


def reopens(incidents: Iterable[IncidentRow], by: Sequence[Dimension] = ()) -> list[ReportRow]:
    """Return how often the incidents of each group were reopened, dismissed and merged excluded."""
    groups: dict[Group, list[IncidentRow]] = {}
    for incident in incidents:
        for group in groups_of(incident, by):
            groups.setdefault(group, []).append(incident)
    return [_reopens(group, groups[group]) for group in _in_order(groups)]


def nothing(measure: str, measure_version: int) -> ReportRow:
    """Return the row of a measure where there are no incidents."""
    return ReportRow(measure, measure_version, (), 0, 0, 0, 0, 0, 0)


def groups_of(incident: IncidentRow, by: Sequence[Dimension]) -> list[Group]:
    """Return the groups that an incident belongs to; None stands for what it does not have."""
    groups: list[Group] = [()]
    for dimension in by:
        labels = _labels(incident, dimension)
        groups = [(*group, label) for group in groups for label in labels]
    return groups


def mean(values: Sequence[int]) -> int:
    """Return the arithmetic mean, rounded to a whole microsecond."""
    return round(Fraction(sum(values), len(values)))


def median(values: Sequence[int]) -> int:
    """Return the middle value, or the mean of the two middle ones rounded to whole microseconds."""
    ordered = sorted(values)
    return mean(ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1])


def quantile(values: Sequence[int], percent: int) -> int:
    """Return the smallest value that at least `percent` of all values do not exceed."""
    rank = -(-len(values) * percent // 100)
    return sorted(values)[max(rank, 1) - 1]


def _labels(incident: IncidentRow, dimension: Dimension) -> tuple[str | None, ...]:
    match dimension:
        case "service":
            return incident.services or (None,)
        case "severity":
            return (incident.severity,)
        case "source":
            return (incident.source,)
        case "month":
            at = incident.detected_at
            return (f"{at.astimezone(UTC):%Y-%m}" if at else None,)


def _in_order(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: [(label is None, label or "") for label in group])


def _row(group: Group, rows: Sequence[DurationRow]) -> ReportRow:
    states = Counter(row.state for row in rows)
    observed = [
        Listed(row.incident_id, row.duration_us)
        for row in rows
        if row.state == "observed" and row.duration_us is not None
    ]
    row = ReportRow(
        measure=rows[0].measure,
        measure_version=rows[0].measure_version,
        group=group,
        incidents=len(rows),
        n=len(observed),
        open=states["censored"],
        missing=states["missing"],
        excluded=states["excluded"],
        anomalous=states["anomalous"],
        reasons=_counted(_reason(one) for one in rows if one.state not in _PLAIN),
    )
    if len(observed) < FEWEST:
        return row._replace(values=tuple(sorted(observed, key=lambda one: one.duration_us)))
    values = [one.duration_us for one in observed]
    return row._replace(mean_us=mean(values), median_us=median(values), p90_us=quantile(values, 90))


_PLAIN = frozenset({"observed", "censored"})


def _reason(row: DurationRow) -> str:
    reason = row.reason or row.state
    # The incident merged into is no reason of its own: all merges count together.
    return "merged" if reason.startswith("merged into ") else reason


def _counted(reasons: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(reasons).items()))


def _reopens(group: Group, incidents: Sequence[IncidentRow]) -> ReportRow:
    left_out = ["merged" if one.merged_into else f"dismissed: {one.dismissed}"
                for one in incidents if one.merged_into or one.dismissed]  # fmt: skip
    counted = [one for one in incidents if not (one.merged_into or one.dismissed)]
    return ReportRow(
        measure="reopens",
        measure_version=1,
        group=group,
        incidents=len(incidents),
        n=len(counted),
        open=0,
        missing=0,
        excluded=len(left_out),
        anomalous=0,
        reopens=sum(one.reopens for one in counted),
        reopened=sum(one.reopens > 0 for one in counted),
        reasons=_counted(left_out),
    )
