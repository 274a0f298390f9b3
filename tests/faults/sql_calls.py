"""Failing the n-th call to the database, at the driver's own boundary."""

import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, Self
from unittest import mock

import psycopg

How = Literal["once", "for ever", "die"]


class Fault:
    """A fault at the n-th call of the thread that made it.

    Fails that call, or it and all later ones, or kills the process. `after` lets the database do
    what it was asked first, so that only its answer is lost.
    """

    def __init__(self, at: int, how: How = "once", *, after: bool = False) -> None:
        self.calls = 0
        self.error: Callable[[], BaseException] = _broken_sqlite
        self._at = at
        self._how = how
        self._after = after
        self._thread = threading.get_ident()

    @property
    def struck(self) -> bool:
        """Whether so many calls were made that it came to pass."""
        return self.calls >= self._at

    def heal(self) -> None:
        """Let every call succeed from now on."""
        self._how, self._at = "once", 0

    @contextmanager
    def around_call(self, cut: Callable[[], object] = bool) -> Iterator[None]:
        """Count a call and perhaps fail it, after `cut`ting the connection."""
        if threading.get_ident() != self._thread:
            yield
            return
        self.calls += 1
        fails = self.calls == self._at or (self._how == "for ever" and self.calls > self._at > 0)
        if fails and not self._after:
            self._strike(cut)
        yield
        if fails and self._after:
            self._strike(cut)

    def _strike(self, cut: Callable[[], object]) -> None:
        if self._how == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        cut()
        raise self.error()


def _broken_sqlite() -> Exception:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR"
    return error


class FaultyCursor(sqlite3.Cursor):
    """SQLite's cursor with a fault in it."""

    connection: "FaultyConnection"

    def execute(self, *args: Any) -> Self:
        with self.connection.fault.around_call():
            return super().execute(*args)

    def executemany(self, *args: Any) -> Self:
        with self.connection.fault.around_call():
            return super().executemany(*args)

    def fetchone(self) -> Any:
        with self.connection.fault.around_call():
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with self.connection.fault.around_call():
            return super().fetchall()


class FaultyConnection(sqlite3.Connection):
    """SQLite's connection with a fault in it."""

    fault: Fault

    def cursor(self, *_: Any) -> FaultyCursor:  # type: ignore[override]  # one factory only
        return super().cursor(FaultyCursor)

    def execute(self, *args: Any) -> FaultyCursor:
        return self.cursor().execute(*args)

    def executemany(self, *args: Any) -> FaultyCursor:
        return self.cursor().executemany(*args)


@contextmanager
def sqlite_fails(fault: Fault) -> Iterator[None]:
    """Put the fault into every connection that is made meanwhile, and into making it."""
    genuine = sqlite3.connect

    def connect(*args: Any, **kwargs: Any) -> FaultyConnection:
        with fault.around_call():
            connection = genuine(*args, **kwargs, factory=FaultyConnection)
        connection.fault = fault
        return connection

    with mock.patch.object(sqlite3, "connect", connect):
        yield


@contextmanager
def postgres_fails(fault: Fault, *, cuts: bool) -> Iterator[None]:
    """Put the fault into every cursor; it `cuts` the connection, or leaves it as it was."""
    genuine = psycopg.Cursor.execute
    fault.error = lambda: psycopg.OperationalError("the connection is lost")

    def execute(self: psycopg.Cursor[Any], *args: Any, **kwargs: Any) -> psycopg.Cursor[Any]:
        with fault.around_call(self.connection.close if cuts else bool):
            return genuine(self, *args, **kwargs)

    with mock.patch.object(psycopg.Cursor, "execute", execute):
        yield
