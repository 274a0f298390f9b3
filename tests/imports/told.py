"""What an import told: the questions that the tests of every source ask.

A test file binds its source once: `events = partial(events_of, "opsgenie")`.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from retold import Store
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.importing import import_files
from retold.domain.history import Effective
from retold.domain.values import parse_instant
from retold.projections.durations import DurationRow

REAL_DATA = Path(__file__).parents[3] / "shared" / "data"

needs_real_data = pytest.mark.skipif(
    not REAL_DATA.is_dir(), reason="the real exports in ../shared/data are not part of the project"
)


def at(text: str) -> datetime:
    return parse_instant(text)


def written(path: Path, *documents: object) -> Path:
    """Write each document as a line of JSON."""
    path.write_text("".join(f"{json.dumps(one)}\n" for one in documents))
    return path


def imported_from(system: str, store: Store, *files: object) -> Imported:
    return import_files(store, system, [str(file) for file in files])


def standing(store: Store, incident_id: UUID) -> list[Effective]:
    """Return what stands of an incident's story, with where it was read."""
    return [one for one in store.history(incident_id).entries if one.retraction is None]


def told_of(system: str, store: Store, ref: str, kind: str) -> list[Effective]:
    """Return what stands of one kind, with where it was read."""
    entries = standing(store, store.find(f"{system}:{ref}"))
    return [one for one in entries if one.event.kind == kind]


def events_of(system: str, store: Store, ref: str, *kinds: type) -> list[Any]:
    """Return the events that stand, all or those of some kinds."""
    entries = standing(store, store.find(f"{system}:{ref}"))
    return [one.event for one in entries if isinstance(one.event, kinds or (object,))]


def duration_of(system: str, store: Store, ref: str, measure: str) -> DurationRow:
    rows = store.durations(store.find(f"{system}:{ref}"))
    [found] = [row for row in rows if row.measure == measure]
    return found


def stories(store: Store) -> dict[UUID, list[str]]:
    """Return what stands of each incident's story, without what this store gave it."""
    return {
        row.incident_id: sorted(
            repr((one.recorded.source and one.recorded.source.part, one.event))
            for one in standing(store, row.incident_id)
        )
        for row in store.incidents()
    }
