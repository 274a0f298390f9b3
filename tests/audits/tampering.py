"""What somebody with all rights over a database can do to a log, on SQLite and PostgreSQL."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import psycopg
from retold import open_store
from retold.adapters import sqlite_schema as schema
from retold.adapters.audit.verifying import innermost
from retold.domain.leaves import leaf_of
from retold.domain.merkle import Frontier


class Tamperer:
    """A connection whose owner has taken the guards away."""

    def __init__(self, url: str) -> None:
        self.is_postgres = url.startswith("postgresql")
        self.url = url
        self.connection: Any
        if self.is_postgres:
            self.connection = psycopg.connect(url, autocommit=True)
            self.position = "notification_id"
            for table in ("retold_events", "retold_leaves"):
                self.run(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        else:
            self.connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            self.position = "position"
            for change in ("update", "delete"):
                self.run(f"DROP TRIGGER IF EXISTS retold_events_no_{change}")

    def run(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """Run a statement; `?` marks a parameter, `{position}` names the column."""
        sql = sql.replace("{position}", self.position)
        if self.is_postgres:
            sql = sql.replace("?", "%s")
        found = self.connection.execute(sql, tuple(parameters))
        is_table = found.description is not None
        return list(found.fetchall()) if is_table else []

    def state_with(self, old: str, new: str) -> str:
        """Return the SQL of an event's stored bytes with one word replaced."""
        column = "convert_from(state, 'UTF8')" if self.is_postgres else "CAST(state AS TEXT)"
        text = f"replace({column}, '{old}', '{new}')"
        return f"convert_to({text}, 'UTF8')" if self.is_postgres else f"CAST({text} AS BLOB)"

    def rewrite_leaves(self) -> None:
        """Make the whole tree anew from the log as it now is, as its only writer would."""
        with open_store(self.url) as store:
            rows = innermost(store.backend).read_log(0, 1_000_000)
        _, completed = Frontier().extended([leaf_of(row) for row in rows])
        if self.is_postgres:
            self.run("DELETE FROM retold_leaves")
        for index, (row, nodes) in enumerate(zip(rows, completed, strict=True)):
            if self.is_postgres:
                self.run("INSERT INTO retold_leaves VALUES (?, ?, ?)", (index, row.position, nodes))
            else:
                update = "UPDATE retold_events SET leaf_index = ?, nodes = ? WHERE position = ?"
                self.run(update, (index, nodes, row.position))

    def restore_guards(self) -> None:
        """Put the guards back, so that nothing shows that they were away."""
        if self.is_postgres:
            for table in ("retold_events", "retold_leaves"):
                self.run(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        else:
            for text in schema.GUARD_TEXTS:
                self.run(text)

    def close(self) -> None:
        """Let go of the database."""
        self.connection.close()


def rebuilt(url: str) -> None:
    """Make the views anew, so that they say what the log now says."""
    with open_store(url) as store:
        store.rebuild()
