"""16 writers on PostgreSQL at once, as threads and as processes, with a reader at their heels."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from competitors import opened_at
from databases import Database
from raw_side import RawPostgres, RawPostgresInOrder
from results import Floor, Result
from rounds import in_turn, rate
from setting import Setting
from worker import Worker, workers
from workload import EVENTS, Step, steps

WRITERS = 16
INCIDENTS = 8
"""So many each writer tells a round, event by event."""
WRITTEN = WRITERS * INCIDENTS * EVENTS

NAMES = ("retold", "stock", "raw", "ordered")

Writing = Callable[[str, int], Callable[[], object]]
"""Prepares a competitor's round, and returns what writes it."""


def measure(setting: Setting) -> Iterator[Result]:
    """Measure both ways on PostgreSQL; SQLite lets one write at a time."""
    for database in setting.databases:
        if database.name == "PostgreSQL":
            yield _by_threads(setting, database)
            yield _by_processes(setting, database)


def _by_threads(setting: Setting, database: Database) -> Result:
    addresses = database.fresh()
    with (
        workers(1, addresses, database.name) as (reader,),
        opened_at(addresses, database.name) as competitors,
        ThreadPoolExecutor(WRITERS) as threads,
    ):
        sides = {name: [competitors[name]] * WRITERS for name in ("retold", "stock")}
        # A connection each: threads would take turns on one.
        sides["raw"] = [RawPostgres(addresses.raw) for _ in range(WRITERS)]
        sides["ordered"] = [RawPostgresInOrder(raw) for raw in sides["raw"]]

        def writing(name: str, number: int) -> Callable[[], object]:
            new = [steps(INCIDENTS, f"{number} {writer}") for writer in range(WRITERS)]
            return lambda: list(threads.map(_append_all, sides[name], new))

        result = _followed(setting, "16 threads append", writing, reader, Floor(3, "stock"))
        for one in sides["raw"]:
            one.close()
    return result


def _by_processes(setting: Setting, database: Database) -> Result:
    with workers(WRITERS + 1, database.fresh(), database.name) as (reader, *writers):

        def writing(name: str, number: int) -> Callable[[], object]:
            for place, writer in enumerate(writers):
                writer.prepare_to_write(name, INCIDENTS, f"{number} {place}")
            return lambda: _write_all(writers)

        return _followed(setting, "16 processes append", writing, reader, floor=None)


def _followed(
    setting: Setting, what: str, writing: Writing, reader: Worker, floor: Floor | None
) -> Result:
    missed: Counter[str] = Counter()

    def turn(name: str) -> Callable[[int], float]:
        def run(number: int) -> float:
            write = writing(name, number)
            reader.follow(name)
            reached = rate(WRITTEN, write)
            missed[name] += WRITTEN - reader.stop_following()
            return reached

        return run

    figures = in_turn(setting.rounds, {name: turn(name) for name in NAMES})
    skipped = ", ".join(f"{name} {missed[name]:,}" for name in NAMES)
    note = (
        f"raw in order, one at a time, reached {statistics.median(figures.pop('ordered')):,.0f};"
        f" of {WRITTEN * setting.rounds:,} events, the reader who follows missed: {skipped}"
    )
    return Result(what, "PostgreSQL", "events/s", figures, floor, note)


def _append_all(competitor: Any, new: Sequence[Step]) -> None:
    for step in new:
        competitor.append(step)


def _write_all(writers: Sequence[Worker]) -> None:
    for writer in writers:
        writer.write()
    for writer in writers:
        writer.wait()
