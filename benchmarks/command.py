"""A command: load an incident of 8 events, decide, append; the raw driver only appends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any

from competitors import opened
from databases import Database
from loading import fill_stock, tell
from results import Floor, Result
from rounds import Figures, in_turn, rate
from setting import Setting
from workload import Step, Story, encode, entry_of, note, stories

COMMANDS = 300


def measure(setting: Setting) -> Iterator[Result]:
    """Measure it on each database."""
    for database in setting.databases:
        figures = _figures(setting, database)
        yield Result("command on 8 events", database.name, "commands/s", figures, Floor(0.3, "raw"))


def _figures(setting: Setting, database: Database) -> Figures:
    told = [list(stories(COMMANDS, f"command {number}")) for number in range(setting.rounds)]
    with opened(database) as competitors:
        for some in told:
            tell(competitors["retold"].store, some)
            fill_stock(competitors["stock"].application, some)

        def commanding(competitor: Any) -> Callable[[int], float]:
            def run(number: int) -> float:
                new = [next_note(story) for story in told[number]]
                return rate(len(new), lambda: [competitor.command(step) for step in new])

            return run

        turns = {name: commanding(one) for name, one in competitors.items()}
        return in_turn(setting.rounds, turns)


def next_note(story: Story, number: int = 1) -> Step:
    """Return a note that comes after all of the story."""
    version = len(story.entries) + number
    at = story.entries[-1].event.occurred_at + timedelta(minutes=number)
    entry = entry_of(Random(f"{story.incident_id} {version}"), note(at, number))
    return Step(story.incident_id, version, entry, encode(entry))
