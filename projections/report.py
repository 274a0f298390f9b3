"""What a measure says about a group of incidents: counts first, then what the sample can hold.

Open incidents enter as censored, not as missing; below `FEWEST` incidents there is no statistic,
but the incidents themselves. Durations are whole microseconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from ..domain.errors import InvalidInput
from ..domain.values import micros
from . import order_statistics
from .cohorts import Case, Group
from .comparing import Comparison, compare
from .competing import Ending, cumulative_incidence
from .durations import DurationRow
from .intervals import Interval
from .measures import Measure
from .survival import (
    Curve,
    Observation,
    kaplan_meier,
    quantile,
    quantile_interval,
    restricted_mean,
)
from .views import IncidentRow

FEWEST = 6
"""From this many incidents on there are statistics: from here on a median has an interval."""

_HALF, _NINE_TENTHS = Fraction(1, 2), Fraction(9, 10)


class Listed(NamedTuple):
    """One value of a group too small for statistics; an open incident's is its age."""

    incident_id: UUID
    duration_us: int
    is_open: bool


class Statistics(NamedTuple):
    """What a sample can hold; None where it cannot, an interval's end where it is open.

    Half are over by `median_us`, the first time by which they are. The restricted mean is that of
    durations cut off at `tau_us`. `mean_us` is the plain mean of what was observed, which open
    incidents are not in.
    """

    median_us: int | None = None
    median_low_us: int | None = None
    median_high_us: int | None = None
    p90_us: int | None = None
    p90_low_us: int | None = None
    p90_high_us: int | None = None
    restricted_mean_us: int | None = None
    restricted_mean_error_us: int | None = None
    tau_us: int | None = None
    geometric_mean_us: int | None = None
    geometric_mean_low_us: int | None = None
    geometric_mean_high_us: int | None = None
    mean_us: int | None = None


NONE = Statistics()


class Reached(NamedTuple):
    """The share of incidents that end with a measure's event at all, with its 95 % interval."""

    share: float
    low: float | None
    high: float | None


class Summary(NamedTuple):
    """What a measure says about a group.

    `incidents` is the sum of `observed`, `open`, `ended_without`, `missing`, `excluded` and
    `anomalous`; `n`, which enters the statistics, that of the first two. `ended_without` counts
    those that are over without the event that ends the measure, such as what was resolved and
    never acknowledged.
    """

    measure: str
    measure_version: int
    group: Group
    incidents: int
    n: int
    observed: int
    open: int
    ended_without: int
    reached: Reached | None
    """Which share ends with the event at all, where some are over without it."""
    missing: int
    excluded: int
    anomalous: int
    statistics: Statistics
    longest_us: int | None
    """The longest follow-up: of the observed durations and the ages of the open."""
    oldest_open_us: int | None
    values: tuple[Listed, ...]
    reasons: tuple[tuple[str, int], ...]
    """Why incidents are not among the n, and how many for each reason."""


def observations(cases: Iterable[Case]) -> list[Observation]:
    """Return how long each case took, or has taken so far; what cannot be said is left out."""
    return [Observation(one.duration_us, not one.is_open) for one in _listed(cases)]


def summary(measure: Measure, group: Group, cases: Sequence[Case]) -> Summary:
    """Sum up the cases of a group; there may be none."""
    states = Counter(_state(case) for case in cases)
    listed = sorted(_listed(cases), key=lambda one: (one.duration_us, one.incident_id))
    ages = [one.duration_us for one in listed if one.is_open]
    return Summary(
        measure=measure.name,
        measure_version=measure.version,
        group=group,
        incidents=len(cases),
        n=len(listed),
        observed=states["observed"],
        open=states["open"],
        ended_without=states["ended without"],
        reached=_reached(cases) if states["ended without"] else None,
        missing=states["missing"],
        excluded=states["excluded"],
        anomalous=states["anomalous"],
        statistics=_statistics(listed) if len(listed) >= FEWEST else NONE,
        longest_us=listed[-1].duration_us if listed else None,
        oldest_open_us=max(ages, default=None),
        values=tuple(listed) if len(listed) < FEWEST else (),
        reasons=_counted(
            _reason(case.row)
            for case in cases
            if case.row is not None and _state(case) not in {"observed", "open"}
        ),
    )


class Count(NamedTuple):
    """How often something occurred in a group: `total` times, in `affected` of the `n`.

    `incidents` is the sum of `n` and `excluded`: what was dismissed or merged is not counted.
    """

    measure: str
    measure_version: int
    group: Group
    incidents: int
    n: int
    excluded: int
    total: int
    affected: int
    reasons: tuple[tuple[str, int], ...]


def count(measure: Measure, group: Group, cases: Sequence[Case]) -> Count:
    """Sum up what a count counts in the cases of a group; there may be none."""
    counted = [case for case in cases if not _exclusion(case.incident)]
    reasons = [reason for case in cases for reason in _exclusion(case.incident)]
    return Count(
        measure=measure.name,
        measure_version=measure.version,
        group=group,
        incidents=len(cases),
        n=len(counted),
        excluded=len(cases) - len(counted),
        total=sum(case.number for case in counted),
        affected=sum(case.number > 0 for case in counted),
        reasons=_counted(reasons),
    )


def _exclusion(incident: IncidentRow) -> tuple[str, ...]:
    if incident.merged_into is not None:
        return ("merged",)
    return (f"dismissed: {incident.dismissed}",) if incident.dismissed else ()


class Compared(NamedTuple):
    """A group beside the same group of another period, which has `reference_n` incidents.

    Without a `comparison` there is a `problem`: why the two cannot be compared.
    """

    reference_n: int
    comparison: Comparison | None
    problem: str | None = None


def compared(cases: Iterable[Case], reference: Iterable[Case]) -> Compared:
    """Compare two cohorts, open incidents censored; below `FEWEST` in either there is nothing."""
    ours, theirs = observations(cases), observations(reference)
    if min(len(ours), len(theirs)) < FEWEST:
        return Compared(len(theirs), None, f"fewer than {FEWEST} incidents in one of the periods")
    try:
        return Compared(len(theirs), compare(ours, theirs))
    except InvalidInput as error:
        return Compared(len(theirs), None, error.problem)


def _reached(cases: Iterable[Case]) -> Reached | None:
    """Estimate the share by Aalen and Johansen: being over without the event is an end, too."""
    endings = [ending for case in cases for ending in _ending(case)]
    if len(endings) < FEWEST:
        return None
    steps = cumulative_incidence(endings, "the event").steps
    if not steps:
        return Reached(0.0, None, None)
    return Reached(steps[-1].incidence, steps[-1].low, steps[-1].high)


def _ending(case: Case) -> Iterator[Ending]:
    row, over_at = case.row, case.incident.resolved_at
    if case.age_us is not None:
        yield Ending(case.age_us, None)
    elif row is not None and row.state == "observed" and row.duration_us is not None:
        yield Ending(row.duration_us, "the event")
    elif (
        row is not None
        and row.started_at is not None
        and over_at is not None
        and _state(case) == "ended without"
        and over_at >= row.started_at
    ):
        yield Ending(micros(over_at) - micros(row.started_at), "without it")


def curve_of(cases: Iterable[Case]) -> Curve | None:
    """Return the survival curve of cases, if there is any to draw it from."""
    seen = observations(cases)
    return kaplan_meier(seen) if seen else None


def _state(case: Case) -> str:
    row = case.row
    if row is None:
        return "missing"
    if row.state == "censored":
        return "missing" if case.age_us is None else "open"
    if row.state == "missing" and row.started_at is not None:
        return "ended without"
    return row.state


def _listed(cases: Iterable[Case]) -> list[Listed]:
    found = []
    for case in cases:
        identity, row = case.incident.incident_id, case.row
        if row is not None and row.state == "observed" and row.duration_us is not None:
            found.append(Listed(identity, row.duration_us, is_open=False))
        elif case.age_us is not None:
            found.append(Listed(identity, case.age_us, is_open=True))
    return found


def _statistics(listed: Sequence[Listed]) -> Statistics:
    observed = [one.duration_us for one in listed if not one.is_open]
    curve = kaplan_meier([Observation(one.duration_us, not one.is_open) for one in listed])
    exact = observed if len(observed) == len(listed) else None
    median = quantile(curve, _HALF), *_interval(curve, _HALF, exact)
    p90: tuple[float | None, ...] = (None, None, None)
    if len(listed) >= order_statistics.fewest_for_limit(_NINE_TENTHS, "upper"):
        p90 = quantile(curve, _NINE_TENTHS), *_interval(curve, _NINE_TENTHS, exact)
    mean = Fraction(sum(observed), len(observed)) if observed else None
    return Statistics(*map(_whole, (*median, *p90, *_restricted(curve), *_geometric(exact), mean)))


def _interval(curve: Curve, p: Fraction, exact: Sequence[int] | None) -> Interval:
    """Return the exact interval where nothing is open, else that of the curve."""
    return (
        quantile_interval(curve, p)
        if exact is None
        else order_statistics.quantile_interval(exact, p)
    )


def _restricted(curve: Curve) -> tuple[float | None, float | None, float | None]:
    if not curve.last:
        return None, None, None
    return *restricted_mean(curve, curve.last), curve.last


def _geometric(exact: Sequence[int] | None) -> tuple[float | None, float | None, float | None]:
    if exact is None:
        return None, None, None
    try:
        return order_statistics.geometric_mean(exact)
    except InvalidInput:  # a zero, which a measure in working hours may have, has no logarithm
        return None, None, None


def _whole(value: float | Fraction | None) -> int | None:
    return None if value is None else round(value)


def _reason(row: DurationRow) -> str:
    reason = row.reason or row.state
    if row.state == "censored":
        return "begins after the moment of the report"
    # The incident merged into is no reason of its own: all merges count together.
    return "merged" if reason.startswith("merged into ") else reason


def _counted(reasons: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(reasons).items()))
