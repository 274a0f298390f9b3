"""PostgreSQL's backends and postmaster killed under load."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from retold import Store, open_store

from .faults.appends import Acknowledgement, incident, notes
from .faults.load import Load
from .faults.own_postgres import OwnPostgres, own_postgres
from .faults.settings import dice, faults
from .faults.world import check_still_writes, check_world
from .faults.writers import Nursery


@pytest.fixture
def server() -> OwnPostgres:
    return own_postgres()


@pytest.fixture
def url(server: OwnPostgres) -> str:
    return server.url(server.new_schema())


@pytest.fixture
def stores(url: str) -> Iterator[list[Store]]:
    """Six writers on one store, which share their commits, and two on stores of their own."""
    with ExitStack() as stack:
        shared, *own = (stack.enter_context(open_store(url)) for _ in range(3))
        yield [shared] * 6 + own


def test_writers_survive_the_end_of_their_backends(
    server: OwnPostgres, url: str, stores: list[Store]
) -> None:
    chance = dice("terminated backends")
    load = Load()
    ended = 0
    with load.running(stores, chance.random()):
        while ended < faults(60):
            load.wait_for(appended=5)
            time.sleep(chance.uniform(0.0, 0.02))
            ended += server.terminate_clients()
    check_world(url, load.acknowledged)
    check_still_writes(url)


def test_writers_survive_the_death_of_the_postmaster(
    server: OwnPostgres, url: str, stores: list[Store]
) -> None:
    chance = dice("killed postmaster")
    load = Load()
    with load.running(stores, chance.random()):
        for _ in range(faults(2)):
            load.wait_for(appended=50)
            time.sleep(chance.uniform(0.0, 0.1))
            server.kill()
            server.start()
        load.wait_for(appended=50)
    check_world(url, load.acknowledged)
    check_still_writes(url)


def test_one_caller_outlives_a_pool_full_of_dead_connections(server: OwnPostgres, url: str) -> None:
    with open_store(url) as store:
        first = store.append(incident(0), notes("first"))
        at_once = 16
        with ThreadPoolExecutor(at_once) as threads:
            list(threads.map(lambda _: store.backend.wait(0.3), range(at_once)))
        assert server.terminate_clients() >= at_once
        second = store.append(incident(0), notes("second"))
    check_world(url, [*map(Acknowledgement.of, first + second)])


def wait_for_orphans(url: str) -> None:
    """Wait until the killed writers' backends, which finish what they were sent, are gone."""
    others = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(200):
            if connection.execute(others).fetchone() == (0,):
                return
            time.sleep(0.05)
    raise AssertionError("the killed writers' backends stay")


def test_nothing_acknowledged_is_lost_when_writing_processes_are_killed(
    url: str, tmp_path: Path
) -> None:
    chance = dice("killed writers on PostgreSQL")
    open_store(url).close()
    with Nursery(tmp_path) as nursery:
        for _ in range(faults(4)):
            writers = [nursery.start("write", url, seed=chance.random()) for _ in range(3)]
            time.sleep(chance.uniform(0.2, 0.4))
            for writer in writers:
                writer.kill()
            assert all(writer.wait() for writer in writers)
            assert [writer.troubles() for writer in writers] == [[], [], []]
        assert nursery.acknowledged()
        wait_for_orphans(url)
        check_world(url, nursery.acknowledged())
    check_still_writes(url)
