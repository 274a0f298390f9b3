"""Keys in a SQLite file of their own, which nobody but its owner may read."""

from __future__ import annotations

import itertools
import os
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from ...domain.errors import StorageUnavailable, StoreMismatch
from ...domain.values import iso
from ..sqlite_connections import SQLiteConnections, translated_errors
from .keys import KEY_BYTES, SUBJECT, Destroyed, Key, the_one

APPLICATION_ID = 0x5265744B
"""Marks a file as ours in its header: «RetK»."""

LOCK_TIMEOUT = 30
"""Seconds to wait for others that write keys."""

SCHEMA = f"""
CREATE TABLE identity (id TEXT NOT NULL);
CREATE TABLE keys (
    kid TEXT PRIMARY KEY,
    owner TEXT UNIQUE,
    secret BLOB,
    destroyed_at TEXT,
    why TEXT
);
PRAGMA application_id = {APPLICATION_ID};
"""


class SQLiteKeys:
    """`Keys` in one file. Threads and processes of one machine may share it."""

    def __init__(self, path: Path) -> None:
        """Open a file that `open_sqlite_keys` has made or checked."""
        self._path = path
        self._connections = SQLiteConnections(_uri(path, "rw"), lock_timeout=LOCK_TIMEOUT)
        self._connections.secure_delete = True
        try:
            with _refusing_damage():
                self.identity = UUID(the_one(self._fetch("SELECT id FROM identity")))
        finally:
            self._connections.close()  # a process may fork before the keys are used

    def of(self, owners: Collection[str]) -> dict[str, Key]:
        """Return by owner the keys that there are; see `Keys`."""
        rows = self._among("SELECT owner, kid, secret FROM keys WHERE owner", owners)
        with _refusing_damage():
            return {owner: Key(UUID(kid), secret) for owner, kid, secret in rows}

    def made_for(self, owners: Collection[str]) -> dict[str, Key]:
        """Return by owner its key, made on first use; see `Keys`."""
        found = self.of(owners)
        missing = [owner for owner in owners if owner not in found]
        if not missing:
            return found
        rows = [(str(uuid4()), owner, secrets.token_bytes(KEY_BYTES)) for owner in missing]
        with self._connections.writing() as raw:
            raw.executemany(
                "INSERT OR IGNORE INTO keys (kid, owner, secret) VALUES (?, ?, ?)", rows
            )
        return found | self.of(missing)

    def by_id(self, kids: Collection[UUID]) -> dict[UUID, Key]:
        """Return keys by their ids; see `Keys`."""
        rows = self._among("SELECT kid, secret FROM keys WHERE kid", map(str, kids))
        with _refusing_damage():
            return {UUID(kid): Key(UUID(kid), secret) for kid, secret in rows}

    def destroy(self, kids: Collection[UUID], at: datetime, why: str) -> None:
        """Destroy keys, their old bytes overwritten in the file; see `Keys`."""
        rows = [(str(kid), iso(at), why) for kid in kids]
        with self._connections.writing() as raw:
            raw.executemany(
                "INSERT INTO keys (kid, destroyed_at, why) VALUES (?, ?, ?)"
                " ON CONFLICT (kid) DO UPDATE SET"
                " destroyed_at = excluded.destroyed_at, why = excluded.why, secret = NULL,"
                f" owner = CASE WHEN owner LIKE '{SUBJECT}%' THEN NULL ELSE owner END"
                " WHERE secret IS NOT NULL",
                rows,
            )

    def scrubbed(self) -> bool:
        """Empty the write-ahead log, where old bytes may lie; see `Keys`."""
        with self._connections.lent() as raw:
            raw.execute("PRAGMA busy_timeout = 2000")  # some who read, read for hours
            try:
                return bool(raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
            finally:
                raw.execute(f"PRAGMA busy_timeout = {LOCK_TIMEOUT * 1000}")

    def destroyed(self) -> list[Destroyed]:
        """Return the list of erasures; see `Keys`."""
        rows = self._fetch(
            "SELECT kid, destroyed_at, why FROM keys WHERE destroyed_at IS NOT NULL"
            " ORDER BY destroyed_at, kid"
        )
        with _refusing_damage():
            return [Destroyed(UUID(kid), datetime.fromisoformat(at), why) for kid, at, why in rows]

    def is_private(self) -> bool:
        """Tell whether the file's mode keeps all others out."""
        return not self._path.stat().st_mode & 0o077

    def close(self) -> None:
        """Close every connection that is not lent."""
        self._connections.close()

    def _among(self, select: str, values: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        iterator = iter(values)
        while some := tuple(itertools.islice(iterator, 500)):
            yield from self._fetch(f"{select} IN ({', '.join('?' * len(some))})", some)

    def _fetch(self, sql: str, parameters: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
        with self._connections.lent() as raw:
            return raw.execute(sql, parameters).fetchall()


def open_sqlite_keys(path: Path, *, create: bool) -> SQLiteKeys:
    """Open the keys in a file, making it if it is not there and `create` is true.

    Raises `StorageUnavailable` if it is not there, `StoreMismatch` if it is something else.
    """
    if not path.exists():
        if not create:
            raise StorageUnavailable(f"the keys of this store are not at {path}")
        _make(path)
    with translated_errors(), closing(sqlite3.connect(_uri(path, "ro"), uri=True)) as raw:
        if raw.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            raise StoreMismatch(f"{path} is no file of keys; name another")
    return SQLiteKeys(path)


def _make(path: Path) -> None:
    """Make a file of keys beside its place, so that it is there whole or not at all."""
    beside = path.with_name(f"{path.name}.{uuid4().hex}")
    try:
        # Made before SQLite does: its own files would be open to others.
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with translated_errors(), closing(sqlite3.connect(_uri(beside, "rw"), uri=True)) as raw:
            raw.execute("PRAGMA journal_mode = WAL")
            raw.executescript(SCHEMA)
            raw.execute("INSERT INTO identity VALUES (?)", (str(uuid4()),))
            raw.commit()
        with suppress(FileExistsError):  # another process made it meanwhile
            os.link(beside, path)
    except OSError as error:
        raise StorageUnavailable(f"no keys can be made at {path}: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _refusing_damage() -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, AttributeError) as error:
        raise StoreMismatch(f"the keys are damaged: {error}") from None


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(str(path))}?mode={mode}"
