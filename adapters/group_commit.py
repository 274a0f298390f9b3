"""One durable commit for all threads that wait to append: the first takes the others along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from ..domain.errors import StorageUnavailable
from .backend import Append, Stamp, Taken

MOST_AT_ONCE = 64


class _Waiting:
    """An append on its way, and in the end its stamps or its failure."""

    def __init__(self, append: Append) -> None:
        self.append = append
        self.stamps: list[Stamp] | None = None
        self.failure: Exception | None = None

    @property
    def is_done(self) -> bool:
        return self.stamps is not None or self.failure is not None


class GroupCommit:
    """Appends from many threads, committed together.

    A commit costs one wait for the disk, however many appends it holds. The thread that holds
    the right to write commits its own append and all that queued up meanwhile.
    """

    def __init__(self, commit: Callable[[Sequence[Append]], list[list[Stamp]]]) -> None:
        """Commit through `commit`, which stores a batch whole or not at all."""
        self._commit = commit
        self._queue: list[_Waiting] = []
        self._queue_lock = Lock()
        self._right_to_write = Lock()

    def append(self, append: Append) -> list[Stamp]:
        """Return when `append` is durable; raises what `commit` raises for it."""
        mine = _Waiting(append)
        with self._queue_lock:
            self._queue.append(mine)
        with self._right_to_write:
            if not mine.is_done:
                self._commit_together(self._next_batch(mine))
        if mine.failure is not None:
            raise mine.failure
        return mine.stamps or []

    def _next_batch(self, mine: _Waiting) -> list[_Waiting]:
        """Take `mine` and what waits of other incidents, each incident once."""
        with self._queue_lock:
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
        except Taken as failure:
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
