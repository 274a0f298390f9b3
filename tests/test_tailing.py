"""Several writers with connections of their own, and a reader that follows: it skips nothing."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from retold import Entry, open_store
from retold.domain.events import NoteAdded

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WRITERS, APPENDS, EVENTS = 8, 40, 5


def notes() -> list[Entry]:
    return [
        Entry(event_id=uuid4(), event=NoteAdded(occurred_at=NOON, text="x" * 200))
        for _ in range(EVENTS)
    ]


def write(url: str, start: Callable[[], object]) -> None:
    """Write as a process of its own would: with a store that knows nothing of the others."""
    with open_store(url) as store:
        start()
        for _ in range(APPENDS):
            store.append(uuid4(), notes())


@pytest.mark.parametrize("page", [1, 7, 1_000])
def test_a_reader_that_goes_on_where_it_stopped_skips_nothing(database_url: str, page: int) -> None:
    """Positions become visible in their order: never a lower one after a higher one."""
    open_store(database_url).close()
    total = WRITERS * APPENDS * EVENTS
    start = threading.Barrier(WRITERS + 1)
    seen: list[UUID] = []
    with open_store(database_url) as reader, ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, database_url, start.wait) for _ in range(WRITERS)]
        start.wait()
        after, idle = 0, False
        while not idle:
            idle = all(writer.done() for writer in writers)
            while rows := reader.backend.read_log(after, page):
                seen += [row.incident_id for row in rows]
                after, idle = rows[-1].position, False
        for writer in writers:
            writer.result()
        everything = list(reader.events())
    assert len(seen) == total
    assert seen == [one.incident_id for one in everything]
    assert [one.version for one in everything] == list(range(1, EVENTS + 1)) * WRITERS * APPENDS
    assert all(a.recorded_at <= b.recorded_at for a, b in pairwise(everything))
