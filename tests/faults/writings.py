"""Every kind of writing, each the same call whenever it is made, on a store with two incidents."""

import itertools
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from retold import Incident, Recorded, Store
from retold.adapters.importers.importing import How, import_files

from .appends import START, Acknowledgement, detection, event_id, incident, notes

SAMPLE = str(Path(__file__).parents[1] / "samples" / "statuspage" / "history.json")


def begin(store: Store) -> list[Acknowledgement]:
    """Record the two incidents."""
    beginnings = [
        (incident(number), [detection(f"detection {number}"), *notes(f"first {number}", 2)])
        for number in (1, 2)
    ]
    told = [store.append(where, entries) for where, entries in beginnings]
    return [*map(Acknowledgement.of, itertools.chain(*told))]


def append_late(store: Store) -> Sequence[Recorded]:
    """Append what happened before, so that the incident is replayed."""
    return store.append(incident(1), notes("late", 3, START - timedelta(hours=1)))


def append_to_two(store: Store) -> Sequence[Recorded]:
    """Append to both incidents in one transaction."""
    both = [(incident(number), notes(f"both {number}", 2)) for number in (1, 2)]
    return [*itertools.chain(*store.append_all(both))]


def decide(store: Store) -> Sequence[Recorded]:
    """Resolve the first."""
    return [store.record(incident(1), Incident.resolve, at=START, event_id=event_id("resolve"))]


def correct(store: Store) -> Sequence[Recorded]:
    """Correct the title of the first."""
    wrong, right = event_id("detection 1"), {"title": "Checkout fails"}
    return [store.correct(wrong, right, why="worse", at=START, correction_id=event_id("correct"))]


def import_file(store: Store) -> Sequence[Recorded]:
    """Import a file in several transactions, an incident that comes again among them."""
    import_files(store, "statuspage", [SAMPLE, SAMPLE], How(at_once=3))
    imported = [row.incident_id for row in store.incidents() if row.source]
    return [one for incident_id in imported for one in store.recorded(incident_id)]


def rebuild(store: Store) -> Sequence[Recorded]:
    """Make all views again."""
    store.rebuild()
    return []


WRITINGS: tuple[Callable[[Store], Sequence[Recorded]], ...] = (
    append_late, append_to_two, decide, correct, import_file, rebuild,
)  # fmt: skip
