"""From a PostgreSQL URL to a log whose schema and settings were checked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import Identifier

from ..domain.errors import InvalidInput, StorageUnavailable, StoreMismatch
from . import postgres_schema
from .postgres import DURABLE_SETTINGS, PostgresLog
from .postgres_connections import translated_errors
from .postgres_tree import LEAVES
from .schema_version import check_schema_version

WAIT = 3.0
"""Seconds to wait for a connection before asking again: far less than the patience of a retry."""


def open_postgres(
    url: str, clock: Callable[[], datetime] | None, *, create: bool, for_rebuild: bool
) -> PostgresLog:
    """Open the store in the connection's current schema; see `open_store`."""
    settings = _settings(url)
    with translated_errors(), psycopg.connect(**settings) as connection:
        schema = Identifier(_current_schema(connection)).as_string(connection)
        # From here on every name of ours is qualified, and no other schema's function can be met.
        connection.execute("SET search_path = pg_catalog")
        _check_durability(connection)
        _prepare(connection, schema, create=create, for_rebuild=for_rebuild)
    return PostgresLog(_datastore(settings), schema, clock)


def current_schema(url: str) -> str:
    """Return the name of the schema that a store at `url` is in, whether it is there or not.

    Raises `InvalidInput`, `StorageUnavailable`, and `StoreMismatch` if there is no such schema.
    """
    with translated_errors(), psycopg.connect(**_settings(url)) as connection:
        return _current_schema(connection)


def _settings(url: str) -> dict[str, Any]:
    try:
        settings: dict[str, Any] = conninfo_to_dict(url)
    except psycopg.Error as error:
        raise InvalidInput(str(error).strip(), "url") from None
    return {"connect_timeout": 10} | settings


def _current_schema(connection: psycopg.Connection[Any]) -> str:
    found = connection.execute("SELECT pg_catalog.current_schema()").fetchone()
    if found is None or found[0] is None:
        raise StoreMismatch("the connection has no current schema: set search_path in the URL")
    return str(found[0])


def _check_durability(connection: psycopg.Connection[Any]) -> None:
    for name in DURABLE_SETTINGS:
        found = connection.execute(f"SELECT current_setting('{name}')").fetchone()
        if found == ("off",):
            raise StoreMismatch(
                f"PostgreSQL runs with {name} = off, which loses acknowledged events in a crash"
            )


def _prepare(
    connection: psycopg.Connection[Any], schema: str, *, create: bool, for_rebuild: bool
) -> None:
    # The same lock as appends take, so that two first openings do not meet.
    connection.execute(f"SELECT pg_advisory_xact_lock({postgres_schema.LOCK_KEY}, 0)")
    has_events, has_meta = (
        connection.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{schema}.{table}",)).fetchone()
        == (True,)
        for table in ("retold_events", "retold_meta")
    )
    if has_meta:
        found = postgres_schema.stored_version(connection, schema)
        check_schema_version(found, for_rebuild=for_rebuild)
    elif has_events:
        raise StoreMismatch(f"schema {schema} has a table retold_events that Retold did not make")
    elif not create:
        raise StorageUnavailable(f"there is no store in schema {schema}")
    else:
        script: Any = (postgres_schema.LOG + LEAVES).replace("{s}", schema)
        connection.execute(script)
        postgres_schema.make_beside_log(connection, schema)


def _datastore(settings: dict[str, Any]) -> PostgresDatastore:
    dbname, host, port, user, password = (
        str(settings.get(name) or "") for name in ("dbname", "host", "port", "user", "password")
    )
    datastore = PostgresDatastore(
        dbname, host, port, user, password, connect_timeout=WAIT, pool_size=1, max_overflow=15
    )
    # Planning an append takes as long as running it; its generic plan is the only one there is.
    given = settings.get("options") or ""
    # The last one counts: no search_path leads our statements to functions of others.
    options = f"{given} -c plan_cache_mode=force_generic_plan -c search_path=pg_catalog"
    # The library passes only its five settings on; the URL may hold more, such as sslmode.
    datastore.pool.kwargs = {
        name: value for name, value in settings.items() if value is not None
    } | {"options": options, "keepalives_idle": 10, "tcp_user_timeout": 20_000}
    return datastore
