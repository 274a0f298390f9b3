"""Importing ServiceNow states: when a record is over, open again, canceled or merged."""

from pathlib import Path

import pytest
from retold import Store, open_store
from retold.adapters.importers.tellings import incident_id_of

from .imports.servicenow import (
    DUPLICATE,
    FLAPPING,
    LOGIN,
    MISTAKE,
    PRINTER,
    REF,
    events,
    imported,
    kinds,
    notes,
    record,
    status,
)
from .imports.told import at, written

OPEN_AGAIN = {
    "state": "2",
    "sys_updated_on": "2026-03-02 10:05:00",
    "sys_mod_count": "5",
    "reopen_count": "1",
    "reopened_time": "2026-03-02 10:00:00",
}


@pytest.fixture
def empty() -> Store:
    return open_store("memory:")


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
