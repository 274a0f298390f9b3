"""A disk that is full: refused with its own error, nothing half-written, and on with room again."""

import sqlite3
from uuid import UUID, uuid4

import pytest
from retold import Entry, Incident, StorageUnavailable, Store, open_store
from retold.adapters.loading import load_document
from retold.adapters.sqlite import SQLiteLog
from retold.domain.events import NoteAdded
from retold.domain.history import effective_history
from retold.projections.views import replayed


def allow_pages(store: Store, pages: int) -> None:
    """Let the file grow by no more than so many pages."""
    assert isinstance(store.backend, SQLiteLog)
    with store.backend.connections.lent() as raw:
        [there] = raw.execute("PRAGMA page_count").fetchone()
        raw.execute(f"PRAGMA max_page_count = {there + pages}")


def long_notes(store: Store, number: int) -> list[Entry]:
    at = next(store.events()).event.occurred_at
    return [
        Entry(event_id=uuid4(), event=NoteAdded(occurred_at=at, text="x" * 5_000))
        for _ in range(number)
    ]


def version_when_full(store: Store, incident: UUID) -> int:
    """Record until nothing fits; the last version that was told."""
    told = 1
    for _ in range(1_000):
        try:
            told = store.record(incident, Incident.note, text="x" * 2_000).version
        except StorageUnavailable:
            return told
    raise AssertionError("the disk was never full")


@pytest.mark.parametrize("room", range(0, 12, 2))
def test_what_does_not_fit_is_refused_whole(sqlite_url: str, room: int) -> None:
    with open_store(sqlite_url) as store:
        incident = store.detect("Search is down").incident_id
        allow_pages(store, room)
        entries = long_notes(store, 8)
        with pytest.raises(StorageUnavailable, match="full"):
            store.append(incident, entries)
        assert [one.version for one in store.recorded(incident)] == [1]
        assert store.status(incident).version == 1
        allow_pages(store, 1_000)
        assert [one.version for one in store.append(incident, entries)] == list(range(2, 10))


def test_appends_go_through_until_the_disk_is_full_and_after(sqlite_url: str) -> None:
    with open_store(sqlite_url) as store:
        incident = store.detect("Search is down").incident_id
        allow_pages(store, 6)
        told = version_when_full(store, incident)
        assert told > 1
        assert store.status(incident).version == len(store.recorded(incident)) == told
        allow_pages(store, 1_000)
        assert store.record(incident, Incident.resolve).version == told + 1
        history = effective_history(store.recorded(incident))
        assert load_document(store.backend, incident) == replayed(incident, history).document
    raw = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    raw.close()
