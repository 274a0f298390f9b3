"""Importing Retold's own export: what was edited or is recorded otherwise is refused."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from retold import Store, open_store
from retold.adapters.importers.dry_run import dry_run
from retold.adapters.importers.importing import import_files
from retold.adapters.wording import with_local_times

from .imports.jsonl import DOCUMENT, LINES, imported, sample_rows, without
from .imports.told import written


@pytest.mark.parametrize(
    ("edited", "where"),
    [
        ({"occurred_at": "2026-03-02T08:59:00.000000Z"}, "occurred_at"),
        ({"by": "somebody else"}, "by"),
        ({"kind": "incident-acknowledged"}, "kind"),
        ({"event_id": "76e430c9"}, "event_id"),
        ({"incident_id": None}, "incident_id"),
        ({"told_at": "2026-03-02T10:40:14"}, "told_at"),
        ({"source": "statuspage"}, "ref"),
        ({"event": {"kind": "incident-detected", "title": "x"}}, "event.incident-detected"),
    ],
    ids=str,
)
def test_a_row_that_was_edited_in_one_place_is_rejected(
    edited: dict[str, Any], where: str, tmp_path: Path
) -> None:
    store = open_store("memory:")
    first, *rest = sample_rows()
    done = imported(store, written(tmp_path / "edited.jsonl", first | edited, *rest))
    assert (done.recorded, done.rejected) == (9, 1)
    assert done.rejections[0].field.startswith(where)


def test_an_unknown_kind_is_rejected_by_its_name(tmp_path: Path) -> None:
    first, *rest = sample_rows()
    newer = first | {"kind": "incident-sung", "event": first["event"] | {"kind": "incident-sung"}}
    done = imported(open_store("memory:"), written(tmp_path / "newer.jsonl", newer, *rest))
    assert str(done.rejections[0]).endswith(
        "newer.jsonl:1 kind: unknown kind 'incident-sung'; a newer Retold wrote it?"
    )


def test_a_field_that_is_not_known_is_not_dropped_but_rejected(tmp_path: Path) -> None:
    first, *_ = sample_rows()
    newer = first | {"event": first["event"] | {"mood": "good"}}
    done = imported(open_store("memory:"), written(tmp_path / "newer.jsonl", newer))
    assert done.rejections[0].field == "event.incident-detected.mood"


@pytest.mark.parametrize("column", ["mood", "told_at_locale", "event_id_local"])
def test_a_column_that_is_not_known_is_not_dropped_but_rejected(
    store: Store, tmp_path: Path, column: str
) -> None:
    first, *rest = sample_rows()
    done = imported(store, written(tmp_path / "newer.jsonl", first | {column: None}, *rest))
    assert (done.recorded, done.rejected) == (9, 1)
    assert done.rejections[0].field == column


def test_columns_that_each_store_gives_anew_may_be_missing(store: Store, tmp_path: Path) -> None:
    rows = without(sample_rows(), "version", "position", "recorded_at")
    assert imported(store, written(tmp_path / "bare.jsonl", *rows)).recorded == len(rows)


def test_local_times_of_an_export_in_a_zone_are_dropped(store: Store, tmp_path: Path) -> None:
    rows = [with_local_times(row, ZoneInfo("Asia/Tokyo")) for row in sample_rows()]
    assert "told_at_local" in rows[0]
    assert imported(store, written(tmp_path / "local.jsonl", *rows)).recorded == len(rows)


def test_other_tables_are_no_events(tmp_path: Path) -> None:
    document = json.loads(DOCUMENT.read_text()) | {"schema": "retold.incidents/1"}
    file = tmp_path / "incidents.json"
    file.write_text(json.dumps(document))
    done = imported(open_store("memory:"), file)
    assert (done.rejected, done.events) == (4, 0)
    assert "'retold.incidents/1': only retold.events/1" in done.rejections[0].reason


def test_other_contents_under_a_known_id_are_rejected(tmp_path: Path) -> None:
    store = open_store("memory:")
    imported(store, LINES)
    first, *_ = sample_rows()
    other = first | {"event": first["event"] | {"title": "Another title"}}
    done = imported(store, written(tmp_path / "other.jsonl", other))
    assert (done.rejected, done.rejections[0].reason) == (1, "is recorded with other contents")


def test_an_id_of_another_incident_is_rejected_and_the_rest_goes_in(
    store: Store, tmp_path: Path
) -> None:
    imported(store, LINES)
    elsewhere = [row | {"incident_id": str(UUID(int=7))} for row in sample_rows()[:2]]
    new = {**elsewhere[0], "event_id": str(uuid4())}
    twice = new | {"incident_id": str(UUID(int=8))}
    file = written(tmp_path / "elsewhere.jsonl", *elsewhere, new, twice)
    with dry_run(store) as dry:
        said = import_files(dry, "jsonl", [str(file)])
    done = imported(store, file)
    assert (done.recorded, done.rejected) == (1, 3)
    assert done.rejections[0].field == "event_id"
    assert "of another incident, 44aee8e4-" in done.rejections[0].reason
    assert said == done
