"""A store as the Retold before the audit's tree left it."""

import sqlite3

import psycopg


def made_by_version_3(url: str) -> None:
    """Undo what version 4 of the schema added."""
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP TABLE retold_leaves")
            [added] = connection.execute(
                "SELECT oid::regprocedure::text FROM pg_catalog.pg_proc WHERE proname ~"
                " '^retold_add_' AND pronamespace = current_schema()::regnamespace"
            )
            connection.execute(f"DROP FUNCTION {added[0]}")  # type: ignore[call-overload]
            connection.execute("UPDATE retold_meta SET value = '3' WHERE key = 'schema_version'")
        return
    raw = sqlite3.connect(url.removeprefix("sqlite:///"))
    for column in ("nodes", "leaf_index"):
        raw.execute(f"ALTER TABLE retold_events DROP COLUMN {column}")
    raw.execute("PRAGMA user_version = 3")
    raw.close()
