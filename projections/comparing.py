"""How much longer or shorter one cohort takes than another, and what could have been seen at all.

A ratio below 1 says that the cohort is faster than its reference. No change can be concluded
while the interval holds 1; then `detectable` says how large a change would have had to be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, fmean, variance
from typing import Literal, NamedTuple

from ..domain.errors import InvalidInput
from .intervals import Z
from .sample import logarithms
from .student import t_quantile
from .survival import Curve, Observation, common_tau, kaplan_meier, restricted_mean

Method = Literal["geometric means", "restricted means"]

_POWER = NormalDist().inv_cdf(0.8)


class Difference(NamedTuple):
    """Cohort minus reference of the means restricted to `tau`, with its 95 % interval and p."""

    tau: float
    difference: float
    standard_error: float
    low: float
    high: float
    p: float


class Comparison(NamedTuple):
    """A cohort's mean over its reference's, with the 95 % interval of the ratio.

    `cohort` and `reference` are the means that `method` names, in the unit of the times; `tau` is
    what they are restricted to, if they are. `detectable` is the ratio, below 1, that a fall
    would have had to reach to be seen: 0.4 is a fall of 60 %.
    """

    method: Method
    tau: float | None
    cohort: float
    reference: float
    ratio: float
    low: float
    high: float
    detectable: float


def restricted_mean_difference(cohort: Curve, reference: Curve, tau: float) -> Difference:
    """Return by how much the means restricted to `tau` differ, with a normal 95 % interval.

    Raise `InvalidInput` where `restricted_mean` does, and for a cohort where nothing varies
    before tau.
    """
    (mean, error), (other, its_error) = _varying(cohort, tau), _varying(reference, tau)
    both = math.hypot(error, its_error)
    difference = mean - other
    p = math.erfc(abs(difference) / both / math.sqrt(2))
    return Difference(tau, difference, both, difference - Z * both, difference + Z * both, p)


def compare(
    cohort: Sequence[Observation], reference: Sequence[Observation], tau: float | None = None
) -> Comparison:
    """Return the ratio of a cohort's mean time to its reference's, with its 95 % interval.

    Where every end was observed and no tau is asked for: of geometric means, by Welch's t on
    the logarithms. Else of means restricted to `tau` (the latest common one unless given), by the
    delta method on their logarithms, normal. Raise `InvalidInput` for no observations; for times
    that are negative, infinite or no number, or zero where a logarithm is taken; for fewer than
    two values or none that differ; and where `restricted_mean` does.

    B. L. Welch, The generalization of Student's problem, 1947; H. Uno et al., Moving beyond the
    hazard ratio, 2014.
    """
    curves = kaplan_meier(cohort), kaplan_meier(reference)
    if tau is None and all(curve.events == curve.n for curve in curves):
        return _of_geometric_means(
            logarithms(one.time for one in cohort), logarithms(one.time for one in reference)
        )
    return _of_restricted_means(*curves, common_tau(*curves) if tau is None else tau)


def detectable_ratio(standard_error: float) -> float:
    """Return the ratio that a true fall must reach to be found four times in five, at 5 %.

    exp(-2.80 s), where s is the standard error of the logarithm of the ratio: for two cohorts of
    n and m values whose logarithms spread by sigma, sigma * sqrt(1/n + 1/m). The rise that would
    be found is its inverse. A normal approximation: for a few values it promises too much.
    """
    return math.exp(-(Z + _POWER) * standard_error)


def _of_geometric_means(cohort: Sequence[float], reference: Sequence[float]) -> Comparison:
    if min(len(cohort), len(reference)) < 2:
        raise InvalidInput("one incident alone has no spread: there is no comparing")
    parts = [variance(logs) / len(logs) for logs in (cohort, reference)]
    if not any(parts):
        raise InvalidInput("all times within each cohort are the same: there is no comparing")
    # Welch and Satterthwaite's degrees of freedom, with shares so that nothing underflows.
    shares = [part / sum(parts) for part in parts]
    degrees = 1 / (shares[0] ** 2 / (len(cohort) - 1) + shares[1] ** 2 / (len(reference) - 1))
    means = math.exp(fmean(cohort)), math.exp(fmean(reference))
    error = math.sqrt(sum(parts))
    return _ratio("geometric means", None, means, error, t_quantile(0.975, degrees))


def _of_restricted_means(cohort: Curve, reference: Curve, tau: float) -> Comparison:
    (mean, error), (other, its_error) = _varying(cohort, tau), _varying(reference, tau)
    log_error = math.hypot(error / mean, its_error / other)
    return _ratio("restricted means", tau, (mean, other), log_error, Z)


def _varying(curve: Curve, tau: float) -> tuple[float, float]:
    mean, error = restricted_mean(curve, tau)
    if error is None:
        raise InvalidInput("in one of the two cohorts nothing varies: there is no comparing")
    return mean, error


def _ratio(
    method: Method, tau: float | None, means: tuple[float, float], error: float, reach: float
) -> Comparison:
    ratio = means[0] / means[1]
    limits = ratio * math.exp(-reach * error), ratio * math.exp(reach * error)
    return Comparison(method, tau, *means, ratio, *limits, detectable_ratio(error))
