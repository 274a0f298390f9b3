"""Importing Alertmanager's webhooks and alerts: one firing of one alert is one incident."""

import copy
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from retold import Store, open_store
from retold.domain import events as ev

from .imports.told import REAL_DATA, at, events_of, imported_from, needs_real_data, written

SAMPLES = Path(__file__).parent / "samples" / "alertmanager"
WEBHOOKS = SAMPLES / "webhooks.jsonl"
GRAFANA = SAMPLES / "grafana.json"
API = SAMPLES / "api-alerts.json"
REAL = REAL_DATA / "alertmanager"

DB_1 = "9e107d9d372bb682@2026-03-02T09:00:05.326Z"
DB_1_AGAIN = "9e107d9d372bb682@2026-03-02T11:00:05.326Z"
DB_2 = "e4d909c290d0fb1c@2026-03-02T09:00:20.100Z"
CHECKOUT = "c6eadffa33fcdf37@2026-03-02T09:51:03.157Z"

imported = partial(imported_from, "alertmanager")
events = partial(events_of, "alertmanager")


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def alert(**fields: Any) -> dict[str, Any]:
    start = {"status": "firing", "startsAt": "2026-05-01T00:00:00Z", "fingerprint": "00ff"}
    return (
        start
        | {"labels": {"alertname": "Slow"}, "annotations": {"summary": "Mail is slow"}}
        | fields
    )


def test_a_firing_and_its_end_are_told(store: Store) -> None:
    imported(store, WEBHOOKS)
    row = store.status(store.find(f"alertmanager:{DB_1}"))
    assert (row.state, row.severity, row.title) == ("resolved", "critical", "db-1 does not answer")
    assert row.detected_at == at("2026-03-02T09:00:05.326987Z")
    assert row.resolved_at == at("2026-03-02T09:30:05.326987Z")
    assert row.anomalies == 0


def test_an_end_is_automatic_and_nobody_acknowledges(store: Store) -> None:
    imported(store, WEBHOOKS)
    assert events(store, DB_1, ev.Resolved)[0].automatic
    assert events(store, DB_1, ev.Acknowledged, ev.ResponderEngaged) == []


def test_each_alert_of_a_webhook_is_an_incident_of_its_own(store: Store) -> None:
    done = imported(store, WEBHOOKS)
    assert {row.source_ref for row in store.incidents()} == {DB_1, DB_2, DB_1_AGAIN}
    assert (done.read, done.recorded, done.skipped) == (4, 3, 1)


def test_an_alert_that_fires_again_later_is_another_incident(store: Store) -> None:
    imported(store, WEBHOOKS)
    assert store.status(store.find(f"alertmanager:{DB_1_AGAIN}")).state == "detected"
    assert store.status(store.find(f"alertmanager:{DB_1}")).reopens == 0


def test_the_year_1_is_no_end(store: Store) -> None:
    imported(store, WEBHOOKS)
    assert store.status(store.find(f"alertmanager:{DB_2}")).is_open


def test_when_the_api_would_give_an_alert_up_is_no_end(store: Store) -> None:
    imported(store, API)
    assert [row.is_open for row in store.incidents()] == [True, True]


def test_a_resolved_alert_without_an_end_is_noted_and_stays_open(store: Store) -> None:
    imported(store, GRAFANA)
    ref = "bc97ff14869b13e3@2026-03-02T09:00:00.000Z"
    assert store.status(store.find(f"alertmanager:{ref}")).is_open
    notes = {one.text: one.status for one in events(store, ref, ev.NoteAdded)}
    assert notes["[resolved; the alert does not say when]"] == "resolved"


def test_offsets_are_read(store: Store) -> None:
    imported(store, GRAFANA)
    row = store.status(store.find(f"alertmanager:{CHECKOUT}"))
    assert row.detected_at == at("2026-03-02T09:51:03.157076Z")
    assert row.resolved_at == at("2026-03-02T10:21:03.157076Z")


def test_the_service_is_the_label_service_else_the_job(store: Store) -> None:
    imported(store, GRAFANA, WEBHOOKS)
    services = {row.source_ref: row.services for row in store.incidents()}
    assert (services[CHECKOUT], services[DB_1]) == (("checkout",), ("node",))


def test_links_and_the_description_are_a_note(store: Store) -> None:
    imported(store, WEBHOOKS)
    [note] = events(store, DB_1, ev.NoteAdded)
    assert note.text == "No answer for one minute."
    assert note.links == (
        "https://prometheus.example.com/graph?g0.expr=up",
        "https://runbooks.example.com/instance-down",
    )
    assert events(store, DB_2, ev.NoteAdded) == []


def test_a_link_that_is_too_long_for_one_stands_in_the_text(store: Store, tmp_path: Path) -> None:
    link = "https://prometheus.example.com/graph?g0.expr=" + "x" * 1_000
    imported(store, written(tmp_path / "one.json", alert(generatorURL=link)))
    [note] = events(store, "00ff@2026-05-01T00:00:00.000Z", ev.NoteAdded)
    assert (note.text, note.links) == (link, ())


def test_what_is_sent_again_is_already_there(store: Store) -> None:
    first = imported(store, WEBHOOKS)
    again = imported(store, WEBHOOKS, WEBHOOKS)
    assert (again.events, again.already_there) == (0, 2 * first.recorded)


def test_webhook_and_api_tell_of_one_incident(store: Store, tmp_path: Path) -> None:
    exact, cut = "2026-05-01T00:00:00.123456789Z", "2026-05-01T00:00:00.123Z"
    imported(store, written(tmp_path / "api.json", alert(startsAt=cut, status={})))
    imported(store, written(tmp_path / "webhook.json", alert(startsAt=exact)))
    [row] = store.incidents()
    assert row.detected_at == at("2026-05-01T00:00:00.123456Z")


def test_an_alert_twice_in_one_webhook_is_one_incident(store: Store, tmp_path: Path) -> None:
    twice = [alert(), alert(status="resolved", endsAt="2026-05-01T01:00:00Z")]
    document = {"receiver": "on-call", "status": "firing", "alerts": twice}
    assert imported(store, written(tmp_path / "twice.json", document)).events == 2
    [row] = store.incidents()
    assert row.state == "resolved"


def test_of_two_ends_of_one_firing_the_later_stands(tmp_path: Path) -> None:
    ends = [
        alert(status="resolved", endsAt=f"2026-05-01T0{hour}:00:00Z", annotations={})
        for hour in (1, 2)
    ]
    for order in (ends, ends[::-1]):
        store = open_store("memory:")
        imported(store, written(tmp_path / "ends.jsonl", *order))
        assert [row.resolved_at for row in store.incidents()] == [at("2026-05-01T02:00:00Z")]


def test_an_alert_that_never_began_is_rejected_with_the_whole_webhook(
    store: Store, tmp_path: Path
) -> None:
    content = json.loads((SAMPLES / "malformed.json").read_text())
    content["alerts"].insert(0, alert())
    done = imported(store, written(tmp_path / "one.json", content))
    assert [one.field for one in done.rejections] == ["alerts.1 startsAt"]
    assert store.incidents() == []


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"startsAt": "0001-01-01T00:00:00Z"}, "startsAt"),
        ({"startsAt": "2026-05-01T00:00:00"}, "startsAt"),
        ({"startsAt": 1_777_777_777_777}, "startsAt"),
        ({"status": "pending"}, "status"),
        ({"labels": {"alertname": 5}}, "labels.alertname"),
        ({"labels": {"alertname": "\ud800"}}, "labels.alertname"),
        ({"labels": {"zone": "\ud800"}, "fingerprint": ""}, "labels.zone"),
        ({"status": "resolved", "endsAt": "soon"}, "endsAt"),
    ],
)
def test_a_value_that_cannot_be_read_is_rejected_with_its_place(
    store: Store, tmp_path: Path, fields: dict[str, Any], where: str
) -> None:
    done = imported(store, written(tmp_path / "bad.json", alert(**fields)))
    assert [one.field for one in done.rejections] == [where]
    assert store.incidents() == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_name_of_an_alert_never_displaces_its_summary(
    store: Store, tmp_path: Path, order: tuple[int, int]
) -> None:
    told = [alert(annotations={"summary": "Checkout is slow"}), alert(annotations={})]
    for number in order:
        imported(store, written(tmp_path / "one.json", told[number]))
    [row] = store.incidents()
    assert row.title == "Checkout is slow"
    assert len(events(store, str(row.source_ref), ev.Detected)) == 1


def test_without_a_summary_an_alert_is_called_by_its_name(store: Store, tmp_path: Path) -> None:
    labels = {"alertname": "Slow", "service": "checkout"}
    imported(store, written(tmp_path / "one.json", alert(labels=labels, annotations={})))
    [detected] = events(store, "00ff@2026-05-01T00:00:00.000Z", ev.Detected)
    assert (detected.title, detected.signal, detected.services) == ("Slow", "Slow", ("checkout",))


def test_a_summary_that_is_too_long_for_a_title_rejects_nothing(
    store: Store, tmp_path: Path
) -> None:
    long = alert(annotations={"summary": "slow " * 300}, fingerprint="00aa")
    document = {"receiver": "on-call", "alerts": [alert(), long]}
    done = imported(store, written(tmp_path / "one.json", document))
    assert (done.rejected, len(store.incidents())) == (0, 2)
    ref = "00aa@2026-05-01T00:00:00.000Z"
    assert store.status(store.find(f"alertmanager:{ref}")).title == ("slow " * 300)[:1_000]
    assert [one.text for one in events(store, ref, ev.NoteAdded)] == ["slow " * 300]


def without_fingerprints(content: dict[str, Any]) -> dict[str, Any]:
    content = copy.deepcopy(content)
    for one in content["alerts"]:
        del one["fingerprint"]
    return content


@needs_real_data
def test_a_missing_fingerprint_is_the_one_that_alertmanager_makes(
    store: Store, tmp_path: Path
) -> None:
    content = json.loads((REAL / "webhook-1.json").read_text())
    imported(store, REAL / "webhook-1.json")
    done = imported(store, written(tmp_path / "bare.json", without_fingerprints(content)))
    assert (done.already_there, done.events) == (1, 0)


@needs_real_data
@pytest.mark.parametrize("name", ["webhook-1", "webhook-2", "webhook-3"])
def test_real_alerts_are_told_as_they_stand_there(store: Store, name: str) -> None:
    content = json.loads((REAL / f"{name}.json").read_text())
    assert imported(store, REAL / f"{name}.json").rejected == 0
    given = {
        (
            at(one["startsAt"]),
            one["annotations"].get("title", one["labels"]["alertname"]),
            one["labels"]["severity"],
            None if one["endsAt"].startswith("0001") else at(one["endsAt"]),
        )
        for one in content.get("alerts", [content])
    }
    rows = store.incidents()
    assert {(row.detected_at, row.title, row.severity, row.resolved_at) for row in rows} == given


@needs_real_data
def test_the_real_test_alert_without_a_start_is_rejected(store: Store) -> None:
    done = imported(store, REAL / "webhook-4.json")
    assert [one.reason for one in done.rejections] == ["nothing says when the alert began to fire"]
