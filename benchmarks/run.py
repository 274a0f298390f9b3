"""Measures Retold beside the stock library and the raw drivers, and prints one table."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import append
import audit
import bulk
import command
import long_incident
import questions
import rebuild
import replay
import reports
import writers
from databases import PostgreSQL, SQLite
from postgres_server import running_server
from results import Result, table
from setting import Setting
from workload import steps

MEASUREMENTS = {
    "append": append.measure,
    "bulk": bulk.measure,
    "command": command.measure,
    "long": long_incident.measure,
    "writers": writers.measure,
    "replay": replay.measure,
    "rebuild": rebuild.measure,
    "questions": questions.measure,
    "reports": reports.measure,
    "audit": audit.measure,
}


def main() -> None:
    """Run what was asked for."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="retold-bench-", dir=options.folder) as folder:
        Path(folder).chmod(0o755)  # the server may run as a user of its own
        print(_surroundings(Path(folder)), file=sys.stderr)
        results = list(_measured(options, Path(folder)))
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps([one.as_json() for one in results], indent=1))


def _measured(options: argparse.Namespace, folder: Path) -> Iterator[Result]:
    with running_server(folder / "postgres") as server_url:
        databases = (SQLite(folder), PostgreSQL(server_url))
        setting = Setting(options.rounds, options.events, databases)
        for name in options.only or MEASUREMENTS:
            started = time.monotonic()
            yield from MEASUREMENTS[name](setting)
            print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument("--events", type=int, default=20_000, help="size of the log to read")
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, help="may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round there")
    parser.add_argument(
        "--folder", type=Path, default=_disk(), help="where to put the databases: a real disk"
    )
    return parser.parse_args()


def _disk() -> Path:
    # By custom it outlives a restart, so it is no memory disk as /tmp may be.
    lasting = Path("/var/tmp")
    return lasting if lasting.is_dir() else Path(tempfile.gettempdir())


def _surroundings(folder: Path) -> str:
    new = steps(100, "size")
    size = sum(len(step.state) for step in new) / len(new)
    return (
        f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, {size:.0f} bytes an event,"
        f" one fsync takes {_fsync_ms(folder):.2f} ms here"
    )


def _fsync_ms(folder: Path) -> float:
    with (folder / "fsync").open("wb", buffering=0) as file:
        started = time.perf_counter()
        for _ in range(50):
            file.write(b"x" * 4_096)
            os.fsync(file.fileno())
        return (time.perf_counter() - started) / 50 * 1_000


if __name__ == "__main__":
    main()
