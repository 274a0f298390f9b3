"""Importing incidents of PagerDuty: what an incident tells as it stands now."""

from pathlib import Path

import pytest
from retold import Cut, Store, open_store
from retold.domain import events as ev

from .imports.pagerduty import (
    FLAPPING,
    INCIDENTS,
    LOG_ENTRIES,
    OPEN,
    PAYMENTS,
    events,
    imported,
    sample_incident,
    texts,
)
from .imports.told import at, written


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def test_an_incident_tells_its_detection_priority_and_resolution(store: Store) -> None:
    imported(store, INCIDENTS)
    row = store.status(store.find(f"pagerduty:{PAYMENTS}"))
    assert (row.title, row.state, row.severity) == ("Payments are refused", "resolved", "P1")
    assert row.services == ("Payments",)
    assert row.detected_at == at("2026-03-02T09:00:00Z")
    assert row.resolved_at == at("2026-03-02T10:30:00Z")
    [resolved] = events(store, PAYMENTS, ev.Resolved)
    assert (resolved.by, resolved.automatic) == ("Payments on-call", False)


def test_a_priority_is_not_known_before_the_incident_was_last_changed(store: Store) -> None:
    imported(store, INCIDENTS)
    before = Cut(known_at=at("2026-03-02T10:40:04Z"))
    [row] = [row for row in store.incidents(before) if row.source_ref == PAYMENTS]
    assert row.severity is None


def test_urgency_is_no_severity(store: Store) -> None:
    imported(store, INCIDENTS)
    assert store.status(store.find(f"pagerduty:{FLAPPING}")).severity is None


def test_who_was_asked_to_respond_has_come_in_only_when_they_joined(store: Store) -> None:
    imported(store, INCIDENTS)
    [engaged] = events(store, PAYMENTS, ev.ResponderEngaged)
    assert (engaged.responder, engaged.how) == ("Storage on-call", "paged")
    assert engaged.occurred_at == at("2026-03-02T09:25:00Z")
    assert "Asked Incident lead to respond: Please lead." in texts(store, PAYMENTS)


def test_acknowledgements_of_a_resolved_incident_are_not_read(store: Store, tmp_path: Path) -> None:
    incident = sample_incident()
    one = {"at": "2026-04-01T00:00:00Z", "acknowledger": incident["last_status_change_by"]}
    incident["acknowledgements"] = [one]
    imported(store, written(tmp_path / "one.json", {"incident": incident}))
    assert events(store, PAYMENTS, ev.Acknowledged, ev.Reopened) == []


def test_an_acknowledged_incident_without_a_list_tells_its_last_change(
    store: Store, tmp_path: Path
) -> None:
    incident = sample_incident(OPEN) | {"acknowledgements": [], "log_entries": None}
    imported(store, written(tmp_path / "one.json", {"incident": incident}))
    [acknowledged] = events(store, OPEN, ev.Acknowledged)
    assert acknowledged.occurred_at == at("2026-03-04T10:55:00Z")
    assert acknowledged.by == "Storage on-call"


def test_notes_within_an_incident_are_its_notes(store: Store, tmp_path: Path) -> None:
    author = {"id": "PUPAY01", "type": "user_reference", "summary": "Payments on-call"}
    bot = {"id": "PBOT01", "type": "bot_user_reference", "summary": "An event rule"}
    moment = "2026-03-02T09:40:00Z"
    notes = [
        {"id": "N1", "user": author, "content": "The provider is down.", "created_at": moment},
        {"id": "N2", "user": bot, "content": "First fact.", "created_at": moment},
        {"id": "N3", "user": bot, "content": "Second fact.", "created_at": moment},
    ]
    incident = sample_incident() | {"notes": notes, "incidents_responders": None}
    imported(store, written(tmp_path / "one.json", {"incident": incident}), LOG_ENTRIES)
    known = ["First fact.", "Second fact.", "The provider is down."]
    assert sorted(text for text in texts(store, PAYMENTS) if text in known) == known
    assert "Note added by Payments on-call." not in texts(store, PAYMENTS)


def test_a_title_changed_later_is_a_correction(store: Store, tmp_path: Path) -> None:
    later = sample_incident() | {"title": "Cards refused", "updated_at": "2026-03-09T00:00:00Z"}
    new = written(tmp_path / "later.json", {"incident": later})
    imported(store, INCIDENTS)
    assert imported(store, new).corrections == 1
    imported(store, INCIDENTS)
    assert store.status(store.find(f"pagerduty:{PAYMENTS}")).title == "Cards refused"
