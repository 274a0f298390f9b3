"""Letting a database forget the old bytes of view rows that an erasure has rewritten."""

from __future__ import annotations

import sys

from ...domain.errors import RetoldError
from ..backend import Backend
from ..sqlite import SQLiteLog
from ..wrapped import Wrapped

VIEW_TABLES = ("retold_incidents", "retold_snapshots", "retold_timeline")
"""The tables of views that hold what people wrote."""


def connect_anew(log: Backend, *, overwrite: bool) -> None:
    """Let a SQLite file's connections be made anew; `overwrite` lets them zero what they delete.

    None is left from looking at the store while opening it: a process may fork before it is used.
    """
    log = _innermost(log)
    if isinstance(log, SQLiteLog):
        log.connections.close()
        log.connections.secure_delete = overwrite


def scrubbed(log: Backend) -> bool:
    """Leave no old view rows behind, as far as the database can be asked; tells whether it did.

    SQLite empties its write-ahead log, unless others are reading from it. PostgreSQL vacuums the
    tables of views, if this user may; their old bytes may lie on in its files until they are
    written over.
    """
    log = _innermost(log)
    if isinstance(log, SQLiteLog):
        with log.connections.lent() as raw:
            return bool(raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
    if "psycopg" not in sys.modules:
        return True
    from ..postgres import PostgresLog  # noqa: PLC0415 - an extra, loaded if such a log is open

    if not isinstance(log, PostgresLog):
        return True
    refused: list[object] = []  # PostgreSQL only warns where somebody may not vacuum
    try:
        with log.connections.lent() as connection:
            connection.add_notice_handler(refused.append)
            try:
                for table in VIEW_TABLES:
                    connection.execute(log.qualified(f"VACUUM {{s}}.{table}"))
            finally:
                connection.remove_notice_handler(refused.append)
    except RetoldError:
        return False
    return not refused


def _innermost(log: Backend) -> Backend:
    while isinstance(log, Wrapped):
        log = log.inner
    return log
