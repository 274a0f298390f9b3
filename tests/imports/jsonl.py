"""The sample of Retold's own export, and the questions that its tests ask."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from retold import Store
from retold.adapters.exporting import exported
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.importing import How, import_files
from retold.adapters.wording import json_row
from retold.domain.history import PRESENT

SAMPLES = Path(__file__).parents[1] / "samples"
LINES = SAMPLES / "jsonl" / "events.jsonl"
DOCUMENT = SAMPLES / "jsonl" / "events.json"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHECKOUT = "44aee8e4"
OWN = ("position", "recorded_at")
"""What every store gives itself; versions too, where the order of rows is another."""


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def imported(store: Store, *files: object, **how: Any) -> Imported:
    return import_files(store, "jsonl", [str(file) for file in files], How(**how))


def rows_of(store: Store, *incident_ids: UUID) -> list[dict[str, Any]]:
    rows: Any = map(json_row, exported(store, "events", PRESENT))
    return [row for row in rows if not incident_ids or UUID(row["incident_id"]) in incident_ids]


def without(rows: list[dict[str, Any]], *columns: str) -> list[dict[str, Any]]:
    return [{name: row[name] for name in row if name not in columns} for row in rows]


def sample_rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in LINES.read_text().splitlines()]


def stories(store: Store, *incident_ids: UUID) -> list[list[tuple[Any, ...]]]:
    """Each story as it reads, with what was corrected and taken back."""
    return [
        [
            (entry.recorded.event_id, entry.event, entry.recorded.known_since,
             [one.event_id for one in entry.corrections], entry.retraction is None)
            for entry in store.history(incident_id).entries
        ]
        for incident_id in incident_ids
    ]  # fmt: skip
