"""The raw drivers: ready bytes into a bare table, one durable transaction an event."""

from __future__ import annotations

import sqlite3
from typing import Any
from uuid import UUID

import psycopg
from workload import Step


class RawSQLite:
    """`sqlite3`, a table like the log's, WAL and full synchronisation."""

    def __init__(self, path: str) -> None:
        """Open the file, making the table if it is not there."""
        self.connection = sqlite3.connect(
            path, isolation_level=None, timeout=30, check_same_thread=False
        )
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS log (position INTEGER PRIMARY KEY AUTOINCREMENT,"
            " incident_id TEXT NOT NULL, version INTEGER NOT NULL, kind TEXT NOT NULL,"
            " state BLOB NOT NULL, UNIQUE (incident_id, version))"
        )

    def append(self, step: Step) -> None:
        """Insert one event durably."""
        self.connection.execute(
            "INSERT INTO log (incident_id, version, kind, state) VALUES (?, ?, ?, ?)",
            (str(step.incident_id), step.version, step.entry.event.kind, step.state),
        )

    command = append
    """The yardstick of a command is the append alone: no driver loads or decides."""

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class RawPostgres:
    """`psycopg`, a table like the log's, autocommit, prepared statements."""

    _table = "log"
    _insert = "INSERT INTO log (incident_id, version, kind, state) VALUES (%b, %b, %b, %b)"

    def __init__(self, url: str) -> None:
        """Connect, making the table if it is not there."""
        self.connection: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True)
        self._make_table()

    def _make_table(self) -> None:
        with self.connection.transaction():
            self.connection.execute("SELECT pg_advisory_xact_lock(1)")
            self.connection.execute(
                f"CREATE TABLE IF NOT EXISTS {self._table} ("
                " position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                " incident_id uuid NOT NULL, version bigint NOT NULL, kind text NOT NULL,"
                " state bytea NOT NULL, UNIQUE (incident_id, version))"
            )

    def append(self, step: Step) -> None:
        """Insert one event durably."""
        self.connection.execute(
            self._insert,
            (step.incident_id, step.version, step.entry.event.kind, step.state),
            prepare=True,
        )

    command = append
    """The yardstick of a command is the append alone: no driver loads or decides."""

    def log_after(self, position: int) -> list[tuple[int, UUID, int]]:
        """Return position, incident and version of what comes next in the log."""
        cursor = self.connection.execute(
            f"SELECT position, incident_id, version FROM {self._table} WHERE position > %s"
            " ORDER BY position LIMIT 1000",
            (position,),
            prepare=True,
        )
        return cursor.fetchall()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class RawPostgresInOrder(RawPostgres):
    """The same with a lock that lets one write at a time: what keeping the order costs anybody."""

    _table = "ordered_log"
    _insert = (
        "WITH gate AS MATERIALIZED (SELECT pg_advisory_xact_lock(1))"
        " INSERT INTO ordered_log (incident_id, version, kind, state)"
        " SELECT %b::uuid, %b::bigint, %b::text, %b::bytea FROM gate"
    )

    def __init__(self, unordered: RawPostgres) -> None:
        """Write over the same connection, making the table if it is not there."""
        self.connection = unordered.connection
        self._make_table()


RAW = {"SQLite": RawSQLite, "PostgreSQL": RawPostgres}
