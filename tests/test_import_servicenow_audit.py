"""Importing rows of sys_audit: who changed what, and when."""

from itertools import permutations
from pathlib import Path

import pytest
from retold import Store, open_store

from .imports.servicenow import (
    BERLIN,
    DELETED,
    DUPLICATE,
    SEARCH,
    holders,
    imported,
    kinds,
    notes,
    record,
    status,
)
from .imports.told import at, written


@pytest.fixture
def empty() -> Store:
    return open_store("memory:")


def test_an_audit_tells_who_took_it_on_and_when(store: Store) -> None:
    imported(store, "table-page.json", "audit.json")
    assert status(store, SEARCH).acknowledged_at == at("2026-03-02T08:20:00Z")
    assert holders(store, SEARCH, "assignee") == ["search on-call"]
    assert holders(store, SEARCH, "assignment group") == ["Service desk", "Search team"]


@pytest.mark.parametrize("files", list(permutations(["table-page.json", "audit.json"])))
def test_what_record_and_audit_both_tell_is_told_once(files: list[str], empty: Store) -> None:
    imported(empty, *files)
    assert kinds(empty, SEARCH) == ["detected", "acknowledged", "resolved"]
    assert status(empty, SEARCH).anomalies == 0


def test_journal_entries_are_notes_with_their_text(empty: Store) -> None:
    imported(empty, "audit.json")
    texts = {note.note: note.text for note in notes(empty, SEARCH) if note.status is None}
    assert texts["communication"] == "Search is slow; we are rebuilding an index."
    assert "The index of one shard is corrupt.\nRebuilding it." in [
        note.text for note in notes(empty, SEARCH)
    ]


def test_an_audit_alone_tells_the_lifecycle_without_a_detection(empty: Store) -> None:
    imported(empty, "audit.csv")
    assert kinds(empty, DELETED) == [
        "acknowledged",
        "resolved",
        "reopened",
        "acknowledged",
        "dismissed",
    ]
    assert status(empty, DELETED).detected_at is None


def test_a_field_that_is_emptied_and_a_record_that_is_deleted_are_notes(empty: Store) -> None:
    imported(empty, "audit.csv")
    texts = [note.text for note in notes(empty, DELETED)]
    assert "emptied: assigned_to\nbefore: network on-call" in texts
    assert texts[-1] == "deleted: the record"


def test_the_state_of_any_task_does_not_count_where_the_incidents_is_told(
    empty: Store, tmp_path: Path
) -> None:
    row = {"tablename": "incident", "documentkey": "d1", "user": "u", "record_checkpoint": "4"}
    row["sys_created_on"] = "2026-03-01 09:00:00"
    rows = [
        {**row, "fieldname": "state", "oldvalue": "1", "newvalue": "3"},
        {**row, "fieldname": "incident_state", "oldvalue": "2", "newvalue": "6"},
    ]
    imported(empty, written(tmp_path / "rows.json", rows))
    assert kinds(empty, "d1") == ["resolved"]


def test_the_table_does_not_take_back_what_the_audit_told(empty: Store) -> None:
    imported(empty, "audit.json")
    before = notes(empty, SEARCH)
    imported(empty, "table-page.json")
    assert [note for note in notes(empty, SEARCH) if note in before] == before
    assert status(empty, SEARCH).acknowledged_at == at("2026-03-02T08:20:00Z")


def audit_row(field: str, new: str, checkpoint: int, time: str) -> dict[str, str]:
    return {
        "tablename": "incident",
        "documentkey": DUPLICATE,
        "fieldname": field,
        "oldvalue": "",
        "newvalue": new,
        "record_checkpoint": str(checkpoint),
        "sys_created_on": f"2026-04-01 {time}",
        "user": "service.desk",
    }


def test_the_end_of_a_duplicate_is_its_merge_alone(empty: Store, tmp_path: Path) -> None:
    row = audit_row("state", "6", 3, "07:40:00")
    imported(empty, "table-single.json", written(tmp_path / "row.json", row))
    assert kinds(empty, DUPLICATE) == ["detected", "merged"]


def test_a_time_of_resolution_set_later_corrects_it(empty: Store, tmp_path: Path) -> None:
    rows = [
        audit_row("state", "6", 3, "07:40:00"),
        audit_row("resolved_at", "2026-04-01 07:50:00", 4, "08:00:00"),
    ]
    imported(empty, written(tmp_path / "rows.json", rows))
    assert status(empty, DUPLICATE).resolved_at == at("2026-04-01T07:50:00Z")


def test_a_time_of_resolution_that_lies_ahead_is_none_yet(empty: Store, tmp_path: Path) -> None:
    rows = [
        audit_row("state", "6", 3, "07:40:00"),
        audit_row("resolved_at", "2026-04-01 09:00:00", 4, "08:00:00"),
    ]
    imported(empty, written(tmp_path / "rows.json", rows))
    assert status(empty, DUPLICATE).resolved_at == at("2026-04-01T07:40:00Z")


def test_times_among_an_audits_values_are_utc_in_every_export(empty: Store, tmp_path: Path) -> None:
    rows = [
        audit_row("state", "6", 3, "09:40:00"),
        audit_row("resolved_at", "2026-04-01 07:50:00", 4, "10:00:00")
        | {"oldvalue": "2026-04-01 07:40:00"},
    ]
    imported(empty, written(tmp_path / "rows.json", rows), zone=BERLIN)
    assert status(empty, DUPLICATE).resolved_at == at("2026-04-01T07:50:00Z")
    assert "resolved_at: 2026-04-01T07:50:00.000000Z\nbefore: 2026-04-01T07:40:00.000000Z" in [
        note.text for note in notes(empty, DUPLICATE)
    ]


def test_an_audit_with_both_forms_of_its_values_needs_no_zone(empty: Store, tmp_path: Path) -> None:
    row = audit_row("resolved_at", "2026-04-01 07:50:00", 4, "08:00:00")
    both = {name: {"value": text, "display_value": text} for name, text in row.items()}
    done = imported(empty, written(tmp_path / "rows.json", both), zone=None)
    assert (done.recorded, done.rejected) == (1, 0)


def test_a_former_value_that_is_no_time_is_rejected_with_its_field(
    empty: Store, tmp_path: Path
) -> None:
    row = audit_row("resolved_at", "", 4, "08:00:00") | {"oldvalue": "soon"}
    done = imported(empty, written(tmp_path / "rows.json", row))
    assert "oldvalue: 'soon' is no time such as" in str(done.rejections[0])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_changes_of_a_field_in_one_second_the_later_row_stands_in_any_order(
    order: tuple[int, int], empty: Store, tmp_path: Path
) -> None:
    rows = [
        audit_row("assigned_to", name, 0, "07:40:00") | {"sys_id": key, "record_checkpoint": ""}
        for name, key in (("mail on-call", "a"), ("web on-call", "b"))
    ]
    for place in order:
        imported(empty, written(tmp_path / "row.json", rows[place]))
    assert holders(empty, DUPLICATE, "assignee") == ["web on-call"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_where_an_audit_and_the_record_of_one_update_differ_the_record_stands(
    order: tuple[int, int], empty: Store, tmp_path: Path
) -> None:
    both = [
        audit_row("assigned_to", "web on-call", 3, "07:40:00"),
        record(sys_id=DUPLICATE, sys_updated_on="2026-04-01 07:40:00", assigned_to="mail on-call"),
    ]
    for place in order:
        imported(empty, written(tmp_path / "one.json", both[place]))
    assert holders(empty, DUPLICATE, "assignee") == ["mail on-call"]
