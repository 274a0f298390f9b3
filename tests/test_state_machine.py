"""The same commands on memory, SQLite and PostgreSQL give the same answers and refusals."""

import itertools
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from retold import Cut, Entry, Incident, Recorded, RetoldError, Store, open_store
from retold.adapters.loading import load_document
from retold.domain import events as ev
from retold.domain.values import Source
from retold.projections.timeline import TimelineRow
from retold.projections.views import Views

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INCIDENTS = [UUID(int=number << 96) for number in range(1, 4)]
DECISIONS: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (Incident.acknowledge, {}),
    (Incident.acknowledge, {"automatic": True}),
    (Incident.declare, {"severity": "sev2"}),
    (Incident.mitigate, {"how": "rolled back"}),
    (Incident.resolve, {}),
    (Incident.reopen, {"why": "again"}),
    (Incident.dismiss, {"reason": "drill"}),
    (Incident.dismiss, {"reason": "a mood"}),
    (Incident.start_impact, {"service": "search"}),
    (Incident.end_impact, {"service": "search"}),
    (Incident.assign_role, {"role": "scribe", "holder": "ana"}),
    (Incident.release_role, {"role": "scribe", "holder": "ana"}),
    (Incident.add_follow_up, {"follow_up": "f1", "text": "add an alert"}),
    (Incident.complete_follow_up, {"follow_up": "f1"}),
    (Incident.note, {"text": "hello", "links": ("https://example.org/",)}),
    (Incident.note, {"text": "a\x00b"}),
    (Incident.note, {"words": "hello"}),
    (Incident.assess, {"assessor": "ben", "severity": "sev1"}),
    (Incident.note_surprise, {"expected": "a cache", "observed": "none"}),
    (Incident.breach, {"expectation": "99.9 % of searches answer"}),
    (Incident.engage, {"responder": "cy", "how": "paged"}),
]
CORRECTIONS: list[dict[str, object]] = [
    {"occurred_at": "2026-03-01T11:58:00Z"},
    {"occurred_at": "2026-03-01T12:03:30.000001+01:00"},
    {"occurred_at": "2026-03-01T12:03:30"},
    {"title": "Search is slow"},
    {"text": "bye"},
    {"severity": "sev4", "why": None},
    {"mood": "good"},
]
STORY: list[Callable[[datetime], ev.StoryEvent]] = [
    lambda at: ev.Detected(occurred_at=at, title="Told elsewhere", services=("mail",)),
    lambda at: ev.Acknowledged(occurred_at=at),
    lambda at: ev.Mitigated(occurred_at=at),
    lambda at: ev.Resolved(occurred_at=at),
    lambda at: ev.Reopened(occurred_at=at),
    lambda at: ev.NoteAdded(occurred_at=at, text="told elsewhere \N{PILE OF POO}"),
    lambda at: ev.Declared(occurred_at=at, severity="sev3", by="dan"),
    lambda at: ev.Merged(occurred_at=at, into=INCIDENTS[0]),
]

numbers = st.integers(0, 1_000)
incidents = st.sampled_from(INCIDENTS)
moments = st.integers(-3, 12).map(lambda number: NOON + timedelta(minutes=number))
versions = st.one_of(st.none(), st.none(), st.integers(0, 4))


class Backends(RuleBasedStateMachine):
    """Three stores that are told the same, with one clock and given ids.

    SQLite and PostgreSQL have two writers each, which know nothing of each other and take over
    after two commands.
    """

    postgres_server = ""
    schemas = itertools.count(1)

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.schema = f"machine_{next(self.schemas)}"
        with psycopg.connect(self.postgres_server, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {self.schema}")
        self.urls = {
            "memory": "memory:",
            "sqlite": str(Path(self.folder.name) / "store.db"),
            "postgresql": f"{self.postgres_server}&options=-csearch_path%3D{self.schema}",
        }
        self.now = NOON
        self.stores = {name: self.opened(url) for name, url in self.urls.items()}
        self.others = {name: self.opened(self.urls[name]) for name in ("sqlite", "postgresql")}
        self.ids = (UUID(int=number) for number in itertools.count(1))
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.known: list[UUID] = []

    def opened(self, url: str) -> Store:
        return open_store(url, clock=lambda: self.now, recorded_by="machine")

    def teardown(self) -> None:
        try:
            for name, store in self.stores.items():
                before = told(store)
                store.rebuild()
                assert told(store) == before, name
        finally:
            self.forget()

    def forget(self) -> None:
        for store in (*self.stores.values(), *self.others.values()):
            store.close()
        self.folder.cleanup()
        with psycopg.connect(self.postgres_server, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {self.schema} CASCADE")

    def tell(self, verb: str, *arguments: Any, **options: Any) -> None:
        """Tell each store the same and hold their answers against each other."""
        self.now += timedelta(seconds=1)
        if len(self.calls) % 2:
            self.let_the_other_writers_take_over()
        self.calls.append((verb, arguments, options))
        answers = {
            name: answer(getattr(store, verb), *arguments, **options)
            for name, store in self.stores.items()
        }
        assert answers["sqlite"] == answers["memory"]
        assert answers["postgresql"] == answers["memory"]

    def let_the_other_writers_take_over(self) -> None:
        here = {name: self.stores[name] for name in self.others}
        self.stores |= self.others
        self.others = here

    def known_event(self, number: int) -> UUID:
        return self.known[number % len(self.known)] if self.known else UUID(int=999)

    def new_id(self) -> UUID:
        event_id = next(self.ids)
        self.known.append(event_id)
        return event_id

    @initialize(incident=incidents)
    def begin(self, incident: UUID) -> None:
        self.tell("detect", "Down", incident_id=incident, event_id=self.new_id(), at=NOON)

    @rule(incident=incidents, at=moments, version=versions)
    def detect(self, incident: UUID, at: datetime, version: int | None) -> None:
        given = {"incident_id": incident, "event_id": self.new_id(), "expected_version": version}
        self.tell("detect", "Search is down", at=at, services=("search",), by="alerting", **given)

    @rule(incident=incidents, decision=st.sampled_from(DECISIONS), at=moments, version=versions)
    def decide(
        self,
        incident: UUID,
        decision: tuple[Callable[..., Any], dict[str, Any]],
        at: datetime,
        version: int | None,
    ) -> None:
        decide, facts = decision
        given = {"at": at, "event_id": self.new_id(), "expected_version": version}
        self.tell("record", incident, decide, **given, **facts)

    @rule(incident=incidents, into=incidents, at=moments)
    def merge(self, incident: UUID, into: UUID, at: datetime) -> None:
        given = {"this": incident, "into": into, "at": at, "event_id": self.new_id()}
        self.tell("record", incident, Incident.merge, **given)

    @rule(number=numbers)
    def repeat(self, number: int) -> None:
        verb, arguments, options = self.calls[number % len(self.calls)]
        self.tell(verb, *arguments, **options)

    @rule(number=numbers, incident=incidents)
    def take_an_id_for_something_else(self, number: int, incident: UUID) -> None:
        event_id = self.known_event(number)
        self.tell("record", incident, Incident.note, text="another", event_id=event_id)

    @rule(number=numbers, values=st.sampled_from(CORRECTIONS))
    def correct(self, number: int, values: dict[str, object]) -> None:
        event_id, correction_id = self.known_event(number), self.new_id()
        self.tell("correct", event_id, values, why="wrong", correction_id=correction_id)

    @rule(number=numbers)
    def retract(self, number: int) -> None:
        event_id, retraction_id = self.known_event(number), self.new_id()
        self.tell("retract", event_id, why="wrong", retraction_id=retraction_id)

    @rule(
        incident=incidents,
        story=st.lists(st.tuples(st.sampled_from(STORY), moments), max_size=4),
        times=st.sampled_from([1, 1, 2]),
        version=versions,
    )
    def import_story(
        self,
        incident: UUID,
        story: list[tuple[Callable[[datetime], ev.StoryEvent], datetime]],
        times: int,
        version: int | None,
    ) -> None:
        self.tell("append", incident, self.entries(story) * times, expected_version=version)

    @rule(
        stories=st.lists(
            st.tuples(incidents, st.lists(st.tuples(st.sampled_from(STORY), moments), max_size=2)),
            max_size=3,
        ),
        times=st.sampled_from([1, 1, 2]),
    )
    def import_stories(
        self,
        stories: list[tuple[UUID, list[tuple[Callable[[datetime], ev.StoryEvent], datetime]]]],
        times: int,
    ) -> None:
        batch = [(incident, self.entries(story) * times) for incident, story in stories]
        self.tell("append_all", batch)

    @rule(incident=incidents, number=st.integers(1, 80), at=moments)
    def import_a_correction_perhaps_before_its_event(
        self, incident: UUID, number: int, at: datetime
    ) -> None:
        change = ev.Change(field="occurred_at", old="?", new="2026-03-01T12:09:00Z")
        correction = ev.EventCorrected(
            occurred_at=at, corrects=UUID(int=number), changes=(change,), why="late news"
        )
        self.tell("append", incident, [Entry(event_id=self.new_id(), event=correction)])

    @rule()
    def open_again(self) -> None:
        for name in ("sqlite", "postgresql"):
            self.stores[name].close()
            self.stores[name] = self.opened(self.urls[name])

    @rule(at=moments, incident=incidents)
    def ask_for_the_past(self, at: datetime, incident: UUID) -> None:
        cuts = Cut(as_of=at), Cut(recorded_at=self.now - timedelta(seconds=4)), Cut(known_at=at)
        for cut in cuts:
            self.tell("incidents", cut)
            self.tell("views", incident, cut)
            self.tell("durations", incident, cut)

    @invariant()
    def the_present_reads_the_same(self) -> None:
        first = told(self.stores["memory"])
        assert told(self.stores["sqlite"]) == first
        assert told(self.stores["postgresql"]) == first

    def entries(
        self, story: list[tuple[Callable[[datetime], ev.StoryEvent], datetime]]
    ) -> list[Entry]:
        source = Source(system="statuspage", ref="abc")
        return [
            Entry(event_id=self.new_id(), told_at=at, source=source, event=event(at))
            for event, at in story
        ]


def answer(call: Callable[..., Any], *arguments: Any, **options: Any) -> object:
    """Return what a store answers, be it a refusal, in a form to compare."""
    try:
        return comparable(call(*arguments, **options))
    except RetoldError as error:
        return type(error), str(error)


def kind_of_answer(call: Callable[..., Any], *arguments: Any) -> object:
    """Return what a store answers, of a refusal only its class: it lists in no given order."""
    try:
        return call(*arguments)
    except RetoldError as error:
        return type(error)


def comparable(value: Any) -> Any:
    """Leave out positions: they may have gaps."""
    match value:
        case Recorded():
            return value.model_copy(update={"position": 0})
        case TimelineRow():
            return value._replace(position=0)
        case Views():
            return value._replace(timeline=comparable(value.timeline))
        case list() | tuple() if not hasattr(value, "_fields"):
            return [comparable(one) for one in value]
        case _:
            return value


def told(store: Store) -> dict[str, object]:
    """Return everything that a reader is told of the present."""
    measures = ("ttd", "tta", "ttr", "ttr_detected", "active_time")
    measured = [row for _, row in store.measured(measures)]
    return {
        "log": comparable(list(store.events())),
        "incidents": store.incidents(),
        "open": store.incidents(only_open=True),
        "measured": sorted(measured, key=lambda row: (row.incident_id, row.measure)),
        "each": [
            [answer(ask, incident) for ask in (store.status, store.durations, store.timeline)]
            for incident in INCIDENTS
        ],
        "found": kind_of_answer(store.find, "statuspage:abc"),
        "views": [answer(store.views, incident) for incident in INCIDENTS],
        "kept": [load_document(store.backend, incident) for incident in INCIDENTS],
    }


def test_every_backend_answers_the_same(postgres_server: str) -> None:
    Backends.postgres_server = postgres_server
    run_state_machine_as_test(
        Backends,
        settings=settings(
            max_examples=40,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            derandomize=True,
        ),
    )
