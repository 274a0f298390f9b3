"""Proofs out of a store: every event, and every earlier size, whatever gaps positions have."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import combinations_with_replacement

import psycopg
import pytest
from retold import Incident, IncidentNotFound, Store, open_store
from retold.adapters.audit.tree import check_extends, checkpoint_of, included, leaf_index_of
from retold.adapters.trees import Tree, nodes_of
from retold.domain.leaves import leaf_of
from retold.domain.merkle import check_consistency, check_inclusion, consistency_proof
from retold.domain.records import StoredRow

NAME = "example.com/incidents"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def leave_a_gap(url: str) -> None:
    """Let the database give positions away that no event has."""
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as connection:
            sequence = "pg_get_serial_sequence('retold_events', 'notification_id')"
            for _ in range(3):
                connection.execute(f"SELECT nextval({sequence})")
    elif url.startswith("sqlite"):
        raw = sqlite3.connect(url.removeprefix("sqlite:///"))
        with raw:
            raw.execute("UPDATE sqlite_sequence SET seq = seq + 3 WHERE name = 'retold_events'")
        raw.close()


def add_incidents(store: Store, numbers: range) -> None:
    for number in numbers:
        incident = store.detect(f"checkout fails {number}", at=NOON).incident_id
        for text in ("one", "two", "three"):
            store.record(incident, Incident.note, text=text)
        store.record(incident, Incident.resolve)


@pytest.fixture
def gapped(url: str, clock: Callable[[], datetime]) -> Iterator[Store]:
    """40 events, with gaps between their positions where a database can have them."""
    if url != "memory:":
        for numbers in (range(2), range(2, 3), range(3, 6)):
            with open_store(url, clock=clock) as store:
                add_incidents(store, numbers)
            leave_a_gap(url)
    with open_store(url, clock=clock) as store:
        add_incidents(store, range(8) if url == "memory:" else range(6, 8))
        yield store


def rows(store: Store) -> list[StoredRow]:
    return store.backend.read_log(0, 1_000)


def root(tree: Tree, size: int) -> bytes:
    return checkpoint_of(tree, NAME, size).root


def test_every_event_is_proved_to_be_in_every_tree_that_holds_it(gapped: Store) -> None:
    tree, log = gapped.backend.tree, rows(gapped)
    assert len(log) == 40
    for index, row in enumerate(log):
        assert leaf_index_of(tree, row.position) == index
        for size in {index + 1, 32, 39, 40} - set(range(index + 1)):
            proof = included(tree, index, size)
            check_inclusion(index, size, leaf_of(row), proof, root(tree, size))


def test_every_earlier_size_is_proved_to_be_the_beginning_of_every_later_one(
    gapped: Store,
) -> None:
    tree = gapped.backend.tree
    leaves = {leaf.leaf_index: leaf for leaf in tree.leaves(0, 100)}
    roots = [root(tree, size) for size in range(41)]
    for old, new in combinations_with_replacement(range(1, 41), 2):
        proof = consistency_proof(old, new, nodes_of(leaves.get))
        check_consistency(old, new, proof, roots[old], roots[new])
    assert len(set(roots)) == 41


def test_what_was_signed_at_any_size_is_the_beginning_of_the_log(gapped: Store) -> None:
    tree = gapped.backend.tree
    now = checkpoint_of(tree, NAME)
    for size in range(41):
        check_extends(tree, checkpoint_of(tree, NAME, size), now)


def test_positions_do_have_gaps_where_databases_leave_them(gapped: Store, url: str) -> None:
    positions = [row.position for row in rows(gapped)]
    gaps = positions[-1] - len(positions)
    assert gaps == (0 if url == "memory:" else 9)


def test_a_position_in_a_gap_or_outside_the_log_has_no_leaf(gapped: Store) -> None:
    taken = {row.position for row in rows(gapped)}
    for position in {-1, 0, *range(1, 60), 10**9} - taken:
        with pytest.raises(IncidentNotFound):
            leaf_index_of(gapped.backend.tree, position)


def test_an_empty_store_has_the_root_of_no_leaves_and_proves_nothing(store: Store) -> None:
    tree = store.backend.tree
    assert checkpoint_of(tree, NAME).size == 0
    with pytest.raises(IncidentNotFound):
        leaf_index_of(tree, 1)


def test_the_only_event_of_a_log_is_proved_by_nothing_else(store: Store) -> None:
    position = store.detect("checkout fails").position
    tree = store.backend.tree
    assert (leaf_index_of(tree, position), included(tree, 0, 1)) == (0, ())
    [row] = rows(store)
    check_inclusion(0, 1, leaf_of(row), (), root(tree, 1))
