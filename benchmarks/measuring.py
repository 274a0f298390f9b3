"""Interleaved rounds, medians, and the table that comes out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One line of the table: figures by contestant, and what the design asks for."""

    what: str
    unit: str
    figures: Mapping[str, float]
    compared: str
    floor: float
    at_most: bool = False

    @property
    def ratio(self) -> float:
        """Retold's figure over the one that it is compared with."""
        return (
            self.figures["retold"] / self.figures[self.compared]
            if self.compared
            else (self.figures["retold"])
        )

    @property
    def is_reached(self) -> bool:
        """Whether the floor, or for costs the ceiling, is kept."""
        return self.ratio <= self.floor if self.at_most else self.ratio >= self.floor


class Contest(NamedTuple):
    """One contestant: what to make ready outside the clock, and what to do with it."""

    ready: Callable[[], Any]
    work: Callable[[Any], int]
    """Returns how many it did."""


def interleaved(rounds: int, contestants: Mapping[str, Contest]) -> dict[str, float]:
    """Return each contestant's median rate a second over rounds in which all take their turn."""
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contest in contestants.items():
            ready = contest.ready()
            started = time.perf_counter()
            count = contest.work(ready)
            rates[name].append(count / (time.perf_counter() - started))
    return {name: median(some) for name, some in rates.items()}


def show(rows: list[Row]) -> None:
    """Print the table."""
    names = ("retold", "stock", "raw")
    print(f"{'':48}{'unit':>12}" + "".join(f"{name:>12}" for name in names), end="")
    print(f"{'ratio':>10}  {'to':<14}{'floor':>8}  reached")
    for row in rows:
        cells = [f"{row.figures[name]:>12,.2f}" if row.figures.get(name, 1e9) < 100
                 else f"{row.figures[name]:>12,.0f}" if name in row.figures else f"{'-':>12}"
                 for name in names]  # fmt: skip
        sign = "<=" if row.at_most else ">="
        print(f"{row.what:48}{row.unit:>12}" + "".join(cells), end="")
        print(f"{row.ratio:>10.2f}  {row.compared or 'itself':<14}{sign}{row.floor:>6g}", end="  ")
        print("yes" if row.is_reached else "NO")
