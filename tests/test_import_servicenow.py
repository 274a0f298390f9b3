"""Importing ServiceNow incidents: records of the table, sys_audit rows, and event logs."""

import json
from collections.abc import Iterator
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from retold import Cut, Store, open_store
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.formats import Options
from retold.adapters.importers.importing import How, import_files
from retold.adapters.importers.tellings import incident_id_of
from retold.domain.events import NoteAdded, RoleAssigned, SeverityAssessed, StoryEvent
from retold.projections.views import IncidentRow

from .imports.told import at, events_of, written

SAMPLES = Path(__file__).parent / "samples" / "servicenow"
UTC = ZoneInfo("UTC")

SEARCH = "aaa000000000000000000000000005e1"
LOGIN = "aaa000000000000000000000000005e2"
DUPLICATE = "aaa000000000000000000000000005e4"
MISTAKE = "aaa000000000000000000000000005e5"
PRINTER = "aaa000000000000000000000000005e6"
FLAPPING = "aaa000000000000000000000000005e7"
DELETED = "aaa00000000000000000000000000777"

events = partial(events_of, "servicenow")


@pytest.fixture
def empty() -> Store:
    return open_store("memory:")


def imported(store: Store, *files: object, zone: ZoneInfo | None = UTC) -> Imported:
    paths = [str(SAMPLES / file) if isinstance(file, str) else str(file) for file in files]
    return import_files(store, "servicenow", paths, How(Options(zone)))


def status(store: Store, ref: str, known_at: str | None = None) -> IncidentRow:
    cut = Cut(known_at=at(known_at)) if known_at else Cut()
    return store.status(store.find(f"servicenow:{ref}"), cut)


def kinds(store: Store, ref: str) -> list[str]:
    """The incident's lifecycle, without notes, roles and severities."""
    found = [event.kind for event in events(store, ref)]
    return [kind.removeprefix("incident-") for kind in found if kind.startswith("incident-")]


def notes(store: Store, ref: str) -> list[NoteAdded]:
    return events(store, ref, NoteAdded)


def holders(store: Store, ref: str, role: str) -> list[str]:
    found = events(store, ref, RoleAssigned)
    return [event.holder for event in found if event.role == role]


def record(**fields: Any) -> dict[str, Any]:
    """Return a record of the table, resolved at nine."""
    return {
        "number": "INC0095000",
        "state": "6",
        "opened_at": "2026-03-01 08:00:00",
        "sys_created_on": "2026-03-01 08:00:00",
        "sys_updated_on": "2026-03-01 09:00:00",
        "sys_mod_count": "3",
        "resolved_at": "2026-03-01 09:00:00",
        **fields,
    }


REF = "INC0095000"

OPEN_AGAIN = {
    "state": "2",
    "sys_updated_on": "2026-03-02 10:05:00",
    "sys_mod_count": "5",
    "reopen_count": "1",
    "reopened_time": "2026-03-02 10:00:00",
}


# Records of the table


def test_a_record_tells_when_it_was_opened_resolved_and_closed(store: Store) -> None:
    imported(store, "table-page.json")
    search = status(store, SEARCH)
    assert (search.title, search.services, search.state) == (
        "Search answers slowly",
        ("Search",),
        "resolved",
    )
    assert search.detected_at == at("2026-03-02T08:05:00Z")
    assert search.resolved_at == at("2026-03-02T10:30:00Z")
    closed = [note.occurred_at for note in notes(store, SEARCH) if note.text == "[Closed]"]
    assert closed == [at("2026-03-05T11:00:02Z")]


def test_an_incident_is_known_since_its_record_was_made(empty: Store) -> None:
    imported(empty, "table-page.json")
    before = empty.incidents(Cut(known_at=at("2026-03-02T08:11:29Z")))
    assert SEARCH not in {row.source_ref for row in before}
    assert status(empty, SEARCH, "2026-03-02T08:11:30Z").detected_at == at("2026-03-02T08:05:00Z")


def test_a_title_is_the_number_where_nothing_describes_it(empty: Store) -> None:
    imported(empty, "table-array.json")
    assert status(empty, FLAPPING).title == "INC0090007"


def test_a_resolution_says_the_code_and_the_notes_it_was_closed_with(empty: Store) -> None:
    imported(empty, "table-page.json")
    [resolved] = [one for one in events(empty, SEARCH) if one.kind == "incident-resolved"]
    assert resolved.by == "search on-call"
    assert getattr(resolved, "summary", None) == (
        "[Solved (Permanently)] Rebuilt the index.\nNo data was lost."
    )


def test_priority_is_the_severity_as_the_source_writes_it(empty: Store) -> None:
    imported(empty, "table-page.json", "table-export.csv")
    assert status(empty, SEARCH).severity == "2 - High"
    assert status(empty, "INC0090003").severity == "4 - Low"


def test_a_priority_as_number_and_as_words_is_the_same(empty: Store, tmp_path: Path) -> None:
    later = record(priority="2 - High", sys_updated_on="2026-03-01 10:00:00", sys_mod_count="4")
    imported(empty, written(tmp_path / "two.json", [record(priority="2"), later]))
    found = events(empty, REF, SeverityAssessed)
    assert [one.severity for one in found] == ["2"]


def test_a_reference_that_shows_only_its_key_names_nobody(empty: Store) -> None:
    imported(empty, "table-page.json")
    assert holders(empty, LOGIN, "assignment group") == []
    assert holders(empty, SEARCH, "assignment group") == ["Search team"]


def test_nobody_is_said_to_have_acknowledged_what_a_record_shows_in_progress(empty: Store) -> None:
    imported(empty, "table-export.csv")
    assert status(empty, "INC0090008").acknowledged_at is None
    assert [note.status for note in notes(empty, "INC0090008")] == ["In Progress"]


def test_a_record_made_before_it_was_opened_and_resolved_after_it_was_closed_stays_so(
    empty: Store,
) -> None:
    imported(empty, "table-export.csv")
    disk = status(empty, "INC0090003")
    assert disk.detected_at == at("2026-05-04T13:00:00Z")
    assert disk.resolved_at == at("2026-08-04T13:00:00Z")
    assert status(empty, "INC0090003", "2026-02-01T09:00:00Z").title == "Disk full on the archive"


def test_a_later_resolution_after_a_reopening_is_another_one(empty: Store) -> None:
    done = imported(empty, "table-page.json")
    assert kinds(empty, LOGIN) == ["detected", "resolved", "reopened", "resolved"]
    login = status(empty, LOGIN)
    assert (login.resolved_at, login.reopens) == (at("2026-04-02T12:00:00Z"), 1)
    assert (done.corrections, done.retractions) == (0, 0)
    first = status(empty, LOGIN, "2026-04-01T08:00:00Z")
    assert first.resolved_at == at("2026-04-01T08:00:00Z")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_exports_of_one_incident_tell_the_same_in_any_order(
    order: tuple[int, ...], empty: Store, tmp_path: Path
) -> None:
    revisions = json.loads((SAMPLES / "table-page.json").read_text())["result"][1:]
    for index in order:
        imported(empty, written(tmp_path / "one.json", revisions[index]))
    assert kinds(empty, LOGIN) == ["detected", "resolved", "reopened", "resolved"]
    assert status(empty, LOGIN).severity == "2"


def test_another_time_of_the_same_resolution_is_a_correction(empty: Store, tmp_path: Path) -> None:
    changed = {"resolved_at": "2026-03-01 08:40:00", "sys_updated_on": "2026-03-01 11:00:00"}
    imported(empty, written(tmp_path / "one.json", record()))
    done = imported(empty, written(tmp_path / "two.json", record(**changed, sys_mod_count="4")))
    assert done.corrections == 1
    assert status(empty, REF).resolved_at == at("2026-03-01T08:40:00Z")
    assert status(empty, REF, "2026-03-01T10:59:59Z").resolved_at == at("2026-03-01T09:00:00Z")


def test_of_two_updates_in_one_second_the_one_of_the_higher_number_stands(
    empty: Store, tmp_path: Path
) -> None:
    newer = record(short_description="A database is full", sys_mod_count="4")
    imported(empty, written(tmp_path / "newer.json", newer))
    imported(empty, written(tmp_path / "older.json", record(short_description="Zebra")))
    assert status(empty, REF).title == "A database is full"


def test_the_last_ending_of_an_open_record_was_before_its_reopening(
    empty: Store, tmp_path: Path
) -> None:
    imported(empty, written(tmp_path / "one.json", record(**OPEN_AGAIN)))
    assert kinds(empty, REF) == ["detected", "resolved", "reopened"]
    assert status(empty, REF).resolved_at is None


def test_closed_after_a_reopening_with_the_resolution_of_before_it_is_over_again(
    empty: Store, tmp_path: Path
) -> None:
    closed = {"state": "7", "closed_at": "2026-03-02 11:00:00"}
    imported(empty, written(tmp_path / "one.json", record(**OPEN_AGAIN | closed)))
    assert kinds(empty, REF) == ["detected", "resolved", "reopened", "resolved"]
    assert status(empty, REF).resolved_at == at("2026-03-02T11:00:00Z")


def test_canceled_after_a_reopening_it_was_not_canceled_before(
    empty: Store, tmp_path: Path
) -> None:
    canceled = {"state": "8", "closed_at": "2026-03-01 09:30:00"}
    imported(empty, written(tmp_path / "one.json", record(**OPEN_AGAIN | canceled)))
    [dismissed] = [one for one in events(empty, REF) if one.kind == "incident-dismissed"]
    assert dismissed.occurred_at == at("2026-03-02T10:05:00Z")


def test_a_record_that_is_open_again_without_counting_it_was_reopened_by_then(
    empty: Store,
) -> None:
    imported(empty, "table-array.json")
    assert kinds(empty, FLAPPING) == ["detected", "resolved", "reopened"]
    [reopened] = [one for one in events(empty, FLAPPING) if one.kind == "incident-reopened"]
    assert reopened.occurred_at == at("2026-04-12T11:00:00Z")


def test_closing_without_a_resolution_resolves_and_says_so(empty: Store) -> None:
    imported(empty, "table-array.json")
    [resolved] = [one for one in events(empty, PRINTER) if one.kind == "incident-resolved"]
    assert resolved.occurred_at == at("2026-04-11T09:45:00Z")
    assert getattr(resolved, "summary", None) == "[closed without a time of resolution]"


def test_a_resolved_record_that_does_not_say_since_when_was_so_by_its_update(
    empty: Store, tmp_path: Path
) -> None:
    imported(empty, written(tmp_path / "one.json", record(resolved_at="")))
    [resolved] = [one for one in events(empty, REF) if one.kind == "incident-resolved"]
    assert resolved.occurred_at == at("2026-03-01T09:00:00Z")
    assert "does not say since when" in getattr(resolved, "summary", "")


def test_a_canceled_record_is_dismissed(empty: Store) -> None:
    imported(empty, "table-array.json")
    assert status(empty, MISTAKE).dismissed == "not-an-incident"
    [dismissed] = [one for one in events(empty, MISTAKE) if one.kind == "incident-dismissed"]
    assert dismissed.occurred_at == at("2026-04-10T09:30:00Z")


def test_a_duplicate_is_merged_into_its_parent(empty: Store) -> None:
    imported(empty, "table-single.json")
    assert status(empty, DUPLICATE).merged_into == incident_id_of("servicenow", LOGIN)


def test_a_child_that_is_no_duplicate_is_not_merged(empty: Store, tmp_path: Path) -> None:
    child = record(parent_incident="INC0090001", close_code="Solved")
    imported(empty, written(tmp_path / "one.json", child))
    assert kinds(empty, REF) == ["detected", "resolved"]
    assert "parent_incident: INC0090001" in notes(empty, REF)[0].text


def test_records_of_other_tables_are_skipped(empty: Store) -> None:
    done = imported(empty, "table-array.json", "audit.json")
    assert done.skipped_why == {
        "a record of another table than incident": 1,
        "a change in another table than incident": 1,
    }


def test_what_the_system_resolves_is_marked_automatic(empty: Store, tmp_path: Path) -> None:
    imported(empty, written(tmp_path / "one.json", record(resolved_by="system")))
    [resolved] = [one for one in events(empty, REF) if one.kind == "incident-resolved"]
    assert getattr(resolved, "automatic", None) is True


@pytest.mark.parametrize("state", ["6", "Resolved", "6 - Resolved", "resolved"])
def test_a_state_is_a_number_a_label_or_both(state: str, empty: Store, tmp_path: Path) -> None:
    imported(empty, written(tmp_path / "one.json", record(state=state)))
    assert status(empty, REF).state == "resolved"


def test_a_state_in_another_language_is_known_by_its_number(empty: Store, tmp_path: Path) -> None:
    state = {"value": "6", "display_value": "Gelöst"}
    imported(empty, written(tmp_path / "one.json", record(state=state)))
    assert status(empty, REF).state == "resolved"
    assert notes(empty, REF)[0].status == "Resolved"


@pytest.mark.parametrize(("active", "state"), [("true", "detected"), ("false", "resolved")])
def test_a_state_of_ones_own_is_over_where_the_record_is_inactive(
    active: str, state: str, empty: Store, tmp_path: Path
) -> None:
    imported(empty, written(tmp_path / "one.json", record(state="Archived", active=active)))
    assert status(empty, REF).state == state


# Times


def test_a_time_without_a_zone_is_refused_where_none_is_named(empty: Store, tmp_path: Path) -> None:
    done = imported(empty, written(tmp_path / "one.json", record()), zone=None)
    assert "sys_updated_on: '2026-03-01 09:00:00' has no time zone: say which it is, with --tz" in (
        str(done.rejections[0])
    )


def test_a_time_without_a_zone_is_in_the_one_that_is_named(empty: Store, tmp_path: Path) -> None:
    imported(empty, written(tmp_path / "one.json", record()), zone=ZoneInfo("Europe/Berlin"))
    assert status(empty, REF).resolved_at == at("2026-03-01T08:00:00Z")


def test_where_both_forms_of_a_time_are_told_the_kept_one_is_utc(empty: Store) -> None:
    imported(empty, "table-page.json", zone=None)
    assert status(empty, SEARCH).resolved_at == at("2026-03-02T10:30:00Z")


def test_a_day_that_does_not_exist_is_rejected_with_its_place(empty: Store) -> None:
    done = imported(empty, "malformed.csv")
    [rejection] = done.rejections
    assert "malformed.csv:2 sys_updated_at: '31/2/2026 08:04': day is out of range" in str(
        rejection
    )
    assert done.recorded == 1


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("number", "", "number: is missing"),
        ("number", "\ud800", "number.value: holds a lone surrogate"),
        ("number", {"a": 1}, "number: is missing"),
        ("sys_updated_on", "", "sys_updated_on: is missing"),
        ("sys_updated_on", "soon", "sys_updated_on: 'soon' is no time such as"),
        ("resolved_at", "0001-01-01 00:00:00", "resolved_at: "),
        ("sys_mod_count", "many", "sys_mod_count: is no whole number"),
        ("short_description", "x" * 1_001, "title: "),
        ("short_description", 5, "short_description.value: "),
    ],
)
def test_a_value_that_cannot_be_is_rejected_with_its_field(
    field: str, value: object, problem: str, empty: Store, tmp_path: Path
) -> None:
    content = record() | {field: value}
    done = imported(empty, written(tmp_path / "one.json", content))
    assert f"one.json:1 {problem}" in str(done.rejections[0])
    assert empty.incidents() == []


# Rows of sys_audit


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


# Event logs


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
