"""Importing tables with one row per change: what follows from the rows together."""

from pathlib import Path

import pytest
from retold import Store, open_store
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.importing import import_files
from retold.adapters.importers.sources import format_mapped

from .imports.told import at

AUDIT = Path(__file__).parent / "samples" / "csv" / "changes" / "audit.csv"
MAPPING = AUDIT.parent / "mapping.toml"

MINIMAL = """
source = "chat"
rows = "changes"
id = "incident"
at = "time"
by = "who"
keep = ["text"]
"""


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def imported(store: Store, mapping: Path, *tables: Path) -> Imported:
    return import_files(store, format_mapped(mapping), [str(one) for one in tables])


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_states_that_follow_each_other_tell_what_happened(store: Store) -> None:
    imported(store, MAPPING, AUDIT)
    row = store.status(store.find("helpdesk:C-7"))
    assert (row.state, row.reopens, row.title) == ("resolved", 1, "Checkout is slow")
    assert row.services == ("shop",)
    assert row.detected_at == at("2026-04-01T08:00Z")
    assert row.acknowledged_at == at("2026-04-01T08:40Z")
    assert row.resolved_at == at("2026-04-01T11:45Z")


def test_each_row_is_kept_as_a_note_with_its_state(store: Store) -> None:
    imported(store, MAPPING, AUDIT)
    notes = [
        one.event
        for one in store.history(store.find("helpdesk:C-7")).entries
        if one.event.kind == "note-added"
    ]
    assert len(notes) == 7
    assert notes[2].status == "Active/Working"
    assert notes[2].by == "shop on-call"
    assert "team: shop" in notes[2].text


def test_two_equal_rows_are_one(store: Store) -> None:
    done = imported(store, MAPPING, AUDIT)
    assert (done.read, done.recorded, done.already_there, done.skipped) == (13, 11, 1, 1)


def test_severity_and_roles_are_told_where_they_change(store: Store) -> None:
    imported(store, MAPPING, AUDIT)
    entries = store.history(store.find("helpdesk:C-7")).entries
    severities = [one.event.severity for one in entries if one.event.kind == "severity-assessed"]
    assert severities == ["3", "2"]
    owners = [one.event.holder for one in entries if one.event.kind == "role-assigned"]
    assert owners == ["service desk", "shop on-call"]


def test_a_state_that_ends_an_incident_otherwise_dismisses_it(store: Store) -> None:
    imported(store, MAPPING, AUDIT)
    assert store.status(store.find("helpdesk:C-8")).state == "dismissed"


def test_a_state_that_says_nothing_leaves_the_incident_as_it_was(store: Store) -> None:
    imported(store, MAPPING, AUDIT)
    assert store.status(store.find("helpdesk:C-9")).state == "detected"


def test_a_state_without_a_meaning_is_rejected_by_its_name(store: Store, tmp_path: Path) -> None:
    lines = [line for line in MAPPING.read_text().splitlines() if not line.startswith('"*"')]
    mapping = written(tmp_path / "strict.toml", "\n".join(lines))
    done = imported(store, mapping, AUDIT)
    [rejection] = done.rejections
    assert "'On tour' has no meaning yet: add it to [states]" in str(rejection)


def test_rows_of_one_time_follow_each_other_as_their_order_says(
    store: Store, tmp_path: Path
) -> None:
    same = "2026-04-01 08:00"
    rows = [f"C-1,{same},10,Ended,,,,,a", f"C-1,{same},9,Active,,,,,a", f"C-1,{same},8,New,,,,,a"]
    head = AUDIT.read_text().splitlines()[0]
    imported(store, MAPPING, written(tmp_path / "t.csv", "\n".join([head, *rows, ""])))
    row = store.status(store.find("helpdesk:C-1"))
    assert (row.state, row.reopens) == ("resolved", 0)


def test_rows_of_one_time_without_an_order_follow_each_other_by_how_far_they_are(
    store: Store, tmp_path: Path
) -> None:
    text = MAPPING.read_text().replace('order = "step"\n', "")
    mapping = written(tmp_path / "unordered.toml", text)
    same = "2026-04-01 08:00"
    rows = [f"C-1,{same},,Ended,,,,,a", f"C-1,{same},,Active,,,,,a", f"C-1,{same},,New,,,,,a"]
    head = AUDIT.read_text().splitlines()[0]
    imported(store, mapping, written(tmp_path / "t.csv", "\n".join([head, *rows, ""])))
    row = store.status(store.find("helpdesk:C-1"))
    assert (row.state, row.reopens) == ("resolved", 0)


def test_a_log_without_states_is_a_story_of_notes(store: Store, tmp_path: Path) -> None:
    mapping = written(tmp_path / "chat.toml", MINIMAL)
    table = written(
        tmp_path / "chat.csv",
        "incident,time,who,text\n"
        "db,2026-05-01T10:05Z,database on-call,restarting it\n"
        "db,2026-05-01T10:00Z,database on-call,the database is down\n",
    )
    imported(store, mapping, table)
    row = store.status(store.find("chat:db"))
    assert (row.title, row.state) == ("db", "detected")
    assert row.detected_at == at("2026-05-01T10:00Z")


def test_a_row_with_a_key_that_was_changed_is_still_the_same_row(
    store: Store, tmp_path: Path
) -> None:
    mapping = written(tmp_path / "chat.toml", f'{MINIMAL}key = "n"\nupdated_at = "edited"\n')
    head = "incident,time,who,text,n,edited\n"
    first = "db,2026-05-01T10:00Z,database on-call,down,1,2026-05-01T10:00Z\n"
    second = "db,2026-05-01T10:00Z,database on-call,all down,1,2026-05-01T10:30Z\n"
    imported(store, mapping, written(tmp_path / "a.csv", head + first))
    done = imported(store, mapping, written(tmp_path / "b.csv", head + second))
    assert (done.events, done.corrections) == (1, 1)
    notes = [
        one.event.text
        for one in store.history(store.find("chat:db")).entries
        if one.event.kind == "note-added"
    ]
    assert notes == ["text: all down\nincident: db"]
