"""From the setting `keys` to a backend that seals."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from urllib.parse import unquote

from ...domain.errors import InvalidInput, StorageUnavailable, StoreMismatch
from ..backend import Append, Backend, RawRecord, Stamp
from ..wrapped import Wrapped
from .keys import Keys
from .mark import mark, marked
from .scrubbing import overwrite_deleted
from .sealed import Sealed
from .sqlite_keys import open_sqlite_keys


def sealing(backend: Backend, keys_url: str | None, *, for_rebuild: bool) -> Backend:
    """Return `backend` as it is, or with what seals and opens in front of it.

    A store that was once written with keys is sealed for ever; opened without, it can be read but
    for what is sealed. Raises `StoreMismatch` for other keys than its own, `StorageUnavailable`
    where keys are not there or cannot be reached.
    """
    try:
        identity = marked(backend)
    except (StorageUnavailable, StoreMismatch):
        if for_rebuild:  # made before anything could be sealed, or be remembered at all
            return backend
        raise
    if identity is None:
        return backend if keys_url is None else NotYetSealed(backend, keys_url)
    if keys_url is None:
        return Sealed(backend, None)
    return _sealed(backend, open_keys(keys_url, create=False))


class NotYetSealed(Wrapped):
    """A store that begins to seal with the first append: reading it leaves no trace."""

    def __init__(self, inner: Backend, keys_url: str) -> None:
        """Stand in front of a store without sealed events; the keys are made when needed."""
        super().__init__(inner)
        self._keys_url = keys_url
        self._lock = Lock()

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        """Store a batch, sealed; see `Backend`."""
        return self.begun().append(batch)

    def keep_raw(self, records: Sequence[RawRecord]) -> None:
        """Refuse: see `Sealed`."""
        self.begun().keep_raw(records)

    def begun(self) -> Backend:
        """Return what seals, from now on and for ever."""
        with self._lock:
            if not isinstance(self.inner, Sealed):
                self.inner = _sealed(self.inner, open_keys(self._keys_url, create=True))
            return self.inner


def _sealed(backend: Backend, keys: Keys) -> Sealed:
    try:
        mark(backend, keys.identity)
    except BaseException:
        keys.close()
        raise
    overwrite_deleted(backend)
    return Sealed(backend, keys)


def open_keys(url: str, *, create: bool) -> Keys:
    """Open keys at a URL: a path, `sqlite:///keys.db`, or `postgresql://…`.

    Raises `StorageUnavailable`, `StoreMismatch`, and `InvalidInput` for a URL of another kind.
    """
    if find_spec("cryptography") is None:
        raise StorageUnavailable("keys need the extra 'audit' (pip install retold[audit])")
    scheme = url.partition(":")[0] if "://" in url else ""
    match scheme:
        case "postgresql" | "postgres":
            try:
                from .postgres_keys import open_postgres_keys  # noqa: PLC0415 - an extra
            except ImportError as error:
                raise StorageUnavailable(
                    f"PostgreSQL needs the extra 'postgres' (pip install retold[postgres]): {error}"
                ) from None
            return open_postgres_keys(url, create=create)
        case "sqlite" | "":
            path = url.removeprefix("sqlite://").removeprefix("/") if scheme else url
            return open_sqlite_keys(Path(unquote(path)).absolute(), create=create)
        case _:
            raise InvalidInput(f"{scheme}:// is no kind of database that keys are kept in", "keys")
