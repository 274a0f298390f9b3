"""Importing a Statuspage history again: only what is new, changed or taken back is recorded."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from retold import Cut, Entry, Store, open_store
from retold.domain.events import NoteAdded
from retold.domain.values import Source

from .imports.statuspage import HISTORY, document, imported, kinds, revised, search_of
from .imports.told import at, stories, written


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def test_the_same_file_again_records_nothing(store: Store) -> None:
    first = imported(store, HISTORY)
    again = imported(store, HISTORY, HISTORY)
    assert again.events == 0
    assert again.already_there == 2 * first.recorded


def test_a_later_file_records_only_what_is_new(store: Store, tmp_path: Path) -> None:
    later = document()
    [dashboards] = [one for one in later["incidents"] if one["id"] == "s55jvt2g1lqp"]
    resolved = dict(dashboards["incident_updates"][0])
    moment = "2026-05-31T08:00:00.000Z"
    resolved |= {"id": "u4cccccccccc", "status": "resolved"}
    resolved |= dict.fromkeys(("created_at", "updated_at", "display_at"), moment)
    dashboards["incident_updates"].insert(0, resolved)
    imported(store, HISTORY)
    done = imported(store, written(tmp_path / "later.json", later))
    assert (done.events, done.corrections, done.retractions) == (1, 0, 0)
    assert store.incidents(only_open=True) == []


def test_a_changed_past_value_is_a_correction_that_names_old_and_new(
    store: Store, tmp_path: Path
) -> None:
    later = document()
    [search] = [one for one in later["incidents"] if one["id"] == "p31kqzx8w5tn"]
    resolved = search["incident_updates"][0]
    resolved["display_at"] = "2026-03-02T10:15:00.000Z"
    resolved["updated_at"] = "2026-06-03T08:00:00.000Z"
    revised(later, "2026-06-03T08:00:00.000Z")
    imported(store, HISTORY)
    done = imported(store, written(tmp_path / "later.json", later))
    assert (done.events, done.corrections) == (2, 2)  # the resolution, and the impact's end
    incident_id = store.find("statuspage:p31kqzx8w5tn")
    assert store.status(incident_id).resolved_at == at("2026-03-02T10:15:00Z")
    before = Cut(known_at=at("2026-06-03T07:59:59Z"))
    assert store.status(incident_id, before).resolved_at == at("2026-03-02T10:30:00Z")
    [correction] = [
        one for one in store.recorded(incident_id)[-2:] if "resolved" in str(one.source)
    ]
    [change] = correction.event.changes  # type: ignore[union-attr]
    assert (change.field, change.old, change.new) == (
        "occurred_at",
        "2026-03-02T10:30:00Z",
        "2026-03-02T10:15:00Z",
    )
    assert correction.event.by == "statuspage import"


def test_an_update_that_the_page_took_back_is_retracted(store: Store, tmp_path: Path) -> None:
    later = document()
    [search] = [one for one in later["incidents"] if one["id"] == "p31kqzx8w5tn"]
    del search["incident_updates"][2]
    revised(later, "2026-06-03T08:00:00.000Z")
    imported(store, HISTORY)
    done = imported(store, written(tmp_path / "later.json", later))
    assert done.retractions == 1
    assert kinds(store, "p31kqzx8w5tn").count("note-added") == 1


@pytest.mark.parametrize(
    ("first", "then"), [("major_outage", "operational"), ("operational", "major_outage")]
)
def test_an_impact_that_turns_out_to_have_ended_or_begun_is_another_event(
    store: Store, tmp_path: Path, first: str, then: str
) -> None:
    content = document()
    update = search_of(content)["incident_updates"][1]
    [component] = search_of(content)["incident_updates"][-1]["affected_components"]
    for moment, status in (("2026-06-02T00:00:00Z", first), ("2026-06-03T00:00:00Z", then)):
        update["affected_components"] = [component | {"new_status": status}]
        imported(store, written(tmp_path / "one.json", revised(content, moment)))
    at_once = open_store("memory:")
    imported(at_once, tmp_path / "one.json")
    assert stories(store) == stories(at_once)
    incident_id = store.find("statuspage:p31kqzx8w5tn")
    assert all(
        entry.event.kind == entry.recorded.event.kind
        for entry in store.history(incident_id).entries
    )


def test_a_new_first_update_does_not_change_what_was_known_before(
    store: Store, tmp_path: Path
) -> None:
    later = document()
    updates = search_of(later)["incident_updates"]
    moment = "2026-06-05T09:00:00.000Z"
    backdated = dict(updates[-1], id="u0backdated", display_at="2026-03-02T09:01:00.000Z")
    updates.append(backdated | {"created_at": moment, "updated_at": moment})
    imported(store, HISTORY)
    incident_id = store.find("statuspage:p31kqzx8w5tn")
    before = store.history(incident_id)
    imported(store, written(tmp_path / "later.json", revised(later, moment)))
    assert store.status(incident_id).declared_at == at("2026-03-02T09:01:00Z")
    known = store.history(incident_id, Cut(known_at=at("2026-06-05T08:59:59Z")))
    assert [entry.event for entry in known.entries] == [entry.event for entry in before.entries]


def test_components_in_another_order_are_no_news(store: Store, tmp_path: Path) -> None:
    content = document()
    components = [{"id": "c1", "name": "Billing"}, {"id": "c2", "name": "Archive"}]
    for order in (components, components[::-1]):
        search_of(content)["components"] = order
        file = written(tmp_path / "one.json", revised(content, "2026-06-02T00:00:00Z"))
        done = imported(store, file)
    assert done.events == 0


def event_id(store: Store, incident_id: UUID, kind: str) -> UUID:
    return next(one.event_id for one in store.recorded(incident_id) if one.event.kind == kind)


def test_what_a_person_corrected_stays_when_the_page_still_says_the_same(store: Store) -> None:
    imported(store, HISTORY)
    incident_id = store.find("statuspage:p31kqzx8w5tn")
    resolved = event_id(store, incident_id, "incident-resolved")
    store.correct(resolved, {"occurred_at": "2026-03-02T10:20:00Z"}, why="our logs say so")
    again = imported(store, HISTORY)
    assert again.events == 0
    assert store.status(incident_id).resolved_at == at("2026-03-02T10:20:00Z")


def test_what_a_person_retracted_stays_retracted(store: Store) -> None:
    imported(store, HISTORY)
    incident_id = store.find("statuspage:p31kqzx8w5tn")
    store.retract(event_id(store, incident_id, "severity-assessed"), why="not our scale")
    assert imported(store, HISTORY).retractions == 0
    assert "severity-assessed" not in kinds(store, "p31kqzx8w5tn")


def test_what_another_source_said_of_the_incident_stays(store: Store) -> None:
    imported(store, HISTORY)
    incident_id = store.find("statuspage:p31kqzx8w5tn")
    note = Entry(
        event_id=uuid4(),
        source=Source(system="chat", ref="C1", part="m1"),
        event=NoteAdded(occurred_at=at("2026-03-02T09:30:00Z"), text="Restarting the indexer."),
    )
    store.append(incident_id, [note])
    assert imported(store, HISTORY).retractions == 0
