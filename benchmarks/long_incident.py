"""What a command costs on an incident of 1,000 events, against one of 10."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any

from command import next_note
from competitors import opened
from databases import Database
from loading import fill_stock, tell
from results import Floor, Result
from rounds import Figures, in_turn, seconds
from setting import Setting
from workload import Story, entry_of, note, stories

SHORT, LONG = 10, 1_000
COMMANDS = 40


def measure(setting: Setting) -> Iterator[Result]:
    """Measure it on each database."""
    for database in setting.databases:
        figures = _figures(setting, database)
        what = "1,000-event incident, cost against one of 10"
        yield Result(what, database.name, "times", figures, Floor(10, "most"))


def _figures(setting: Setting, database: Database) -> Figures:
    told = {size: _grown(size) for size in (SHORT, LONG)}
    with opened(database) as competitors:
        for story in told.values():
            tell(competitors["retold"].store, [story])
            fill_stock(competitors["stock"].application, [story])

        def against_short(competitor: Any) -> Callable[[int], float]:
            def run(number: int) -> float:
                def cost(size: int) -> float:
                    first = number * COMMANDS + 1
                    numbers = range(first, first + COMMANDS)
                    new = [next_note(told[size], one) for one in numbers]
                    return seconds(lambda: [competitor.command(step) for step in new])

                return cost(LONG) / cost(SHORT)

            return run

        turns = {name: against_short(one) for name, one in competitors.items()}
        return in_turn(setting.rounds, turns)


def _grown(size: int) -> Story:
    """Return a story with notes added until it has so many events."""
    story = next(stories(1, f"of {size}"))
    chance = Random(size)
    last = story.entries[-1].event.occurred_at
    notes = [
        entry_of(chance, note(last + timedelta(seconds=number), number))
        for number in range(1, size - len(story.entries) + 1)
    ]
    return Story(story.incident_id, story.entries + notes)
