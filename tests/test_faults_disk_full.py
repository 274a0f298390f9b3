"""A SQLite store that runs out of room, at many sizes, and gets room again."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from retold import StorageUnavailable, Store, open_store

from .faults.appends import Acknowledgement, incident, notes
from .faults.settings import dice, faults
from .faults.world import check_still_writes, check_world
from .faults.writers import Nursery

KIB = 1024


class Quota:
    """How many pages a file may have, for all connections made while it is in force."""

    def __init__(self, pages: int) -> None:
        self._pages = pages
        self._connections: list[sqlite3.Connection] = []

    @contextmanager
    def in_force(self) -> Iterator[None]:
        genuine = sqlite3.connect

        def connect(*args: Any, **kwargs: Any) -> sqlite3.Connection:
            connection: sqlite3.Connection = genuine(*args, **kwargs)
            connection.execute(f"PRAGMA max_page_count = {self._pages}")
            self._connections.append(connection)
            return connection

        with mock.patch.object(sqlite3, "connect", connect):
            yield

    def lift(self) -> None:
        self._pages = 2**30
        for connection in self._connections:
            with suppress(sqlite3.ProgrammingError):  # it is closed
                connection.execute(f"PRAGMA max_page_count = {self._pages}")


def append_until_full(
    store: Store, acknowledged: list[Acknowledgement], name: Callable[[int], str]
) -> int:
    """Append until there is no room, and return the number of the append that found none."""
    for number in range(100_000):
        try:
            told = store.append(incident(number % 3), notes(name(number), 4))
        except StorageUnavailable:
            return number
        acknowledged += map(Acknowledgement.of, told)
    raise AssertionError("it was never full")


@pytest.mark.parametrize("more", range(faults(30)))
def test_a_store_that_may_not_grow_keeps_what_it_has_and_goes_on_once_it_may(
    tmp_path: Path, more: int
) -> None:
    url = str(tmp_path / "incidents.db")
    open_store(url).close()
    with sqlite3.connect(url) as raw:
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
    acknowledged: list[Acknowledgement] = []
    quota = Quota(pages + more)
    with quota.in_force(), open_store(url) as store:
        refused = append_until_full(store, acknowledged, str)
        check_world(url, acknowledged)
        with pytest.raises(StorageUnavailable):
            store.append(incident(refused % 3), notes(str(refused), 4))
        quota.lift()
        told = store.append(incident(refused % 3), notes(str(refused), 4))
        acknowledged += map(Acknowledgement.of, told)
        check_still_writes(f"{url}?timeout=0")
    check_world(url, acknowledged)


@pytest.mark.parametrize("fault", range(faults(8)))
def test_a_store_on_a_full_disk_keeps_what_it_has_and_goes_on_once_there_is_room(
    tmp_path: Path, fault: int
) -> None:
    chance = dice(f"full disk {fault}")
    url = str(tmp_path / "incidents.db")
    open_store(url).close()
    with Nursery(tmp_path) as nursery:
        writer = nursery.start("fill_up", url, bytes=chance.randrange(100 * KIB, 1000 * KIB))
        assert writer.wait()
        assert writer.troubles() == []
        check_world(url, writer.acknowledged())
        assert writer.acknowledged()
    check_still_writes(url)
