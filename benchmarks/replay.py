"""Replay to typed events, against reading and decoding the same rows as fast as they go."""

from __future__ import annotations

import gc
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from competitors import opened
from databases import Database
from loading import fill_retold, fill_stock
from pydantic import TypeAdapter
from results import Floor, Result
from retold.domain.records import Entry
from rounds import Figures, in_turn, rate
from setting import Setting
from workload import EVENTS, stories

MOST = 100_000
PAGE = 1_000

_ENTRIES = TypeAdapter(list[Entry])


def measure(setting: Setting) -> Iterator[Result]:
    """Measure it on each database."""
    note = "raw is the limit: (position, state) read and decoded by pydantic, collector off"
    for database in setting.databases:
        figures = _figures(setting, database)
        yield Result("replay", database.name, "events/s", figures, Floor(0.5, "raw"), note)


def _figures(setting: Setting, database: Database) -> Figures:
    count = min(setting.events, MOST) // EVENTS * EVENTS
    with opened(database) as competitors:
        retold, stock = competitors["retold"], competitors["stock"]
        fill_retold(retold.store, count)
        fill_stock(stock.application, stories(count // EVENTS, "log"))
        pages = _PAGES[database.name](retold.store.backend)
        turns: dict[str, Callable[[int], float]] = {
            "retold": lambda _: rate(count, lambda: _drain(retold.store.events())),
            "stock": lambda _: rate(count, lambda: _drain(_stock_events(stock.application))),
            "raw": lambda _: rate(count, lambda: _decode_all(pages)),
        }
        return in_turn(setting.rounds, turns)


def _drain(events: Iterator[Any]) -> None:
    deque(events, maxlen=0)


def _stock_events(application: Any) -> Iterator[Any]:
    position = 0
    while rows := application.recorder.select_notifications(
        position, PAGE, inclusive_of_start=False
    ):
        yield from map(application.mapper.to_domain_event, rows)
        position = rows[-1].id


def _decode_all(pages: Callable[[], Iterator[list[tuple[int, bytes]]]]) -> None:
    gc.disable()
    try:
        for page in pages():
            _ENTRIES.validate_json(b"[" + b",".join(state for _, state in page) + b"]")
    finally:
        gc.enable()


def _sqlite_pages(backend: Any) -> Callable[[], Iterator[list[tuple[int, bytes]]]]:
    def pages() -> Iterator[list[tuple[int, bytes]]]:
        connection = sqlite3.connect(backend.datastore.pool.db_name, uri=True)
        cursor = connection.execute("SELECT position, state FROM retold_events ORDER BY position")
        while page := cursor.fetchmany(PAGE):
            yield page
        connection.close()

    return pages


def _postgres_pages(backend: Any) -> Callable[[], Iterator[list[tuple[int, bytes]]]]:
    def pages() -> Iterator[list[tuple[int, bytes]]]:
        with psycopg.connect(**backend.datastore.pool.kwargs) as connection:
            after = 0
            while page := connection.execute(
                f"SELECT notification_id, state FROM {backend.schema}.retold_events"
                " WHERE notification_id > %s"
                " ORDER BY notification_id LIMIT %s",
                (after, PAGE),
                prepare=True,
                binary=True,
            ).fetchall():
                yield page
                after = page[-1][0]

    return pages


_PAGES = {"SQLite": _sqlite_pages, "PostgreSQL": _postgres_pages}
