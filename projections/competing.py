"""How often it ends in one way, when it can end in others: Aalen and Johansen's estimate.

An incident closed without acknowledgement can no longer be acknowledged. Censoring it would say
that it might still be; here it has ended, in a competing way.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from .intervals import log_log
from .sample import ordered


class Ending(NamedTuple):
    """How one incident ended after `time`, or None for one that is still open at that age."""

    time: float
    cause: str | None


class IncidenceStep(NamedTuple):
    """What an incidence says from one time on, where `events` of the `at_risk` ended its way.

    `incidence` is the share of all that have ended so by `time`; limits of 95 % on the log-log
    scale, None where it is 1.
    """

    time: float
    at_risk: int
    events: int
    incidence: float
    standard_error: float
    low: float | None
    high: float | None


class Incidence(NamedTuple):
    """A cumulative incidence: 0 before its first step; one step for each time it grows at.

    Of `n` incidents `events` ended this way, `others` in another; `last` is the longest follow-up.
    """

    cause: str
    steps: tuple[IncidenceStep, ...]
    n: int
    events: int
    others: int
    last: float


class _Share(NamedTuple):
    """The shares not ended and ended in one way, with their variances and covariance."""

    survival: Fraction = Fraction(1)
    incidence: Fraction = Fraction(0)
    of_survival: float = 0.0
    of_both: float = 0.0
    of_incidence: float = 0.0

    def after(self, at_risk: int, ended: int, so_ended: int) -> _Share:
        """Return the shares after one time, by the delta method on its multinomial hazards."""
        stays, goes = 1 - ended / at_risk, so_ended / at_risk
        noise = float(self.survival) ** 2 / at_risk
        return _Share(
            self.survival * Fraction(at_risk - ended, at_risk),
            self.incidence + self.survival * Fraction(so_ended, at_risk),
            stays**2 * self.of_survival + noise * stays * (1 - stays),
            stays * (self.of_both + goes * self.of_survival) - noise * stays * goes,
            self.of_incidence
            + 2 * goes * self.of_both
            + goes**2 * self.of_survival
            + noise * goes * (1 - goes),
        )


def cumulative_incidence(endings: Sequence[Ending], cause: str) -> Incidence:
    """Return the share of incidents that have ended by `cause`, as it grows with time.

    Of ends and censorings at one time the ends come first; ties need no jitter. Without
    censoring it is the plain share k/n with the binomial standard error. The variance is the
    Greenwood type of Andersen, Borgan, Gill and Keiding, Statistical Models Based on Counting
    Processes, 1993, section IV.4. Raise `InvalidInput` for no endings and for times that are
    negative, infinite or no number.
    """
    times = ordered(one.time for one in endings)
    all_ends = Counter(one.time for one in endings if one.cause is not None)
    ends = Counter(one.time for one in endings if one.cause == cause)
    steps, now = [], _Share()
    for time, ended in sorted(all_ends.items()):
        at_risk = len(times) - bisect_left(times, time)
        now = now.after(at_risk, ended, ends[time])
        if ends[time]:
            steps.append(_step(time, at_risk, ends[time], now))
    others = all_ends.total() - ends.total()
    return Incidence(cause, tuple(steps), len(times), ends.total(), others, times[-1])


def incidence_at(incidence: Incidence, t: float) -> float | None:
    """Return the share that has ended so by `t`.

    It is None after the last follow-up, unless all have ended by then: nobody was seen that long.
    Raise `InvalidInput` for a time that is negative, infinite or no number.
    """
    [time] = ordered([t])
    if time > incidence.last and incidence.events + incidence.others < incidence.n:
        return None
    passed = bisect_right([step.time for step in incidence.steps], time)
    return incidence.steps[passed - 1].incidence if passed else 0.0


def _step(time: float, at_risk: int, events: int, now: _Share) -> IncidenceStep:
    incidence = float(now.incidence)
    # Where the share is 1 its variance is 0, but for rounding, which may fall below.
    error = 0.0 if now.incidence == 1 else math.sqrt(max(now.of_incidence, 0.0))
    return IncidenceStep(time, at_risk, events, incidence, error, *log_log(incidence, error))
