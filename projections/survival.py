"""How long until it ends, when some have not ended yet: Kaplan and Meier's estimate.

An incident still open is right-censored: it lasts longer than its age, and counts as one at risk
until that age. Of an end and a censoring at one time the end comes first. Times are numbers of
any one unit, and results come in that unit. Limits are of 95 %, on the log-log scale.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import NamedTuple

from ..domain.errors import InvalidInput
from .intervals import Interval, log_log
from .sample import ordered, share


class Observation(NamedTuple):
    """How long one incident took, or, where its end is not `observed`, how old it is so far."""

    time: float
    observed: bool


class Step(NamedTuple):
    """What a curve says from one time on, where `events` of the `at_risk` ended at that time.

    `survival` is the share that lasts longer than `time`. Its standard error is Greenwood's, and
    0 by that formula where nothing survives. The limits are None where nothing survives.
    """

    time: float
    at_risk: int
    events: int
    survival: float
    standard_error: float
    low: float | None
    high: float | None


class Curve(NamedTuple):
    """A survival curve: 1 before its first step; a step for each time at which something ended.

    `n` incidents of which `events` ended; `last` is the longest follow-up, ended or not.
    """

    steps: tuple[Step, ...]
    n: int
    events: int
    last: float

    @property
    def reaches_zero(self) -> bool:
        """Whether nothing survives the last step, so that the curve is known for ever after."""
        return bool(self.steps) and self.steps[-1].at_risk == self.steps[-1].events


class RestrictedMean(NamedTuple):
    """A mean of times cut off at some tau; no standard error where nothing varies before it."""

    mean: float
    standard_error: float | None


def kaplan_meier(observations: Sequence[Observation]) -> Curve:
    """Return the survival curve of observations, some of which may be censored.

    Where all are censored there are no steps. The variance is Greenwood's, written as a
    recursion: a step of hazard h = d/n turns V into (1-h)² V + S² h(1-h)/n. Raise `InvalidInput`
    for no observations and for times that are negative, infinite or no number.

    E. L. Kaplan and P. Meier, Nonparametric estimation from incomplete observations, 1958.
    """
    times = ordered(one.time for one in observations)
    events = Counter(one.time for one in observations if one.observed)
    steps, survival, variance = [], 1.0, 0.0
    for time, ended in sorted(events.items()):
        at_risk = len(times) - bisect_left(times, time)
        stays = 1 - ended / at_risk
        variance = stays**2 * variance + survival**2 * stays * (1 - stays) / at_risk
        survival *= stays
        error = math.sqrt(variance)
        steps.append(Step(time, at_risk, ended, survival, error, *log_log(survival, error)))
    return Curve(tuple(steps), len(times), events.total(), times[-1])


def survival_at(curve: Curve, t: float) -> float | None:
    """Return the share that lasts longer than `t`.

    It is None after the last follow-up, unless nothing survived it: nobody was seen that long.
    Raise `InvalidInput` for a time that is negative, infinite or no number.
    """
    [time] = ordered([t])
    if time > curve.last and not curve.reaches_zero:
        return None
    passed = bisect_right([step.time for step in curve.steps], time)
    return curve.steps[passed - 1].survival if passed else 1.0


def quantile(curve: Curve, p: float | Fraction) -> float | None:
    """Return the first time by which a share `p` has ended, that is S(t) <= 1-p.

    None: not reached. The comparison is exact, so that no rounding moves the answer where S
    equals 1-p; without censoring and for an even n the median is the lower of the two middle
    values. Raise `InvalidInput` for a share outside 0 to 1.
    """
    left = 1 - share(p)
    for number, step in enumerate(curve.steps, start=1):
        above = step.survival - float(left)
        # Near the line floats cannot tell; everywhere else they are many times faster.
        if above < -_NOISE or (above <= _NOISE and _exactly(curve.steps[:number]) <= left):
            return step.time
    return None


_NOISE = 1e-9


def _exactly(steps: Iterable[Step]) -> Fraction:
    survival = Fraction(1)
    for step in steps:
        survival *= Fraction(step.at_risk - step.events, step.at_risk)
    return survival


def quantile_interval(curve: Curve, p: float | Fraction) -> Interval:
    """Return the 95 % interval of a quantile: where the limits of the curve fall to 1-p.

    An end is None where its limit does not fall so far, or only where nothing survives and it is
    undefined. There R leaves the interval open too, while lifelines ends it at the last value,
    as if nothing could last longer than the longest of a few. An interval can lack either end.
    Raise `InvalidInput` for a share outside 0 to 1.

    R. Brookmeyer and J. Crowley, A confidence interval for the median survival time, 1982.
    """
    left = float(1 - share(p))

    def first(limit: Callable[[Step], float | None]) -> float | None:
        found = ((step.time, limit(step)) for step in curve.steps)
        return next((time for time, at in found if at is not None and at <= left), None)

    return Interval(first(lambda step: step.low), first(lambda step: step.high))


def restricted_mean(curve: Curve, tau: float) -> RestrictedMean:
    """Return the mean of min(time, tau): the area under the curve up to `tau`, and its error.

    The variance is the sum over steps of A² d/(n(n-d)), where A is the area from the step to
    tau; this is the square of the standard error, which lifelines' `return_variance` is not.
    Raise `InvalidInput` for a tau of zero or less, and for one after the last follow-up of a
    curve that has not reached zero.

    P. Royston and M. K. B. Parmar, Restricted mean survival time, 2013.
    """
    _refuse_unseen(curve, tau)
    steps = [step for step in curve.steps if step.time < tau]
    ends = [0.0, *(step.time for step in steps), tau]
    heights = [1.0, *(step.survival for step in steps)]
    pieces = [height * (b - a) for height, (a, b) in zip(heights, pairwise(ends), strict=True)]
    *after, mean = accumulate(reversed(pieces))
    variance = math.fsum(
        area**2 * step.events / (step.at_risk * (step.at_risk - step.events))
        for area, step in zip(reversed(after), steps, strict=True)
        if step.at_risk > step.events
    )
    return RestrictedMean(mean, math.sqrt(variance) or None)


def common_tau(curve: Curve, other: Curve) -> float:
    """Return the latest time up to which both of two curves are known.

    It is the shorter last follow-up of those that have not reached zero; where both have, the
    longer one.
    """
    open_ended = [one.last for one in (curve, other) if not one.reaches_zero]
    return min(open_ended) if open_ended else max(curve.last, other.last)


def _refuse_unseen(curve: Curve, tau: float) -> None:
    if not (math.isfinite(tau) and tau > 0):
        raise InvalidInput(f"{tau} is no time to restrict a mean to: it must be above zero", "tau")
    if tau > curve.last and not curve.reaches_zero:
        raise InvalidInput(f"{tau} lies after the last follow-up, at {curve.last}", "tau")
