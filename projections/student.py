"""Quantiles of Student's t distribution, which the standard library lacks."""

from __future__ import annotations

import math
from itertools import count

from ..domain.errors import InvalidInput


def t_quantile(p: float, degrees: float) -> float:
    """Return the value that Student's t with some degrees of freedom stays below with chance `p`.

    The degrees need not be whole. Found by halving, to the last digits of a float that the
    distribution is computed to: about 1e-9 of the value up to a million degrees. Raise
    `InvalidInput` for a chance outside 0 to 1 and for degrees that are not above zero.
    """
    if not 0 < p < 1:
        raise InvalidInput(f"a chance lies between 0 and 1, {p} does not")
    if not (math.isfinite(degrees) and degrees > 0):
        raise InvalidInput(f"{degrees} degrees of freedom: they must be above zero")
    if p <= 0.5:
        return -t_quantile(1 - p, degrees) if p < 0.5 else 0.0
    low, high = 0.0, 1.0
    while _above(high, degrees) > 1 - p:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if _above(middle, degrees) > 1 - p else (low, middle)
    return high


def _above(t: float, degrees: float) -> float:
    """Return the chance of a value above `t` > 0 (DLMF 8.17, Abramowitz and Stegun 26.7.1)."""
    x, y = degrees / (degrees + t * t), t * t / (degrees + t * t)
    if x < (degrees + 2) / (degrees + 5):
        return _incomplete_beta(degrees / 2, 0.5, x, y) / 2
    return (1 - _incomplete_beta(0.5, degrees / 2, y, x)) / 2


def _incomplete_beta(a: float, b: float, x: float, y: float) -> float:
    """Return the regularised incomplete beta function of x = 1-y, by DLMF 8.17.22."""
    if x == 0:
        return 0.0
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front += a * math.log(x) + b * (math.log1p(-x) if x < y else math.log(y))
    return math.exp(front) / a / _continued_fraction(a, b, x)


def _continued_fraction(a: float, b: float, x: float) -> float:
    """Return 1 + d1/(1 + d2/(1 + ...)) by Lentz's method, to the last digit."""
    value = upper = 1.0
    lower = 0.0
    for n in count(1):
        m = n // 2
        if n % 2:
            d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        lower = 1 / (1 + d * lower)
        upper = 1 + d / upper
        value *= upper * lower
        if abs(upper * lower - 1) < 1e-15:
            break
    return value
