"""What a measure says about a group of incidents: counts first, then what the sample can hold.

Open incidents enter as censored, not as missing; below `FEWEST` incidents there is no statistic,
but the incidents themselves. Durations are whole microseconds.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from ..domain.errors import InvalidInput
from . import order_statistics
from .cohorts import Case, Group
from .comparing import Comparison, compare
from .competing import Ending, cumulative_incidence
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
    return [
        Observation(case.us, case.state == "observed")
        for case in cases
        if case.us is not None and case.state in {"observed", "open"}
    ]


def summary(measure: Measure, group: Group, cases: Sequence[Case]) -> Summary:
    """Sum up the cases of a group; there may be none."""
    states = Counter(case.state for case in cases)
    seen = observations(cases)
    ages = [one.time for one in seen if not one.observed]
    return Summary(
        measure=measure.name,
        measure_version=measure.version,
        group=group,
        incidents=len(cases),
        n=len(seen),
        observed=states["observed"],
        open=states["open"],
        ended_without=states["ended without"],
        reached=_reached(cases) if states["ended without"] else None,
        missing=states["missing"],
        excluded=states["excluded"],
        anomalous=states["anomalous"],
        statistics=_statistics(seen) if len(seen) >= FEWEST else NONE,
        longest_us=_whole(max((one.time for one in seen), default=None)),
        oldest_open_us=_whole(max(ages, default=None)),
        values=_listed(cases) if len(seen) < FEWEST else (),
        reasons=_counted(_reason(case) for case in cases if case.state not in {"observed", "open"}),
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
    counted = [case.measured.number for case in cases if case.state != "excluded"]
    reasons = [_reason(case) for case in cases if case.state == "excluded"]
    return Count(
        measure=measure.name,
        measure_version=measure.version,
        group=group,
        incidents=len(cases),
        n=len(counted),
        excluded=len(cases) - len(counted),
        total=sum(counted),
        affected=sum(number > 0 for number in counted),
        reasons=_counted(reasons),
    )


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
    causes = {"observed": "the event", "open": None, "ended without": "without it"}
    if case.us is not None and case.state in causes:
        yield Ending(case.us, causes[case.state])


def curve_of(cases: Iterable[Case]) -> Curve | None:
    """Return the survival curve of cases, if there is any to draw it from."""
    seen = observations(cases)
    return kaplan_meier(seen) if seen else None


def _listed(cases: Iterable[Case]) -> tuple[Listed, ...]:
    found = [
        Listed(case.measured.incident_id, case.us, case.state == "open")
        for case in cases
        if case.us is not None and case.state in {"observed", "open"}
    ]
    return tuple(sorted(found, key=lambda one: (one.duration_us, one.incident_id)))


def _statistics(seen: Sequence[Observation]) -> Statistics:
    observed = [one.time for one in seen if one.observed]
    curve = kaplan_meier(seen)
    exact = observed if len(observed) == len(seen) else None
    median = quantile(curve, _HALF), *_interval(curve, _HALF, exact)
    p90: tuple[float | None, ...] = (None, None, None)
    if len(seen) >= order_statistics.fewest_for_limit(_NINE_TENTHS, "upper"):
        p90 = quantile(curve, _NINE_TENTHS), *_interval(curve, _NINE_TENTHS, exact)
    mean = math.fsum(observed) / len(observed) if observed else None
    return Statistics(*map(_whole, (*median, *p90, *_restricted(curve), *_geometric(exact), mean)))


def _interval(curve: Curve, p: Fraction, exact: Sequence[float] | None) -> Interval:
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


def _geometric(exact: Sequence[float] | None) -> tuple[float | None, float | None, float | None]:
    if exact is None:
        return None, None, None
    try:
        return order_statistics.geometric_mean(exact)
    except InvalidInput:  # a zero, which a measure in working hours may have, has no logarithm
        return None, None, None


def _whole(value: float | Fraction | None) -> int | None:
    return None if value is None else round(value)


def _reason(case: Case) -> str:
    one = case.measured
    if one.state == "censored":
        return "begins after the moment of the report"
    reason = one.reason or one.state
    # The incident merged into is no reason of its own: all merges count together.
    return "merged" if reason.startswith("merged into ") else reason


def _counted(reasons: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(reasons).items()))
