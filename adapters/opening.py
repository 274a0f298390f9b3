"""Where wiring happens: from a URL to a store."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

from ..domain.errors import InvalidInput, StorageUnavailable, StoreMismatch
from .audit.schedule import Checkpointed, Checkpoints
from .backend import Backend
from .defining import define, read_measures
from .memory import MemoryLog
from .sealing.opening import sealing
from .sqlite_opening import open_sqlite
from .store import Store
from .visibility import VisibleTo

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
    for_rebuild: bool = False,
    measures: str | Path | None = None,
    groups: Collection[str] | None = None,
    keys: str | None = None,
    checkpoints: Checkpoints | None = None,
) -> Store:
    """Open the store at `url`, making it if it is not there and `create` is true.

    `sqlite:///incidents.db` (relative), `sqlite:////var/lib/incidents.db` (absolute) or a bare
    path; `postgresql://user@host/database`; `memory:` for one that is gone when closed. A SQLite
    URL may end in `?mode=ro` to open read-only and `?timeout=SECONDS` for how long to wait for
    other writers (30). `recorded_by` names who puts events into the store. `clock` replaces the
    store's own clock, for tests; PostgreSQL's is the server's. `for_rebuild` also opens a store
    that an older Retold made, to call `rebuild` and nothing else. `measures` names a TOML file
    with measures of your own, beside those that are built in; see docs/measures.md.
    `groups` opens it for a reader of those groups: what is restricted to others is then not there,
    but for its number, `Store.hidden`; None sees everything. See docs/access.md.
    `keys` names where the keys are that personal data is sealed with, a path or a URL of
    PostgreSQL: from the first time on, all is sealed that is recorded, so that it can be erased;
    see docs/erasure.md. `checkpoints` says when to sign what the log holds, and where to keep
    that; see docs/audit.md.

    Raises `StoreMismatch` for a database that is not a Retold store, that a newer Retold wrote,
    or that is set up unsafely; `StorageUnavailable` when it cannot be reached;
    `InvalidInput` for a URL of another kind, for `groups` that cannot be names, and for measures
    that are unknown, contradict themselves, or redefine what the store has used.
    """
    _refuse_library_functions()
    known = read_measures(measures) if measures is not None else ()
    backend = _open_backend(url, clock, create=create, for_rebuild=for_rebuild)
    try:
        if checkpoints is not None:
            backend = Checkpointed(backend, checkpoints)
        backend = sealing(backend, keys, for_rebuild=for_rebuild)
        if known:
            define(backend, known)
        if groups is not None:
            backend = VisibleTo(backend, groups)
    except BaseException:
        backend.close()
        raise
    return Store(backend, clock or utc_now, recorded_by, measures=known)


def _open_backend(url: str, clock: Clock | None, *, create: bool, for_rebuild: bool) -> Backend:
    scheme = url.partition(":")[0] if ":" in url else ""
    match scheme:
        case _ if url in MEMORY:
            return MemoryLog(clock or utc_now)
        case "postgresql" | "postgres":
            try:
                from .postgres_opening import open_postgres  # noqa: PLC0415 - an extra
            except ImportError as error:
                raise StorageUnavailable(
                    f"PostgreSQL needs the extra 'postgres' (pip install retold[postgres]): {error}"
                ) from None
            return open_postgres(url, clock, create=create, for_rebuild=for_rebuild)
        case "sqlite":
            url = url.removeprefix("sqlite://").removeprefix("/")
            return open_sqlite(url, clock or utc_now, create=create, for_rebuild=for_rebuild)
        case _ if "://" in url:
            raise InvalidInput(f"{scheme}:// is no kind of database that Retold knows", "url")
        case _:
            return open_sqlite(url, clock or utc_now, create=create, for_rebuild=for_rebuild)


def _refuse_library_functions() -> None:
    for name, value in os.environ.items():
        if name.endswith("POSTGRES_ENABLE_DB_FUNCTIONS") and value.lower() in _TRUE:
            raise StoreMismatch(
                f"{name} is set: eventsourcing's insert function takes no lock and loses events"
                " for readers that follow; unset it"
            )


MEMORY = frozenset({"memory:", ":memory:", "sqlite:///:memory:"})
"""URLs of a store that is gone when closed; SQLite's own name for it is what people try first."""

_TRUE = frozenset({"y", "yes", "t", "true", "on", "1"})
