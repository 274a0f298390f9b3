"""Writers interrupted at any call, as by Ctrl-C, alone or committing for others."""

import itertools
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from retold import StorageUnavailable, Store, open_store
from retold.adapters.backend import Append, Stamp
from retold.adapters.memory import MemoryLog

from .faults.appends import START, Acknowledgement, detection, incident
from .faults.sql_calls import Fault, sqlite_fails
from .faults.world import check_still_writes, check_world
from .faults.writings import append_late, begin


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_append_interrupted_at_any_call_is_whole_or_absent_and_the_store_goes_on(
    tmp_path: Path, *, after: bool
) -> None:
    for n in itertools.count(1):
        url = str(tmp_path / f"{n}.db")
        fault = Fault(n, after=after)
        fault.error = KeyboardInterrupt
        with open_store(url) as store:
            told = begin(store)
        with open_store(url) as store, sqlite_fails(fault):
            with suppress(KeyboardInterrupt):
                told += map(Acknowledgement.of, append_late(store))
            struck = fault.struck
            fault.heal()
            check_world(url, told)
            told += map(Acknowledgement.of, append_late(store))
            check_still_writes(f"{url}?timeout=0")
            check_world(url, told)
        if not struck:
            assert n > 3
            break


class InterruptedLog(MemoryLog):
    """Keeps its first writer until others wait, and interrupts the second."""

    def __init__(self) -> None:
        super().__init__(lambda: START)
        self.others_wait = threading.Event()
        self._commits = itertools.count(1)

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        match next(self._commits):
            case 1:
                self.others_wait.wait(10)
            case 2:
                raise KeyboardInterrupt
        return super().append(batch)


def test_who_commits_for_others_is_interrupted_alone() -> None:
    log = InterruptedLog()
    store = Store(log, lambda: START)

    def append(number: int) -> type[BaseException] | None:
        """Begin an incident and return the class of what it raised."""
        try:
            store.append(incident(number), [detection(f"detection {number}")])
        except BaseException as error:  # noqa: BLE001 - an interrupt is what this is about
            return type(error)
        return None

    with ThreadPoolExecutor(5) as threads:
        outcomes = [threads.submit(append, number) for number in range(5)]
        time.sleep(0.3)
        log.others_wait.set()
    met = [outcome.result() for outcome in outcomes]
    assert sorted(map(str, met)) == sorted(
        map(str, [None, KeyboardInterrupt, *[StorageUnavailable] * 3])
    )
    assert log.last_position() == 1


class WaitingLog(MemoryLog):
    """Commits when it is told to."""

    def __init__(self) -> None:
        super().__init__(lambda: START)
        self.may_commit = threading.Event()

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        self.may_commit.wait(10)
        return super().append(batch)


@pytest.mark.usefixtures("interruptible")
def test_who_is_interrupted_while_waiting_holds_nobody_up() -> None:
    log = WaitingLog()
    store = Store(log, lambda: START)

    def append(number: int) -> None:
        store.append(incident(number), [detection(f"detection {number}")])

    def interrupt_soon() -> None:
        time.sleep(0.2)
        signal.raise_signal(signal.SIGINT)
        time.sleep(0.2)
        log.may_commit.set()

    with ThreadPoolExecutor(4) as threads:
        leading = threads.submit(append, 0)
        time.sleep(0.1)
        threads.submit(interrupt_soon)
        with pytest.raises(KeyboardInterrupt):
            append(1)
        following = threads.submit(append, 2)
        leading.result(10)
        following.result(10)
    assert store.backend.last_position() == 2
