"""How far a statistic moves when nothing has changed: two periods drawn from one sample.

Both periods come, with replacement, from the same values, so every movement is chance. A share of
a third says that the statistic cannot tell a change of that size from none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median
from typing import NamedTuple, Protocol

from ..domain.errors import InvalidInput
from .sample import logarithms, ordered


class Choices(Protocol):
    """Where chance comes from: `random.Random(seed).choices`, so that the seed settles all."""

    def __call__(self, population: Sequence[float], *, k: int) -> Sequence[float]:
        """Return k values, drawn with replacement."""


class Moves(NamedTuple):
    """In which share of the pairs a statistic fell, and in which it rose, by so much or more."""

    fell: float
    rose: float


class NoChange(NamedTuple):
    """How often each statistic moved by a share `by` or more between `runs` pairs of periods."""

    runs: int
    by: float
    mean: Moves
    median: Moves
    geometric_mean: Moves


def no_change(
    values: Sequence[float],
    sizes: tuple[int, int],
    choices: Choices,
    runs: int = 2_000,
    by: float = 0.1,
) -> NoChange:
    """Draw pairs of periods of these sizes from one sample and count how far statistics move.

    With 2,000 runs a share is settled to about a hundredth. Raise `InvalidInput` for no values,
    for one that is zero, negative, infinite or no number, for values that are all the same, for
    sizes or runs below one, and for a share outside 0 to 1.

    S. Davidovic, Incident Metrics in SRE, 2021, on one's own data.
    """
    sample = ordered(values)
    _refuse(sample, sizes, runs, by)
    before, after = sizes
    moved = [_ratios(choices(sample, k=after), choices(sample, k=before)) for _ in range(runs)]
    return NoChange(runs, by, *(_moves(ratios, by) for ratios in zip(*moved, strict=True)))


def _ratios(after: Sequence[float], before: Sequence[float]) -> tuple[float, float, float]:
    return (
        fmean(after) / fmean(before),
        median(after) / median(before),
        _geometric_mean(after) / _geometric_mean(before),
    )


def _moves(ratios: Sequence[float], by: float) -> Moves:
    fell = sum(ratio <= 1 - by for ratio in ratios)
    rose = sum(ratio >= 1 + by for ratio in ratios)
    return Moves(fell / len(ratios), rose / len(ratios))


def _geometric_mean(values: Sequence[float]) -> float:
    return math.exp(fmean(map(math.log, values)))


def _refuse(sample: Sequence[float], sizes: tuple[int, int], runs: int, by: float) -> None:
    logs = logarithms(sample)
    if logs[0] == logs[-1]:
        raise InvalidInput("all values are the same: drawn again, they show no movement")
    if min(*sizes, runs) < 1:
        raise InvalidInput("every period needs an incident, and the simulation a run")
    if not 0 < by < 1:
        raise InvalidInput(f"a share lies between 0 and 1, {by} does not")
