"""Keys in a PostgreSQL schema or database of their own, for several machines that write."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import Diagnostic
from psycopg.sql import Identifier
from psycopg_pool import ConnectionPool

from ...domain.errors import InvalidInput, RetoldError, StorageUnavailable, StoreMismatch
from ..postgres_connections import PostgresConnections, translated_errors
from .keys import KEY_BYTES, SUBJECT, Destroyed, Key, the_one

SCHEMA = "retold_keys"
"""Where keys are kept unless the URL sets search_path: never among the tables of the log."""

TABLES = """
CREATE TABLE IF NOT EXISTS {s}.identity (
    is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one), id uuid NOT NULL
);
CREATE TABLE IF NOT EXISTS {s}.keys (
    kid uuid PRIMARY KEY,
    owner text UNIQUE,
    secret bytea,
    destroyed_at timestamptz,
    why text
);
REVOKE ALL ON {s}.keys FROM PUBLIC;
"""
LOCK_KEY = 0x5265744B
"""Of the advisory lock that keeps two first openings apart."""


class PostgresKeys:
    """`Keys` in one schema."""

    def __init__(self, settings: dict[str, Any], schema: str) -> None:
        """Work in that schema, its name quoted, which `open_postgres_keys` has prepared."""
        pool: ConnectionPool[psycopg.Connection[Any]] = ConnectionPool(
            open=False, min_size=1, max_size=16, kwargs={**settings, "autocommit": True}
        )
        self._connections = PostgresConnections(pool)
        self._schema = schema
        try:
            self.identity: UUID = the_one(self._fetch("SELECT id FROM {s}.identity"))
        except BaseException:
            self.close()
            raise

    def of(self, owners: Collection[str]) -> dict[str, Key]:
        """Return by owner the keys that there are; see `Keys`."""
        select = "SELECT owner, kid, secret FROM {s}.keys WHERE owner = ANY(%s)"
        return {owner: Key(*key) for owner, *key in self._fetch(select, (list(owners),))}

    def made_for(self, owners: Collection[str]) -> dict[str, Key]:
        """Return by owner its key, made on first use; see `Keys`."""
        found = self.of(owners)
        missing = [owner for owner in owners if owner not in found]
        if not missing:
            return found
        insert = self._qualified(
            "INSERT INTO {s}.keys (kid, owner, secret) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
        )
        # In one order everywhere, so that two writers do not wait for each other for ever.
        rows = [(uuid4(), owner, secrets.token_bytes(KEY_BYTES)) for owner in sorted(missing)]
        with self._connections.lent() as connection, connection.transaction():
            connection.cursor().executemany(insert, rows)
        return found | self.of(missing)

    def by_id(self, kids: Collection[UUID]) -> dict[UUID, Key]:
        """Return keys by their ids; see `Keys`."""
        select = "SELECT kid, secret FROM {s}.keys WHERE kid = ANY(%s)"
        return {kid: Key(kid, secret) for kid, secret in self._fetch(select, (list(kids),))}

    def destroy(self, kids: Collection[UUID], at: datetime, why: str) -> None:
        """Destroy keys; see `Keys`."""
        update = self._qualified(
            "INSERT INTO {s}.keys AS k (kid, destroyed_at, why) VALUES (%s, %s, %s)"
            " ON CONFLICT (kid) DO UPDATE SET"
            " destroyed_at = excluded.destroyed_at, why = excluded.why, secret = NULL,"
            f" owner = CASE WHEN k.owner LIKE '{SUBJECT}%%' THEN NULL ELSE k.owner END"
            " WHERE k.secret IS NOT NULL"
        )
        with self._connections.lent() as connection, connection.transaction():
            connection.cursor().executemany(update, [(kid, at, why) for kid in kids])

    def scrubbed(self) -> bool:
        """Write the table anew, without its old rows; see `Keys`.

        Rows that an older transaction could still ask for are kept, and only told of.
        """
        try:
            for _ in range(10):
                kept = self._written_anew()
                if not kept:
                    return kept == 0
                time.sleep(0.5)
        except RetoldError:
            pass
        return False

    def _written_anew(self) -> int | None:
        """Write the table anew; return how many dead rows were kept, None if it was refused."""
        details: list[str] = []

        def keep(told: Diagnostic) -> None:  # which can be read in here only
            details.append(told.message_detail or "")

        with self._connections.lent() as connection:
            connection.add_notice_handler(keep)
            try:
                # All that need keys wait behind it while it waits for somebody's dump of them.
                connection.execute("SET lock_timeout = '2s'")
                connection.execute(self._qualified("VACUUM (FULL, VERBOSE) {s}.keys"))
            finally:
                connection.execute("RESET lock_timeout")
                connection.remove_notice_handler(keep)
        return _rows_kept(details)

    def destroyed(self) -> list[Destroyed]:
        """Return the list of erasures; see `Keys`."""
        rows = self._fetch(
            "SELECT kid, destroyed_at, why FROM {s}.keys WHERE destroyed_at IS NOT NULL"
            " ORDER BY destroyed_at, kid"
        )
        return [Destroyed(kid, at.astimezone(UTC), why) for kid, at, why in rows]

    def is_private(self) -> bool:
        """Tell whether the table is closed to the public."""
        found = self._fetch("SELECT has_table_privilege('public', '{s}.keys', 'SELECT')")
        return not found[0][0]

    def close(self) -> None:
        """Close every connection."""
        self._connections.close()

    def _qualified(self, sql: str) -> Any:
        # Any: psycopg wants literal strings; the schema's name is quoted when opening.
        return sql.replace("{s}", self._schema)

    def _fetch(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        def ask() -> list[tuple[Any, ...]]:
            with self._connections.lent() as connection:
                return connection.execute(self._qualified(sql), parameters or None).fetchall()

        return self._connections.retrying(ask)


def _rows_kept(details: Sequence[str]) -> int | None:
    """Return how many dead rows VACUUM says that it kept; None if it did nothing.

    It says so as the first number of a detail, in the language of the server.
    """
    numbers = [int(found.group()) for one in details if (found := re.search(r"\d+", one))]
    return numbers[0] if numbers else None


def open_postgres_keys(url: str, *, create: bool) -> PostgresKeys:
    """Open the keys in a schema of their own, making it if it is not there and `create` is true.

    Raises `StorageUnavailable` if it is not there or not reachable, `StoreMismatch` if the log is
    kept in the same schema, and `InvalidInput` for no URL of PostgreSQL.
    """
    try:
        settings: dict[str, Any] = conninfo_to_dict(url)
    except psycopg.Error as error:
        raise InvalidInput(str(error).strip(), "keys") from None
    settings.setdefault("connect_timeout", 10)
    with translated_errors(), psycopg.connect(**settings) as connection:
        schema = _schema(connection, is_named="search_path" in str(settings.get("options")))
        _prepare(connection, schema, create=create)
    return PostgresKeys(settings, schema)


def _schema(connection: psycopg.Connection[Any], *, is_named: bool) -> str:
    if not is_named:
        return SCHEMA
    found = connection.execute("SELECT current_schema()").fetchone()
    if found is None or found[0] is None:
        raise StoreMismatch("there is no schema of the name that the URL of the keys sets")
    return Identifier(found[0]).as_string(connection)


def _prepare(connection: psycopg.Connection[Any], schema: str, *, create: bool) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK_KEY,))
    has_log, has_keys = (
        connection.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{schema}.{table}",)).fetchone()
        == (True,)
        for table in ("retold_events", "identity")
    )
    if has_log:
        raise StoreMismatch(
            f"schema {schema} holds a log: a backup of both would bring erased data back;"
            " name another schema or database for the keys"
        )
    if has_keys:
        return
    if not create:
        raise StorageUnavailable(f"the keys of this store are not in schema {schema}")
    for script in (f"CREATE SCHEMA IF NOT EXISTS {schema};", TABLES.replace("{s}", schema)):
        statement: Any = script
        connection.execute(statement)
    insert: Any = f"INSERT INTO {schema}.identity (id) VALUES (%s) ON CONFLICT DO NOTHING"
    connection.execute(insert, (uuid4(),))
