"""Importing Opsgenie: incidents and alerts as they stand, with what their logs tell."""

import json
from collections.abc import Sequence
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from retold import Cut, Store, open_store
from retold.domain import events as ev

from .imports.told import REAL_DATA, at, events_of, imported_from, needs_real_data, stories, written
from .imports.told import told_of as told_from

SAMPLES = Path(__file__).parent / "samples" / "opsgenie"
INCIDENTS = SAMPLES / "incidents.json"
LATER = SAMPLES / "incidents-later.jsonl"
ALERTS = SAMPLES / "alerts.jsonl"
REAL = REAL_DATA / "opsgenie"

ORDERS = "0f1e0000-0000-4000-8000-000000000001"
REPORTS = "0f1e0000-0000-4000-8000-000000000002"
DISK = "a1-1772445600000"
CERTIFICATE = "a2-1772532000000"
QUEUE = "a3-1772618400000"

imported = partial(imported_from, "opsgenie")
events = partial(events_of, "opsgenie")
told_of = partial(told_from, "opsgenie")


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def incident(**fields: Any) -> dict[str, Any]:
    start = {"id": "i-1", "tinyId": "1", "message": "Mail is slow", "status": "open"}
    times = {"createdAt": "2026-05-01T00:00:00Z", "updatedAt": "2026-05-01T00:00:00Z"}
    return start | times | {"impactedServices": ["mail-id"]} | fields


def alert(**fields: Any) -> dict[str, Any]:
    start = {"id": "a-1", "tinyId": "1", "alias": "mail", "message": "Mail is slow"}
    return start | {"status": "open", "createdAt": "2026-05-01T00:00:00Z"} | fields


def log(text: str, minute: int, **fields: Any) -> dict[str, Any]:
    created_at = f"2026-05-01T00:{minute:02}:00Z"
    return {"log": text, "type": "system", "owner": "mail-oncall", "createdAt": created_at} | fields


def test_an_incident_is_detected_and_declared_when_it_was_made(store: Store) -> None:
    imported(store, INCIDENTS)
    row = store.status(store.find(f"opsgenie:{ORDERS}"))
    assert (row.title, row.severity, row.is_open) == ("Orders fail", "P2", True)
    assert row.services == ("checkout-id", "payments-id")
    assert row.detected_at == row.declared_at == at("2026-03-02T09:10:00.346Z")
    assert events(store, ORDERS, ev.Declared)[0].why == "Orders fail at the last step."


def test_impact_starts_and_ends_on_each_service(store: Store) -> None:
    imported(store, INCIDENTS, LATER)
    [started] = events(store, ORDERS, ev.ImpactStarted)
    [ended] = events(store, ORDERS, ev.ImpactEnded)
    assert (started.service, started.occurred_at) == ("checkout-id", at("2026-03-02T08:55:00Z"))
    assert (ended.service, ended.occurred_at) == ("checkout-id", at("2026-03-02T10:00:00Z"))


def test_impact_on_no_named_service_is_a_note(store: Store) -> None:
    imported(store, INCIDENTS)
    assert events(store, REPORTS, ev.ImpactStarted, ev.ImpactEnded) == []
    notes = {one.text: one.occurred_at for one in events(store, REPORTS, ev.NoteAdded)}
    assert notes["[the impact started; no service is named]"] == at("2026-03-03T06:00:00Z")
    assert notes["[the impact ended; no service is named]"] == at("2026-03-03T08:30:00Z")


def test_an_incident_is_resolved_by_when_it_was_first_seen_so(store: Store) -> None:
    imported(store, INCIDENTS)
    assert store.status(store.find(f"opsgenie:{REPORTS}")).resolved_at == at("2026-03-03T09:00:00Z")
    [resolved] = events(store, REPORTS, ev.Resolved)
    assert resolved.summary == "it had ended by then; the export does not say when"
    assert not resolved.automatic


def test_closing_what_is_resolved_resolves_nothing_anew(store: Store, tmp_path: Path) -> None:
    states = [("resolved", "01"), ("closed", "05")]
    seen = [incident(status=s, updatedAt=f"2026-05-01T{hour}:00:00Z") for s, hour in states]
    for order in (seen, seen[::-1]):
        one = open_store("memory:")
        imported(one, written(tmp_path / "seen.jsonl", *order))
        assert [row.resolved_at for row in one.incidents()] == [at("2026-05-01T01:00:00Z")]


def test_what_is_seen_open_after_it_was_resolved_is_reopened(store: Store) -> None:
    imported(store, INCIDENTS, LATER)
    row = store.status(store.find(f"opsgenie:{ORDERS}"))
    assert (row.state, row.reopens) == ("resolved", 1)
    assert events(store, ORDERS, ev.Reopened)[0].occurred_at == at("2026-03-02T11:00:00Z")
    assert row.resolved_at == at("2026-03-02T12:00:00Z")


def test_a_later_title_and_priority_correct_the_earlier_ones(store: Store) -> None:
    imported(store, INCIDENTS, LATER)
    incident_id = store.find(f"opsgenie:{ORDERS}")
    row = store.status(incident_id)
    assert (row.title, row.severity) == ("Orders fail at payment", "P1")
    before = store.status(incident_id, Cut(known_at=at("2026-03-02T10:04:59Z")))
    assert (before.title, before.severity) == ("Orders fail", "P2")


@pytest.mark.parametrize(
    "order", [(INCIDENTS, LATER, ALERTS), (ALERTS, LATER, INCIDENTS), (LATER, INCIDENTS, ALERTS)]
)
def test_files_in_any_order_end_in_the_same_stories(order: Sequence[Path]) -> None:
    stores = [open_store("memory:") for _ in range(2)]
    imported(stores[0], INCIDENTS, LATER, ALERTS)
    imported(stores[1], *order)
    assert stories(stores[0]) == stories(stores[1])


def test_timeline_entries_are_notes_and_an_edited_one_stands_beside_its_first_form(
    store: Store,
) -> None:
    imported(store, LATER)
    notes = [one for one in events(store, ORDERS, ev.NoteAdded) if one.by]
    assert {one.text: one.by for one in notes} == {
        "The gateway times out.": "shop-oncall",
        "The gateway times out since the upgrade.": "shop-oncall",
        "[ResponderAdded]": "System",
    }
    known = store.history(
        store.find(f"opsgenie:{ORDERS}"), Cut(known_at=at("2026-03-02T11:29:59Z"))
    )
    texts = [getattr(entry.event, "text", "") for entry in known.entries]
    assert "The gateway times out since the upgrade." not in texts


def test_an_alerts_log_tells_who_acknowledged_and_closed_it(store: Store) -> None:
    imported(store, ALERTS)
    row = store.status(store.find(f"opsgenie:{DISK}"))
    assert row.detected_at == at("2026-03-02T10:00:00Z")
    assert row.acknowledged_at == at("2026-03-02T10:04:02Z")
    assert row.resolved_at == at("2026-03-02T11:00:00.838Z")
    assert [one.by for one in events(store, DISK, ev.Acknowledged)] == ["storage-oncall"]
    assert (row.severity, row.services, row.anomalies) == ("P3", (), 0)


def test_only_what_opsgenie_itself_writes_acknowledges(store: Store) -> None:
    imported(store, ALERTS)
    assert len(events(store, DISK, ev.Acknowledged)) == 1
    texts = [one.text for one in events(store, DISK, ev.NoteAdded)]
    assert "Alert acknowledged via telephone, somebody wrote" in texts
    assert {"Viewed on [web]", "Alert created via API"} <= set(texts)


def test_what_the_system_did_is_automatic(store: Store) -> None:
    imported(store, ALERTS)
    [closed] = events(store, CERTIFICATE, ev.Resolved)
    assert (closed.automatic, closed.by) == (True, "System")


def test_the_report_counts_where_the_log_is_silent(store: Store, tmp_path: Path) -> None:
    report = {"ackTime": 15_702, "closeTime": 60_503, "acknowledgedBy": "mail-oncall"}
    one = written(tmp_path / "one.json", alert(status="closed", report=report))
    imported(store, one)
    row = store.status(store.find("opsgenie:a-1"))
    assert row.acknowledged_at == at("2026-05-01T00:00:15.702Z")
    assert row.resolved_at == at("2026-05-01T00:01:00.503Z")
    logs = [log("Alert acknowledged via mobile", 2), log("Alert closed via web", 9)]
    imported(store, written(tmp_path / "logs.json", alert(status="closed", logs=logs)))
    row = store.status(store.find("opsgenie:a-1"))
    assert row.acknowledged_at == at("2026-05-01T00:02:00Z")
    assert row.resolved_at == at("2026-05-01T00:09:00Z")
    assert len(events(store, "a-1", ev.Acknowledged, ev.Resolved)) == 2


def severity(store: Store, known_at: str) -> str | None:
    [row] = store.incidents(Cut(known_at=at(known_at)))
    return row.severity


def test_a_priority_of_a_changed_alert_is_known_since_the_change(tmp_path: Path) -> None:
    old = alert(priority="P3", updatedAt="2026-05-01T00:00:00Z")
    new = alert(priority="P1", updatedAt="2026-05-01T00:30:00Z")
    for told, before in (([old, new], "P3"), ([new, old], "P3"), ([new], None)):
        store = open_store("memory:")
        imported(store, written(tmp_path / "one.jsonl", *told))
        assert severity(store, "2026-05-01T00:10:00Z") == before
        assert severity(store, "2026-05-01T00:30:00Z") == "P1"


def test_each_priority_that_was_seen_stands_in_any_order_of_reading(tmp_path: Path) -> None:
    seen = [
        alert(priority=priority, updatedAt=f"2026-05-01T00:{minute}:00Z")
        for minute, priority in (("00", "P3"), ("10", "P3"), ("30", "P1"), ("50", "P1"))
    ]
    for order in permutations(seen):
        store = open_store("memory:")
        imported(store, written(tmp_path / "one.jsonl", *order))
        told = told_of(store, "a-1", "severity-assessed")
        known = {one.event.severity: one.recorded.told_at.minute for one in told
                 if isinstance(one.event, ev.SeverityAssessed)}  # fmt: skip
        assert known == {"P3": 0, "P1": 30}
        assert [one.event.occurred_at.minute for one in told] == [0, 30]


@pytest.mark.parametrize("updated_at", ["2026-05-01T00:00:00Z", None, "0001-01-01T00:00:00Z"])
def test_a_priority_of_an_alert_that_never_changed_is_known_since_its_creation(
    store: Store, tmp_path: Path, updated_at: str | None
) -> None:
    imported(store, written(tmp_path / "one.json", alert(priority="P3", updatedAt=updated_at)))
    assert severity(store, "2026-05-01T00:00:00Z") == "P3"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_a_report_says_of_one_moment_stays_together(
    store: Store, tmp_path: Path, order: tuple[int, int]
) -> None:
    reports = [
        {"ackTime": 9_000, "acknowledgedBy": "mail-oncall", "closeTime": 90_000,
         "closedBy": "web-oncall"},
        {"ackTime": 10_000, "acknowledgedBy": "network-oncall", "closeTime": 100_000,
         "closedBy": "System"},
    ]  # fmt: skip
    for number in order:
        imported(store, written(tmp_path / "one.json", alert(report=reports[number])))
    notes = {one.text: (one.occurred_at, one.by) for one in events(store, "a-1", ev.NoteAdded)}
    nine, ten = at("2026-05-01T00:00:09Z"), at("2026-05-01T00:00:10Z")
    said = "[acknowledged {} ms after its creation, says the report]"
    assert notes[said.format(9_000)] == (nine, "mail-oncall")
    assert notes[said.format(10_000)] == (ten, "network-oncall")
    [taken_on] = events(store, "a-1", ev.Acknowledged)
    assert (taken_on.occurred_at, taken_on.by) == (nine, "mail-oncall")
    [closed] = events(store, "a-1", ev.Resolved)
    assert (closed.occurred_at, closed.by, closed.automatic) == (
        at("2026-05-01T00:01:40Z"),
        "System",
        True,
    )


def test_a_message_that_is_too_long_for_a_title_is_cut_and_kept_whole(
    store: Store, tmp_path: Path
) -> None:
    message = "Mail is slow. " * 100
    updated_at = "2026-05-01T01:00:00Z"
    later = alert(message=message, updatedAt=updated_at)
    imported(store, written(tmp_path / "one.jsonl", alert(), later))
    row = store.status(store.find("opsgenie:a-1"))
    assert row.title == message[:1_000]
    [told] = [one for one in told_of(store, "a-1", "note-added")
              if isinstance(one.event, ev.NoteAdded) and one.event.text == message]  # fmt: skip
    assert told.recorded.told_at == at(updated_at)
    shorter = alert(message="Mail is back", updatedAt="2026-05-01T02:00:00Z")
    imported(store, written(tmp_path / "two.jsonl", shorter))
    assert message not in [one.text for one in events(store, "a-1", ev.NoteAdded)]


def test_a_flag_acknowledges_nothing_and_is_noted(store: Store) -> None:
    imported(store, ALERTS)
    assert events(store, QUEUE, ev.Acknowledged) == []
    texts = [one.text for one in events(store, QUEUE, ev.NoteAdded)]
    assert "status: open\npriority: P5\nacknowledged: true" in texts


def test_an_alert_that_is_only_seen_closed_had_ended_by_then(store: Store) -> None:
    imported(store, ALERTS)
    [closed] = events(store, QUEUE, ev.Resolved)
    assert closed.occurred_at == at("2026-03-04T12:00:00Z")
    assert "had ended by then" in closed.summary


def test_responders_and_owners_engage_nobody(store: Store) -> None:
    imported(store, INCIDENTS, ALERTS)
    for row in store.incidents():
        assert events(store, str(row.source_ref), ev.ResponderEngaged, ev.RoleAssigned) == []


def test_what_names_no_incident_and_no_alert_is_skipped_and_counted(
    store: Store, tmp_path: Path
) -> None:
    other = {"data": [{"id": "s-1", "name": "Checkout", "teamId": "team-shop"}]}
    done = imported(store, ALERTS, written(tmp_path / "other.jsonl", alert(), other))
    assert done.skipped_why == {
        "a log entry that does not name its alert": 1,
        "a timeline entry that does not name its incident": 1,
        "neither an incident nor an alert": 1,
    }


def test_the_same_files_again_record_nothing(store: Store) -> None:
    imported(store, INCIDENTS, LATER, ALERTS)
    assert imported(store, LATER, INCIDENTS, ALERTS).events == 0


@pytest.mark.parametrize(
    ("record", "where"),
    [
        (alert(message=""), "message"),
        (alert(createdAt=None), "createdAt"),
        (alert(createdAt="2026-05-01T00:00:00"), "createdAt"),
        (alert(report={"ackTime": 10**18}), "report"),
        (alert(report={"ackTime": True}), "report.ackTime"),
        (alert(report={"ackTime": -5}), "report.ackTime"),
        (alert(report={"closeTime": -1}), "report.closeTime"),
        (alert(logs=[log("Alert closed via web", 1, createdAt="later")]), "logs.0.createdAt"),
        (alert(logs=[log("\ud800", 1)]), "logs.0.log"),
        (incident(impactedServices=["\x00"]), "impactedServices.0"),
        (incident(impactStartDate=5), "impactStartDate"),
        (incident(timeline=[{"id": "t", "eventTime": ""}]), "timeline.0.eventTime"),
    ],
)
def test_a_value_that_cannot_be_read_is_rejected_with_its_place(
    store: Store, tmp_path: Path, record: dict[str, Any], where: str
) -> None:
    done = imported(store, written(tmp_path / "bad.json", record))
    assert [one.field for one in done.rejections] == [where]
    assert store.incidents() == []


def test_malformed_records_are_rejected_with_their_place(store: Store) -> None:
    done = imported(store, SAMPLES / "malformed.jsonl")
    assert [one.field for one in done.rejections] == ["message", "createdAt"]


@needs_real_data
def test_real_incidents_are_told_as_they_stand_there(store: Store) -> None:
    file = REAL / "incidents.json"
    assert imported(store, file).rejected == 0
    given = json.loads(file.read_text())["data"]
    assert len(store.incidents()) == len(given)
    for one in given:
        row = store.status(store.find(f"opsgenie:{one['id']}"))
        assert (row.title, row.severity) == (one["message"], one["priority"])
        assert row.detected_at == row.declared_at == at(one["createdAt"])
        assert row.services == tuple(sorted(one["impactedServices"]))
        started = events(store, one["id"], ev.ImpactStarted)
        assert [s.occurred_at for s in started] == [at(one["impactStartDate"])] * len(row.services)
        ended = [at(one["impactEndDate"])] if "impactEndDate" in one else []
        assert [e.occurred_at for e in events(store, one["id"], ev.ImpactEnded)] == ended
        assert row.resolved_at == (at(one["updatedAt"]) if one["status"] != "open" else None)
        assert events(store, one["id"], ev.Declared)[0].why == one["description"]
