"""Effective history: given what was recorded, then what it tells."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from retold import Cut, Recorded, effective_history
from retold.domain.events import (
    AnyEvent,
    Change,
    EventCorrected,
    EventRetracted,
    NoteAdded,
    Reopened,
)
from retold.domain.history import within

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INCIDENT = UUID(int=1)


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def recorded(version: int, event: AnyEvent, **envelope: Any) -> Recorded:
    """An event whose id is its version, recorded so many minutes after noon."""
    given = {"told_at": None, "recorded_at": minutes(version)} | envelope
    return Recorded(
        event_id=UUID(int=version),
        incident_id=INCIDENT,
        version=version,
        position=version,
        event=event,
        **given,
    )


def note(text: str, at: float = 0) -> NoteAdded:
    return NoteAdded(occurred_at=minutes(at), text=text)


def corrects(version: int, field: str, new: object) -> EventCorrected:
    change = Change(field=field, old=None, new=new)  # type: ignore[arg-type]
    return EventCorrected(
        occurred_at=minutes(99), corrects=UUID(int=version), changes=(change,), why="wrong"
    )


def retracts(version: int) -> EventRetracted:
    return EventRetracted(occurred_at=minutes(99), retracts=UUID(int=version), why="wrong")


def told(*events: AnyEvent, cut: Cut | None = None) -> list[str]:
    """The texts of the story, with retracted ones in brackets."""
    records = [recorded(version, event) for version, event in enumerate(events, start=1)]
    return texts(records, cut or Cut())


def texts(records: list[Recorded], cut: Cut) -> list[str]:
    entries = effective_history(records, cut).entries
    return [
        f"[{entry.event.text}]" if entry.retraction else entry.event.text
        for entry in entries
        if isinstance(entry.event, NoteAdded)
    ]


def test_the_story_is_ordered_by_when_it_happened_then_by_recording() -> None:
    assert told(note("b", 5), note("a", 1), note("c", 5)) == ["a", "b", "c"]


def test_a_correction_replaces_a_field() -> None:
    assert told(note("helo"), corrects(1, "text", "hello")) == ["hello"]


def test_a_correction_of_the_time_moves_the_event() -> None:
    moved = corrects(2, "occurred_at", "2026-03-01T11:00:00Z")
    assert told(note("a", 1), note("b", 2), moved) == ["b", "a"]


def test_later_corrections_win_field_by_field() -> None:
    events = (note("one"), corrects(1, "text", "two"), corrects(1, "by", "ana"),
              corrects(1, "text", "three"))  # fmt: skip
    [entry] = effective_history(recorded(n, one) for n, one in enumerate(events, start=1)).entries
    assert (entry.event.by, len(entry.corrections)) == ("ana", 3)
    assert told(*events) == ["three"]


def test_a_retracted_event_is_marked_and_stays_in_its_place() -> None:
    assert told(note("a"), note("b", 1), retracts(1)) == ["[a]", "b"]


def test_a_retracted_correction_does_not_count() -> None:
    assert told(note("one"), corrects(1, "text", "two"), retracts(2)) == ["one"]


def test_a_retracted_retraction_does_not_count() -> None:
    assert told(note("one"), retracts(1), retracts(2)) == ["one"]
    assert told(note("one"), retracts(1), retracts(2), retracts(3)) == ["[one]"]


def test_a_correction_that_does_not_fit_is_kept_and_marked() -> None:
    records = [recorded(1, note("one")), recorded(2, corrects(1, "text", 7))]
    [entry] = effective_history(records).entries
    assert entry.event == note("one")
    assert [one.version for one in entry.unfitting] == [2]


def test_a_correction_cannot_make_one_kind_of_event_into_another() -> None:
    reopened = Reopened(occurred_at=NOON, why="it was not over")
    records = [recorded(1, reopened), recorded(2, corrects(1, "kind", "incident-declared"))]
    [entry] = effective_history(records).entries
    assert entry.event == reopened
    assert [one.version for one in entry.unfitting] == [2]


def test_corrections_of_events_that_are_not_there_are_adrift() -> None:
    history = effective_history([recorded(1, corrects(8, "text", "x")), recorded(2, retracts(9))])
    assert [one.version for one in history.adrift] == [1, 2]
    assert history.version == 2


def test_the_cut_by_recording_leaves_out_what_the_store_did_not_have() -> None:
    events = (note("one"), corrects(1, "text", "two"))
    assert told(*events, cut=Cut(recorded_at=minutes(1))) == ["one"]
    assert told(*events, cut=Cut(recorded_at=minutes(2))) == ["two"]


def test_the_cut_by_knowledge_follows_when_it_was_first_told() -> None:
    imported = [
        recorded(1, note("old"), told_at=minutes(-500)),
        recorded(2, note("new"), told_at=minutes(-10)),
        recorded(3, note("here")),
    ]
    assert texts(imported, Cut(known_at=minutes(-100))) == ["old"]
    assert texts(imported, Cut(known_at=minutes(0))) == ["old", "new"]
    assert texts(imported, Cut(known_at=minutes(3))) == ["old", "new", "here"]


def test_the_cut_by_the_world_goes_by_corrected_times() -> None:
    moved = corrects(1, "occurred_at", "2026-03-01T11:00:00Z")
    assert told(note("a", 60), moved, cut=Cut(as_of=NOON)) == ["a"]
    assert told(note("a", 60), cut=Cut(as_of=NOON)) == []


STORIES = st.lists(
    st.one_of(
        st.builds(note, st.sampled_from("abc"), st.integers(-5, 5)),
        st.builds(corrects, st.integers(1, 12), st.just("text"), st.sampled_from("xyz")),
        st.builds(retracts, st.integers(1, 12)),
    ),
    max_size=12,
)


@given(STORIES)
def test_a_cut_in_the_far_future_tells_all(events: list[AnyEvent]) -> None:
    far = datetime(9000, 1, 1, tzinfo=UTC)
    assert told(*events, cut=Cut(as_of=far, known_at=far, recorded_at=far)) == told(*events)


@given(STORIES)
def test_no_event_of_the_story_is_lost_or_told_twice(events: list[AnyEvent]) -> None:
    records = [recorded(version, event) for version, event in enumerate(events, start=1)]
    entries = effective_history(records).entries
    assert sorted(entry.recorded.version for entry in entries) == [
        one.version for one in records if isinstance(one.event, NoteAdded)
    ]
    assert [entry.order for entry in entries] == sorted(entry.order for entry in entries)


@given(STORIES, st.integers(1, 12))
def test_a_correction_and_its_retraction_tell_what_was_told_before(
    events: list[AnyEvent], target: int
) -> None:
    length = len(events)
    undone = (corrects(target, "text", "zz"), retracts(length + 1))
    if not any(isinstance(one, EventRetracted) and one.retracts.int > length for one in events):
        assert told(*events, *undone) == told(*events)


@given(STORIES, st.integers(0, 12))
def test_a_cut_by_recording_tells_what_was_told_then(events: list[AnyEvent], until: int) -> None:
    assert told(*events, cut=Cut(recorded_at=minutes(until))) == told(*events[:until])


CUTS = st.builds(
    Cut,
    recorded_at=st.none() | st.integers(0, 12).map(minutes),
    known_at=st.none() | st.integers(0, 12).map(minutes),
    as_of=st.none() | st.integers(-6, 6).map(minutes),
)


@given(STORIES, CUTS)
def test_what_lies_within_a_cut_is_enough_to_tell_it(events: list[AnyEvent], cut: Cut) -> None:
    records = [recorded(version, event) for version, event in enumerate(events, start=1)]
    kept = within(records, cut)
    assert effective_history(kept, cut).entries == effective_history(records, cut).entries
    # And of the story nothing else is kept.
    told = {entry.recorded.event_id for entry in effective_history(kept, cut).entries}
    assert {one.event_id for one in kept if isinstance(one.event, NoteAdded)} == told
