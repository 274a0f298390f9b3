"""Threads that append while something breaks under them."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

from retold import Entry, Recorded, StorageUnavailable, Store

from .appends import Acknowledgement, any_entries, incident

INCIDENTS = 12


class Load:
    """What threads that append were told; they repeat what failed until it succeeds."""

    def __init__(self) -> None:
        self.acknowledged: list[Acknowledgement] = []
        self.failures = 0
        self._over = threading.Event()

    @contextmanager
    def running(self, stores: Sequence[Store], seed: float) -> Iterator[None]:
        """Write with a thread a store for as long as the block lasts, and then to the end."""
        with ThreadPoolExecutor(len(stores)) as threads:
            writers = [
                threads.submit(self._write, store, f"thread {number}", seed + number)
                for number, store in enumerate(stores)
            ]
            try:
                yield
            finally:
                self._over.set()
            for writer in writers:
                writer.result()

    def wait_for(self, appended: int, seconds: float = 30.0) -> None:
        """Wait until so many more events are acknowledged."""
        goal, give_up_at = len(self.acknowledged) + appended, time.monotonic() + seconds
        while len(self.acknowledged) < goal:
            assert time.monotonic() < give_up_at, "the writers do not come back"
            time.sleep(0.01)

    def _write(self, store: Store, name: str, seed: float) -> None:
        chance = random.Random(seed)
        number = 0
        while not self._over.is_set():
            number += 1
            where = incident(chance.randrange(INCIDENTS))
            self._append(store, where, any_entries(f"{name}.{number}", chance))

    def _append(self, store: Store, where: UUID, entries: Sequence[Entry]) -> None:
        told = self.repeated(lambda: store.append(where, entries))
        self.acknowledged.extend(map(Acknowledgement.of, told))

    def repeated(self, append: Callable[[], list[Recorded]]) -> list[Recorded]:
        """Call until it succeeds, as the error's documentation says."""
        while True:
            try:
                return append()
            except StorageUnavailable:
                self.failures += 1
