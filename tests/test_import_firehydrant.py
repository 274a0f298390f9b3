"""Importing FireHydrant: milestones when they occurred and when they were put on record."""

import copy
import json
from datetime import datetime
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from retold import Cut, Store, open_store
from retold.domain import events as ev
from retold.domain.history import Effective

from .imports.told import at, duration_of, imported_from, stories, told_of, written

SAMPLES = Path(__file__).parent / "samples" / "firehydrant"
INCIDENTS = SAMPLES / "incidents.json"
EVENTS = SAMPLES / "events.json"
EARLIER = SAMPLES / "incident-earlier.json"
ALL = (INCIDENTS, EVENTS, EARLIER)

SLOW = "5f0a1c1e-0000-4000-8000-00000000000a"
AGAIN = "5f0a1c1e-0000-4000-8000-00000000000b"
DRILL = "5f0a1c1e-0000-4000-8000-00000000000c"
ARCHIVED = "5f0a1c1e-0000-4000-8000-00000000000d"
PLANNED = "5f0a1c1e-0000-4000-8000-00000000000e"
PAST = "5f0a1c1e-0000-4000-8000-00000000000f"

imported = partial(imported_from, "firehydrant")
told = partial(told_of, "firehydrant")
duration = partial(duration_of, "firehydrant")


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def incident(ref: str) -> dict[str, Any]:
    found = {one["id"]: one for one in json.loads(INCIDENTS.read_text())["data"]}
    return dict(copy.deepcopy(found[ref]))


def notes(store: Store, ref: str) -> dict[str, Effective]:
    return {
        one.event.text: one
        for one in told(store, ref, "note-added")
        if isinstance(one.event, ev.NoteAdded)
    }


def test_milestones_are_told_by_their_definitions(store: Store) -> None:
    imported(store, *ALL)
    incident_id = store.find(f"firehydrant:{SLOW}")
    row = store.status(incident_id)
    assert (row.state, row.severity, row.title) == ("resolved", "SEV2", "Uploads are slow")
    assert set(row.services) == {"Share a file", "Uploads"}
    assert row.detected_at == at("2026-03-02T09:00:00Z")
    assert row.acknowledged_at == at("2026-03-02T09:10:00Z")
    assert row.declared_at == at("2026-03-02T09:10:00Z")
    assert row.mitigated_at == at("2026-03-02T10:30:00Z")
    assert row.resolved_at == at("2026-03-02T11:00:00Z")
    assert row.anomalies == 0
    assert duration(store, SLOW, "ttd").duration_us == 20 * 60 * 1_000_000


def test_started_is_when_each_affected_service_began_to_fail(store: Store) -> None:
    imported(store, *ALL)
    began = [
        (one.event.service, one.event.level, one.event.occurred_at)
        for one in told(store, SLOW, "impact-started")
        if isinstance(one.event, ev.ImpactStarted)
    ]
    assert began == [
        ("Share a file", None, at("2026-03-02T08:40:00Z")),
        ("Uploads", "Degraded", at("2026-03-02T08:40:00Z")),
    ]


def test_a_milestone_is_known_since_it_was_put_on_record(store: Store) -> None:
    imported(store, INCIDENTS)
    [resolved] = told(store, SLOW, "incident-resolved")
    assert resolved.recorded.known_since == at("2026-03-02T11:20:00Z")
    before = Cut(known_at=at("2026-03-02T11:19:59Z"))
    assert store.status(store.find(f"firehydrant:{SLOW}"), before).resolved_at is None


def test_the_older_list_says_when_a_later_changed_milestone_was_first_told(store: Store) -> None:
    imported(store, INCIDENTS)
    began = told(store, SLOW, "impact-started")
    assert {one.recorded.known_since for one in began} == {at("2026-03-02T09:10:00Z")}


def test_other_milestones_are_notes_by_their_names(store: Store) -> None:
    imported(store, *ALL)
    found = notes(store, SLOW)
    for name, moment in {
        "Investigating": "2026-03-02T09:12:00Z",
        "Identified": "2026-03-02T09:50:00Z",
        "Vendor called": "2026-03-02T09:55:00Z",
        "Retrospective Started": "2026-03-04T09:00:00Z",
        "Closed": "2026-03-06T10:00:00Z",
    }.items():
        assert found[name].event.occurred_at == at(moment)


def test_phases_alone_and_the_older_list_alone_tell_the_same_times(
    store: Store, tmp_path: Path
) -> None:
    older, newer = incident(SLOW) | {"lifecycle_phases": []}, incident(SLOW) | {"milestones": None}
    other = open_store("memory:")
    imported(store, written(tmp_path / "older.json", older))
    imported(other, written(tmp_path / "newer.json", newer))
    for kind in ("incident-detected", "incident-mitigated", "incident-resolved", "impact-started"):
        assert [one.event for one in told(store, SLOW, kind)] == [
            one.event for one in told(other, SLOW, kind)
        ]


def test_without_detected_it_was_noticed_by_the_first_who_acted_or_opened_it(
    store: Store,
) -> None:
    imported(store, *ALL)
    past = store.status(store.find(f"firehydrant:{PAST}"))
    assert past.detected_at == at("2026-04-01T07:00:00Z")
    again = store.status(store.find(f"firehydrant:{AGAIN}"))
    assert again.detected_at == at("2026-03-10T12:00:00Z")


@pytest.mark.parametrize("none", [None, []])
def test_without_milestones_it_began_as_it_says_and_was_noticed_when_opened(
    store: Store, tmp_path: Path, none: object
) -> None:
    bare = incident(PAST) | {"milestones": none, "lifecycle_phases": none}
    imported(store, written(tmp_path / "bare.json", bare))
    assert store.status(store.find(f"firehydrant:{PAST}")).detected_at == at("2026-04-20T09:00:00Z")
    [began] = told(store, PAST, "impact-started")
    assert began.event.occurred_at == at("2026-04-01T00:00:00Z")


def test_what_was_written_down_weeks_later_is_not_known_before(store: Store) -> None:
    imported(store, *ALL)
    known = store.incidents(Cut(known_at=at("2026-04-20T08:59:59Z")))
    assert PAST not in {one.source_ref for one in known}


def test_standing_at_an_earlier_milestone_after_resolution_is_reopened(store: Store) -> None:
    imported(store, *ALL)
    row = store.status(store.find(f"firehydrant:{AGAIN}"))
    assert (row.is_open, row.reopens, row.resolved_at) == (True, 1, None)
    [reopened] = told(store, AGAIN, "incident-reopened")
    assert reopened.event.occurred_at == at("2026-03-10T14:00:00Z")


def test_a_reopening_without_a_time_was_by_the_last_change(store: Store, tmp_path: Path) -> None:
    again = incident(AGAIN) | {"updated_at": "2026-03-10T16:00:00Z"}
    again["milestones"][2]["updated_at"] = again["milestones"][2]["occurred_at"]
    imported(store, written(tmp_path / "again.json", again))
    [reopened] = told(store, AGAIN, "incident-reopened")
    assert reopened.event.occurred_at == at("2026-03-10T16:00:00Z")


def test_a_game_day_is_a_drill_and_does_not_count(store: Store) -> None:
    imported(store, *ALL)
    row = store.status(store.find(f"firehydrant:{DRILL}"))
    assert (row.dismissed, row.severity) == ("drill", None)


def test_an_archived_incident_does_not_count_until_it_is_taken_back(
    store: Store, tmp_path: Path
) -> None:
    imported(store, *ALL)
    incident_id = store.find(f"firehydrant:{ARCHIVED}")
    assert store.status(incident_id).dismissed == "not-an-incident"
    [archived] = told(store, ARCHIVED, "incident-dismissed")
    assert archived.event.occurred_at == at("2026-03-13T10:05:00Z")
    back = incident(ARCHIVED) | {"discarded_at": None, "updated_at": "2026-03-14T10:00:00Z"}
    imported(store, written(tmp_path / "back.json", back))
    assert store.status(incident_id).dismissed is None


def test_planned_maintenance_is_skipped_and_counted(store: Store) -> None:
    done = imported(store, INCIDENTS)
    assert done.skipped_why == {"planned maintenance": 1}
    assert PLANNED not in {row.source_ref for row in store.incidents()}


def test_an_unset_severity_is_no_severity(store: Store) -> None:
    imported(store, *ALL)
    assert store.status(store.find(f"firehydrant:{ARCHIVED}")).severity is None


def test_roles_are_taken_and_given_back(store: Store) -> None:
    imported(store, *ALL)
    assigned = [
        (one.event.holder, one.event.occurred_at)
        for one in told(store, SLOW, "role-assigned")
        if isinstance(one.event, ev.RoleAssigned)
    ]
    assert assigned == [
        ("storage on-call", at("2026-03-02T09:15:00Z")),
        ("platform on-call", at("2026-03-02T10:00:00Z")),
    ]
    [released] = told(store, SLOW, "role-released")
    assert released.event.occurred_at == at("2026-03-02T10:00:00Z")


def test_events_are_notes_by_their_authors(store: Store) -> None:
    imported(store, *ALL)
    found = notes(store, SLOW)
    chat = found["Half of the space is free again."]
    assert (chat.event.by, chat.recorded.known_since) == (
        "platform on-call",
        at("2026-03-02T10:25:00Z"),
    )
    assert isinstance(chat.event, ev.NoteAdded)
    assert chat.event.note == "observation"
    public = found["Uploads work as before."].event
    assert isinstance(public, ev.NoteAdded)
    assert public.note == "communication"
    assert found["[role_update]"].event.by is None


@pytest.mark.parametrize("files", list(permutations(ALL)))
def test_in_any_order_of_files_the_stories_are_the_same(
    store: Store, files: tuple[Path, ...]
) -> None:
    imported(store, *files)
    at_once = open_store("memory:")
    imported(at_once, *ALL)
    assert stories(store) == stories(at_once)


def test_a_start_moved_back_later_is_a_correction_known_since_then(store: Store) -> None:
    done = imported(store, EARLIER, INCIDENTS)
    assert done.corrections > 0
    incident_id = store.find(f"firehydrant:{SLOW}")

    def began(cut: Cut) -> set[datetime]:
        entries = store.history(incident_id, cut).entries
        return {one.event.occurred_at for one in entries if one.event.kind == "impact-started"}

    assert began(Cut(known_at=at("2026-03-03T07:59:59Z"))) >= {at("2026-03-02T09:10:00Z")}
    assert began(Cut()) == {at("2026-03-02T08:40:00Z")}


def test_a_milestone_that_was_reached_twice_is_told_twice(store: Store, tmp_path: Path) -> None:
    twice = incident(AGAIN)
    second = dict(twice["milestones"][-1], id="m-2", occurred_at="2026-03-10T15:00:00.000Z")
    twice["milestones"].append(second)
    twice["current_milestone"] = "resolved"
    imported(store, written(tmp_path / "twice.json", {"data": [twice]}))
    assert len(told(store, AGAIN, "incident-resolved")) == 2


@pytest.mark.parametrize("field", ["events", "role_assignments"])
def test_two_parts_of_one_id_are_rejected(store: Store, tmp_path: Path, field: str) -> None:
    [event, *_] = json.loads(EVENTS.read_text())["data"]
    twice = incident(SLOW) | {"events": [event]}
    twice[field] = twice[field][:1] * 2
    done = imported(store, written(tmp_path / "twice.json", twice))
    assert done.rejections[0].field == field


def test_a_malformed_incident_is_rejected_with_its_place_and_the_rest_goes_in(
    store: Store,
) -> None:
    done = imported(store, SAMPLES / "malformed.json")
    [rejection] = done.rejections
    assert "malformed.json:1: data[1] milestones.1.occurred_at: " in str(rejection)
    assert len(store.incidents()) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None),
        ("name", ""),
        ("created_at", "2026-03-02T09:10:00"),
        ("discarded_at", True),
        ("severity", 2),
        ("milestones", [{"occurred_at": "2026-03-02T09:10:00Z"}]),
    ],
)
def test_a_value_that_no_event_may_have_is_rejected(
    store: Store, tmp_path: Path, field: str, value: object
) -> None:
    done = imported(store, written(tmp_path / "bad.json", incident(SLOW) | {field: value}))
    assert done.rejections[0].field.startswith(field)
    assert store.incidents() == []


def test_an_event_that_names_no_incident_is_rejected(store: Store, tmp_path: Path) -> None:
    [event, *_] = json.loads(EVENTS.read_text())["data"]
    done = imported(store, written(tmp_path / "bad.json", {"data": [event | {"incident_id": ""}]}))
    assert done.rejections[0].reason == "the event names no incident"
