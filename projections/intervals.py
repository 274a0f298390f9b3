"""Intervals of 95 % and how an end that a sample leaves open is told from one that it settles."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

Z = NormalDist().inv_cdf(0.975)
"""How many standard errors lie on either side of an estimate, 1.96."""


class Interval(NamedTuple):
    """A 95 % interval; an end is None where the sample leaves it open."""

    low: float | None
    high: float | None


class Estimate(NamedTuple):
    """A value with its 95 % interval, all in one unit; an end is None where it is left open."""

    value: float
    low: float | None
    high: float | None


def log_log(probability: float, standard_error: float) -> Interval:
    """Return the 95 % limits of an estimated probability, normal on the scale of log(-log(p)).

    They stay between 0 and 1, and are None where p is 0 or 1: there the scale has no value.
    `log-log` of scipy and of R's survfit, the only kind of lifelines (Kalbfleisch and Prentice,
    The Statistical Analysis of Failure Time Data, section 1.4).
    """
    if not 0 < probability < 1:
        return Interval(None, None)
    reach = Z * standard_error / (probability * -math.log(probability))
    return Interval(probability ** math.exp(reach), probability ** math.exp(-reach))
