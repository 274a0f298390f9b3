"""The audit's tree: one leaf for each event, in the transaction that appends it."""

from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold import Incident, Store, open_store
from retold.domain import merkle
from retold.domain.errors import InvalidInput
from retold.domain.events import NoteAdded
from retold.domain.leaves import HEADER, LeafEntry, entry_of
from retold.domain.records import Entry, StoredRow


def expected_leaves(rows: list[StoredRow]) -> list[tuple[int, int, bytes]]:
    """Return index, position and completed subtrees of every leaf, made one by one."""
    frontier, found = merkle.Frontier(), []
    for index, row in enumerate(rows):
        frontier, [nodes] = frontier.extended([merkle.leaf_hash(entry_of(row).encoded())])
        found.append((index, row.position, nodes))
    return found


def note(event_id: UUID | None = None) -> Entry:
    event = NoteAdded(occurred_at=datetime(2026, 3, 1, 14, 2, tzinfo=UTC), text="looked")
    return Entry(event_id=event_id or uuid4(), event=event)


def assert_tree_is_that_of_the_log(store: Store) -> None:
    rows = store.backend.read_log(0, 10_000)
    assert store.backend.tree.leaves(0, 10_000) == expected_leaves(rows)
    assert store.backend.tree.size() == len(rows)


def test_an_entry_is_the_bytes_that_the_form_says() -> None:
    row = StoredRow(7, "0" * 36, 2, "note-added", b"{}", "2026-03-01T14:02:00.000000Z")
    assert entry_of(row).encoded() == (
        b"retold/event/v1\n"
        + bytes([0, 0, 0, 0, 0, 0, 0, 7])
        + bytes([0, 0, 0, 36]) + b"0" * 36
        + bytes([0, 0, 0, 0, 0, 0, 0, 2])
        + bytes([0, 0, 0, 10]) + b"note-added"
        + bytes([0, 0, 0, 27]) + b"2026-03-01T14:02:00.000000Z"
        + sha256(b"{}").digest()
    )  # fmt: skip


NUMBERS = st.integers(0, 2**64 - 1)
TEXTS = st.text(st.characters(codec="utf-8"))
ENTRIES = st.builds(
    LeafEntry, NUMBERS, TEXTS, NUMBERS, TEXTS, TEXTS, st.binary(min_size=32, max_size=32)
)


@given(ENTRIES)
def test_an_entry_reads_back_as_it_was(entry: LeafEntry) -> None:
    assert LeafEntry.decoded(entry.encoded()) == entry


@given(st.binary() | st.binary().map(lambda tail: HEADER + tail))
def test_bytes_that_are_no_entry_are_refused(entry: bytes) -> None:
    with pytest.raises(InvalidInput, match="no leaf entry"):
        LeafEntry.decoded(entry)


def test_an_entry_cut_short_or_lengthened_is_refused() -> None:
    row = StoredRow(7, "0" * 36, 2, "note-added", b"{}", "2026-03-01T14:02:00.000000Z")
    entry = entry_of(row).encoded()
    for wrong in (*(entry[:end] for end in range(len(entry))), entry + b"\x00"):
        with pytest.raises(InvalidInput, match="no leaf entry"):
            LeafEntry.decoded(wrong)


def test_every_event_gets_a_leaf(store: Store) -> None:
    for _ in range(3):
        incident = store.detect("checkout fails").incident_id
        for number in range(6):
            store.record(incident, Incident.note, text=f"look {number}")
    assert_tree_is_that_of_the_log(store)


@pytest.mark.parametrize("sizes", [(5, 3), (8, 8), (1, 2, 3, 4), (13, 1, 130)])
def test_appends_of_many_events_add_the_same_leaves(store: Store, sizes: tuple[int, ...]) -> None:
    [found] = store.append(uuid4(), [note()])
    for size in sizes:
        store.append(found.incident_id, [note() for _ in range(size)])
    assert_tree_is_that_of_the_log(store)


def test_a_refused_append_leaves_no_leaf(store: Store) -> None:
    first = store.detect("checkout fails")
    with pytest.raises(InvalidInput):
        store.detect("another", event_id=first.event_id)
    store.record(first.incident_id, Incident.resolve)
    assert_tree_is_that_of_the_log(store)


def test_leaves_are_dense_where_positions_are_not(store: Store) -> None:
    first = store.detect("checkout fails")
    for _ in range(2):
        with pytest.raises(InvalidInput):
            store.append(first.incident_id, [note(), note(first.event_id)])
        store.record(first.incident_id, Incident.note, text="went on")
    assert_tree_is_that_of_the_log(store)


def test_a_writer_adds_behind_what_another_has_added(database_url: str) -> None:
    with open_store(database_url) as one, open_store(database_url) as other:
        incident = one.detect("checkout fails").incident_id
        for number in range(9):
            (one, other)[number % 2].record(incident, Incident.note, text=f"look {number}")
        assert_tree_is_that_of_the_log(one)
