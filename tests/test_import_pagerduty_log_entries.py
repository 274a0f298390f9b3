"""Importing the log of PagerDuty: milestones, and notes of everything else."""

import json
from pathlib import Path

import pytest
from retold import Store, open_store
from retold.domain import events as ev

from .imports.pagerduty import (
    INCIDENTS,
    LOG_ENTRIES,
    ONLY_LOGGED,
    OPEN,
    SAMPLES,
    events,
    imported,
    sample_incident,
    texts,
)
from .imports.told import at, written

LOG_ENTRY_TYPES = {
    "acknowledge", "annotate", "assign", "delegate", "escalate", "exhaust_escalation_path",
    "notify", "reach_ack_limit", "reach_trigger_limit", "repeat_escalation_path", "resolve",
    "snooze", "trigger", "unacknowledge", "urgency_change", "field_value_change",
    "custom_field_value_change",
}  # fmt: skip


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def test_every_type_of_log_entry_is_in_the_samples_and_says_something() -> None:
    entries = [*json.loads(LOG_ENTRIES.read_text())["log_entries"]]
    for incident in json.loads(INCIDENTS.read_text())["incidents"]:
        entries += incident.get("log_entries", [])
    assert {one["type"].removesuffix("_log_entry") for one in entries} == LOG_ENTRY_TYPES


@pytest.mark.parametrize("action", sorted(LOG_ENTRY_TYPES - {"trigger", "acknowledge", "resolve"}))
def test_an_entry_that_is_no_milestone_is_a_note_and_no_human_came_in(
    store: Store, tmp_path: Path, action: str
) -> None:
    [entry, *_] = [
        one for one in sample_incident(OPEN)["log_entries"] if one["type"] == f"{action}_log_entry"
    ]
    imported(store, written(tmp_path / "one.json", {"log_entry": entry}))
    [note] = events(store, OPEN)
    assert isinstance(note, ev.NoteAdded)
    assert note.occurred_at == at(entry["created_at"])
    assert note.by == (entry.get("agent") or {}).get("summary")
    assert action == "annotate" or entry["summary"] in note.text


def test_what_a_note_snooze_or_change_says_is_kept(store: Store) -> None:
    imported(store, INCIDENTS)
    kept = texts(store, OPEN)
    assert "Old snapshots are being deleted." in kept
    assert "Snoozed for two hours.\nunacknowledge at 2026-03-04T12:56:00.000000Z" in kept
    assert "Changed fields.\nUpdated priority to P3" in kept
    assert len([text for text in kept if text.startswith("Notified")]) == 2


def test_a_log_entry_of_a_type_that_is_not_known_is_a_note(store: Store, tmp_path: Path) -> None:
    [entry] = [json.loads((SAMPLES / "log-entry.json").read_text())["log_entry"]]
    entry |= {"type": "responder_request_log_entry", "summary": "Requested a responder."}
    imported(store, written(tmp_path / "one.json", entry))
    assert texts(store, ONLY_LOGGED) == ["Requested a responder."]


def test_a_log_alone_tells_the_whole_life(store: Store) -> None:
    imported(store, LOG_ENTRIES, SAMPLES / "log-entry.json")
    row = store.status(store.find(f"pagerduty:{ONLY_LOGGED}"))
    assert (row.title, row.services) == ("Queue grows", ("Search",))
    assert row.detected_at == at("2026-03-05T12:00:00Z")
    # it was triggered again at 13:00, after the resolution at 12:30
    assert (row.state, row.reopens, row.resolved_at) == ("acknowledged", 1, None)
    assert row.anomalies == 0
    [acknowledged] = events(store, ONLY_LOGGED, ev.Acknowledged)
    [resolved] = events(store, ONLY_LOGGED, ev.Resolved)
    assert (acknowledged.by, acknowledged.automatic) == ("Automation", True)
    assert (resolved.by, resolved.automatic) == ("Search", True)


def test_a_trigger_with_a_blank_summary_keeps_its_title(store: Store, tmp_path: Path) -> None:
    [blank] = [json.loads((SAMPLES / "log-entry.json").read_text())["log_entry"]]
    blank |= {"type": "trigger_log_entry", "summary": " "}
    imported(store, written(tmp_path / "one.json", blank))
    assert store.status(store.find(f"pagerduty:{ONLY_LOGGED}")).title == "Queue grows"
