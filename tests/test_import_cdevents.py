"""Importing CDEvents: what they say of incidents, in whatever envelope, told once."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from retold import Store, open_store
from retold.domain import events as ev

from .imports.told import REAL_DATA, at, events_of, imported_from, needs_real_data, written

SAMPLES = Path(__file__).parent / "samples" / "cdevents"
REAL = REAL_DATA / "cdevents"
EU = "/monitoring/eu-1#incident-7"

imported = partial(imported_from, "cdevents")
events = partial(events_of, "cdevents")


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def sample(name: str) -> Path:
    return SAMPLES / name


def kinds(store: Store, ref: str) -> list[str]:
    return [one.kind.removeprefix("incident-") for one in events(store, ref)]


def cdevent(predicate: str, custom: object = None, **changed: Any) -> dict[str, Any]:
    """A CDEvent of one incident, with fields of its context or content replaced."""
    context = {
        "specversion": "0.5.1",
        "id": f"id-{predicate}",
        "source": "/probes",
        "type": f"dev.cdevents.incident.{predicate}.0.3.0",
        "timestamp": "2026-03-10T12:00:00Z",
    }
    content = {"description": "Mail is late", "environment": {"id": "eu-1"}}
    for name, value in changed.items():
        (context if name in context else content)[name] = value
    subject = {"id": "i-1", "content": content}
    return {"context": context, "subject": subject, "customData": custom}


def cloudevent(one: dict[str, Any], **more: Any) -> dict[str, Any]:
    context = one["context"]
    names = ("id", "source", "type")
    return {"specversion": "1.0", **{name: context[name] for name in names}, "data": one, **more}


def test_a_whole_lifecycle_is_told(store: Store) -> None:
    done = imported(store, sample("plain.jsonl"))
    assert (done.read, done.recorded, done.skipped, done.rejected) == (9, 6, 3, 0)
    row = store.status(store.find(f"cdevents:{EU}"))
    assert (row.title, row.state) == ("Checkout answers above 300ms", "resolved")
    assert row.services == ("checkout",)
    assert row.detected_at == at("2026-03-05T08:00:00.250Z")
    assert row.declared_at == at("2026-03-05T08:04:00Z")


def test_events_are_known_since_they_were_made(store: Store) -> None:
    imported(store, sample("plain.jsonl"))
    for entry in store.history(store.find(f"cdevents:{EU}")).entries:
        assert entry.recorded.told_at == entry.event.occurred_at


def test_one_id_may_stand_for_several_types_of_event(store: Store) -> None:
    imported(store, sample("plain.jsonl"))
    assert {"detected", "declared"} <= set(kinds(store, EU))


def test_other_subjects_are_skipped_and_counted_by_their_names(store: Store) -> None:
    done = imported(store, *(sample(name) for name in ("plain.jsonl", "structured.json")))
    assert done.skipped_why == {
        "is no incident: service": 1,
        "is no incident: ticket": 1,
        "is no incident: another tool's own event": 1,
        "is no CDEvent": 1,
    }


def test_subjects_that_nobody_specified_share_one_reason(store: Store, tmp_path: Path) -> None:
    types = [f"dev.cdevents.{name}.made.0.1.0" for name in ("spell", "potion")]
    done = imported(
        store, written(tmp_path / "x.jsonl", *(cdevent("detected", type=one) for one in types))
    )
    assert done.skipped_why == {"is no incident: another subject": 2}


def test_the_breached_threshold_of_a_detection_is_an_expectation(store: Store) -> None:
    imported(store, sample("plain.jsonl"))
    [breach] = events(store, EU, ev.ExpectationBreached)
    assert (breach.indicator, breach.threshold, breach.observed) == (
        "responseTime",
        "300ms",
        "850ms",
    )
    assert breach.occurred_at == at("2026-03-05T08:00:00.250Z")


@pytest.mark.parametrize(
    ("data", "count"),
    [
        ({"metric": "queue", "threshold": 100, "value": 250.5}, 1),
        ({"metric": "queue", "threshold": "100"}, 1),
        ({"metric": "queue", "value": "250"}, 0),
        ({"metric": "queue", "threshold": {"max": 100}}, 0),
        ({"metric": "q" * 301, "threshold": "100"}, 0),
        ({"metric": "", "threshold": "100"}, 0),
        ("bWV0cmlj", 0),
        (None, 0),
    ],
    ids=str,
)
def test_a_breach_takes_a_metric_and_its_threshold(
    data: object, count: int, store: Store, tmp_path: Path
) -> None:
    done = imported(store, written(tmp_path / "x.jsonl", cdevent("detected", data)))
    assert done.recorded == 1
    assert kinds(store, "/probes#i-1").count("expectation-breached") == count


def test_a_report_keeps_its_ticket_and_what_has_no_place_in_events(store: Store) -> None:
    imported(store, sample("plain.jsonl"))
    [note] = [
        one
        for one in events(store, EU)
        if isinstance(one, ev.NoteAdded) and one.status == "reported"
    ]
    assert note.links == ("https://tickets.example/OPS-41",)
    assert note.text.splitlines() == [
        "ticket: https://tickets.example/OPS-41",
        "service: checkout",
        "service source: /clusters/eu-1",
        "environment: eu-1",
        "environment source: /iaas/europe",
        "customData.severity: high",
        "customData.reportedBy: support desk",
    ]


def test_the_same_id_of_another_source_is_another_incident(store: Store) -> None:
    imported(store, sample("plain.jsonl"))
    assert store.find("cdevents:/tickets#incident-7") != store.find(f"cdevents:{EU}")


def test_a_subject_without_source_is_of_the_events_source(store: Store, tmp_path: Path) -> None:
    named = cdevent("resolved")
    named["subject"]["source"] = "/probes"
    imported(store, written(tmp_path / "x.jsonl", cdevent("detected"), named))
    assert len(store.incidents()) == 1


def test_a_source_with_a_fragment_cannot_pass_for_another(store: Store, tmp_path: Path) -> None:
    one = cdevent("detected", source="/a#b", id="e-1")
    other = cdevent("detected", source="/a", id="e-2")
    other["subject"]["id"] = "b#i-1"
    imported(store, written(tmp_path / "x.jsonl", one, other))
    assert {row.source_ref for row in store.incidents()} == {"/a%23b#i-1", "/a#b#i-1"}


def test_detected_again_after_its_resolution_is_reopened(store: Store) -> None:
    imported(store, sample("plain.jsonl"))
    row = store.status(store.find(f"cdevents:{EU}"))
    assert (row.state, row.reopens) == ("resolved", 1)
    assert row.resolved_at == at("2026-03-05T10:30:00Z")
    history = store.history(store.find(f"cdevents:{EU}"))
    [reopened] = [one for one in history.entries if isinstance(one.event, ev.Reopened)]
    assert reopened.event.occurred_at == at("2026-03-05T10:00:00Z")
    assert reopened.recorded.source is not None
    assert (reopened.recorded.source.part or "").startswith("inferred:")


def test_a_reopening_is_taken_back_where_the_detection_was_before_the_end(
    store: Store, tmp_path: Path
) -> None:
    first = cdevent("resolved", timestamp="2026-03-10T13:00:00Z", id="r-1")
    second = cdevent("detected", timestamp="2026-03-10T14:00:00Z", id="d-2")
    imported(store, written(tmp_path / "1.jsonl", first, second))
    assert "reopened" in kinds(store, "/probes#i-1")
    between = cdevent("detected", timestamp="2026-03-10T13:30:00Z", id="d-1")
    imported(store, written(tmp_path / "2.jsonl", between))
    [reopened] = [one for one in events(store, "/probes#i-1") if isinstance(one, ev.Reopened)]
    assert reopened.occurred_at == at("2026-03-10T13:30:00Z")


def test_a_detection_at_the_moment_of_the_end_reopens_nothing(store: Store, tmp_path: Path) -> None:
    imported(store, written(tmp_path / "x.jsonl", cdevent("resolved"), cdevent("detected")))
    assert kinds(store, "/probes#i-1").count("reopened") == 0


def test_what_was_only_reported_was_noticed_by_then(store: Store) -> None:
    imported(store, sample("plain.jsonl"))
    row = store.status(store.find("cdevents:/tickets#incident-7"))
    assert (row.title, row.services) == ("Exports are empty", ("exports",))
    assert row.detected_at == row.declared_at == at("2026-03-06T13:00:00Z")


def test_that_inference_gives_way_to_the_detection_itself(store: Store, tmp_path: Path) -> None:
    reported = cdevent("reported", ticketURI="https://tickets.example/1")
    detected = cdevent("detected", timestamp="2026-03-10T11:50:00Z")
    imported(store, written(tmp_path / "1.jsonl", reported))
    assert kinds(store, "/probes#i-1").count("detected") == 1
    imported(store, written(tmp_path / "2.jsonl", detected))
    assert kinds(store, "/probes#i-1").count("detected") == 1
    row = store.status(store.find("cdevents:/probes#i-1"))
    assert row.detected_at == at("2026-03-10T11:50:00Z")


def test_of_an_incident_that_was_only_resolved_no_detection_is_invented(
    store: Store, tmp_path: Path
) -> None:
    imported(store, written(tmp_path / "x.jsonl", cdevent("resolved")))
    row = store.status(store.find("cdevents:/probes#i-1"))
    assert (row.title, row.detected_at, row.state) == (None, None, "resolved")


def test_without_a_description_an_incident_is_called_by_its_id(
    store: Store, tmp_path: Path
) -> None:
    imported(store, written(tmp_path / "x.jsonl", cdevent("detected", description="")))
    assert store.status(store.find("cdevents:/probes#i-1")).title == "i-1"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_id_never_displaces_a_description_that_is_told(
    store: Store, tmp_path: Path, order: tuple[int, int]
) -> None:
    told = [cdevent("detected", description="Above 300ms"), cdevent("detected", description="")]
    for number in order:
        imported(store, written(tmp_path / "x.jsonl", told[number]))
    assert store.status(store.find("cdevents:/probes#i-1")).title == "Above 300ms"
    assert kinds(store, "/probes#i-1").count("detected") == 1


def test_a_detection_without_a_description_reopens_too(store: Store, tmp_path: Path) -> None:
    again = cdevent("detected", id="d-2", timestamp="2026-03-10T14:00:00Z", description="")
    first, end = cdevent("detected"), cdevent("resolved", timestamp="2026-03-10T13:00:00Z")
    imported(store, written(tmp_path / "x.jsonl", first, end, again))
    assert [one.occurred_at for one in events(store, "/probes#i-1", ev.Reopened)] == [
        at("2026-03-10T14:00:00Z")
    ]


def test_a_description_that_is_too_long_for_a_title_is_cut_and_kept_whole(
    store: Store, tmp_path: Path
) -> None:
    description = "late " * 300
    done = imported(
        store, written(tmp_path / "x.jsonl", cdevent("detected", None, description=description))
    )
    assert done.rejected == 0
    assert store.status(store.find("cdevents:/probes#i-1")).title == description[:1_000]
    assert description in [one.text for one in events(store, "/probes#i-1", ev.NoteAdded)]


def test_the_older_specification_within_structured_cloudevents_is_read(store: Store) -> None:
    done = imported(store, sample("structured.json"))
    assert (done.read, done.recorded, done.skipped) == (4, 3, 1)
    row = store.status(store.find("cdevents:/monitoring/eu-1#incident-8"))
    assert (row.title, row.state) == ("Mail is late", "resolved")
    assert row.detected_at == at("2026-03-07T22:00:00.123456Z")


def test_headers_beside_a_body_are_binary_cloudevents(store: Store) -> None:
    done = imported(store, sample("binary.jsonl"))
    assert (done.read, done.recorded, done.rejected) == (3, 3, 0)
    row = store.status(store.find("cdevents:https://probes.example/%23login#risk 9"))
    assert (row.title, row.state) == ("Logins fail", "resolved")
    assert store.status(store.find(f"cdevents:{EU}")).state == "resolved"


def test_every_envelope_tells_the_same_event_once(store: Store, tmp_path: Path) -> None:
    one = cdevent("detected")
    context = one["context"]
    headers = {f"CE-{name}": context[name] for name in ("id", "source", "type")}
    forms: Sequence[object] = [
        one,
        cloudevent(one),
        {"headers": headers, "data": one},
        {"headers": headers, "body": json.dumps(one)},
    ]
    done = imported(store, written(tmp_path / "x.jsonl", *forms))
    assert (done.recorded, done.already_there) == (1, 3)


def test_what_the_event_says_counts_and_not_its_envelope(store: Store, tmp_path: Path) -> None:
    relayed = cloudevent(cdevent("detected"), id="relay-1", source="/relay")
    done = imported(store, written(tmp_path / "x.jsonl", relayed, cdevent("detected")))
    assert (done.recorded, done.already_there) == (1, 1)


@pytest.mark.parametrize(
    ("record", "where"),
    [
        (cdevent("detected", timestamp="2026-03-10T12:00:00"), "context.timestamp"),
        (cdevent("detected", timestamp=1773144000), "context.timestamp"),
        (cdevent("detected", id=7), "context.id"),
        (cdevent("detected", source="inferred:x"), "context.source"),
        (cdevent("detected", service={"id": ""}), "subject.content.service.id"),
        (cdevent("escalated"), "context.type"),
        (cdevent("detected", type="dev.cdevents.incident.detected.1.0.0"), "context.type"),
        (cdevent("detected", type="dev.cdevents.incident"), "context.type"),
        (cdevent("x", type="dev.cdeventsx.retold-incident.acknowledged.0.1.0"),
         "customData.retold"),
        (cloudevent(cdevent("detected"), data=None), "data"),
        (cloudevent(cdevent("detected"), data="{"), "data"),
    ],
    ids=lambda one: one if isinstance(one, str) else None,
)  # fmt: skip
def test_what_is_not_as_specified_is_rejected_by_its_field(
    record: object, where: str, store: Store, tmp_path: Path
) -> None:
    done = imported(store, written(tmp_path / "x.jsonl", record))
    assert (done.recorded, done.rejected) == (0, 1)
    assert done.rejections[0].field == where


def test_every_malformed_sample_is_rejected(store: Store) -> None:
    done = imported(store, sample("malformed.jsonl"))
    assert (done.read, done.rejected) == (7, 7)


@needs_real_data
def test_the_specifications_own_examples_tell_one_incident(store: Store) -> None:
    files = sorted(REAL.glob("*.json"))
    done = imported(store, *files)
    wanted = {file.stem: json.loads(file.read_text()) for file in files}
    incidents = {name: one for name, one in wanted.items() if name.startswith("incident_")}
    assert (done.read, done.recorded) == (len(wanted), len(incidents))
    others = sorted(name.partition("_")[0] for name in wanted if name not in incidents)
    assert sorted(done.skipped_why) == [f"is no incident: {name}" for name in others]
    [row] = store.incidents()
    detected = incidents["incident_detected"]
    subject, content = detected["subject"], detected["subject"]["content"]
    assert row.source_ref == f"{subject['source']}#{subject['id']}"
    assert row.title == content["description"]
    assert row.services == (content["service"]["id"],)
    told = {entry.event.kind: entry.event for entry in store.history(row.incident_id).entries}
    for kind, name in (
        ("incident-detected", "incident_detected"),
        ("incident-declared", "incident_reported"),
        ("incident-resolved", "incident_resolved"),
    ):
        assert told[kind].occurred_at == at(incidents[name]["context"]["timestamp"])
    breach, said = told["expectation-breached"], detected["customData"]
    assert isinstance(breach, ev.ExpectationBreached)
    assert [breach.indicator, breach.threshold, breach.observed] == [
        said[key] for key in ("metric", "threshold", "value")
    ]
    links = [one.links for one in events(store, row.source_ref or "")
             if isinstance(one, ev.NoteAdded) and one.links]  # fmt: skip
    assert links == [(incidents["incident_reported"]["subject"]["content"]["ticketURI"],)]
