"""The store on every backend: recorded once, read back the same, told the same."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from retold import (
    ConcurrentChange,
    Cut,
    Entry,
    Incident,
    IncidentNotFound,
    InvalidInput,
    RuleBroken,
    Store,
    open_store,
)
from retold.adapters.loading import load_document
from retold.domain.events import Detected, EventCorrected, NoteAdded
from retold.domain.history import effective_history
from retold.domain.values import Source
from retold.projections.views import replayed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def entry(text: str, at: datetime = NOON, event_id: UUID | None = None) -> Entry:
    return Entry(event_id=event_id or uuid4(), event=NoteAdded(occurred_at=at, text=text))


def a_detected_incident(store: Store) -> UUID:
    return store.detect("Search is down", at=NOON, services=("search",)).incident_id


def test_what_is_recorded_is_read_back_the_same(store: Store) -> None:
    recorded = store.detect("Search is down", at=NOON, by="alerting", services=("search",))
    [read] = store.recorded(recorded.incident_id)
    assert read == recorded
    assert (read.version, read.recorded_by) == (1, "tests")
    assert list(store.events()) == [recorded]


def test_a_lifecycle_leads_to_its_status(store: Store) -> None:
    incident = a_detected_incident(store)
    store.record(incident, Incident.acknowledge, at=minutes(5), by="ana")
    store.record(incident, Incident.declare, at=minutes(7), severity="sev2")
    store.record(incident, Incident.mitigate, at=minutes(30))
    store.record(incident, Incident.resolve, at=minutes(60))
    row = store.status(incident)
    assert (row.state, row.severity, row.version) == ("resolved", "sev2", 5)
    assert (row.acknowledged_at, row.resolved_at) == (minutes(5), minutes(60))


def test_every_view_follows_a_correction(store: Store) -> None:
    incident = a_detected_incident(store)
    acknowledged = store.record(incident, Incident.acknowledge, at=minutes(50))
    store.correct(
        acknowledged.event_id, {"occurred_at": "2026-03-01T12:05:00Z"}, why="typed late", by="ana"
    )
    [tta] = [row for row in store.durations(incident) if row.measure == "tta"]
    assert store.status(incident).acknowledged_at == minutes(5)
    assert tta.duration_us == 5 * 60 * 1_000_000
    [row] = [row for row in store.timeline(incident) if row.kind == "incident-acknowledged"]
    assert (row.occurred_at, row.first_said_at, row.corrections) == (minutes(5), minutes(50), 1)


def test_a_retracted_event_no_longer_counts_but_keeps_its_row(store: Store) -> None:
    incident = a_detected_incident(store)
    resolved = store.record(incident, Incident.resolve, at=minutes(9))
    store.retract(resolved.event_id, why="the wrong incident")
    assert store.status(incident).state == "detected"
    assert [row.retracted for row in store.timeline(incident)] == [False, True]


def test_a_correction_of_a_correction_is_refused(store: Store) -> None:
    incident = a_detected_incident(store)
    note = store.record(incident, Incident.note, text="helo")
    correction = store.correct(note.event_id, {"text": "hello"}, why="typo")
    with pytest.raises(InvalidInput, match="correction or retraction"):
        store.correct(correction.event_id, {"why": "spelling"}, why="better")
    store.retract(correction.event_id, why="it was right")
    assert store.timeline(incident)[-1].text == "helo"


def test_a_retraction_can_be_retracted_and_no_event_twice_retracted(store: Store) -> None:
    incident = a_detected_incident(store)
    note = store.record(incident, Incident.note, text="hello")
    retraction = store.retract(note.event_id, why="wrong place")
    with pytest.raises(RuleBroken, match="already retracted"):
        store.retract(note.event_id, why="wrong place")
    store.retract(retraction.event_id, why="the right place after all")
    assert [row.retracted for row in store.timeline(incident)] == [False, False]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"txt": "x"}, "no field 'txt'"),
        ({"kind": "incident-resolved"}, "no field 'kind'"),
        ({"text": "hello"}, "change nothing"),
        ({"text": 5}, "text"),
        ({"occurred_at": "2026-03-01T12:00:00"}, "no time zone"),
        ({"occurred_at": NOON}, "JSON form"),
        ({"text": float("nan")}, "JSON form"),
        ({"text": 10**5000}, "JSON form"),
        ({"text": "a\x00b"}, "not allowed"),
        ({"text": "a\ud800b"}, "JSON"),
    ],
)
def test_a_correction_that_does_not_fit_is_refused(
    store: Store, values: dict[str, object], problem: str
) -> None:
    incident = a_detected_incident(store)
    note = store.record(incident, Incident.note, text="hello")
    with pytest.raises(InvalidInput, match=problem):
        store.correct(note.event_id, values, why="a try")
    assert len(store.recorded(incident)) == 2


def test_the_same_event_again_is_a_success_that_changes_nothing(store: Store) -> None:
    incident = a_detected_incident(store)
    event_id = uuid4()
    first = store.record(incident, Incident.resolve, at=minutes(3), event_id=event_id)
    store.record(incident, Incident.reopen, at=minutes(4))
    again = store.record(incident, Incident.resolve, at=minutes(3), event_id=event_id)
    assert again == first
    assert len(store.recorded(incident)) == 3


def test_a_repeated_call_without_a_time_is_the_same_event(store: Store) -> None:
    incident = a_detected_incident(store)
    event_id = uuid4()
    first = store.record(incident, Incident.note, text="hello", event_id=event_id)
    assert store.record(incident, Incident.note, text="hello", event_id=event_id) == first


def test_a_repetition_with_its_expected_version_is_a_success(store: Store) -> None:
    incident = a_detected_incident(store)
    event_id = uuid4()
    given = {"text": "hello", "event_id": event_id, "expected_version": 1}
    first = store.record(incident, Incident.note, **given)
    assert store.record(incident, Incident.note, **given) == first


def test_repeated_corrections_and_retractions_are_the_same(store: Store) -> None:
    incident = a_detected_incident(store)
    note = store.record(incident, Incident.note, text="helo")
    one, two = uuid4(), uuid4()
    first = store.correct(note.event_id, {"text": "hello"}, why="typo", correction_id=one)
    assert store.correct(note.event_id, {"text": "hello"}, why="typo", correction_id=one) == first
    struck = store.retract(note.event_id, why="wrong place", retraction_id=two)
    assert store.retract(note.event_id, why="wrong place", retraction_id=two) == struck
    assert len(store.recorded(incident)) == 4


def test_a_repeated_detection_begins_one_incident(store: Store) -> None:
    event_id = uuid4()
    first = store.detect("Search is down", at=NOON, event_id=event_id)
    assert store.detect("Search is down", at=NOON, event_id=event_id) == first
    assert len(store.incidents()) == 1


def test_an_event_id_of_a_different_event_is_refused(store: Store) -> None:
    incident, other = a_detected_incident(store), a_detected_incident(store)
    event_id = store.record(incident, Incident.note, text="hello").event_id
    for where, text in ((incident, "bye"), (other, "hello")):
        with pytest.raises(InvalidInput, match="belongs to a different event"):
            store.record(where, Incident.note, text=text, event_id=event_id)
        with pytest.raises(InvalidInput, match="belongs to a different event"):
            store.append(where, [entry(text, event_id=event_id)])
    assert len(list(store.events())) == 3


def test_a_batch_leaves_out_what_is_stored_and_appends_the_rest(store: Store) -> None:
    incident = a_detected_incident(store)
    entries = [entry(str(number)) for number in range(4)]
    store.append(incident, entries[:2])
    recorded = store.append(incident, entries)
    assert [one.version for one in recorded] == [2, 3, 4, 5]
    assert store.append(incident, entries, expected_version=1) == recorded


def test_a_batch_that_is_partly_stored_must_still_stand_on_the_expected_version(
    store: Store,
) -> None:
    incident, (one, two) = a_detected_incident(store), (entry("one"), entry("two"))
    store.append(incident, [one])
    store.record(incident, Incident.note, text="by somebody else")
    with pytest.raises(ConcurrentChange, match="version 3, not 2"):
        store.append(incident, [one, two], expected_version=2)
    assert len(store.append(incident, [one, two], expected_version=3)) == 2
    assert len(store.recorded(incident)) == 4


def test_an_incident_id_that_is_no_uuid_is_refused_before_anything_is_written(store: Store) -> None:
    text: Any = str(uuid4())
    for write in (
        lambda: store.detect("Search is down", incident_id=text),
        lambda: store.append(text, [entry("x")]),
        lambda: store.append_all([(text, [entry("x")])]),
    ):
        with pytest.raises(InvalidInput, match="no UUID"):
            write()
    assert list(store.events()) == []


def test_one_id_for_two_events_of_a_batch_is_refused(store: Store) -> None:
    incident, event_id = a_detected_incident(store), uuid4()
    with pytest.raises(InvalidInput, match="two different events"):
        store.append(incident, [entry("a", event_id=event_id), entry("b", event_id=event_id)])
    assert len(store.append(incident, [entry("a", event_id=event_id)] * 2)) == 1


def test_one_id_for_events_of_two_incidents_is_refused(store: Store) -> None:
    same = entry("a")
    with pytest.raises(InvalidInput, match="different"):
        store.append_all([(uuid4(), [same]), (uuid4(), [same])])
    assert len(list(store.events())) <= 1


def test_an_incident_that_is_twice_in_a_batch_goes_on_counting(store: Store) -> None:
    incident = a_detected_incident(store)
    batch = [(incident, [entry("a")]), (incident, [entry("b")])]
    assert [one.version for [one] in store.append_all(batch)] == [2, 3]
    assert_views_equal_a_replay(store)


def test_a_different_event_at_a_taken_version_is_a_concurrent_change(store: Store) -> None:
    incident = a_detected_incident(store)
    store.record(incident, Incident.note, text="first", expected_version=1)
    with pytest.raises(ConcurrentChange, match="version 2, not 1"):
        store.record(incident, Incident.note, text="second", expected_version=1)
    with pytest.raises(ConcurrentChange):
        store.append(incident, [entry("third")], expected_version=1)
    assert len(store.recorded(incident)) == 2


def test_threads_on_one_incident_all_get_in_with_dense_versions(store: Store) -> None:
    incident = a_detected_incident(store)

    def write(number: int) -> int:
        return store.record(incident, Incident.note, text=str(number), at=NOON).version

    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(write, range(40)))
    assert sorted(versions) == list(range(2, 42))
    assert {row.text for row in store.timeline(incident)} >= {str(n) for n in range(40)}
    assert_views_equal_a_replay(store)


def test_threads_on_many_incidents_share_commits_and_lose_nothing(store: Store) -> None:
    incidents = [a_detected_incident(store) for _ in range(8)]

    def write(number: int) -> UUID:
        return store.record(incidents[number % 8], Incident.note, text=str(number)).event_id

    with ThreadPoolExecutor(16) as pool:
        written = set(pool.map(write, range(160)))
    assert {one.event_id for one in store.events()} >= written
    assert_views_equal_a_replay(store)


def test_only_one_of_two_equal_decisions_is_taken(store: Store) -> None:
    incident = a_detected_incident(store)
    barrier = threading.Barrier(4)

    def acknowledge(_: int) -> bool:
        barrier.wait()
        try:
            store.record(incident, Incident.acknowledge, at=minutes(1))
        except RuleBroken:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(acknowledge, range(4))) == [False, False, False, True]


def test_following_misses_nothing_and_keeps_the_order(store: Store) -> None:
    incidents = [a_detected_incident(store) for _ in range(4)]
    seen: list[int] = []
    total = 4 + 4 * 25

    def follow() -> None:
        for recorded in store.follow(stop=lambda: len(seen) >= total):
            seen.append(recorded.position)

    follower = threading.Thread(target=follow)
    follower.start()
    with ThreadPoolExecutor(4) as pool:
        for incident in incidents:
            pool.submit(
                lambda i: [store.record(i, Incident.note, text=str(n)) for n in range(25)], incident
            )
    follower.join(timeout=20)
    assert not follower.is_alive()
    assert seen == [one.position for one in store.events()]


def test_following_goes_on_after_a_position(store: Store) -> None:
    incident = a_detected_incident(store)
    second = store.record(incident, Incident.note, text="hello")
    assert next(store.follow(after=second.position - 1)) == second


def test_the_three_cuts(store: Store, clock: Callable[[], datetime]) -> None:
    incident = a_detected_incident(store)
    first = store.record(incident, Incident.resolve, at=minutes(30), told_at=minutes(40))
    store.correct(first.event_id, {"occurred_at": "2026-03-01T12:20:00Z"}, why="the log says so")
    assert store.status(incident).resolved_at == minutes(20)
    as_recorded = store.status(incident, Cut(recorded_at=first.recorded_at))
    assert as_recorded.resolved_at == minutes(30)
    assert store.status(incident, Cut(as_of=minutes(19))).state == "detected"
    assert store.status(incident, Cut(known_at=minutes(39))).state == "detected"
    with pytest.raises(IncidentNotFound):
        store.status(incident, Cut(as_of=NOON - timedelta(days=1)))
    [row] = store.incidents(Cut(recorded_at=first.recorded_at))
    assert row == as_recorded


def test_incidents_are_found_by_beginning_of_id_and_by_source(store: Store) -> None:
    detected = Detected(occurred_at=NOON, title="Imported")
    source = Source(system="statuspage", ref="x0ljvc9m1wxj")
    incident = uuid4()
    store.append(incident, [Entry(event_id=uuid4(), source=source, event=detected)])
    assert store.find(str(incident)) == store.find(str(incident)[:13].upper()) == incident
    assert store.find("statuspage:x0ljvc9m1wxj") == incident
    for reference in ("statuspage:nope", "ffffffff-ffff-ffff", "%", "_", "a\x00b", "a\udcff"):
        with pytest.raises(IncidentNotFound):
            store.find(reference)


def test_an_ambiguous_beginning_is_refused(store: Store) -> None:
    for last in (1, 2):
        store.detect("twins", incident_id=UUID(int=last))
    with pytest.raises(InvalidInput, match="not unique"):
        store.find("00000000")


def test_unknown_incidents_and_events_are_not_found(store: Store) -> None:
    nobody = uuid4()
    for ask in (store.recorded, store.status, store.durations, store.timeline, store.history):
        with pytest.raises(IncidentNotFound):
            ask(nobody)
    with pytest.raises(IncidentNotFound):
        store.record(nobody, Incident.resolve)
    with pytest.raises(IncidentNotFound):
        store.correct(nobody, {"text": "x"}, why="x")
    with pytest.raises(IncidentNotFound):
        store.retract(nobody, why="x")


def test_late_events_and_corrections_before_their_event_are_told_as_in_a_replay(
    store: Store,
) -> None:
    incident = a_detected_incident(store)
    store.record(incident, Incident.resolve, at=minutes(60))
    store.record(incident, Incident.note, at=minutes(10), text="late")
    note = entry("helo", at=minutes(90))
    change = {"field": "text", "old": "helo", "new": "hello"}
    correction = EventCorrected.model_validate(
        {"occurred_at": minutes(91), "corrects": note.event_id, "changes": [change], "why": "typo"},
        strict=False,
    )
    store.append(incident, [Entry(event_id=uuid4(), event=correction)])
    assert store.status(incident).anomalies == 1
    store.append(incident, [note])
    assert [row.text for row in store.timeline(incident)][-1] == "hello"
    assert store.status(incident).anomalies == 0
    assert_views_equal_a_replay(store)


def test_incidents_are_listed_by_detection_and_open_ones_alone(store: Store) -> None:
    late = store.detect("late", at=minutes(9)).incident_id
    early = store.detect("early", at=minutes(1)).incident_id
    store.record(late, Incident.resolve, at=minutes(12))
    assert [row.incident_id for row in store.incidents()] == [early, late]
    assert [row.incident_id for row in store.incidents(only_open=True)] == [early]
    assert [row.incident_id for row in store.incidents(Cut(as_of=minutes(11)), only_open=True)] == [
        early,
        late,
    ]


def test_a_store_opened_again_goes_on(database_url: str) -> None:
    with open_store(database_url) as store:
        incident = a_detected_incident(store)
    with open_store(database_url, create=False) as store:
        recorded = store.record(incident, Incident.acknowledge, at=minutes(1))
        assert (recorded.version, recorded.position) == (2, 2)
        assert store.status(incident).state == "acknowledged"


def assert_views_equal_a_replay(store: Store) -> None:
    """Hold every row against a full replay of the log."""
    told = {}
    for row in store.incidents():
        history = effective_history(store.recorded(row.incident_id))
        told[row.incident_id] = replayed(row.incident_id, history)
    assert store.incidents() == [views.incident for views in told.values()]
    for incident_id, views in told.items():
        assert load_document(store.backend, incident_id) == views.document
    measures = [row.measure for row in next(iter(told.values())).durations]
    assert set(store.backend.durations(measures)) == {
        row for views in told.values() for row in views.durations
    }
