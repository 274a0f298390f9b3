"""Append one event durably; Retold writes its views too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from competitors import opened
from databases import Database
from results import Floor, Result
from rounds import in_turn, rate
from setting import Setting
from workload import steps

INCIDENTS = 60


def measure(setting: Setting) -> Iterator[Result]:
    """Measure it on each database."""
    for database in setting.databases:
        figures = _figures(setting, database)
        yield Result("append 1 event", database.name, "events/s", figures, Floor(0.35, "raw"))


def _figures(setting: Setting, database: Database) -> dict[str, list[float]]:
    with opened(database) as competitors:

        def appending(competitor: Any) -> Callable[[int], float]:
            def run(number: int) -> float:
                new = steps(INCIDENTS, f"append {number}")
                return rate(len(new), lambda: [competitor.append(step) for step in new])

            return run

        turns = {name: appending(one) for name, one in competitors.items()}
        return in_turn(setting.rounds, turns)
