"""Many writers at once, in threads and processes, and a reader that follows them."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from retold import open_store

from .faults.appends import detection, incident
from .faults.load import Load
from .faults.own_postgres import own_postgres
from .faults.settings import dice, faults
from .faults.tables import tables
from .faults.world import check_world
from .faults.writers import Nursery

HALF = 8


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "incidents.db")
    server = own_postgres()
    return server.url(server.new_schema())


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    with Nursery(tmp_path) as nursery:
        yield nursery


@contextmanager
def following(url: str) -> Iterator[list[str]]:
    """Follow the log from its beginning, and for a while after the block has ended."""
    followed: list[str] = []
    over = threading.Event()

    def follow() -> None:
        with open_store(url) as store:
            for recorded in store.follow(stop=over.is_set):
                followed.append(str(recorded.event_id))

    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(follow)
        try:
            yield followed
            at_last, give_up_at = len(tables(url).log), time.monotonic() + 10
            while len(followed) < at_last and time.monotonic() < give_up_at:
                time.sleep(0.02)
        finally:
            over.set()
        reading.result()


def test_a_reader_that_follows_sixteen_writers_skips_nothing(url: str, nursery: Nursery) -> None:
    chance = dice("sixteen writers")
    load = Load()
    with open_store(url) as store, following(url) as followed:
        processes = [
            nursery.start("write", url, seed=chance.random(), times=faults(40)) for _ in range(HALF)
        ]
        with load.running([store] * HALF, chance.random()):
            assert all(process.wait() for process in processes)
        assert [process.troubles() for process in processes] == [[]] * HALF
    world = check_world(url, load.acknowledged + nursery.acknowledged())
    assert followed == [row.event_id for row in world.log]
    assert len(world.log) == len(load.acknowledged + nursery.acknowledged())


def test_of_writers_on_the_same_version_one_wins_and_none_overwrites(
    url: str, nursery: Nursery
) -> None:
    with open_store(url) as store:
        store.append(incident(1), [detection("detection")])
    writers = [nursery.start("write_on_version", url, times=faults(15)) for _ in range(4)]
    assert all(writer.wait() for writer in writers)
    assert [writer.troubles() for writer in writers] == [[]] * len(writers)
    acknowledged = nursery.acknowledged()
    check_world(url, acknowledged)
    versions = sorted(told.version for told in acknowledged)
    assert versions == list(range(2, 2 + 4 * faults(15)))
