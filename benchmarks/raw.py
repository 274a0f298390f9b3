"""The raw drivers: what the database itself can do with the same bytes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
from workload import Line

TABLE = """CREATE TABLE raw_events (
    originator_id {id}, originator_version bigint, topic text, state {bytes},
    position {position}, PRIMARY KEY (originator_id, originator_version))"""


class RawSQLite:
    """`sqlite3`, WAL, synchronous FULL."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(
            folder / "raw.db", isolation_level=None, check_same_thread=False
        )
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute(TABLE.format(id="text", bytes="blob", position="integer"))

    def append(self, line: Line) -> None:
        """Insert one event in a durable transaction of its own."""
        self.connection.execute(
            "INSERT INTO raw_events VALUES (?, ?, ?, ?, NULL)",
            (str(line.incident_id), line.version, line.entry.event.kind, line.state),
        )


class RawPostgres:
    """`psycopg`, autocommit, a prepared statement."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute(
            TABLE.format(id="uuid", bytes="bytea", position="bigserial").replace(
                "CREATE TABLE", "CREATE TABLE IF NOT EXISTS"
            )
        )

    def append(self, line: Line) -> None:
        """Insert one event in a durable transaction of its own."""
        self.connection.execute(
            "INSERT INTO raw_events VALUES (%b, %b, %b, %b)",
            (line.incident_id, line.version, line.entry.event.kind, line.state),
            prepare=True,
        )
