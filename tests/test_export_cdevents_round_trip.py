"""Stories written as CDEvents and imported again: nothing is lost."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from retold import Store, open_store
from retold.adapters.cdevents import within_cloudevent
from retold.adapters.importers.importing import import_files
from retold.adapters.importers.tellings import incident_id_of
from retold.domain import events as ev

from .imports.cdevents import NOON, TICKET, at, exported, story_kinds, told

kinds = st.sampled_from(story_kinds())
stories = st.lists(st.tuples(kinds, st.integers(-3, 9), st.booleans()), min_size=1, max_size=8)


@given(stories, st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_was_exported_is_imported_as_the_story_that_it_told(
    tmp_path_factory: pytest.TempPathFactory, story: list[Any], is_within: bool
) -> None:
    first, second = open_store("memory:"), open_store("memory:")
    incident_id = uuid4()
    for event, minutes, is_retracted in story:
        [event_id] = told(
            first, incident_id, event.model_copy(update={"occurred_at": at(minutes)}),
            told_at=at(30),
        )  # fmt: skip
        if is_retracted:
            first.retract(event_id, why="not so")
    events = exported(first)
    assume(events)
    file = tmp_path_factory.mktemp("out") / "events.jsonl"
    file.write_text(
        "".join(f"{json.dumps(within_cloudevent(one) if is_within else one)}\n" for one in events)
    )
    done = import_files(second, "cdevents", [str(file)])
    assert (done.recorded, done.rejected) == (len(events), 0)
    wanted = [(as_there(event), known) for event, known in story_of(first, incident_id)]
    assert story_of(second, incident_id_there(incident_id)) == wanted


def incident_id_there(incident_id: UUID) -> UUID:
    return incident_id_of("cdevents", f"https://retold.example/eu#{incident_id}")


def story_of(store: Store, incident_id: UUID) -> list[tuple[Any, ...]]:
    """What stands, in order, with when it was known."""
    return [
        (entry.event, entry.recorded.known_since)
        for entry in store.history(incident_id).entries
        if entry.retraction is None
    ]


def as_there(event: ev.StoryEvent) -> ev.StoryEvent:
    """The same, merged into the incident that has another id there."""
    if isinstance(event, ev.Merged):
        return event.model_copy(update={"into": incident_id_there(event.into)})
    return event


def test_incidents_come_back_detected_reported_and_resolved(tmp_path: Path) -> None:
    first, second = open_store("memory:"), open_store("memory:")
    one, other = uuid4(), uuid4()
    told(
        first,
        one,
        ev.Detected(occurred_at=NOON, title="Checkout fails", services=("shop", "mail")),
        ev.Declared(occurred_at=at(5), severity="sev2"),
        ev.NoteAdded(occurred_at=at(5), text="a ticket", links=(TICKET,), status="reported"),
        ev.Resolved(occurred_at=at(60), automatic=True),
    )
    told(first, other, ev.Detected(occurred_at=at(70), title="Search is slow"))
    file = tmp_path / "events.jsonl"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in exported(first)))
    import_files(second, "cdevents", [str(file)])
    fields = ("title", "state", "severity", "services", "detected_at", "declared_at", "resolved_at")
    for incident_id in (one, other):
        before, after = first.status(incident_id), second.status(incident_id_there(incident_id))
        assert [getattr(after, name) for name in fields] == [
            getattr(before, name) for name in fields
        ]


def test_nothing_is_inferred_from_what_retold_said_itself(tmp_path: Path) -> None:
    first, second = open_store("memory:"), open_store("memory:")
    incident_id = uuid4()
    told(
        first,
        incident_id,
        ev.Declared(occurred_at=NOON),
        ev.NoteAdded(occurred_at=NOON, text="a ticket", links=(TICKET,), status="reported"),
        ev.Resolved(occurred_at=at(9)),
        ev.Detected(occurred_at=at(20), title="Checkout fails"),
    )
    file = tmp_path / "events.jsonl"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in exported(first)))
    assert import_files(second, "cdevents", [str(file)]).events == 4


def test_what_was_edited_around_an_event_is_rejected(tmp_path: Path) -> None:
    first = open_store("memory:")
    told(first, uuid4(), ev.Detected(occurred_at=NOON, title="Checkout fails"))
    [one] = exported(first)
    moved = {**one, "context": {**one["context"], "timestamp": "2026-03-01T12:00:01Z"}}
    renamed = {**one, "context": {**one["context"], "type": "dev.cdevents.incident.resolved.0.3.0"}}
    untold = {**one, "customData": {"retold": {"event": one["customData"]["retold"]["event"]}}}
    file = tmp_path / "events.jsonl"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in (moved, renamed, untold)))
    done = import_files(open_store("memory:"), "cdevents", [str(file)])
    assert [rejection.field for rejection in done.rejections] == [
        "customData.retold.event",
        "customData.retold.event",
        "customData.retold",
    ]
