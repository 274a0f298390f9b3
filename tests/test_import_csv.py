"""Importing tables through a mapping: what a row tells, told truthfully and once."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from retold import Store, open_store
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.formats import Options
from retold.adapters.importers.importing import How, import_files
from retold.adapters.importers.sources import format_mapped
from retold.adapters.importers.tellings import incident_id_of

from .imports.told import at, standing

SAMPLES = Path(__file__).parent / "samples" / "csv"
SPREADSHEET = SAMPLES / "spreadsheet" / "outages.csv"
MAY, JUNE = SAMPLES / "tickets" / "tickets-may.tsv", SAMPLES / "tickets" / "tickets-june.tsv"
AUDIT = SAMPLES / "changes" / "audit.csv"

PLAIN = """
source = "log"
rows = "incidents"
id = "id"
title = "title"
events.detected.at = "seen"
events.acknowledged.at = "taken"
events.resolved.at = "over"
"""
HEAD = "id,title,seen,taken,over\n"


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def imported(store: Store, *files: Path) -> Imported:
    """Import samples as the mapping beside them says."""
    form = format_mapped(files[0].parent / "mapping.toml")
    return import_files(store, form, [str(file) for file in files])


def plain(
    store: Store, folder: Path, rows: str, exported: Mapping[str, datetime] = {}, name: str = "a"
) -> Imported:
    """Import a small table with the plainest mapping."""
    mapping, table = folder / "plain.toml", folder / f"{name}.csv"
    mapping.write_text(PLAIN)
    table.write_text(HEAD + rows)
    exported_at = {str(folder / file): moment for file, moment in exported.items()}
    how = How(Options(exported_at=exported_at))
    return import_files(store, format_mapped(mapping), [str(table)], how)


def told(store: Store, ref: str) -> dict[str, Any]:
    """The effective events of an incident by kind, the last of each."""
    return {one.event.kind: one.event for one in standing(store, store.find(ref))}


def test_a_row_tells_a_whole_incident_in_the_tables_zone(store: Store) -> None:
    imported(store, SPREADSHEET)
    row = store.status(store.find("outages:00012"))
    assert (row.state, row.title, row.severity) == ("resolved", "Search answers slowly", "2")
    assert row.services == ("Search",)
    impact = told(store, "outages:00012")["impact-started"]
    assert (impact.service, impact.occurred_at) == ("Search", at("2026-02-03T08:40:00Z"))
    assert row.detected_at == at("2026-02-03T08:55:00Z")
    assert row.acknowledged_at == at("2026-02-03T09:01:00Z")
    assert row.mitigated_at == at("2026-02-03T09:30:00Z")
    assert row.resolved_at == at("2026-02-03T10:15:00Z")
    summer = store.status(store.find("outages:00015"))
    assert summer.detected_at == at("2026-03-30T06:45:00Z")


def test_texts_people_and_roles_go_with_the_events(store: Store) -> None:
    imported(store, SPREADSHEET)
    events = told(store, "outages:00012")
    cause = "A cache was emptied by hand.\n\nIt filled again by itself."
    assert events["incident-acknowledged"].by == "search on-call"
    assert events["incident-resolved"].summary == cause
    assert events["note-added"].text == f"Root cause: {cause}"
    assert events["note-added"].occurred_at == events["incident-resolved"].occurred_at
    assert (events["role-assigned"].role, events["role-assigned"].holder) == (
        "commander",
        "duty manager north",
    )
    assert events["severity-assessed"].assessor == "outages"


def test_what_the_mapping_calls_missing_did_not_happen(store: Store) -> None:
    imported(store, SPREADSHEET)
    assert {"incident-acknowledged", "incident-mitigated"}.isdisjoint(told(store, "outages:00013"))
    assert "impact-started" not in told(store, "outages:00014")
    assert [row.source_ref for row in store.incidents(only_open=True)] == ["00015"]


def test_a_false_alarm_is_dismissed_and_not_resolved(store: Store) -> None:
    imported(store, SPREADSHEET)
    events = told(store, "outages:00014")
    assert events["incident-dismissed"].reason == "false-alarm"
    assert "incident-resolved" not in events
    assert events["incident-acknowledged"].automatic


def test_several_services_in_one_cell_are_several(store: Store) -> None:
    imported(store, SPREADSHEET)
    services = told(store, "outages:00013")["incident-detected"].services
    assert services == ("Payments", "Ledger")


def test_empty_rows_at_the_end_are_counted_as_skipped(store: Store) -> None:
    done = imported(store, SPREADSHEET)
    assert (done.read, done.recorded, done.rejected) == (6, 4, 0)
    assert done.skipped_why == {"an empty row": 2}


def test_rows_of_another_sort_are_counted_as_skipped(store: Store) -> None:
    done = imported(store, MAY)
    assert done.skipped_why == {"not what the mapping's when asks for": 1}
    assert {row.source_ref for row in store.incidents()} == {"T-1", "T-2"}


def test_a_detection_is_known_from_when_the_table_says_that_it_was_told(store: Store) -> None:
    imported(store, MAY)
    [detected, *_] = store.recorded(store.find("tickets:T-1"))
    assert detected.event.occurred_at == at("2026-05-04T08:00:00Z")
    assert detected.told_at == at("2026-05-04T08:06:00Z")


def test_a_duplicate_is_merged_into_the_incident_that_its_row_names(store: Store) -> None:
    imported(store, MAY)
    events = told(store, "tickets:T-2")
    assert events["incident-merged"].into == incident_id_of("tickets", "T-1")
    assert "incident-resolved" not in events


def test_a_changed_past_value_is_a_correction_that_names_old_and_new(store: Store) -> None:
    imported(store, MAY)
    done = imported(store, JUNE)
    assert (done.recorded, done.already_there, done.corrections) == (2, 1, 1)
    incident_id = store.find("tickets:T-1")
    [correction] = [
        one for one in store.recorded(incident_id) if one.event.kind == "event-corrected"
    ]
    assert correction.event.by == "tickets import"
    assert correction.told_at == at("2026-05-06T07:00:00Z")
    changes = {one.field: (one.old, one.new) for one in correction.event.changes}  # type: ignore[union-attr]
    assert changes["title"] == ("Images do not load", "Images did not load")
    assert changes["occurred_at"] == ("2026-05-04T08:00:00Z", "2026-05-04T07:50:00Z")


def test_an_older_row_after_a_newer_one_changes_nothing(store: Store) -> None:
    imported(store, JUNE)
    done = imported(store, MAY)
    assert done.events == 0
    assert done.skipped_why["older than what is recorded"] == 1


BEFORE = "1,Slow,2026-03-01T10:00Z,2026-03-01T10:05Z,2026-03-01T12:00Z\n"
AFTER = "1,Slow,2026-03-01T10:00Z,2026-03-01T10:03Z,2026-03-01T11:30Z\n"
DATES = {"before.csv": at("2026-03-02T00:00Z"), "after.csv": at("2026-03-09T00:00Z")}


@pytest.mark.parametrize("order", [("before", "after"), ("after", "before")])
def test_of_two_exports_the_later_stands_in_any_order(
    store: Store, tmp_path: Path, order: tuple[str, ...]
) -> None:
    rows = {"before": BEFORE, "after": AFTER}
    for name in order:
        plain(store, tmp_path, rows[name], DATES, name)
    row = store.status(store.find("log:1"))
    assert row.acknowledged_at == at("2026-03-01T10:03Z")
    assert row.resolved_at == at("2026-03-01T11:30Z")


def test_a_correction_without_a_time_of_its_own_is_told_when_the_table_was_exported(
    store: Store, tmp_path: Path
) -> None:
    plain(store, tmp_path, BEFORE, DATES, "before")
    done = plain(store, tmp_path, AFTER, DATES, "after")
    assert done.corrections == 2
    told_at = {one.told_at for one in store.recorded(store.find("log:1"))[-2:]}
    assert told_at == {DATES["after.csv"]}


def test_without_any_word_of_it_a_row_is_as_new_as_the_latest_time_in_it(
    store: Store, tmp_path: Path
) -> None:
    plain(store, tmp_path, BEFORE)
    still_open = BEFORE.replace("2026-03-01T12:00Z", "")
    done = plain(store, tmp_path, still_open)
    assert done.skipped_why == {"older than what is recorded": 1}
    assert store.status(store.find("log:1")).state == "resolved"


def test_a_row_without_a_title_is_called_by_its_id(store: Store, tmp_path: Path) -> None:
    plain(store, tmp_path, "17,,2026-03-01T10:00Z,,\n")
    assert store.status(store.find("log:17")).title == "17"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",Slow,2026-03-01T10:00Z,,", "id: is empty"),
        ("1,Slow,,,2026-03-01T12:00Z", "seen: no time in events.detected.at"),
        ("1,Slow,2026-03-01 10:00,,", "seen: '2026-03-01 10:00' has no time zone"),
        ("1,Slow,2026-03-01,,", "is a date without a time of day"),
        ("1,Slow,yesterday,,", "seen: 'yesterday' is no time in the form iso"),
        ("1,Slow,0001-01-01T00:00Z,,", "the year must lie between"),
        (f"1,{'x' * 1_001},2026-03-01T10:00Z,,", "events.detected title"),
        (f"{'1' * 1_001},Slow,2026-03-01T10:00Z,,", "id: String should have at most"),
        ("1,Slow", "has 2 columns, the header 5"),
    ],
)
def test_a_row_that_cannot_be_taken_is_rejected_with_its_line_and_column(
    store: Store, tmp_path: Path, row: str, problem: str
) -> None:
    done = plain(store, tmp_path, f"0,Fine,2026-03-01T10:00Z,,\n{row}\n")
    [rejection] = done.rejections
    assert "a.csv:3" in str(rejection)
    assert problem in str(rejection)
    assert len(store.incidents()) == 1
