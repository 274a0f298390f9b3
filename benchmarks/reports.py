"""Reports over a whole store: of the present, of the recorded past, and one timeline at a cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from databases import Database
from loading import fill_retold
from results import Floor, Result
from retold import Cut
from retold_side import Retold
from rounds import in_turn, seconds
from setting import Setting

YEAR = {"since": datetime(2024, 1, 1, tzinfo=UTC), "until": datetime(2025, 1, 1, tzinfo=UTC)}
"""One of the two years that the workload covers."""


def measure(setting: Setting) -> Iterator[Result]:
    """Measure them on each database; nobody else has such reports to compare with."""
    for database in setting.databases:
        retold = Retold(database.fresh().retold)
        fill_retold(retold.store, setting.events)
        yield from _reports(setting, database, retold.store)
        retold.close()


def _reports(setting: Setting, database: Database, store: Any) -> Iterator[Result]:
    backend = store.backend
    middle = backend.read_log(backend.last_position() // 2, 1)[0]
    past = Cut(recorded_at=datetime.fromisoformat(middle.recorded_at))
    one = middle.incident_id

    def report(**asked: Any) -> Callable[[], object]:
        return lambda: store.report("ttr_detected", by=("service",), **YEAR, **asked).to_dicts()

    rows: tuple[tuple[str, Callable[[], object], float], ...] = (
        ("report by service, a year", report(), 1_000),
        ("the same, as recorded at half time", report(cut=past), 6_000),
        ("one timeline at a cut", lambda: store.timeline(one, past), 10),
    )
    for what, work, most in rows:
        turns = {"retold": lambda _, work=work: seconds(work) * 1_000}
        figures = in_turn(setting.rounds, turns)
        named = f"{what}, {setting.events:,} events"
        yield Result(named, database.name, "ms", figures, Floor(most, "most"))
