"""Many events at once: the log alone, and an import of a file from its parsing to the commit."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from databases import Database
from eventsourcing.persistence import StoredEvent
from results import Floor, Result
from retold import open_store
from retold.adapters.exporting import exported
from retold.adapters.flat_forms import json_text
from retold.adapters.importers.importing import import_files
from retold.adapters.wording import json_row
from retold.domain.history import PRESENT
from rounds import Figures, in_turn, rate
from setting import Setting
from workload import EVENTS, Step, steps

MOST = 100_000
AT_ONCE = 4_000
"""Events to a transaction, as an import has them."""

FLOORS = {"SQLite": (0.5, 0.25), "PostgreSQL": (0.4, 0.2)}
NOTE = "raw is executemany on SQLite, COPY on PostgreSQL: ready bytes, one transaction in all"


def measure(setting: Setting) -> Iterator[Result]:
    """Measure both on each database."""
    new = steps(min(setting.events, MOST) // EVENTS, "bulk")
    with TemporaryDirectory(prefix="retold-bulk-") as folder:
        file = str(_export(new, Path(folder)))
        for database in setting.databases:
            log_floor, import_floor = FLOORS[database.name]
            for what, work, floor in (
                ("bulk append, log alone", _append_log(new), log_floor),
                ("bulk import with views", _import(file), import_floor),
            ):
                figures = _figures(setting, database, new, work)
                yield Result(what, database.name, "events/s", figures, Floor(floor, "raw"), NOTE)


def _figures(
    setting: Setting, database: Database, new: Sequence[Step], work: Callable[[str], object]
) -> Figures:
    raw = _RAW[database.name]
    turns: dict[str, Callable[[int], float]] = {
        "retold": lambda _: _rate_on(database.fresh().retold, len(new), work),
        "raw": lambda _: rate(len(new), raw(database.fresh().raw, new)),
    }
    return in_turn(setting.rounds, turns)


def _rate_on(url: str, count: int, work: Callable[[str], object]) -> float:
    open_store(url).close()  # the schema is made before the clock runs
    return rate(count, lambda: work(url))


def _append_log(new: Sequence[Step]) -> Callable[[str], object]:
    rows = [
        StoredEvent(step.incident_id, step.version, step.entry.event.kind, step.state)
        for step in new
    ]

    def append(url: str) -> None:
        with open_store(url) as store:
            for start in range(0, len(rows), AT_ONCE):
                store.backend.insert_events(rows[start : start + AT_ONCE])  # type: ignore[attr-defined]

    return append


def _import(file: str) -> Callable[[str], object]:
    def import_file(url: str) -> None:
        with open_store(url) as store:
            import_files(store, "jsonl", [file])

    return import_file


def _export(new: Sequence[Step], folder: Path) -> Path:
    """Write the events as Retold itself exports them."""
    file = folder / "events.jsonl"
    with open_store("memory:") as store, file.open("w", encoding="utf-8") as lines:
        for incident_id, told in itertools.groupby(new, lambda step: step.incident_id):
            store.append(incident_id, [step.entry for step in told])
        lines.writelines(
            f"{json_text(json_row(row))}\n" for row in exported(store, "events", PRESENT)
        )
    return file


def _raw_sqlite(path: str, new: Sequence[Step]) -> Callable[[], object]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE log (position INTEGER PRIMARY KEY AUTOINCREMENT, incident_id TEXT NOT NULL,"
        " version INTEGER NOT NULL, kind TEXT NOT NULL, state BLOB NOT NULL,"
        " event_id TEXT UNIQUE, UNIQUE (incident_id, version))"
    )
    rows = [
        (str(one.incident_id), one.version, one.entry.event.kind, one.state,
         str(one.entry.event_id))
        for one in new
    ]  # fmt: skip

    def insert() -> None:
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO log (incident_id, version, kind, state, event_id) VALUES (?, ?, ?, ?, ?)",
            rows,
        )
        connection.execute("COMMIT")

    return insert


def _raw_postgres(url: str, new: Sequence[Step]) -> Callable[[], object]:
    connection = psycopg.connect(url)
    connection.execute(
        "CREATE TABLE log (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " incident_id uuid NOT NULL, version bigint NOT NULL, kind text NOT NULL,"
        " state bytea NOT NULL, event_id uuid UNIQUE, UNIQUE (incident_id, version))"
    )
    connection.commit()
    into = "COPY log (incident_id, version, kind, state, event_id) FROM STDIN (FORMAT binary)"

    def copy() -> None:
        with connection.cursor() as cursor, cursor.copy(into) as rows:
            rows.set_types(["uuid", "int8", "text", "bytea", "uuid"])
            for one in new:
                rows.write_row(
                    (one.incident_id, one.version, one.entry.event.kind, one.state,
                     one.entry.event_id)
                )  # fmt: skip
        connection.commit()

    return copy


_RAW = {"SQLite": _raw_sqlite, "PostgreSQL": _raw_postgres}
