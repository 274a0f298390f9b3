"""One durable commit for all threads that wait to append: the first takes the others along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from ..domain.errors import IncidentNotFound, StorageUnavailable
from .backend import Append, Stamp, Taken

MOST_AT_ONCE = 64


class _Waiting:
    """An append on its way, and in the end its stamps or its failure.

    Its thread sleeps on `called` until that is there, or until it is its turn to lead.
    """

    def __init__(self, append: Append) -> None:
        self.append = append
        self.stamps: list[Stamp] | None = None
        self.failure: Exception | None = None
        self.called = Lock()
        self.called.acquire()


class GroupCommit:
    """Appends from many threads, committed together.

    A commit costs one wait for the disk, however many appends it holds. One thread leads: it
    commits its own append and all that queued up, calls those whose appends are done, and hands
    the lead to the first that came meanwhile. Nobody else is woken: a thread that has nothing to
    do yet would only keep the interpreter from those that have.
    """

    def __init__(self, commit: Callable[[Sequence[Append]], list[list[Stamp]]]) -> None:
        """Commit through `commit`, which stores a batch whole or not at all."""
        self._commit = commit
        self._lock = Lock()
        self._leader: _Waiting | None = None
        self._queue: list[_Waiting] = []

    def append(self, append: Append) -> list[Stamp]:
        """Return when `append` is durable; raises what `commit` raises for it."""
        mine = _Waiting(append)
        try:
            with self._lock:
                self._queue.append(mine)
                self._leader = self._leader or mine
            if self._leader is not mine:
                mine.called.acquire()
            if self._leader is mine:
                self._lead(mine)
        except BaseException:
            self._leave(mine)
            raise
        if mine.failure is not None:
            raise mine.failure
        return mine.stamps or []

    def _lead(self, mine: _Waiting) -> None:
        batch = self._next_batch(mine)
        try:
            self._commit_together(batch)
        finally:
            self._leave(mine)
            for waiting in batch:
                if waiting is not mine:
                    waiting.called.release()

    def _leave(self, mine: _Waiting) -> None:
        """Take no further part; the lead, if `mine` has it, goes to the first in the queue."""
        with self._lock:
            if mine in self._queue:  # interrupted before anybody took it along
                self._queue.remove(mine)
            if self._leader is not mine:
                return
            self._leader = self._queue[0] if self._queue else None
            if self._leader is not None:
                self._leader.called.release()

    def _next_batch(self, mine: _Waiting) -> list[_Waiting]:
        """Take `mine` and what waits of other incidents, each incident once."""
        with self._lock:
            if len(self._queue) == 1:  # mostly nobody else waits
                self._queue = []
                return [mine]
            batch = {mine.append.incident_id: mine}
            for waiting in self._queue:
                if len(batch) < MOST_AT_ONCE:
                    batch.setdefault(waiting.append.incident_id, waiting)
            taken = set(map(id, batch.values()))
            self._queue = [waiting for waiting in self._queue if id(waiting) not in taken]
            return list(batch.values())

    def _commit_together(self, batch: Sequence[_Waiting]) -> None:
        try:
            stamps = self._commit([waiting.append for waiting in batch])
        except (Taken, IncidentNotFound) as failure:
            if len(batch) == 1:
                batch[0].failure = failure
                return
            # Somebody's append conflicts; alone, each learns whether it is theirs.
            for waiting in batch:
                self._commit_together([waiting])
        except Exception as failure:  # noqa: BLE001 - handed to the threads that wait for it
            for waiting in batch:
                waiting.failure = failure
        except BaseException:
            # Only this thread was interrupted; the others may append again.
            for waiting in batch:
                waiting.failure = StorageUnavailable("the commit was interrupted")
            raise
        else:
            for waiting, some in zip(batch, stamps, strict=True):
                waiting.stamps = some
