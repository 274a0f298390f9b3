"""Whether two cohorts end at the same pace, censored incidents included: the log-rank test."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ..domain.errors import InvalidInput
from .sample import ordered
from .survival import Observation


class LogRank(NamedTuple):
    """The test's statistic, chi-squared with one degree of freedom, and its two-sided p.

    `observed` and `expected` count the ends of the cohort and of its reference, in that order.
    """

    chi2: float
    p: float
    observed: tuple[int, int]
    expected: tuple[float, float]


def log_rank(cohort: Sequence[Observation], reference: Sequence[Observation]) -> LogRank:
    """Return the log-rank test of no difference between two cohorts, without a correction.

    The variance is the hypergeometric one, so ties are allowed for. scipy's statistic is the
    signed root of this chi-squared. Raise `InvalidInput` where nothing ended in one of the two,
    which no test can compare, and for times that are negative, infinite or no number.

    N. Mantel, Evaluation of survival data and two new rank order statistics, 1966.
    """
    times = ordered(one.time for one in cohort), ordered(one.time for one in reference)
    ends, others = _ends(cohort), _ends(reference)
    observed = ends.total(), others.total()
    if not all(observed):
        raise InvalidInput("nothing has ended in one of the two cohorts: there is no comparing")
    expected = variance = 0.0
    for time in sorted(ends | others):
        mine, theirs = (len(seen) - bisect_left(seen, time) for seen in times)
        ended, part = ends[time] + others[time], mine / (mine + theirs)
        expected += ended * part
        if mine + theirs > 1:
            left = (mine + theirs - ended) / (mine + theirs - 1)
            variance += ended * part * (1 - part) * left
    if not variance:
        raise InvalidInput("all ended at the same time: there is no comparing")
    chi2 = (observed[0] - expected) ** 2 / variance
    both = expected, sum(observed) - expected
    return LogRank(chi2, math.erfc(math.sqrt(chi2 / 2)), observed, both)


def _ends(observations: Sequence[Observation]) -> Counter[float]:
    return Counter(one.time for one in observations if one.observed)
