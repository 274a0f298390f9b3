"""Importing ServiceNow event logs: an incident a row for each update of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from retold import Store, open_store
from retold.domain.events import StoryEvent

from .imports.servicenow import SAMPLES, events, imported, kinds, notes, status
from .imports.told import at


@pytest.fixture
def empty() -> Store:
    return open_store("memory:")


def test_an_event_log_tells_the_whole_lifecycle(store: Store) -> None:
    imported(store, "event-log.csv")
    assert kinds(store, "INC0080001") == [
        "detected",
        "acknowledged",
        "resolved",
        "reopened",
        "acknowledged",
        "resolved",
    ]
    one = status(store, "INC0080001")
    assert one.detected_at == at("2026-05-04T08:00:00Z")
    assert one.acknowledged_at == at("2026-05-04T08:20:00Z")
    assert (one.reopens, one.severity, one.services) == (1, "2 - High", ("cmdb_ci 5",))


def test_saved_as_resolved_again_the_resolution_is_corrected(empty: Store) -> None:
    imported(empty, "event-log.csv")
    assert status(empty, "INC0080001").resolved_at == at("2026-05-07T09:30:00Z")
    before = status(empty, "INC0080001", "2026-05-07T09:29:59Z")
    assert before.resolved_at == at("2026-05-07T09:10:00Z")


def test_a_resolution_is_not_known_before_its_time_when_the_log_is_read_backwards(
    empty: Store, tmp_path: Path
) -> None:
    header, *rows = (SAMPLES / "event-log.csv").read_text().splitlines()
    file = tmp_path / "row.csv"
    for row in reversed(rows):
        file.write_text(f"{header}\n{row}\n")
        imported(empty, file)
    assert status(empty, "INC0080001", "2026-05-07T09:29:59Z").resolved_at is None
    assert status(empty, "INC0080001").resolved_at == at("2026-05-07T09:30:00Z")


def test_a_row_tells_no_ending_that_lies_after_it(empty: Store) -> None:
    imported(empty, "event-log.csv")
    told_by = [
        [line.split(": ")[0] for line in note.text.splitlines() if "_at: " in line]
        for note in notes(empty, "INC0080001")
    ]
    assert told_by == [[]] * 8 + [["resolved_at"], ["resolved_at", "closed_at"]]
    codes = [note.occurred_at for note in notes(empty, "INC0080001") if "closed_code" in note.text]
    assert codes == [at("2026-05-12T10:00:00Z")]


def test_rows_of_one_minute_come_in_the_order_of_their_count(empty: Store) -> None:
    imported(empty, "event-log.csv")
    states = [note.status for note in notes(empty, "INC0080001")]
    assert states[1:3] == ["New", "Active"]


def test_a_log_closed_without_resolution_says_so_at_the_first_closing(empty: Store) -> None:
    imported(empty, "event-log.csv")
    [resolved] = [one for one in events(empty, "INC0080002") if one.kind == "incident-resolved"]
    assert resolved.occurred_at == at("2026-05-06T11:00:00Z")
    assert getattr(resolved, "summary", None) == "[closed without having been resolved]"


def test_a_state_that_is_none_changes_nothing(empty: Store, tmp_path: Path) -> None:
    header, *rows = (SAMPLES / "event-log.csv").read_text().splitlines()
    resolved = next(row for row in rows if row.startswith("INC0080001,Resolved"))
    nothing = resolved.replace("Resolved,true,1,0,6", "-100,true,1,0,7").replace("12:00", "12:30")
    file = tmp_path / "log.csv"
    file.write_text(f"{header}\n{resolved}\n{nothing}\n")
    imported(empty, file)
    assert kinds(empty, "INC0080001") == ["detected", "resolved"]


def test_a_question_mark_is_missing(empty: Store) -> None:
    imported(empty, "event-log.csv")
    assert not any("?" in note.text for note in notes(empty, "INC0080002"))


def all_events(store: Store) -> Iterator[tuple[str | None, StoryEvent]]:
    for row in store.incidents():
        for event in events(store, row.source_ref or ""):
            yield row.source_ref, event


def test_line_by_line_and_all_at_once_end_in_the_same_stories(empty: Store, tmp_path: Path) -> None:
    at_once = open_store("memory:")
    imported(at_once, "event-log.csv")
    header, *rows = (SAMPLES / "event-log.csv").read_text().splitlines()
    file = tmp_path / "row.csv"
    for row in reversed(rows):
        file.write_text(f"{header}\n{row}\n")
        imported(empty, file)
    assert sorted(map(repr, all_events(empty))) == sorted(map(repr, all_events(at_once)))
