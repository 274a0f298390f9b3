"""Restricted incidents in the library: who sees them, and that nothing else gives them away."""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from retold import (
    Entry,
    Incident,
    IncidentNotFound,
    InvalidInput,
    RuleBroken,
    Store,
    open_store,
)
from retold.adapters.backend import RawRecord
from retold.adapters.visibility import VisibleTo
from retold.adapters.wrapped import Wrapped
from retold.domain import events as ev
from retold.domain.history import Cut
from retold.domain.values import Source

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEEN, SECRET = UUID(int=1_000), UUID(int=2_000)
RAW = RawRecord("ab" * 32, "{}")


@pytest.fixture
def outsider(store: Store, clock: Callable[[], datetime]) -> Store:
    """A reader of no group, beside two incidents: one for all, one for legal alone."""
    store.backend.keep_raw([RAW])
    for incident in (SEEN, SECRET):
        source = Source(system="tool", ref=str(incident.int), raw_sha256=RAW.sha256)
        event = ev.Detected(occurred_at=NOON, title=f"incident {incident.int}")
        store.append(incident, [Entry(event_id=UUID(int=incident.int + 1), event=event,
                                      source=source if incident is SECRET else None)])  # fmt: skip
        store.record(incident, Incident.resolve, at=NOON + timedelta(minutes=incident.int / 100))
    store.record(SECRET, Incident.restrict, group="legal", why="a customer may sue")
    return seen_by(store, clock)


def seen_by(store: Store, clock: Callable[[], datetime], *groups: str) -> Store:
    return Store(VisibleTo(store.backend, groups), clock)


def test_a_restricted_incident_is_in_no_list_and_counted(store: Store, outsider: Store) -> None:
    assert [row.incident_id for row in outsider.incidents()] == [SEEN]
    assert {one.incident_id for one in outsider.events()} == {SEEN}
    assert {identity for identity, _ in outsider.histories()} == {SEEN}
    assert {row.incident_id for row, _ in outsider.measured(["ttr_detected"])} == {SEEN}
    assert {row.incident_id for row in outsider.backend.durations(["ttr_detected"])} == {SEEN}
    assert {row.incident_id for row in outsider.backend.timelines()} == {SEEN}
    assert outsider.histories_of([SEEN, SECRET]).keys() == {SEEN}
    assert (outsider.hidden(), store.hidden()) == (1, 0)
    assert len(store.incidents()) == 2


def test_readers_of_the_group_see_it(
    store: Store, outsider: Store, clock: Callable[[], datetime]
) -> None:
    lawyer = seen_by(store, clock, "legal", "hr")
    assert lawyer.status(SECRET).restricted_to == "legal"
    assert lawyer.backend.restricted() == {SECRET: "legal"}
    assert lawyer.hidden() == 0
    assert outsider.backend.restricted() == {}


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.status(SECRET),
        lambda store: store.recorded(SECRET),
        lambda store: store.timeline(SECRET),
        lambda store: store.durations(SECRET),
        lambda store: store.find(str(SECRET)),
        lambda store: store.find("tool:2000"),
        lambda store: store.incident_of(UUID(int=2_001)),
        lambda store: store.record(SECRET, Incident.note, text="x"),
        lambda store: store.record(SECRET, Incident.lift_restriction),
        lambda store: store.detect("again", incident_id=SECRET),
        lambda store: store.correct(UUID(int=2_001), {"title": "x"}, why="x"),
        lambda store: store.retract(UUID(int=2_001), why="x"),
        lambda store: store.append(SECRET, [note()]),
        lambda store: store.append_all([(SEEN, [note()]), (SECRET, [note()])]),
    ],
)
def test_to_others_it_is_not_there(
    store: Store, outsider: Store, ask: Callable[[Store], object]
) -> None:
    before = store.backend.last_position()
    with pytest.raises(IncidentNotFound):
        ask(outsider)
    assert store.backend.last_position() == before


def note() -> Entry:
    return Entry(event_id=UUID(int=9), event=ev.NoteAdded(occurred_at=NOON, text="x"))


def test_however_many_are_hidden_what_is_seen_is_found(store: Store, outsider: Store) -> None:
    *hidden, seen = (UUID(f"ab{number:02}0000-0000-4000-8000-000000000000") for number in range(13))
    for incident in (*hidden, seen):
        store.detect("one of many", incident_id=incident)
    for incident in hidden:
        store.record(incident, Incident.restrict, group="legal")
    assert outsider.find("ab") == seen
    with pytest.raises(InvalidInput, match="not unique"):
        store.find("ab")


def test_an_event_id_of_what_is_hidden_is_refused_as_any_that_is_taken(
    store: Store, outsider: Store
) -> None:
    taken = Entry(event_id=UUID(int=2_001), event=ev.NoteAdded(occurred_at=NOON, text="mine"))
    before = store.backend.last_position()
    with pytest.raises(InvalidInput, match="belongs to a different event"):
        outsider.append(SEEN, [taken])
    with pytest.raises(InvalidInput, match="belongs to a different event"):
        outsider.record(SEEN, Incident.note, event_id=taken.event_id, text="mine")
    with pytest.raises(InvalidInput, match="belongs to a different event"):
        outsider.append_all([(SEEN, [taken]), (uuid4(), [taken])])
    assert store.backend.last_position() == before


def test_no_page_of_the_log_ends_early_for_what_is_left_out(store: Store, outsider: Store) -> None:
    for number in range(300):  # more than a page
        store.record(SECRET, Incident.note, text=f"{number}")
    last = store.record(SEEN, Incident.note, text="the last")
    assert [one.event_id for one in outsider.events(after=10)] == [last.event_id]


def test_what_is_restricted_today_is_in_no_report_of_yesterday(
    store: Store, outsider: Store
) -> None:
    before = store.recorded(SECRET)[1].recorded_at
    for cut in (Cut(recorded_at=before), Cut(known_at=before), Cut(as_of=before)):
        assert [row.incident_id for row in outsider.incidents(cut)] == [SEEN]
        with pytest.raises(IncidentNotFound):
            outsider.status(SECRET, cut)
        report = outsider.report("ttr_detected", cut=cut)
        assert (report.summaries[0].incidents, report.not_shown) == (1, 1)


def test_a_report_counts_it_and_leaves_it_out_of_every_figure(
    store: Store, outsider: Store
) -> None:
    told = outsider.report()
    assert {one.incidents for one in told.summaries} == {1}
    assert told.to_document()["not_shown"] == 1
    assert "not shown: 1, restricted to other readers and in no figure" in str(told)
    assert "Not shown" in told.to_html()
    assert "not shown" not in str(store.report())
    assert {one.incidents for one in store.report().summaries} == {2}


def test_what_it_was_read_from_is_hidden_with_it(store: Store, outsider: Store) -> None:
    assert store.raw_record(RAW.sha256) == RAW
    assert outsider.raw_record(RAW.sha256) is None
    assert list(outsider.backend.raw_records()) == []


def test_whoever_sees_a_part_can_neither_rebuild_nor_audit(store: Store, outsider: Store) -> None:
    with pytest.raises(InvalidInput, match="every group"):
        outsider.rebuild()
    with pytest.raises(InvalidInput, match="every group"):
        _ = outsider.backend.tree
    with pytest.raises(InvalidInput, match="every group"):
        outsider.backend.event_ids(0, 1)
    assert len(store.incidents()) == 2


def test_every_verb_of_a_backend_is_filtered_or_known_to_need_no_filter() -> None:
    harmless = {
        "close", "define", "definitions", "health", "keep_raw", "last_position", "wait",
    }  # fmt: skip
    verbs = {name for name in vars(Wrapped) if not name.startswith("_")}
    assert verbs - vars(VisibleTo).keys() == harmless


def test_a_restriction_is_seen_by_readers_that_are_open_already(
    store: Store, outsider: Store
) -> None:
    outsider.record(SEEN, Incident.note, text="so that it is remembered")
    store.record(SEEN, Incident.restrict, group="hr")
    assert outsider.incidents() == []
    with pytest.raises(IncidentNotFound):
        outsider.record(SEEN, Incident.note, text="x")
    store.record(SEEN, Incident.lift_restriction)
    assert outsider.status(SEEN).restricted_to is None


def test_the_latest_restriction_in_effective_order_is_in_force(
    store: Store, outsider: Store
) -> None:
    store.record(SEEN, Incident.restrict, group="hr", at=NOON + timedelta(hours=2))
    late = store.record(SEEN, Incident.restrict, group="legal", at=NOON + timedelta(hours=1))
    assert store.status(SEEN).restricted_to == "hr"
    store.correct(late.event_id, {"occurred_at": "2026-03-01T15:00:00Z"}, why="it was later")
    assert store.status(SEEN).restricted_to == "legal"
    store.correct(late.event_id, {"group": "board"}, why="a slip")
    assert store.status(SEEN).restricted_to == "board"


def test_retracting_a_restriction_opens_it_again(store: Store, outsider: Store) -> None:
    restricted = store.recorded(SECRET)[-1]
    store.retract(restricted.event_id, why="no case after all")
    assert outsider.status(SECRET).restricted_to is None
    assert outsider.hidden() == 0


def test_a_rebuild_keeps_what_is_restricted(store: Store, outsider: Store) -> None:
    store.rebuild()
    assert store.backend.restricted() == {SECRET: "legal"}


def test_opening_for_groups_opens_for_these_alone(database_url: str) -> None:
    with open_store(database_url) as store:
        secret = store.detect("Secret", at=NOON).incident_id
        store.record(secret, Incident.restrict, group="legal")
    for groups, count in ((None, 1), ([], 0), (["hr"], 0), (["hr", "legal"], 1)):
        with open_store(database_url, groups=groups) as reader:
            assert (len(reader.incidents()), reader.hidden()) == (count, 1 - count)


def test_who_may_not_append_spoils_no_commit_of_others(store: Store, outsider: Store) -> None:
    others = [store.detect(f"other {number}", at=NOON).incident_id for number in range(6)]

    def write(incident: UUID) -> list[type[Exception]]:
        failures: list[type[Exception]] = []
        for number in range(20):
            entry = Entry(event_id=uuid4(), event=ev.NoteAdded(occurred_at=NOON, text=f"{number}"))
            try:
                outsider.append(incident, [entry])
            except IncidentNotFound as error:
                failures.append(type(error))
        return failures

    with ThreadPoolExecutor(8) as pool:
        refused, *written = pool.map(write, [SECRET, *others])
    assert len(refused) == 20
    assert written == [[]] * 6


def test_who_takes_an_id_of_what_is_hidden_spoils_no_commit_of_others(
    store: Store, outsider: Store
) -> None:
    others = [store.detect(f"other {number}", at=NOON).incident_id for number in range(6)]

    def write(incident: UUID, event_id: UUID | None = None) -> int:
        refused = 0
        for _ in range(20):
            note = ev.NoteAdded(occurred_at=NOON, text="mine")
            try:
                outsider.append(incident, [Entry(event_id=event_id or uuid4(), event=note)])
            except InvalidInput:
                refused += 1
        return refused

    with ThreadPoolExecutor(8) as pool:
        taking = pool.submit(write, SEEN, UUID(int=2_001))
        assert list(pool.map(write, others)) == [0] * 6
    assert taking.result() == 20


@pytest.mark.parametrize("group", ["", "Legal", "a b", "-x", "x" * 41, "a,b", "ü", "a\n"])
def test_a_groups_name_must_fit_a_role(store: Store, outsider: Store, group: str) -> None:
    with pytest.raises(InvalidInput, match="a group's name"):
        store.record(SEEN, Incident.restrict, group=group)


@pytest.mark.parametrize("groups", ["legal", ["Legal"], [""], [1]])
def test_a_store_is_opened_for_names_of_groups_only(groups: Collection[str]) -> None:
    with pytest.raises(InvalidInput):
        open_store("memory:", groups=groups)


def test_nobody_restricts_or_lifts_twice(store: Store, outsider: Store) -> None:
    with pytest.raises(RuleBroken, match="restricted to legal already"):
        store.record(SECRET, Incident.restrict, group="legal")
    with pytest.raises(RuleBroken, match="it is not restricted"):
        store.record(SEEN, Incident.lift_restriction)
