"""What every statistic asks of a sample: times that are there, finite, and not negative."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

from ..domain.errors import InvalidInput


def ordered(times: Iterable[float]) -> tuple[float, ...]:
    """Return the times of a sample, shortest first, in the unit that they came in.

    Raise `InvalidInput` for none at all, and for a time that is negative, infinite or no number.
    """
    sample = tuple(times)
    if not sample:
        raise InvalidInput("a sample of nothing has no statistics")
    for time in sample:
        if not (math.isfinite(time) and time >= 0):
            raise InvalidInput(f"{time} is no length of time: it must be finite and not negative")
    return tuple(sorted(sample))


def logarithms(times: Iterable[float]) -> list[float]:
    """Return the natural logarithms of the times of a sample, shortest first.

    Raise `InvalidInput` as `ordered` does, and for a time of zero, which has no logarithm.
    """
    sample = ordered(times)
    if sample[0] == 0:
        raise InvalidInput("a time of zero has no logarithm: leave it out, or compare otherwise")
    return [math.log(time) for time in sample]


def share(p: float | Fraction) -> Fraction:
    """Return a share between 0 and 1 as it is written: 0.9 is nine tenths, not the nearest float.

    Raise `InvalidInput` for what does not lie strictly between 0 and 1.
    """
    if not 0 < p < 1:
        raise InvalidInput(f"a quantile's share lies between 0 and 1, {p} does not")
    return Fraction(str(p))
