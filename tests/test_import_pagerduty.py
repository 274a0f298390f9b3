"""Importing PagerDuty: one fact, whether its incident, its log or a webhook tells it."""

import json
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from retold import Cut, Store, open_store
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.formats import Options
from retold.adapters.importers.importing import How, import_files
from retold.adapters.importers.tellings import incident_id_of
from retold.domain import events as ev

from .imports.told import REAL_DATA, at, duration_of, events_of, needs_real_data, written

SAMPLES = Path(__file__).parent / "samples" / "pagerduty"
INCIDENTS, LOG_ENTRIES = SAMPLES / "incidents.json", SAMPLES / "log-entries.json"
WEBHOOKS, ANALYTICS = SAMPLES / "webhooks.jsonl", SAMPLES / "analytics.json"
REAL = REAL_DATA / "pagerduty"

PAYMENTS, DUPLICATE, FLAPPING, OPEN = "QPAYING1", "QDUPE001", "QFLAP001", "QOPEN001"
ONLY_LOGGED, ONLY_HOOKED, ONLY_ANALYSED = "QLOGS001", "QHOOK001", "QANAL001"

LOG_ENTRY_TYPES = {
    "acknowledge", "annotate", "assign", "delegate", "escalate", "exhaust_escalation_path",
    "notify", "reach_ack_limit", "reach_trigger_limit", "repeat_escalation_path", "resolve",
    "snooze", "trigger", "unacknowledge", "urgency_change", "field_value_change",
    "custom_field_value_change",
}  # fmt: skip

events = partial(events_of, "pagerduty")
duration = partial(duration_of, "pagerduty")


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def imported(store: Store, *files: object, tz: str | None = None) -> Imported:
    options = Options(ZoneInfo(tz) if tz else None)
    return import_files(store, "pagerduty", [str(file) for file in files], How(options))


def texts(store: Store, ref: str) -> list[str]:
    return [note.text for note in events(store, ref, ev.NoteAdded)]


def documents(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def sample_incident(ref: str = PAYMENTS) -> dict[str, Any]:
    page = json.loads(INCIDENTS.read_text())
    return dict(next(one for one in page["incidents"] if one["id"] == ref))


def sample_event(kind: str) -> dict[str, Any]:
    found = (one for one in documents(WEBHOOKS) if one.get("event", {}).get("event_type") == kind)
    return dict(next(found))


# The incident


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


def test_a_merged_incident_is_merged_and_not_resolved(store: Store) -> None:
    imported(store, INCIDENTS)
    [merged] = events(store, DUPLICATE, ev.Merged, ev.Resolved)
    assert merged.into == incident_id_of("pagerduty", PAYMENTS)
    assert store.status(store.find(f"pagerduty:{DUPLICATE}")).state == "merged"


@pytest.mark.parametrize("order", [(INCIDENTS, LOG_ENTRIES), (LOG_ENTRIES, INCIDENTS)])
def test_the_resolve_entry_of_a_merge_is_no_resolution(
    store: Store, order: tuple[Path, Path]
) -> None:
    imported(store, order[0])
    imported(store, order[1], ANALYTICS)
    # its log has the merge a second later than the incident has it
    assert [event.kind for event in events(store, DUPLICATE, ev.Merged, ev.Resolved)] == [
        "incident-merged"
    ]
    assert "Resolved by Payments on-call." in texts(store, DUPLICATE)
    assert duration(store, DUPLICATE, "ttr_detected").duration_us is None


def test_a_merge_into_nobody_knows_what_is_a_resolution_that_says_so(
    store: Store, tmp_path: Path
) -> None:
    incident = sample_incident(DUPLICATE)
    incident["resolve_reason"]["incident"] = None
    imported(store, written(tmp_path / "one.json", {"incident": incident}))
    [resolved] = events(store, DUPLICATE, ev.Merged, ev.Resolved)
    assert resolved.summary == "Merged into an incident that PagerDuty does not name."


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


# The log


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


def test_what_follows_from_a_log_is_marked_as_inferred_until_the_incident_says_it(
    store: Store,
) -> None:
    imported(store, LOG_ENTRIES)
    before = _parts(store, PAYMENTS)
    assert {"inferred:detected", "inferred:2026-03-02T10:30:00Z/resolved"} <= before
    imported(store, INCIDENTS)
    after = _parts(store, PAYMENTS)
    assert {"detected", "2026-03-02T10:30:00Z/resolved"} <= after
    assert not [part for part in after if part.startswith("inferred:")]


def _parts(store: Store, ref: str) -> set[str]:
    entries = store.history(store.find(f"pagerduty:{ref}")).entries
    parts = [one.recorded.source.part for one in entries if not one.retraction]  # type: ignore[union-attr] # all are imported
    return {part for part in parts if part}


def test_a_trigger_after_a_resolution_reopens(store: Store) -> None:
    imported(store, INCIDENTS)
    row = store.status(store.find(f"pagerduty:{FLAPPING}"))
    assert (row.state, row.reopens, row.anomalies) == ("resolved", 1, 0)
    [reopened] = events(store, FLAPPING, ev.Reopened)
    assert reopened.occurred_at == at("2026-03-03T02:50:00Z")
    first, second = events(store, FLAPPING, ev.Resolved)
    assert (first.automatic, second.automatic) == (False, True)
    assert duration(store, FLAPPING, "active_time").duration_us == (20 + 20) * 60 * 1_000_000


# Webhooks


def test_webhooks_alone_tell_the_whole_life(store: Store) -> None:
    done = imported(store, WEBHOOKS)
    assert done.rejected == 0
    assert done.skipped_why == {
        "a service, not an incident": 1,
        "a webhook that only tests the connection": 1,
        "a webhook subscription, not an incident": 1,
        "an event of a type that is not known": 1,
    }
    row = store.status(store.find(f"pagerduty:{ONLY_HOOKED}"))
    assert (row.title, row.state, row.reopens) == ("Login fails", "resolved", 1)
    [reopened] = events(store, ONLY_HOOKED, ev.Reopened)  # told, so not inferred as well
    assert reopened.by == "Storage on-call"
    assert reopened.occurred_at == at("2026-03-06T09:00:00.480Z")
    automatic = [one.automatic for one in events(store, ONLY_HOOKED, ev.Resolved)]
    assert automatic == [True, False]  # the first names no agent


def test_a_lost_webhook_of_a_reopening_is_made_up_for_by_what_came_after(
    store: Store, tmp_path: Path
) -> None:
    hooks = [one for one in documents(WEBHOOKS) if "event" in one]
    left = [one for one in hooks if one["event"]["event_type"] != "incident.reopened"]
    imported(store, written(tmp_path / "told.jsonl", *left))
    [reopened] = events(store, ONLY_HOOKED, ev.Reopened)
    assert reopened.occurred_at == at("2026-03-06T09:00:00Z")  # a later webhook's reopened_at
    for one in left:
        one["event"]["data"].pop("reopened_at", None)
    other = open_store("memory:")
    imported(other, written(tmp_path / "inferred.jsonl", *left))
    [reopened] = events(other, ONLY_HOOKED, ev.Reopened)
    assert reopened.occurred_at == at("2026-03-06T09:01:00Z")  # the acknowledgement


def test_a_webhook_sent_again_records_nothing(store: Store, tmp_path: Path) -> None:
    hook = sample_event("incident.acknowledged")
    again = {"event": hook["event"] | {"id": "another delivery"}}
    done = imported(store, written(tmp_path / "twice.jsonl", hook, hook, again))
    assert (done.recorded, done.already_there) == (1, 2)


def test_priorities_have_the_time_and_the_person_that_the_webhook_names(store: Store) -> None:
    imported(store, WEBHOOKS)
    assessed = events(store, PAYMENTS, ev.SeverityAssessed)
    assert [(one.severity, one.assessor) for one in assessed] == [
        ("P2", "Payments"),
        ("P1", "Incident lead"),
    ]
    assert assessed[1].occurred_at == at("2026-03-02T09:08:00.400Z")


def test_roles_are_taken_and_given_back(store: Store) -> None:
    imported(store, WEBHOOKS)
    roles = events(store, PAYMENTS, ev.RoleAssigned, ev.RoleReleased)
    assert [(one.kind, one.role, one.holder) for one in roles] == [
        ("role-assigned", "Commander", "Incident lead"),
        ("role-released", "Commander", "Incident lead"),
        ("role-assigned", "Commander", "Payments on-call"),
    ]


def test_an_unassigned_role_is_given_back(store: Store, tmp_path: Path) -> None:
    hook = sample_event("incident.role.assigned")
    [assignment] = hook["event"]["data"]["incident_role_assignments"]
    assignment |= {"old_assignee": assignment["assignee"], "assignee": None}
    imported(store, written(tmp_path / "one.json", hook))
    [released] = events(store, PAYMENTS)
    assert isinstance(released, ev.RoleReleased)


def test_tasks_are_follow_ups(store: Store) -> None:
    imported(store, WEBHOOKS)
    [added] = events(store, PAYMENTS, ev.FollowUpAdded)
    [completed] = events(store, PAYMENTS, ev.FollowUpCompleted)
    assert (added.follow_up, added.owner) == (completed.follow_up, "Payments on-call")
    assert added.text == "Write to the card provider\nAsk why."


def test_who_accepts_a_request_came_in_and_who_declines_did_not(store: Store) -> None:
    imported(store, WEBHOOKS)
    [engaged] = events(store, PAYMENTS, ev.ResponderEngaged)
    assert engaged.responder == "Storage on-call"
    assert "Incident lead replied: declined" in texts(store, PAYMENTS)


@pytest.mark.parametrize(
    "text",
    [
        "We are working on it.",
        "Conference bridge: https://example.com/bridge, +1-555-0100",
        "region: eu-1 (before: null)",
        "Task Write to the card provider: in_progress",
        "Workflow Open a channel: started",
        "Workflow Open a channel: completed",
        "Automation Restart the gateway: created",
        "The card provider answers with errors.",
        "Asked Storage on-call to respond: Please look at the database.",
    ],
)
def test_what_webhooks_say_besides_is_a_note(store: Store, text: str) -> None:
    imported(store, WEBHOOKS)
    assert text in texts(store, PAYMENTS)


def test_reassignments_and_their_like_are_notes(store: Store) -> None:
    imported(store, WEBHOOKS)
    assert texts(store, ONLY_HOOKED) == [
        "Unacknowledged",
        "Escalated to Incident lead",
        "Reassigned to Storage on-call, Incident lead",
        "Delegated to Default",
        "Service: Login",
        "Type of incident: major",
    ]


# One fact through several channels


@pytest.mark.parametrize("backwards", [False, True])
def test_a_fact_told_by_incident_log_and_webhook_is_one_and_keeps_the_most_exact_time(
    store: Store, backwards: bool
) -> None:
    files = [INCIDENTS, LOG_ENTRIES, WEBHOOKS, ANALYTICS]
    for file in files[::-1] if backwards else files:
        imported(store, file)
    [acknowledged] = events(store, PAYMENTS, ev.Acknowledged)
    [resolved] = events(store, PAYMENTS, ev.Resolved)
    assert acknowledged.occurred_at == at("2026-03-02T09:05:00.733Z")
    assert resolved.occurred_at == at("2026-03-02T10:30:00.610Z")
    assert len(events(store, PAYMENTS, ev.Detected)) == 1
    assert len(events(store, PAYMENTS, ev.ResponderEngaged)) == 1
    assert texts(store, PAYMENTS).count("The card provider answers with errors.") == 1
    assert "Note added by Payments on-call." not in texts(store, PAYMENTS)
    assert store.status(store.find(f"pagerduty:{PAYMENTS}")).anomalies == 0


# Analytics


def test_analytics_alone_tell_the_milestones_that_they_know(store: Store) -> None:
    imported(store, ANALYTICS)
    row = store.status(store.find(f"pagerduty:{ONLY_ANALYSED}"))
    # without a zone of their own, the times are in the zone of the answer: New York
    assert row.detected_at == at("2026-03-07T09:00:00Z")
    assert (row.title, row.services, row.severity) == ("Mails are late", ("Mail",), "P3")
    [acknowledged] = events(store, ONLY_ANALYSED, ev.Acknowledged)
    assert acknowledged.occurred_at == at("2026-03-07T09:01:30Z")
    assert acknowledged.by is None  # two acknowledged it: who was the first is not told
    [resolved] = events(store, ONLY_ANALYSED, ev.Resolved)
    assert (resolved.occurred_at, resolved.by) == (at("2026-03-07T10:00:00Z"), "Incident lead")


def test_what_resolved_by_itself_is_resolved_automatically(store: Store) -> None:
    imported(store, ANALYTICS)
    [resolved] = events(store, "QANAL002", ev.Resolved)
    assert (resolved.automatic, resolved.by) == (True, None)
    assert events(store, "QANAL002", ev.Acknowledged) == []


def test_the_acknowledgement_of_analytics_gives_way_to_the_one_that_was_told(store: Store) -> None:
    imported(store, ANALYTICS)
    [inferred] = events(store, PAYMENTS, ev.Acknowledged)
    assert inferred.occurred_at == at("2026-03-02T09:05:01Z")
    imported(store, LOG_ENTRIES)
    [stated] = events(store, PAYMENTS, ev.Acknowledged)
    assert stated.occurred_at == at("2026-03-02T09:05:00Z")


def test_times_without_a_zone_need_one(store: Store, tmp_path: Path) -> None:
    [row, *_] = json.loads(ANALYTICS.read_text())["data"]
    file = written(tmp_path / "row.json", row)
    [rejection] = imported(store, file).rejections
    assert "created_at: '2026-03-02T04:00:00' has no time zone: give --tz" in str(rejection)
    assert imported(store, file, tz="Europe/Berlin").recorded == 1
    [detected] = events(store, PAYMENTS, ev.Detected)
    assert detected.occurred_at == at("2026-03-02T03:00:00Z")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"time_zone": "Nowhere/Land"}, "no time zone 'Nowhere/Land'"),
        ({"seconds_to_first_ack": 10**30}, "seconds_to_first_ack: is too long for any time"),
        ({"seconds_to_first_ack": -1}, "seconds_to_first_ack"),
    ],
)
def test_analytics_that_make_no_sense_are_rejected(
    store: Store, tmp_path: Path, change: dict[str, object], problem: str
) -> None:
    [row, *_] = json.loads(ANALYTICS.read_text())["data"]
    done = imported(store, written(tmp_path / "row.json", row | change), tz="UTC")
    assert problem in str(done.rejections[0])


# What is refused


def test_what_cannot_be_taken_is_rejected_with_its_place_and_the_rest_goes_in(store: Store) -> None:
    done = imported(store, SAMPLES / "malformed.jsonl")
    reasons = [str(one).removeprefix(str(SAMPLES)) for one in done.rejections]
    assert reasons[0].startswith("/malformed.jsonl:1 event occurred_at: 'not a time' is not")
    assert reasons[1:] == [
        "/malformed.jsonl:2: has no time: the webhook around it, `event`, has it",
        "/malformed.jsonl:3: does not say of which incident",
        "/malformed.jsonl:4 created_at: '2026-03-07T04:00:00' has no time zone: give --tz",
        "/malformed.jsonl:5 incident: does not say of which incident",
    ]
    assert done.skipped_why == {"a reference to an incident, which says nothing of it": 1}
    assert done.recorded == 1


@pytest.mark.parametrize(
    "content",
    [[], [1, None, "x"], {}, {"event": {}}, {"incident": {"id": "x"}}, {"alerts": []}],
)
def test_what_is_no_export_of_pagerduty_records_nothing(
    store: Store, tmp_path: Path, content: object
) -> None:
    imported(store, written(tmp_path / "other.json", content))
    assert store.incidents() == []


# Real files


@needs_real_data
def test_real_incidents_say_what_their_log_says(store: Store) -> None:
    file = REAL / "incidents.json"
    done = imported(store, file)
    assert (done.read, done.recorded) == (3, 3)
    for incident in json.loads(file.read_text())["incidents"]:
        row = store.status(store.find(f"pagerduty:{incident['id']}"))
        entries = incident["log_entries"]
        assert row.title == incident["title"]
        assert row.services == (incident["service"]["summary"],)
        assert row.detected_at == min(_times(entries, "trigger"))
        acknowledged = events(store, incident["id"], ev.Acknowledged)
        assert {one.occurred_at for one in acknowledged} == _times(entries, "acknowledge")
        assert {one.by for one in acknowledged} <= {"Keon Amini"}
        resolved = events(store, incident["id"], ev.Resolved)
        assert {one.occurred_at for one in resolved} == _times(entries, "resolve")
        assert (row.resolved_at is not None) == (incident["status"] == "resolved")
        assert events(store, incident["id"], ev.ResponderEngaged, ev.Reopened) == []
        summaries = [one["summary"] for one in entries if one["type"] != "acknowledge_log_entry"]
        heads = [text.splitlines()[0] for text in texts(store, incident["id"])]
        assert sorted(heads) == sorted(summaries)
        assert row.anomalies == 0


def _times(entries: list[dict[str, Any]], action: str) -> set[datetime]:
    return {at(one["created_at"]) for one in entries if one["type"] == f"{action}_log_entry"}


@needs_real_data
def test_real_incidents_and_their_log_apart_tell_the_same(tmp_path: Path) -> None:
    page = json.loads((REAL / "incidents.json").read_text())
    entries = [entry for one in page["incidents"] for entry in one.pop("log_entries")]
    whole, apart = open_store("memory:"), open_store("memory:")
    imported(whole, REAL / "incidents.json")
    imported(apart, written(tmp_path / "log.json", {"log_entries": entries}))
    imported(apart, written(tmp_path / "page.json", page))
    for incident in page["incidents"]:
        ref = incident["id"]
        assert sorted(map(repr, events(whole, ref))) == sorted(map(repr, events(apart, ref)))


TAKEN = {
    "GET /incidents 200 response", "PUT /incidents 200 response", "POST /incidents 201 response",
    "GET /incidents/{id} 200 response", "PUT /incidents/{id} 200 response",
    "POST /incidents/{id}/snooze 201 response", "GET /incidents/{id}/log_entries 200 response",
    "GET /log_entries 200 response", "GET /log_entries/{id} 200 response",
}  # fmt: skip
REFERENCES = {"PUT /incidents/{id}/merge 200 response"}
OF_NO_INCIDENT = {
    "GET /incidents/{id}/notes 200 response", "POST /incidents/{id}/notes 200 response",
    "PUT /incidents/{id}/notes/{note_id} 200 response",
}  # fmt: skip


def _routes() -> list[str]:
    return list(json.loads((REAL / "rest-examples.json").read_text())) if REAL.is_dir() else []


@needs_real_data
@pytest.mark.parametrize("route", _routes())
def test_each_official_example_is_taken_skipped_or_rejected(
    store: Store, tmp_path: Path, route: str
) -> None:
    example = json.loads((REAL / "rest-examples.json").read_text())[route]
    done = imported(store, written(tmp_path / "one.json", example))
    if route in TAKEN:
        assert (done.read, done.recorded) == (1, 1)
        [row] = store.incidents()
        assert (row.source_ref, row.title) == ("PT4KHLK", "The server is on fire.")
    elif route in REFERENCES:
        assert (done.read, done.skipped) == (1, 1)
    elif route in OF_NO_INCIDENT:
        assert "does not say of which incident" in str(done.rejections[0])
    else:
        assert "is no pagerduty export" in str(done.rejections[0])


@needs_real_data
def test_the_official_example_of_an_incident_reads_as_it_is_written(
    store: Store, tmp_path: Path
) -> None:
    example = json.loads((REAL / "rest-examples.json").read_text())["GET /incidents 200 response"]
    imported(store, written(tmp_path / "one.json", example))
    row = store.status(store.find("pagerduty:PT4KHLK"))
    assert (row.state, row.severity, row.services) == ("resolved", "P2", ("My Mail Service",))
    assert row.resolved_at == at("2015-10-06T21:38:23Z")
    [resolved] = events(store, "PT4KHLK", ev.Resolved)
    assert resolved.by == "Earline Greenholt"
    assert "2015-10-06T21:38:23Z/resolved" in _parts(store, "PT4KHLK")


@needs_real_data
def test_official_webhooks_say_their_priority_and_reopening(store: Store) -> None:
    done = imported(store, REAL / "webhooks-v3.jsonl")
    assert done.skipped_why == {"a service, not an incident": 1}
    [assessed] = events(store, "PGR0VU2", ev.SeverityAssessed)
    assert (assessed.severity, assessed.by) == ("P1", "Tenex Engineer")
    [reopened] = events(store, "PGR0VU2", ev.Reopened)
    assert reopened.occurred_at == at("2020-10-02T18:45:22Z")


@needs_real_data
def test_data_of_webhooks_without_their_envelope_is_taken_only_where_it_has_a_time(
    store: Store,
) -> None:
    file = REAL / "webhooks-v3-event-data.jsonl"
    done = imported(store, file)
    skipped = {"webhook_subscription", "service", "service_field_values"}
    kinds = [one.get("type") or next(iter(one)) for one in documents(file)]
    assert done.recorded == kinds.count("incident") == 1
    assert done.skipped == sum(kind in skipped for kind in kinds)
    without_time = [
        number for number, kind in enumerate(kinds, start=1) if kind not in {"incident", *skipped}
    ]
    assert [one.place.line for one in done.rejections] == without_time
    assert {one.reason for one in done.rejections} == {
        "has no time: the webhook around it, `event`, has it"
    }


# In whatever order


def _shuffled() -> list[dict[str, Any]]:
    """The pieces of one incident: each form of it, each log entry, each webhook."""
    pieces: list[dict[str, Any]] = [
        {"incident": one} for one in json.loads(INCIDENTS.read_text())["incidents"]
    ]
    pieces += json.loads(LOG_ENTRIES.read_text())["log_entries"]
    pieces += [one for one in documents(WEBHOOKS) if "event" in one]
    return pieces


@given(st.permutations(range(len(_shuffled()))))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_piece_by_piece_in_any_order_the_story_is_the_same(
    tmp_path: Path, order: list[int]
) -> None:
    pieces = _shuffled()
    stores = [open_store("memory:"), open_store("memory:")]
    imported(stores[0], written(tmp_path / "in-order.jsonl", *pieces))
    for index in order:
        imported(stores[1], written(tmp_path / "one.json", pieces[index]))
    for ref in (PAYMENTS, DUPLICATE, FLAPPING, ONLY_HOOKED, ONLY_LOGGED):
        first, second = (sorted(map(repr, events(store, ref))) for store in stores)
        assert first == second
