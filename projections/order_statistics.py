"""Intervals of an uncensored sample: exact ones of its quantiles, and of its geometric mean.

How many of n values lie below a quantile is binomial, whatever they are distributed like. So two
values of the ordered sample bound the quantile with a probability that is known, and a small
sample bounds a high quantile on one side at most: what it leaves open is None.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from statistics import fmean, stdev
from typing import Literal

from .intervals import Estimate, Interval
from .sample import logarithms, ordered, share
from .student import t_quantile

Side = Literal["lower", "upper"]

_TWO_SIDED = Fraction(1, 40)
_ONE_SIDED = Fraction(1, 20)


def quantile_interval(values: Sequence[float], p: float | Fraction) -> Interval:
    """Return the exact 95 % interval of a quantile, between two of the values.

    Each end is missed with a probability of at most 2.5 %; it is None where the sample is too
    small for that. The median has both from 6 values on, the 90th percentile a lower end from 2
    and both from 36. The same values as scipy's `quantile_test(...).confidence_interval()`.
    Raise `InvalidInput` for no values, for one that is negative, infinite or no number, and for
    a share outside 0 to 1.

    H. A. David and H. N. Nagaraja, Order Statistics, 2003, section 7.1.
    """
    return Interval(
        _limit(ordered(values), share(p), "lower", _TWO_SIDED),
        _limit(ordered(values), share(p), "upper", _TWO_SIDED),
    )


def quantile_limit(values: Sequence[float], p: float | Fraction, side: Side) -> float | None:
    """Return the value that a quantile lies on one side of, exact, with 95 % probability.

    Asking for one side only spends all of the 5 % there. None where the sample is too small.
    Raise `InvalidInput` as `quantile_interval` does.
    """
    return _limit(ordered(values), share(p), side, _ONE_SIDED)


def fewest_for_interval(p: float | Fraction) -> int:
    """Return from how many values on the interval of a quantile has both ends: 6 for the median.

    Raise `InvalidInput` for a share outside 0 to 1.
    """
    return max(_fewest(share(p), side, _TWO_SIDED) for side in ("lower", "upper"))


def fewest_for_limit(p: float | Fraction, side: Side) -> int:
    """Return from how many values on a quantile has a limit on one side: 29 for the upper of .9.

    Raise `InvalidInput` for a share outside 0 to 1.
    """
    return _fewest(share(p), side, _ONE_SIDED)


def geometric_mean(values: Sequence[float]) -> Estimate:
    """Return the geometric mean with its 95 % interval by Student's t on the logarithms.

    The interval is as good as the logarithms are normal, which durations nearly are. It is open
    on both sides for one value, and for values that are all the same: they show no spread. Raise
    `InvalidInput` for no values, and for one that is zero, negative, infinite or no number.
    """
    logs = logarithms(values)
    middle = fmean(logs)
    if logs[0] == logs[-1]:
        return Estimate(math.exp(middle), None, None)
    reach = t_quantile(0.975, len(logs) - 1) * stdev(logs) / math.sqrt(len(logs))
    return Estimate(math.exp(middle), math.exp(middle - reach), math.exp(middle + reach))


def _limit(values: Sequence[float], p: Fraction, side: Side, tail: Fraction) -> float | None:
    if side == "lower":
        rank = _rank(len(values), p, tail)
        return values[rank - 1] if rank else None
    rank = _rank(len(values), 1 - p, tail)
    return values[-rank] if rank else None


def _rank(n: int, p: Fraction, tail: Fraction) -> int:
    """Return the highest rank that fewer than so many of n values lie below with at most `tail`.

    In whole numbers: the binomial terms times the n-th power of p's denominator.
    """
    below, scale = p.numerator, p.denominator
    term, total, rank = (scale - below) ** n, 0, 0
    most = tail * scale**n
    while total + term <= most:
        total += term
        rank += 1
        term = term * (n - rank + 1) * below // (rank * (scale - below))
    return rank


def _fewest(p: Fraction, side: Side, tail: Fraction) -> int:
    missed = 1 - p if side == "lower" else p
    return math.ceil(math.log(tail) / math.log(missed))
