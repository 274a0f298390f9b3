"""Where wiring happens: from a URL to a store."""

from __future__ import annotations

import itertools
import os
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

from ..domain.errors import InvalidInput, StorageUnavailable, StoreMismatch
from . import sqlite_schema
from .backend import Backend
from .memory import MemoryLog
from .schema_version import check_schema_version
from .sqlite import SQLiteLog
from .sqlite_recorder import translated_errors
from .store import Store

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the machine's clock, in UTC."""
    return datetime.now(UTC)


def open_store(
    url: str = "retold.db",
    *,
    recorded_by: str | None = None,
    clock: Clock | None = None,
    create: bool = True,
) -> Store:
    """Open the store at `url`, making it if it is not there and `create` is true.

    `sqlite:///incidents.db` (relative), `sqlite:////var/lib/incidents.db` (absolute) or a bare
    path; `postgresql://user@host/database`; `memory:` for one that is gone when closed. A SQLite
    URL may end in `?mode=ro` to open read-only and `?timeout=SECONDS` for how long to wait for
    other writers (30). `recorded_by` names who puts events into the store. `clock` replaces the
    store's own clock, for tests; PostgreSQL's is the server's.

    Raises `StoreMismatch` for a database that is not a Retold store, that a newer Retold wrote,
    or that is set up unsafely; `StorageUnavailable` when it cannot be reached;
    `InvalidInput` for a URL of another kind.
    """
    _refuse_library_functions()
    return Store(_open_backend(url, clock, create), clock or utc_now, recorded_by)


def _open_backend(url: str, clock: Clock | None, create: bool) -> Backend:
    scheme = url.partition(":")[0] if ":" in url else ""
    match scheme:
        case "memory":
            return MemoryLog(clock or utc_now)
        case "postgresql" | "postgres":
            try:
                from .postgres_opening import open_postgres  # noqa: PLC0415 - an extra
            except ImportError as error:
                raise StorageUnavailable(
                    f"PostgreSQL needs the extra 'postgres' (pip install retold[postgres]): {error}"
                ) from None
            return open_postgres(url, clock, create=create)
        case "sqlite":
            return _open_sqlite(url.removeprefix("sqlite://").removeprefix("/"), clock, create)
        case _ if "://" in url:
            raise InvalidInput(f"{scheme}:// is no kind of database that Retold knows", "url")
        case _:
            return _open_sqlite(url, clock, create)


def _open_sqlite(path_and_options: str, clock: Clock | None, create: bool) -> SQLiteLog:
    path_text, _, query = path_and_options.partition("?")
    options = dict(parse_qsl(query))
    timeout = options.get("timeout", "30")
    if options.keys() - {"mode", "timeout"} or not path_text or not timeout.isdecimal():
        raise InvalidInput(f"cannot use {path_and_options!r} as a SQLite file", "url")
    read_only = options.get("mode") == "ro"
    path = Path(unquote(path_text)).absolute()
    if not path.exists() and (read_only or not create):
        raise StorageUnavailable(f"there is no store at {path}")
    if not path.parent.is_dir():
        raise StorageUnavailable(f"there is no folder {path.parent}")
    uri = f"file:{quote(str(path))}?mode={'ro' if read_only else 'rwc'}"
    with translated_errors():
        raw = sqlite3.connect(uri, uri=True, timeout=int(timeout), isolation_level=None)
        try:
            _prepare_sqlite(raw, read_only=read_only)
        finally:
            raw.close()
    return SQLiteLog(uri, clock or utc_now, int(timeout))


def _prepare_sqlite(raw: sqlite3.Connection, *, read_only: bool) -> None:
    # Looked at before anything is set: a file that is not ours must stay as it is.
    if not _is_empty(raw) or read_only:
        _check_ours(raw)
    if read_only:
        return
    if _is_empty(raw):
        _make(raw)
    _switch_to_wal(raw)


def _make(raw: sqlite3.Connection) -> None:
    raw.execute("BEGIN IMMEDIATE")
    if _is_empty(raw):  # else another process made it while this one waited
        for statement in _statements(sqlite_schema.TABLES + sqlite_schema.VIEWS):
            raw.execute(statement)
        raw.execute(f"PRAGMA application_id = {sqlite_schema.APPLICATION_ID}")
        raw.execute(f"PRAGMA user_version = {sqlite_schema.SCHEMA_VERSION}")
    raw.execute("COMMIT")


def _switch_to_wal(raw: sqlite3.Connection) -> None:
    if raw.execute("PRAGMA journal_mode").fetchone() == ("wal",):
        return
    # Needs the file for itself for a moment, and SQLite does not wait for that.
    for attempt in itertools.count(1):
        try:
            raw.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if attempt == 100:
                raise
            time.sleep(0.02)
        else:
            return


def _is_empty(raw: sqlite3.Connection) -> bool:
    return bool(raw.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,))


def _check_ours(raw: sqlite3.Connection) -> None:
    if raw.execute("PRAGMA application_id").fetchone() != (sqlite_schema.APPLICATION_ID,):
        raise StoreMismatch("this SQLite file is not a Retold store; name another file")
    found = raw.execute("PRAGMA user_version").fetchone()[0]
    check_schema_version(found, sqlite_schema.SCHEMA_VERSION)


def _statements(script: str) -> list[str]:
    statements, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return statements


def _refuse_library_functions() -> None:
    for name, value in os.environ.items():
        if name.endswith("POSTGRES_ENABLE_DB_FUNCTIONS") and value.lower() in _TRUE:
            raise StoreMismatch(
                f"{name} is set: eventsourcing's insert function takes no lock and loses events"
                " for readers that follow; unset it"
            )


_TRUE = frozenset({"y", "yes", "t", "true", "on", "1"})
