"""Importing real exports and official examples of PagerDuty: read as they are written."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from retold import Store, open_store
from retold.domain import events as ev

from .imports.pagerduty import documents, events, imported, parts, texts
from .imports.told import REAL_DATA, at, needs_real_data, written

REAL = REAL_DATA / "pagerduty"


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


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
    assert "2015-10-06T21:38:23Z/resolved" in parts(store, "PT4KHLK")


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
