"""Opening the store that a command is asked about, with advice where there is none."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager

from ...domain.errors import StorageUnavailable
from ..opening import open_store
from ..store import Store

ADVICE = (
    "`retold detect TITLE` and `retold import` make one there, `retold demo` makes a sample;"
    " --db or RETOLD_DB names another"
)


@contextmanager
def existing_store(
    url: str, *, for_rebuild: bool = False, measures: str | None = None
) -> Iterator[Store]:
    """Open a store that must be there already."""
    try:
        store = open_store(
            url,
            recorded_by=who_records(),
            create=False,
            for_rebuild=for_rebuild,
            measures=measures,
        )
    except StorageUnavailable as error:
        if "no store" not in str(error):
            raise
        raise StorageUnavailable(f"{error}. {ADVICE}") from None
    with store:
        yield store


@contextmanager
def new_or_existing_store(url: str) -> Iterator[Store]:
    """Open a store, making it if it is not there."""
    with open_store(url, recorded_by=who_records()) as store:
        yield store


@contextmanager
def existing_or_empty_store(url: str) -> Iterator[Store]:
    """Open a store to look at; where there is none, an empty one that leaves no trace."""
    try:
        store = open_store(url, create=False)
    except StorageUnavailable as error:
        if "no store" not in str(error):
            raise
        store = open_store("memory:")
    with store:
        yield store


def who_records() -> str | None:
    """Return who runs the command: $RETOLD_RECORDED_BY, else the user's login name."""
    named = os.environ.get("RETOLD_RECORDED_BY")
    if named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return None
