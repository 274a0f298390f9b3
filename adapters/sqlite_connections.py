"""Connections to one SQLite file: kept open, lent to one thread at a time, their errors ours."""

from __future__ import annotations

import sqlite3
import traceback
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..domain.errors import StorageUnavailable, StoreMismatch
from .backend import Taken


class SQLiteConnections:
    """Lends connections to the file of a URI.

    Not the library's pool, whose one right to write keeps readers out, is waited for 5 s and gets
    lost when a connection fails. SQLite's own lock orders the writers.
    """

    def __init__(self, uri: str, lock_timeout: int) -> None:
        """Let a writer wait up to `lock_timeout` seconds for others."""
        self._uri = uri
        self._lock_timeout = lock_timeout
        self.secure_delete = False
        """Whether connections made from now on overwrite what they delete with zeros."""
        self._idle: deque[sqlite3.Connection] = deque()

    @contextmanager
    def lent(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection in autocommit mode."""
        raw = self._take()
        try:
            with translated_errors():
                yield raw
        finally:
            self._give_back(raw)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection within a transaction that holds the right to write."""
        raw = self._take()
        try:
            # IMMEDIATE takes the write lock at once; a deferred one could not wait for it later
            raw.execute("BEGIN IMMEDIATE")
            yield raw
            raw.execute("COMMIT")
        except BaseException as error:
            # A full disk has already rolled back; its own error is the one to tell.
            with suppress(sqlite3.Error):
                raw.execute("ROLLBACK")
            if raw.in_transaction:
                # It will be closed, which lets go of the lock once no cursor is left in a frame.
                traceback.clear_frames(error.__traceback__)
            with translated_errors():
                raise
        finally:
            self._give_back(raw)

    def close(self) -> None:
        """Close every connection that is not lent."""
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            with translated_errors():
                return self._connect()

    def _give_back(self, raw: sqlite3.Connection) -> None:
        if raw.in_transaction:  # it could not roll back: lent again, it would lock all out
            raw.close()
        else:
            self._idle.append(raw)

    def _connect(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            self._uri,
            uri=True,
            timeout=self._lock_timeout,
            isolation_level=None,
            check_same_thread=False,
        )
        raw.execute("PRAGMA synchronous = FULL")
        if raw.execute("PRAGMA synchronous").fetchone() != (2,):
            raise StoreMismatch("SQLite does not take PRAGMA synchronous = FULL")
        # Four times the default: a checkpoint waits for the disk twice, an append once.
        raw.execute("PRAGMA wal_autocheckpoint = 4000")
        if self.secure_delete:
            raw.execute("PRAGMA secure_delete = ON")
        return raw


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise translated(error) from error
    except UnicodeDecodeError as error:  # what SQLite says of a damaged schema, or text
        raise StoreMismatch(f"the file is damaged: {error}") from error


def translated(error: sqlite3.Error) -> Exception:
    """Return our error for one of SQLite's, by what the caller can do."""
    if isinstance(error, sqlite3.IntegrityError):
        if "UNIQUE" in str(error):
            return Taken(str(error))
        return StoreMismatch(f"SQLite refused: {error}")
    code = getattr(error, "sqlite_errorname", "") or ""
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return StoreMismatch(f"the file is damaged or no SQLite database: {error}")
    if str(error).startswith("Could not decode to UTF-8"):
        return StoreMismatch(f"the file was changed behind Retold's back: {error}")
    return StorageUnavailable(f"SQLite: {error}")
