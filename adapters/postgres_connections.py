"""Connections to PostgreSQL: lent to one thread at a time, tried again when they break."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from ..domain.errors import StorageUnavailable, StoreMismatch
from .backend import Taken

Found = TypeVar("Found")

PATIENCE = 12.0
"""Seconds for which a broken connection is tried again: a server needs some to recover."""


class PostgresConnections:
    """Lends connections in autocommit mode, out of the library's pool.

    Those that come back stay on a stack: to lend one from there takes a tenth of the time.
    """

    def __init__(self, pool: ConnectionPool[psycopg.Connection[Any]]) -> None:
        """Take connections from `pool`, at most as many as it gives."""
        # The pool doubles its pauses between attempts: begun anew every few seconds, they cannot
        # keep it away for as long again after the server is back.
        pool.reconnect_timeout = 5.0
        self._pool = pool
        self._idle: deque[psycopg.Connection[Any]] = deque()

    @contextmanager
    def lent(self) -> Iterator[psycopg.Connection[Any]]:
        """Lend a connection; its errors come out as ours."""
        with translated_errors():
            connection = self._take()
            try:
                yield connection
            finally:
                if connection.pgconn.transaction_status == TransactionStatus.IDLE:
                    self._idle.append(connection)
                else:
                    self._pool.putconn(connection)  # which mends or replaces it

    def retrying(self, ask: Callable[[], Found]) -> Found:
        """Ask again while the connection is broken, for `PATIENCE`."""
        give_up_at = time.monotonic() + PATIENCE
        pause = 0.05
        while True:
            try:
                return ask()
            except StorageUnavailable:
                if time.monotonic() + pause > give_up_at:
                    raise
                time.sleep(pause)
                pause = min(pause * 2, 1.0)
                # What broke one connection, a restart perhaps, broke the idle ones too.
                self._give_back_idle()
                self._pool.check()

    def close(self) -> None:
        """Close every connection."""
        self._give_back_idle()
        self._pool.close()

    def _take(self) -> psycopg.Connection[Any]:
        try:
            return self._idle.pop()
        except IndexError:
            self._pool.open()
            return self._pool.getconn()

    def _give_back_idle(self) -> None:
        while self._idle:
            self._pool.putconn(self._idle.pop())


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn psycopg's errors into ours, by what the caller can do."""
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise Taken(str(error)) from error
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise StorageUnavailable(f"PostgreSQL is read-only: {error}") from error
    except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError) as error:
        raise StorageUnavailable(f"PostgreSQL: {error}") from error
    except psycopg.errors.InsufficientPrivilege as error:
        refused = f"PostgreSQL refused: {error}"
        raise StoreMismatch(f"{refused}: this is for another role, see docs/access.md") from error
    except psycopg.Error as error:
        raise StoreMismatch(f"PostgreSQL refused: {error}") from error
