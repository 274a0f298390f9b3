"""Where an incident stands, and which are open, in a store of many events."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import psycopg
from databases import Database
from loading import fill_retold
from results import Floor, Result
from retold.projections.views import IncidentRow
from retold_side import Retold
from rounds import in_turn, seconds
from setting import Setting
from workload import EVENTS, stories

ASKED = 200
LISTED = 5

_SELECT = f"SELECT {', '.join(IncidentRow._fields)} FROM retold_incidents"
_OPEN = f"{_SELECT} WHERE is_open ORDER BY detected_at"


def measure(setting: Setting) -> Iterator[Result]:
    """Measure both questions on each database."""
    for database in setting.databases:
        retold = Retold(database.fresh().retold)
        fill_retold(retold.store, setting.events)
        ask = _RAW[database.name](retold.store.backend)
        yield _status(setting, database, retold, ask)
        yield _open_list(setting, database, retold, ask)
        retold.close()


def _status(setting: Setting, database: Database, retold: Retold, ask: Any) -> Result:
    known = [story.incident_id for story in stories(min(setting.events // EVENTS, 2_000), "log")]
    some = Random(1).choices(known, k=ASKED)
    one_row = f"{_SELECT} WHERE incident_id = ?"
    turns: dict[str, Callable[[int], float]] = {
        "retold": lambda _: _ms(ASKED, lambda: [retold.store.status(one) for one in some]),
        "raw": lambda _: _ms(ASKED, lambda: [ask(one_row, one) for one in some]),
    }
    what = f"status ID, {setting.events:,} events"
    figures = in_turn(setting.rounds, turns)
    return Result(what, database.name, "ms", figures, Floor(2, "most"))


def _open_list(setting: Setting, database: Database, retold: Retold, ask: Any) -> Result:
    turns: dict[str, Callable[[int], float]] = {
        "retold": lambda _: _ms(
            LISTED, lambda: [retold.store.incidents(only_open=True) for _ in range(LISTED)]
        ),
        "raw": lambda _: _ms(LISTED, lambda: [ask(_OPEN) for _ in range(LISTED)]),
    }
    listed = len(retold.store.incidents(only_open=True))
    what = f"list {listed:,} open, {setting.events:,} events"
    figures = in_turn(setting.rounds, turns)
    return Result(what, database.name, "ms", figures, Floor(20, "most"))


def _ms(count: int, work: Callable[[], object]) -> float:
    return seconds(work) * 1_000 / count


def _raw_sqlite(backend: Any) -> Callable[..., list[Any]]:
    connection = sqlite3.connect(backend.datastore.pool.db_name, uri=True)
    return lambda sql, *ids: connection.execute(sql, tuple(map(str, ids))).fetchall()


def _raw_postgres(backend: Any) -> Callable[..., list[Any]]:
    connection = psycopg.connect(**backend.datastore.pool.kwargs, autocommit=True)
    table = f"{backend.schema}.retold_incidents"
    return lambda sql, *ids: connection.execute(
        sql.replace("?", "%s").replace("retold_incidents", table), ids, prepare=True, binary=True
    ).fetchall()


_RAW = {"SQLite": _raw_sqlite, "PostgreSQL": _raw_postgres}
