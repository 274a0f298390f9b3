"""Real tables, held against an independent reading of them."""

import csv
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from retold import Store, open_store
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.importing import import_files
from retold.adapters.importers.sources import format_mapped

from .imports.told import REAL_DATA, needs_real_data

MAPPINGS = Path(__file__).parent.parent / "docs" / "mappings"
VOLVO = REAL_DATA / "volvo-bpic2013" / "incidents.csv.gz"
CLOUD = REAL_DATA / "cloud-platform" / "incidents.json"
LONDON = ZoneInfo("Europe/London")

pytestmark = needs_real_data


def imported(mapping: str, table: Path) -> tuple[Store, Imported]:
    store = open_store("memory:")
    done = import_files(store, format_mapped(MAPPINGS / mapping), [str(table)])
    return store, done


def volvo_cases() -> dict[str, list[dict[str, str]]]:
    cases = defaultdict(list)
    with gzip.open(VOLVO, "rt", encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            cases[row["case"]].append(row)
    return cases


def volvo_by_hand(rows: list[dict[str, str]]) -> tuple[Any, ...]:
    """First time, first acknowledgement, resolution in force, reopenings, whether open."""
    first = acknowledged = resolved = None
    is_over, reopens = False, 0
    for row in rows:  # the file has them in order
        at = datetime.fromisoformat(row["timestamp"]).astimezone(UTC)
        first = first or at
        if row["status"] in {"Accepted", "Queued"} and is_over:
            is_over, resolved, reopens = False, None, reopens + 1
        if row["status"] == "Accepted":
            acknowledged = acknowledged or at
        if row["status"] == "Completed" and not is_over:
            is_over = True
            resolved = None if row["substatus"] == "Cancelled" else at
    return first, acknowledged, resolved, reopens, not is_over


def test_every_incident_of_volvo_stands_as_its_rows_say() -> None:
    store, done = imported("volvo-bpic2013.toml", VOLVO)
    assert (done.read, done.recorded, done.rejected, done.skipped) == (32_876, 32_876, 0, 0)
    still_open = {row.source_ref for row in store.incidents(only_open=True)}
    told = {
        row.source_ref: (
            row.detected_at,
            row.acknowledged_at,
            row.resolved_at,
            row.reopens,
            row.source_ref in still_open,
        )
        for row in store.incidents()
    }
    assert told == {case: volvo_by_hand(rows) for case, rows in volvo_cases().items()}


def cloud_incidents() -> list[dict[str, Any]]:
    return list(json.loads(CLOUD.read_text())["incidents"])


def key_events(incident: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The key events as they are written: `Incident declared: 2022-11-15 16:05`."""
    for line in incident["key_events_raw"]:
        found = re.fullmatch(r"(\D+?):? (\d{4}-\d\d-\d\d .+)", line)
        if found:
            yield found[1], found[2]


def in_utc(text: str) -> datetime:
    written = datetime.strptime(text.replace(".", ":"), "%Y-%m-%d %H:%M").replace(tzinfo=LONDON)
    return written.astimezone(UTC)


def cloud_table(path: Path) -> Path:
    """Write the incidents as the table that one would keep by hand."""
    incidents = cloud_incidents()
    names = list(dict.fromkeys(name for one in incidents for name, _ in key_events(one)))
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, ["File", "Title", *names], restval="Time TBC")
        table.writeheader()
        for one in incidents:
            table.writerow({"File": one["file"], "Title": one["title"], **dict(key_events(one))})
    return path


def test_every_incident_of_the_cloud_platform_has_the_times_of_its_log(tmp_path: Path) -> None:
    store, done = imported("cloud-platform.toml", cloud_table(tmp_path / "incidents.csv"))
    assert (done.read, done.recorded, done.rejected) == (22, 22, 0)
    for one in cloud_incidents():
        said = {name: in_utc(text) for name, text in key_events(one)}
        detected = ("First detected", "Fault detected", "Team aware", "Incident declared")
        expected = {
            "impact-started": said.get("Fault occurs"),
            "incident-detected": next(said[name] for name in detected if name in said),
            "incident-declared": said.get("Incident declared"),
            "incident-mitigated": said.get("Repaired"),
            "incident-resolved": said.get("Resolved"),
        }
        history = store.history(store.find(f"cloud-platform:{one['file']}"))
        told = {entry.event.kind: entry.event.occurred_at for entry in history.entries}
        assert told == {kind: at for kind, at in expected.items() if at is not None}


def test_the_times_of_the_cloud_platforms_log_are_those_of_its_fields(tmp_path: Path) -> None:
    store, _ = imported("cloud-platform.toml", cloud_table(tmp_path / "incidents.csv"))
    rows = {row.source_ref: row for row in store.incidents()}
    for one in cloud_incidents():
        for field, column in (("resolved", "resolved_at"), ("repaired", "mitigated_at")):
            text = one.get(field, "")
            if "T" in text:
                assert getattr(rows[one["file"]], column) == in_utc(text.replace("T", " "))
