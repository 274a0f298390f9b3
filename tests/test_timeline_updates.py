"""The updates of a document: what customers were told, in its words, and nothing else."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from retold import Entry, Incident, Store, open_store
from retold.adapters.timeline_blocks import Telling
from retold.adapters.timeline_markdown import markdown_of
from retold.adapters.timeline_updates import updates
from retold.domain.events import NoteAdded
from retold.domain.values import Source
from retold.projections.story import story_of

from .imports.told import at, imported_from, written

NOON = at("2026-03-01T12:00:00Z")


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def told(store: Store, reference: str) -> list[str]:
    """Return the lines of the table of updates, without its headings."""
    story = story_of(store.recorded(store.find(reference)))
    assert story is not None
    section = updates(story, Telling(story).zone)
    return [] if section is None else markdown_of(section, with_title=False).split("\n")[2:]


def message(clock: str, status: str, body: str | None) -> dict[str, Any]:
    moment = f"2026-03-02T{clock}:00.000Z"
    times = dict.fromkeys(("created_at", "updated_at", "display_at"), moment)
    return {"id": f"u-{clock}", "status": status, "body": body, **times}


def on_a_page(store: Store, folder: Path, *messages: dict[str, Any]) -> list[str]:
    """Import an incident of a status page with these messages; return its updates."""
    moment = messages[0]["created_at"]
    incident = {
        "id": "p1", "name": "Slow", "status": "resolved", "impact": "none",
        "created_at": moment, "started_at": moment, "updated_at": messages[-1]["created_at"],
        "incident_updates": [*reversed(messages)], "components": [],
    }  # fmt: skip
    page = {"page": {"id": "p", "name": "Page", "updated_at": "2026-03-03T00:00:00Z"}}
    imported_from(
        "statuspage", store, written(folder / "page.json", page | {"incidents": [incident]})
    )
    return told(store, "statuspage:p1")


def test_every_message_of_a_status_page_is_an_update_whatever_event_it_became(
    store: Store, tmp_path: Path
) -> None:
    messages = (
        message("09:00", "investigating", "We look into it."),
        message("09:10", "investigating", "We still do."),
        message("09:20", "monitoring", "A fix is out."),
        message("09:30", "resolved", "It is over."),
        message("09:40", "investigating", "It is back."),
        message("09:50", "resolved", "It is over for good."),
    )
    shown = [f"| 2026-03-02 {one['id'][2:]}:00 | {one['body']} |" for one in messages]
    assert on_a_page(store, tmp_path, *messages) == shown


def test_one_message_that_became_two_events_is_one_update(store: Store, tmp_path: Path) -> None:
    shown = on_a_page(store, tmp_path, message("09:00", "resolved", "It was slow and is not."))
    assert shown == ["| 2026-03-02 09:00:00 | It was slow and is not. |"]


def test_what_an_import_wrote_for_want_of_words_is_no_update(store: Store, tmp_path: Path) -> None:
    shown = on_a_page(
        store, tmp_path,
        message("09:00", "identified", "We know why."), message("09:10", "identified", None),
        message("09:20", "resolved", "Done."),
    )  # fmt: skip
    assert shown == ["| 2026-03-02 09:00:00 | We know why. |", "| 2026-03-02 09:20:00 | Done. |"]


def test_by_hand_only_communication_is_an_update(store: Store) -> None:
    first = store.detect("Checkout fails", at=NOON)
    store.record(first.incident_id, Incident.declare, at=NOON, why="The database is down.")
    for sort in ("observation", "communication"):
        store.record(first.incident_id, Incident.note, at=NOON, text=f"a {sort}", note=sort)
    assert told(store, str(first.incident_id)) == ["| 2026-03-01 12:00:00 | a communication |"]


@pytest.mark.parametrize(
    ("system", "is_told"),
    [("pagerduty", False), ("splunk-oncall", False), ("incident-io", False), ("desk", True)],
)
def test_what_responders_told_each_other_is_no_update(
    store: Store, system: str, *, is_told: bool
) -> None:
    first = store.detect("Checkout fails", at=NOON)
    note = NoteAdded(occurred_at=NOON, text="Notified ana by email.", note="communication")
    source = Source(system=system, ref="1", part="1")
    store.append(first.incident_id, [Entry(event_id=uuid4(), event=note, source=source)])
    assert len(told(store, str(first.incident_id))) == is_told


def test_what_was_retracted_is_no_update(store: Store) -> None:
    first = store.detect("Checkout fails", at=NOON)
    note = store.record(
        first.incident_id, Incident.note, at=NOON, text="All is well.", note="communication"
    )
    store.retract(note.event_id, why="it was not")
    assert told(store, str(first.incident_id)) == []
