"""Importing Splunk On-Call: transitions of reports and webhooks, each told once."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from retold import Store, open_store
from retold.adapters.importers.importing import import_files
from retold.domain import events as ev

from .imports.told import (
    REAL_DATA,
    at,
    duration_of,
    events_of,
    imported_from,
    needs_real_data,
    stories,
    written,
)

SAMPLES = Path(__file__).parent / "samples" / "splunk-oncall"
REPORT = SAMPLES / "report.json"
WEBHOOKS = SAMPLES / "webhooks.jsonl"
REAL = REAL_DATA / "splunk-oncall"

imported = partial(imported_from, "splunk-oncall")
events = partial(events_of, "splunk-oncall")
duration = partial(duration_of, "splunk-oncall")


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def incident(**fields: Any) -> dict[str, Any]:
    start = {"incidentNumber": "7", "startTime": "2026-05-01T00:00:00Z"}
    return start | {"entityDisplayName": "Mail is slow", "transitions": []} | fields


def test_a_whole_lifecycle_is_told(store: Store) -> None:
    imported(store, REPORT)
    row = store.status(store.find("splunk-oncall:41"))
    assert (row.state, row.severity, row.services) == ("resolved", "critical", ("checkout",))
    assert row.title == "Checkout answers slowly"
    assert row.detected_at == at("2026-03-02T09:00:05Z")
    assert row.acknowledged_at == at("2026-03-02T09:04:10Z")
    assert row.resolved_at == at("2026-03-02T11:30:00Z")
    assert row.anomalies == 0


def test_what_is_triggered_after_it_was_resolved_is_reopened(store: Store) -> None:
    imported(store, REPORT)
    assert store.status(store.find("splunk-oncall:41")).reopens == 1
    [reopened] = events(store, "41", ev.Reopened)
    assert reopened.occurred_at == at("2026-03-02T10:40:00Z")
    assert duration(store, "41", "active_time").duration_us == (3595 + 3000) * 1_000_000


def test_a_reopening_is_taken_back_when_no_resolution_came_before_it(
    store: Store, tmp_path: Path
) -> None:
    second = {"name": "triggered", "at": "2026-05-01T02:00:00Z"}
    ends = [{"name": "resolved", "at": f"2026-05-01T0{hour}:00:00Z"} for hour in (1, 3)]
    for known, reopens in (([second, ends[1]], 0), ([ends[0], second, ends[1]], 1)):
        imported(store, written(tmp_path / "one.jsonl", incident(transitions=known)))
        assert store.status(store.find("splunk-oncall:7")).reopens == reopens


def test_a_resolution_is_automatic_only_where_the_source_says_so(
    store: Store, tmp_path: Path
) -> None:
    said = ({"manually": False}, {"manually": True}, {}, {"manually": None})
    for number, manually in enumerate(said):
        resolved = {"name": "resolved", "at": "2026-05-01T01:00:00Z", **manually}
        one = incident(incidentNumber=number, transitions=[resolved])
        imported(store, written(tmp_path / "one.jsonl", one))
    found = [events(store, str(number), ev.Resolved)[0].automatic for number in range(4)]
    assert found == [True, False, False, False]


def test_a_machines_acknowledgement_does_not_count_for_a_persons(store: Store) -> None:
    imported(store, REPORT)
    assert events(store, "44", ev.Acknowledged)[0].automatic
    assert duration(store, "44", "tta").state != "observed"


def test_a_transition_without_a_time_is_a_note_and_acknowledges_nothing(store: Store) -> None:
    imported(store, REPORT)
    assert events(store, "42", ev.Acknowledged) == []
    notes = [one for one in events(store, "42", ev.NoteAdded) if "without a time" in one.text]
    assert [one.text for one in notes] == ["[without a time] acknowledged: no text"]
    assert [one.by for one in notes] == ["storage-oncall"]


def test_a_phase_that_no_transition_explains_is_a_note(store: Store) -> None:
    imported(store, REPORT, WEBHOOKS)
    assert store.status(store.find("splunk-oncall:46")).state == "detected"
    [note] = events(store, "46", ev.NoteAdded)
    assert note.text == "[the phase is resolved; the record does not say since when]"
    assert any("the phase is acknowledged" in one.text for one in events(store, "42", ev.NoteAdded))


def test_nameless_and_other_transitions_are_notes(store: Store) -> None:
    imported(store, REPORT)
    notes = [one for one in events(store, "42", ev.NoteAdded) if one.status is None or one.by]
    assert {"Rerouted to storage.", "[rerouted]"} <= {one.text for one in notes}


def test_being_paged_engages_nobody(store: Store) -> None:
    imported(store, REPORT, WEBHOOKS)
    for row in store.incidents():
        assert events(store, str(row.source_ref), ev.ResponderEngaged) == []


def test_an_incident_without_a_start_begins_when_it_was_first_triggered(store: Store) -> None:
    imported(store, REPORT)
    row = store.status(store.find("splunk-oncall:43"))
    assert (row.title, row.detected_at) == ("#43", at("2026-03-04T00:00:00Z"))


def test_a_title_that_stands_for_the_service_too_is_no_service(store: Store) -> None:
    imported(store, REPORT)
    assert store.status(store.find("splunk-oncall:42")).services == ()


def test_version_1_tells_the_last_acknowledgement_and_the_end(store: Store) -> None:
    imported(store, SAMPLES / "report-v1.json")
    row = store.status(store.find("splunk-oncall:31"))
    assert row.acknowledged_at == at("2026-01-10T06:50:00Z")
    assert row.resolved_at == at("2026-01-10T07:00:00Z")
    assert events(store, "31", ev.Acknowledged)[0].by == "network-oncall"


def test_empty_texts_and_the_year_1_are_no_times(store: Store) -> None:
    imported(store, SAMPLES / "report-v1.json")
    assert [one.kind for one in events(store, "32")] == ["incident-detected"]


@pytest.mark.parametrize("order", [(REPORT, WEBHOOKS), (WEBHOOKS, REPORT)])
def test_report_and_webhook_tell_one_fact_once(store: Store, order: Sequence[Path]) -> None:
    imported(store, *order)
    kinds = [one.kind for one in events(store, "44", ev.Detected, ev.Acknowledged, ev.Resolved)]
    assert kinds == ["incident-detected", "incident-acknowledged", "incident-resolved"]
    [resolved] = events(store, "44", ev.Resolved)
    assert (resolved.by, resolved.automatic) == ("SYSTEM", True)
    assert resolved.occurred_at == at("2026-03-05T12:20:00.999Z")


def test_webhooks_alone_tell_a_lifecycle(store: Store) -> None:
    imported(store, WEBHOOKS)
    row = store.status(store.find("splunk-oncall:45"))
    assert row.detected_at == at("2026-03-06T08:00:00.482Z")
    assert row.acknowledged_at == at("2026-03-06T08:03:00.298Z")
    assert row.resolved_at == at("2026-03-06T08:30:00.206Z")
    assert (row.severity, row.anomalies) == ("critical", 0)


def test_a_webhooks_ack_timestamp_acknowledges_nothing(store: Store) -> None:
    # At a resolution it holds the time of the resolution.
    imported(store, WEBHOOKS)
    assert len(events(store, "45", ev.Acknowledged)) == 1


def test_webhooks_that_name_no_incident_are_skipped_and_counted(store: Store) -> None:
    done = imported(store, WEBHOOKS)
    assert done.skipped_why == {"a webhook that names no incident": 1}


def test_two_people_of_one_second_are_one_acknowledgement(store: Store, tmp_path: Path) -> None:
    moment = {"name": "acknowledged", "at": "2026-05-01T00:05:00Z"}
    both = [moment | {"by": "mail-oncall"}, moment | {"by": "network-oncall"}]
    for order in (both, both[::-1]):
        imported(store, written(tmp_path / "one.jsonl", incident(transitions=order)))
    assert [one.by for one in events(store, "7", ev.Acknowledged)] == ["network-oncall"]


def test_an_incident_without_any_time_is_rejected_and_the_rest_goes_in(store: Store) -> None:
    done = imported(store, SAMPLES / "malformed.json")
    assert [str(one.field) for one in done.rejections] == ["startTime"]
    assert [row.source_ref for row in store.incidents()] == ["51"]


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"incidentNumber": ""}, "incidentNumber"),
        ({"incidentNumber": None}, "incidentNumber"),
        ({"startTime": "2026-05-01T00:00:00"}, "startTime"),
        ({"startTime": 10**400}, "startTime"),
        ({"startTime": True}, "startTime"),
        ({"transitions": [{"at": "yesterday"}]}, "transitions.0.at"),
        ({"transitions": [{"by": "\ud800"}]}, "transitions.0.by"),
        ({"transitions": {}}, "transitions"),
    ],
)
def test_a_value_that_cannot_be_read_is_rejected_with_its_place(
    store: Store, tmp_path: Path, fields: dict[str, Any], where: str
) -> None:
    done = imported(store, written(tmp_path / "bad.jsonl", incident(**fields)))
    assert [one.field for one in done.rejections] == [where]
    assert store.incidents() == []


def test_the_old_name_of_the_product_names_the_same_source(store: Store) -> None:
    assert import_files(store, "victorops", [str(REPORT)]).recorded == 5


def webhook(**fields: Any) -> dict[str, Any]:
    start = {"INCIDENT.INCIDENT_ID": "7", "INCIDENT.INCIDENT_TIMESTAMP": 1_777_593_600_482}
    return start | {"INCIDENT.CURRENT_PHASE": "UNACKED"} | fields


@pytest.mark.parametrize(
    "untitled",
    [webhook(), webhook(**{"INCIDENT.SERVICE": "zebra"}), incident(entityDisplayName=None)],
)
def test_what_stands_for_a_missing_title_never_displaces_the_title(
    tmp_path: Path, untitled: dict[str, Any]
) -> None:
    both = [incident(entityDisplayName="!! Mail is slow"), untitled]
    stores = [open_store("memory:") for _ in range(2)]
    for one, order in zip(stores, (both, both[::-1]), strict=True):
        for number, record in enumerate(order):
            imported(one, written(tmp_path / f"{number}.jsonl", record))
        assert [row.title for row in one.incidents()] == ["!! Mail is slow"]
        assert len(events(one, "7", ev.Detected)) == 1
    assert stories(stores[0]) == stories(stores[1])


def test_without_any_title_an_incident_is_called_by_its_service(
    store: Store, tmp_path: Path
) -> None:
    told = [webhook(), webhook(**{"INCIDENT.SERVICE": "!mail", "STATE.ENTITY_ID": "e-1"})]
    for one in (*told, incident(entityDisplayName=None)):
        imported(store, written(tmp_path / "one.jsonl", one))
    [detected] = events(store, "7", ev.Detected)
    assert (detected.title, detected.services, detected.signal) == ("!mail", ("!mail",), "e-1")
    assert detected.occurred_at == at("2026-05-01T00:00:00.482Z")


def test_a_title_that_is_too_long_for_one_is_cut_and_kept_whole_in_a_note(
    store: Store, tmp_path: Path
) -> None:
    title = "Mail is slow. " * 100
    imported(store, written(tmp_path / "one.jsonl", incident(entityDisplayName=title)))
    assert store.status(store.find("splunk-oncall:7")).title == title[:1_000]
    assert [one.text for one in events(store, "7", ev.NoteAdded)] == [title]


@needs_real_data
def test_a_real_report_is_told_as_it_stands_there(store: Store) -> None:
    file = REAL / "reporting_v2_triggered.json"
    assert imported(store, file).rejected == 0
    given = json.loads(file.read_text())["incidents"]
    assert len(store.incidents()) == len(given)
    for one in given:
        row = store.status(store.find(f"splunk-oncall:{one['incidentNumber']}"))
        assert row.title == one["entityDisplayName"]
        assert row.detected_at == at(one["startTime"])
        assert row.severity == one["entityState"]
        triggered = [e for e in one["transitions"] if e["name"] == "triggered"]
        notes = events(store, one["incidentNumber"], ev.NoteAdded)
        assert [note.occurred_at for note in notes] == [at(e["at"]) for e in triggered]
        assert [note.links for note in notes] == [(e["alertUrl"],) for e in triggered]
        assert (row.acknowledged_at, row.resolved_at) == (None, None)


def test_the_same_files_in_any_order_end_in_the_same_stories() -> None:
    stores = [open_store("memory:") for _ in range(2)]
    imported(stores[0], REPORT, WEBHOOKS)
    imported(stores[1], WEBHOOKS, REPORT, WEBHOOKS)
    assert stories(stores[0]) == stories(stores[1])
