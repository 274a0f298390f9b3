"""Stories as CDEvents: what the specification asks for."""

import json
from typing import Any
from uuid import uuid4

import pytest
from retold import Cut, open_store
from retold.adapters.cdevents import within_cloudevent
from retold.domain import events as ev

from .imports.cdevents import NOON, TICKET, at, every_kind, exported, story_kinds, told
from .imports.cdevents_rules import CLOUDEVENT, check


def types(events: list[dict[str, Any]]) -> list[str]:
    return [one["context"]["type"] for one in events]


def test_every_kind_of_event_is_a_cdevent_by_the_rules() -> None:
    store = open_store("memory:")
    told(store, uuid4(), *every_kind())
    events = exported(store)
    assert len(events) == len(story_kinds())
    for one in events:
        check(one)
        check(json.loads(json.dumps(within_cloudevent(one)["data"])))
        CLOUDEVENT.validate(within_cloudevent(one))


def test_no_two_kinds_share_a_type() -> None:
    store = open_store("memory:")
    told(store, uuid4(), *story_kinds())
    assert len(set(types(exported(store)))) == len(story_kinds())


def test_detected_and_resolved_are_those_of_the_specification_and_nothing_else_is() -> None:
    store = open_store("memory:")
    told(store, uuid4(), *story_kinds())
    standard = [one for one in types(exported(store)) if one.startswith("dev.cdevents.")]
    assert sorted(standard) == [
        "dev.cdevents.incident.detected.0.3.0",
        "dev.cdevents.incident.resolved.0.3.0",
    ]


def test_a_cdevent_says_which_event_of_which_incident_when_and_where() -> None:
    store = open_store("memory:")
    incident_id = uuid4()
    detected = ev.Detected(occurred_at=NOON, title="Checkout fails", services=("shop", "mail"))
    [event_id] = told(store, incident_id, detected, told_at=at(9))
    [one] = exported(store)
    assert one == {
        "context": {
            "specversion": "0.5.1",
            "id": str(event_id),
            "source": "https://retold.example/eu",
            "type": "dev.cdevents.incident.detected.0.3.0",
            "timestamp": "2026-03-01T12:00:00.000000Z",
        },
        "subject": {
            "id": str(incident_id),
            "content": {
                "description": "Checkout fails",
                "environment": {"id": "eu-1"},
                "service": {"id": "shop"},
            },
        },
        "customData": {
            "retold": {
                "told_at": "2026-03-01T12:09:00.000000Z",
                "event": {
                    "occurred_at": "2026-03-01T12:00:00Z",
                    "kind": "incident-detected",
                    "title": "Checkout fails",
                    "services": ["shop", "mail"],
                },
            }
        },
        "customDataContentType": "application/json",
    }


def test_within_a_cloudevent_both_say_the_same() -> None:
    store = open_store("memory:")
    told(store, uuid4(), ev.Detected(occurred_at=NOON, title="Checkout fails"))
    [one] = exported(store)
    around = within_cloudevent(one)
    context = one["context"]
    assert [around[key] for key in ("id", "source", "type", "time", "subject")] == [
        *(context[key] for key in ("id", "source", "type", "timestamp")),
        one["subject"]["id"],
    ]


def test_a_declaration_is_a_report_where_a_note_of_that_moment_links_to_its_ticket() -> None:
    store = open_store("memory:")
    declared = ev.Declared(occurred_at=at(5), why="Customers cannot pay")
    note = ev.NoteAdded(occurred_at=at(5), text="a ticket", links=(TICKET,), status="reported")
    told(store, uuid4(), declared, note)
    reported, noted = exported(store)
    assert reported["context"]["type"] == "dev.cdevents.incident.reported.0.3.0"
    assert reported["subject"]["content"]["ticketURI"] == TICKET
    assert noted["context"]["type"] == "dev.cdeventsx.retold-incident.noteadded.0.1.0"


@pytest.mark.parametrize(
    "note",
    [
        ev.NoteAdded(occurred_at=at(6), text="later", links=(TICKET,), status="reported"),
        ev.NoteAdded(occurred_at=at(5), text="no ticket", links=(TICKET,)),
        ev.NoteAdded(occurred_at=at(5), text="none", links=("OPS-7",), status="reported"),
        ev.NoteAdded(occurred_at=at(5), text="none", links=("ops:a b",), status="reported"),
        ev.NoteAdded(occurred_at=at(5), text="none", status="reported"),
    ],
    ids=lambda note: str(note.links),
)
def test_without_a_ticket_a_declaration_is_an_event_of_our_own(note: ev.NoteAdded) -> None:
    store = open_store("memory:")
    told(store, uuid4(), ev.Declared(occurred_at=at(5)), note)
    declared = exported(store)[0]
    assert declared["context"]["type"] == "dev.cdeventsx.retold-incident.declared.0.1.0"
    assert "ticketURI" not in declared["subject"]["content"]
    check(declared)


def test_what_was_corrected_reads_as_corrected_and_what_was_retracted_is_left_out() -> None:
    store = open_store("memory:")
    incident_id = uuid4()
    detected = ev.Detected(occurred_at=NOON, title="Checkout fails")
    _, resolved, note = told(
        store,
        incident_id,
        detected,
        ev.Resolved(occurred_at=at(60)),
        ev.NoteAdded(occurred_at=at(3), text="of another incident"),
    )
    store.correct(resolved, {"occurred_at": "2026-03-01T12:40:00Z"}, why="the graphs say so")
    store.retract(note, why="not here")
    events = exported(store)
    assert [one["context"]["timestamp"][11:16] for one in events] == ["12:00", "12:40"]
    assert events[1]["context"]["id"] == str(resolved)


def test_a_cut_tells_the_story_as_it_was(clock: Any) -> None:
    store = open_store("memory:", clock=clock)
    incident_id = uuid4()
    told(store, incident_id, ev.Detected(occurred_at=NOON, title="Checkout fails"))
    clock.now = at(120)
    told(store, incident_id, ev.Resolved(occurred_at=at(60)))
    detected, resolved = types(exported(store))
    assert types(exported(store, cut=Cut(as_of=at(59)))) == [detected]
    assert types(exported(store, cut=Cut(known_at=at(90)))) == [detected]
    assert types(exported(store, cut=Cut(as_of=at(60)))) == [detected, resolved]


def test_the_service_of_later_events_is_the_one_that_detection_names() -> None:
    store = open_store("memory:")
    told(
        store,
        uuid4(),
        ev.Detected(occurred_at=NOON, title="Checkout fails", services=("shop",)),
        ev.ImpactStarted(occurred_at=at(1), service="mail"),
        ev.Resolved(occurred_at=at(2)),
    )
    services = [one["subject"]["content"]["service"]["id"] for one in exported(store)]
    assert services == ["shop", "mail", "shop"]
