"""From a path to a SQLite log whose schema and settings were checked."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

from ..domain.errors import InvalidInput, StorageUnavailable, StoreMismatch
from . import sqlite_schema as schema
from .schema_version import check_schema_version
from .sqlite import SQLiteLog
from .sqlite_connections import translated_errors
from .sqlite_contract import statements


def open_sqlite(
    path_and_options: str, clock: Callable[[], datetime], *, create: bool, for_rebuild: bool
) -> SQLiteLog:
    """Open the store at that path, which may end in options; see `open_store`."""
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
            _prepare_sqlite(raw, read_only=read_only, for_rebuild=for_rebuild)
        finally:
            raw.close()
    return SQLiteLog(uri, clock, int(timeout))


def _prepare_sqlite(raw: sqlite3.Connection, *, read_only: bool, for_rebuild: bool) -> None:
    # Looked at before anything is set: a file that is not ours must stay as it is.
    if not _is_empty(raw) or read_only:
        _check_ours(raw, for_rebuild=for_rebuild)
    if read_only:
        return
    if _is_empty(raw):
        _make(raw)
    _switch_to_wal(raw)


def _make(raw: sqlite3.Connection) -> None:
    raw.execute("BEGIN IMMEDIATE")
    if _is_empty(raw):  # else another process made it while this one waited
        for statement in statements(schema.LOG + schema.NO_UPDATE):
            raw.execute(statement)
        schema.make_beside_log(raw)
        raw.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
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


def _check_ours(raw: sqlite3.Connection, *, for_rebuild: bool) -> None:
    if raw.execute("PRAGMA application_id").fetchone() != (schema.APPLICATION_ID,):
        raise StoreMismatch("this SQLite file is not a Retold store; name another file")
    found = raw.execute("PRAGMA user_version").fetchone()[0]
    check_schema_version(found, for_rebuild=for_rebuild)
