"""Answers of PostgreSQL lost between the commit and the writer, at every byte."""

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from retold import Incident, Recorded, StorageUnavailable, Store, open_store

from .faults.appends import START, Acknowledgement, detection, incident, notes
from .faults.cutting_proxy import Cut, CuttingProxy
from .faults.own_postgres import OwnPostgres, own_postgres
from .faults.settings import dice, faults
from .faults.world import check_still_writes, check_world

AT_ONCE = 8


@pytest.fixture
def server() -> OwnPostgres:
    return own_postgres()


@pytest.fixture
def schema(server: OwnPostgres) -> str:
    schema = server.new_schema()
    open_store(server.url(schema)).close()
    return schema


@contextmanager
def writing_through_a_proxy(
    server: OwnPostgres, schema: str, number: int
) -> Iterator[tuple[Store, CuttingProxy]]:
    """Lend a store that is reached through a proxy, with an incident of that number begun."""
    with CuttingProxy(server.socket) as proxy:
        url = server.url(schema, host="127.0.0.1", port=proxy.port)
        with open_store(url) as store:
            store.append(incident(number), [detection(f"detection {number}")])
            yield store, proxy


def cut_at(after: int | None, name: str, *, stays_down: bool = False) -> Cut:
    return Cut(f"append {name} of".encode(), after, stays_down)


def length_of_an_answer(server: OwnPostgres, schema: str) -> int:
    """Return the bytes of the answer to one append of two notes."""
    with writing_through_a_proxy(server, schema, 99) as (store, proxy):
        proxy.cut(cut_at(1_000_000, "measured"))
        store.append(incident(99), notes("measured", 2))
        return proxy.answered


def test_an_append_whose_answer_is_cut_at_any_byte_is_recorded_once(
    server: OwnPostgres, schema: str
) -> None:
    length = length_of_an_answer(server, schema)
    assert length > 100

    def cut_in_turn(number: int) -> list[Recorded]:
        """Cut at every so many bytes, as one of several writers that do so at once."""
        acknowledged, cut = [], 0
        offsets = (None, *range(number, length, AT_ONCE))
        with writing_through_a_proxy(server, schema, number) as (store, proxy):
            for after in offsets:
                name = f"{number} cut at {after}"
                proxy.cut(cut_at(after, name))
                told = store.append(incident(number), notes(name, 2))
                cut += proxy.cuts > 0
                proxy.cuts = 0
                assert store.append(incident(number), notes(name, 2)) == told
                acknowledged += told
        # An answer on a connection made anew may be a little shorter than the one measured.
        assert cut >= 0.9 * len(offsets)
        return acknowledged

    with ThreadPoolExecutor(AT_ONCE) as threads:
        told = [*itertools.chain(*threads.map(cut_in_turn, range(AT_ONCE)))]
    world = check_world(server.url(schema), [*map(Acknowledgement.of, told)])
    assert len(told) == 2 * (length + AT_ONCE)
    assert len(world.log) == 3 + AT_ONCE + len(told)


def test_a_decision_whose_answer_is_lost_is_recorded_once_without_an_event_id_too(
    server: OwnPostgres, schema: str
) -> None:
    with writing_through_a_proxy(server, schema, 0) as (store, proxy):
        for number, after in enumerate((None, 0, 20, 100), start=1):
            name = f"cut at {after}"
            proxy.cut(cut_at(after, name))
            text = f"append {name} of 1"
            noted = store.record(incident(0), Incident.note, at=START, text=text)
            assert (proxy.cuts, noted.version) == (number, number + 1)
    assert len(check_world(server.url(schema), []).log) == 5


def test_a_writer_that_the_network_kept_away_is_soon_back_and_may_repeat_its_append(
    server: OwnPostgres, schema: str
) -> None:
    chance = dice("network down")
    length = length_of_an_answer(server, schema)

    def repeat_when_mended(number: int) -> tuple[list[Recorded], float]:
        """Return what the repeated append returned, and after how many seconds."""
        name = f"cut {number}"
        # An answer on a connection made anew may be a little shorter than the one measured.
        after = chance.randrange(length * 9 // 10) if number else None
        with writing_through_a_proxy(server, schema, number) as (store, proxy):
            proxy.cut(cut_at(after, name, stays_down=True))
            for _ in range(2):
                with pytest.raises(StorageUnavailable):
                    store.append(incident(number), notes(name, 2), expected_version=1)
            proxy.heal()
            mended = time.monotonic()
            told = store.append(incident(number), notes(name, 2), expected_version=1)
            return told, time.monotonic() - mended

    writers = faults(AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        repeated = [*threads.map(repeat_when_mended, range(writers))]
    told = itertools.chain(*(some for some, _ in repeated))
    world = check_world(server.url(schema), [*map(Acknowledgement.of, told)])
    assert len(world.log) == 3 + 3 * writers
    assert max(seconds for _, seconds in repeated) < 6
    check_still_writes(server.url(schema))
