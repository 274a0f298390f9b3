"""The n-th SQLite call failing, for every n, on the way of every kind of writing."""

import itertools
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from retold import Recorded, StorageUnavailable, Store, open_store

from .faults.appends import Acknowledgement, detection, incident, notes
from .faults.sql_calls import Fault, How, sqlite_fails
from .faults.world import check_still_writes, check_world
from .faults.writers import Nursery
from .faults.writings import WRITINGS, begin


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Acknowledgement]]:
    """A closed store with two incidents, and what it acknowledged."""
    path = tmp_path_factory.mktemp("template") / "incidents.db"
    with open_store(str(path)) as store:
        return path, begin(store)


@pytest.mark.parametrize("after", [False, True], ids=["undone", "answer-lost"])
@pytest.mark.parametrize("how", ["once", "for ever"])
@pytest.mark.parametrize("write", WRITINGS)
def test_whichever_call_fails_the_writing_is_whole_or_absent_and_the_store_goes_on(
    template: tuple[Path, list[Acknowledgement]],
    tmp_path: Path,
    write: Callable[[Store], Sequence[Recorded]],
    how: How,
    *,
    after: bool,
) -> None:
    original, acknowledged = template
    for n in itertools.count(1):
        url = str(tmp_path / f"{n}.db")
        shutil.copy(original, url)
        fault = Fault(n, how, after=after)
        told = list(acknowledged)
        with open_store(f"{url}?timeout=1") as store, sqlite_fails(fault):
            with suppress(StorageUnavailable):
                told += map(Acknowledgement.of, write(store))
            struck = fault.struck
            fault.heal()
            check_world(url, told)
            told += map(Acknowledgement.of, write(store))
            check_still_writes(f"{url}?timeout=0")
            check_world(url, told)
        if not struck:
            assert n > 5
            break


@pytest.mark.parametrize("after", [False, True], ids=["undone", "answer-lost"])
def test_whichever_call_fails_while_a_store_is_made_it_opens_the_next_time(
    tmp_path: Path, *, after: bool
) -> None:
    for n in itertools.count(1):
        url = str(tmp_path / f"{n}.db")
        fault = Fault(n, after=after)
        with suppress(StorageUnavailable), sqlite_fails(fault):
            open_store(url).close()
        check_world(url, [])
        check_still_writes(url)
        if not fault.struck:
            assert n > 5
            break


def test_readers_are_answered_while_one_writer_waits_for_another(tmp_path: Path) -> None:
    may_go_on = threading.Event()
    with open_store(str(tmp_path / "incidents.db")) as store, ThreadPoolExecutor(3) as threads:
        store.append(incident(1), [detection("detection")])
        rebuilding = threads.submit(store.rebuild, lambda _: may_go_on.wait(60))
        appending = threads.submit(store.append, incident(1), notes("meanwhile"))
        time.sleep(0.2)
        try:
            status = threads.submit(store.status, incident(1)).result(timeout=3)
        finally:
            may_go_on.set()
        assert status.version == 1
        assert rebuilding.result() == 1
        assert appending.result()[0].version == 2


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_writer_killed_at_any_call_leaves_all_or_nothing(
    template: tuple[Path, list[Acknowledgement]], tmp_path: Path, *, after: bool
) -> None:
    original, acknowledged = template
    url = str(tmp_path / "incidents.db")
    shutil.copy(original, url)
    with Nursery(tmp_path) as nursery:
        for call in itertools.count(1):
            writer = nursery.start("die_at_call", url, call=call, after=after)
            assert writer.wait()
            assert writer.troubles() == []
            check_world(url, acknowledged + nursery.acknowledged())
            if writer.acknowledged():
                assert call > 5
                break
    check_still_writes(url)
