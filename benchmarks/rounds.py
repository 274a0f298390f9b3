"""Rounds in turn: every competitor once a round, so that a busy machine is unfair to none."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping

Figures = dict[str, list[float]]
"""What each competitor reached, round by round."""


def in_turn(rounds: int, competitors: Mapping[str, Callable[[int], float]]) -> Figures:
    """Ask each competitor for its figure, round by round; each is told the round's number."""
    figures: Figures = {name: [] for name in competitors}
    names = list(competitors)
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            gc.collect()
            figures[name].append(competitors[name](number))
    return figures


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def rate(count: int, work: Callable[[], object]) -> float:
    """Return how many a second `work` does, which does `count`."""
    return count / seconds(work)
