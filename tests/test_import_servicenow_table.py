"""Importing records of the ServiceNow table: what a record tells, and what the next one changes."""

import json
from itertools import permutations
from pathlib import Path

import pytest
from retold import Cut, Store, open_store
from retold.domain.events import SeverityAssessed

from .imports.servicenow import (
    FLAPPING,
    LOGIN,
    REF,
    SAMPLES,
    SEARCH,
    events,
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


def test_records_of_other_tables_are_skipped(empty: Store) -> None:
    done = imported(empty, "table-array.json", "audit.json")
    assert done.skipped_why == {
        "a record of another table than incident": 1,
        "a change in another table than incident": 1,
    }


@pytest.mark.parametrize(
    "cells",
    [
        {"sys_class_name": "Störung"},
        {"sys_class_name": "Vorfall"},
        {"sys_class_name": "インシデント"},
        {"sys_class_name": {"value": "incident", "display_value": "Störung"}},
        {"sys_class_name": {"display_value": "Störung"}},
        {"sys_class_name": "Störung", "number": "STR0095000", "state": "", "incident_state": "6"},
    ],
)
def test_an_incident_is_one_in_every_language(
    cells: dict[str, object], empty: Store, tmp_path: Path
) -> None:
    done = imported(empty, written(tmp_path / "one.json", record() | cells))
    assert (done.recorded, done.skipped) == (1, 0)


@pytest.mark.parametrize(
    "cells",
    [
        {"sys_class_name": "problem"},
        {"sys_class_name": {"value": "problem", "display_value": "Incident"}},
        {"sys_class_name": {"value": "problem", "display_value": "Problem"}},
        {"sys_class_name": "Problem", "number": "PRB0095000"},
        {"sys_class_name": "Änderung", "number": "CHG0095000"},
    ],
)
def test_a_record_of_another_table_is_none_in_any_language(
    cells: dict[str, object], empty: Store, tmp_path: Path
) -> None:
    done = imported(empty, written(tmp_path / "one.json", record() | cells))
    assert done.skipped_why == {"a record of another table than incident": 1}
