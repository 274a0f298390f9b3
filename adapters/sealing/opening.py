"""From the setting `keys` to a backend that seals."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

from ...domain.errors import InvalidInput, StorageUnavailable, StoreMismatch
from ..backend import Backend
from .keys import Keys
from .mark import mark, marked
from .scrubbing import connect_anew
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
    keys, begin = None, None
    if keys_url is not None:
        if identity is None:
            begin = partial(_begun, backend, keys_url)
        else:
            keys = _own_keys(backend, open_keys(keys_url, create=False))
    connect_anew(backend, overwrite=keys_url is not None)
    is_clear = identity is None and keys_url is None
    return backend if is_clear else Sealed(backend, keys, begin)


def _begun(backend: Backend, keys_url: str) -> Keys:
    """Return keys, made if need be, that the store is sealed with from now on and for ever."""
    return _own_keys(backend, open_keys(keys_url, create=marked(backend) is None))


def _own_keys(backend: Backend, keys: Keys) -> Keys:
    try:
        mark(backend, keys.identity)
    except BaseException:
        keys.close()
        raise
    return keys


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
