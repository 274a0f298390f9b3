"""Importing webhooks of PagerDuty: each tells one thing, once."""

from pathlib import Path
from typing import Any

import pytest
from retold import Store, open_store
from retold.domain import events as ev

from .imports.pagerduty import ONLY_HOOKED, PAYMENTS, WEBHOOKS, documents, events, imported, texts
from .imports.told import at, written


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def sample_event(kind: str) -> dict[str, Any]:
    found = (one for one in documents(WEBHOOKS) if one.get("event", {}).get("event_type") == kind)
    return dict(next(found))


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
        "Resolved",  # by nobody who is named
    ]
