"""Importing Statuspage histories: what a page tells, told truthfully and once."""

import copy
import gzip
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from retold import Cut, Entry, Recorded, Store, open_store
from retold.adapters.importers.formats import Options
from retold.adapters.importers.importing import import_files
from retold.adapters.importers.news import news
from retold.adapters.importers.reading.records import Place, Record
from retold.adapters.importers.statuspage.format import read
from retold.adapters.importers.tellings import Skipped, incident_id_of
from retold.domain.events import NoteAdded
from retold.domain.history import effective_history
from retold.domain.values import Source

from .imports.told import (
    REAL_DATA,
    at,
    duration_of,
    events_of,
    imported_from,
    needs_real_data,
    stories,
    written,
)

SAMPLES = Path(__file__).parent / "samples" / "statuspage"
HISTORY = SAMPLES / "history.json"

imported = partial(imported_from, "statuspage")
events = partial(events_of, "statuspage")
duration = partial(duration_of, "statuspage")


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def document(path: Path = HISTORY) -> dict[str, Any]:
    return dict(json.loads(path.read_text()))


def kinds(store: Store, ref: str) -> list[str]:
    return [event.kind for event in events(store, ref)]


def test_a_whole_lifecycle_is_told(store: Store) -> None:
    imported(store, HISTORY)
    row = store.status(store.find("statuspage:p31kqzx8w5tn"))
    assert (row.state, row.severity, row.title) == ("resolved", "minor", "Search answers slowly")
    assert row.services == ("Search",)
    assert row.detected_at == at("2026-03-02T09:00:00Z")
    assert row.declared_at == at("2026-03-02T09:04:00Z")
    assert row.mitigated_at == at("2026-03-02T09:45:00Z")
    assert row.resolved_at == at("2026-03-02T10:30:00Z")
    assert row.anomalies == 0


def test_identified_and_plain_updates_are_notes(store: Store) -> None:
    imported(store, HISTORY)
    assert kinds(store, "p31kqzx8w5tn").count("note-added") == 2


def test_component_changes_start_change_and_end_impact(store: Store) -> None:
    imported(store, HISTORY)
    impact = [kind for kind in kinds(store, "p31kqzx8w5tn") if kind.startswith("impact")]
    # degraded, partial outage, degraded again; «still partial outage» says nothing new
    assert impact == ["impact-started", "impact-started", "impact-started", "impact-ended"]


def test_what_follows_a_resolution_reopens(store: Store) -> None:
    imported(store, HISTORY)
    incident_id = store.find("statuspage:q82mwb4c6yrd")
    row = store.status(incident_id)
    assert (row.state, row.reopens) == ("resolved", 1)
    assert row.resolved_at == at("2026-03-11T01:00:00Z")
    whole = duration(store, "q82mwb4c6yrd", "ttr_detected")
    active = duration(store, "q82mwb4c6yrd", "active_time")
    assert whole.duration_us == 3 * 3600 * 1_000_000
    assert active.duration_us == (3 * 3600 - 40 * 60) * 1_000_000


def test_a_backdated_incident_is_known_only_since_it_was_told(store: Store) -> None:
    imported(store, HISTORY)
    incident_id = store.find("statuspage:r07nhd5f9bsk")
    assert store.status(incident_id).resolved_at == at("2026-04-01T08:30:00Z")
    told = {row.source_ref for row in store.incidents(Cut(known_at=at("2026-04-02T00:00:00Z")))}
    assert "r07nhd5f9bsk" not in told
    assert "q82mwb4c6yrd" in told


def test_a_postmortem_is_a_note_and_does_not_reopen(store: Store) -> None:
    imported(store, HISTORY)
    row = store.status(store.find("statuspage:v64xry8j5zfh"))
    assert (row.state, row.reopens) == ("resolved", 0)
    assert kinds(store, "v64xry8j5zfh")[-1] == "note-added"


def test_a_single_resolved_update_declares_and_resolves(store: Store) -> None:
    imported(store, HISTORY)
    assert {"incident-declared", "incident-resolved"} <= set(kinds(store, "t19czk7h3wnm"))
    resolve = duration(store, "t19czk7h3wnm", "ttr_detected")
    assert (resolve.state, resolve.reason) == ("anomalous", "zero: both events carry the same time")


def test_an_open_incident_stays_open(store: Store) -> None:
    imported(store, HISTORY)
    [row] = store.incidents(only_open=True)
    assert (row.source_ref, row.state) == ("s55jvt2g1lqp", "mitigated")


def test_scheduled_maintenance_is_skipped_and_counted(store: Store, tmp_path: Path) -> None:
    content = document()
    content["scheduled_maintenances"] = [copy.deepcopy(content["incidents"][0])]
    done = imported(store, written(tmp_path / "both.json", content))
    assert (done.read, done.skipped, len(store.incidents())) == (8, 2, 6)


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


def search_of(content: dict[str, Any]) -> Any:
    [search] = [one for one in content["incidents"] if one["id"] == "p31kqzx8w5tn"]
    return search


def revised(content: dict[str, Any], moment: str) -> dict[str, Any]:
    search_of(content)["updated_at"] = content["page"]["updated_at"] = moment
    return content


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


def test_a_component_is_one_service_under_the_name_with_its_group(
    store: Store, tmp_path: Path
) -> None:
    content = document()
    search = search_of(content)
    [change] = search["incident_updates"][-1]["affected_components"]
    search["components"] = [{"id": change["code"], "name": "Search", "status": "operational"}]
    for update in search["incident_updates"]:
        for one in update["affected_components"] or ():
            one["name"] = "Europe - Search"
    imported(store, written(tmp_path / "groups.json", content))
    assert store.status(store.find("statuspage:p31kqzx8w5tn")).services == ("Europe - Search",)


def test_components_in_another_order_are_no_news(store: Store, tmp_path: Path) -> None:
    content = document()
    components = [{"id": "c1", "name": "Billing"}, {"id": "c2", "name": "Archive"}]
    for order in (components, components[::-1]):
        search_of(content)["components"] = order
        file = written(tmp_path / "one.json", revised(content, "2026-06-02T00:00:00Z"))
        done = imported(store, file)
    assert done.events == 0


def test_an_import_overtaken_by_a_newer_one_ends_in_the_newer_story(
    store: Store, tmp_path: Path
) -> None:
    newer = revised(document(), "2026-07-01T00:00:00Z")
    search_of(newer)["name"] = "Search was slow"
    file = written(tmp_path / "newer.json", newer)

    class Overtaken:
        """The store, which another import writes to as soon as this one has looked."""

        left = iter([file])

        def histories_of(self, ids: Sequence[UUID]) -> dict[UUID, list[Recorded]]:
            found = store.histories_of(ids)
            for one in self.left:
                imported(store, one)
            return found

        incidents_of = staticmethod(store.incidents_of)
        extend_all = staticmethod(store.extend_all)

    import_files(Overtaken(), "statuspage", [str(HISTORY)])
    assert store.status(store.find("statuspage:p31kqzx8w5tn")).title == "Search was slow"
    alone = open_store("memory:")
    imported(alone, file)
    assert stories(store) == stories(alone)


def test_an_older_file_after_a_newer_one_changes_nothing(store: Store, tmp_path: Path) -> None:
    older = document()
    older["page"]["updated_at"] = "2026-05-31T00:00:00.000Z"
    older["incidents"][0]["name"] = "An earlier name"
    imported(store, HISTORY)
    told = stories(store)
    done = imported(store, written(tmp_path / "older.json", older))
    assert done.skipped_why["older than what is recorded"] == 6
    assert stories(store) == told


def test_two_pages_of_one_revision_that_differ_settle_on_the_same_in_any_order(
    store: Store, tmp_path: Path
) -> None:
    fuller, other = document(), document()
    search_of(other)["name"] = "Another name"
    del search_of(other)["incident_updates"][0]
    files = [written(tmp_path / "a.json", fuller), written(tmp_path / "b.json", other)]
    backwards = open_store("memory:")
    imported(store, *files)
    imported(backwards, *files[::-1])
    assert stories(store) == stories(backwards)
    assert imported(store, *files).events == 0
    assert store.status(store.find("statuspage:p31kqzx8w5tn")).title == "Search answers slowly"


def test_a_malformed_record_is_rejected_with_its_place_and_the_rest_goes_in(store: Store) -> None:
    done = imported(store, SAMPLES / "malformed.json")
    [rejection] = done.rejections
    where = "malformed.json:1: incidents[1] incident_updates.0.display_at: "
    assert where in str(rejection)
    assert len(store.incidents()) == 2


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("id", "\ud800", "id: holds a lone surrogate"),
        ("impact", "\ud800", "impact: holds a lone surrogate"),
        ("name", "", "name"),
        ("name", "x" * 1_001, "name"),
        ("created_at", 5, "created_at: expected an ISO 8601 time"),
        ("created_at", "0001-01-01T00:00:00Z", "created_at"),
        ("started_at", "2026-03-02T09:00:00", "started_at"),
    ],
)
def test_a_value_that_no_event_may_have_is_rejected_with_its_place(
    store: Store, tmp_path: Path, field: str, value: object, problem: str
) -> None:
    content = document()
    content["incidents"][0][field] = value
    done = imported(store, written(tmp_path / "bad.json", content))
    [rejection] = done.rejections
    assert f"bad.json:1: incidents[0] {problem}" in str(rejection)
    assert len(store.incidents()) == 5


def test_two_updates_of_one_id_are_rejected(store: Store, tmp_path: Path) -> None:
    content = document()
    updates = search_of(content)["incident_updates"]
    updates.insert(2, dict(updates[2], body="Something else."))
    done = imported(store, written(tmp_path / "twice.json", content))
    assert [one.reason for one in done.rejections] == ["two updates have the same id"]
    assert len(store.incidents()) == 5


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "no JSON"),
        (b"[1, 2]", "is no statuspage export"),
        (b'{"page": {}}', "is no statuspage export"),
        (b"\xff\xfe", "is no JSON: it looks like"),
        (b"[" * 100_000, "no JSON"),
        (b'{"incidents": [], "x": NaN}', "NaN is no JSON number"),
        (b"\x1f\x8bnot really gzip", "cannot be read"),
        (gzip.compress(b"{}", mtime=0)[:10] + b"\xff" * 20, "cannot be read"),
    ],
)
def test_what_is_no_history_is_rejected_and_records_nothing(
    store: Store, tmp_path: Path, content: bytes, problem: str
) -> None:
    file = tmp_path / "bad.json"
    file.write_bytes(content)
    done = imported(store, file)
    assert problem in str(done.rejections[0])
    assert store.incidents() == []


def test_a_missing_file_is_rejected_and_the_next_one_goes_in(store: Store) -> None:
    done = imported(store, "no/such/file.json", HISTORY)
    assert done.rejected == 1
    assert len(store.incidents()) == 6


def test_json_lines_gzip_and_stdin_tell_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = json.dumps(document()).encode() + b"\n"
    packed = tmp_path / "history.jsonl.gz"
    packed.write_bytes(gzip.compress(line + line))

    class Stdin:
        buffer = io.BytesIO(line)

    monkeypatch.setattr("sys.stdin", Stdin())
    told = []
    for file in (HISTORY, packed, "-"):
        one = open_store("memory:")
        imported(one, file)
        told.append(stories(one))
    assert told[0] == told[1] == told[2]
    assert not Stdin.buffer.closed


def test_a_damaged_line_is_rejected_and_the_other_lines_go_in(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text("{damaged\n" + json.dumps(document()) + "\n")
    done = imported(store, file)
    assert [str(one.place) for one in done.rejections] == [f"{file}:1"]
    assert len(store.incidents()) == 6


REVISIONS = [
    ("2026-03-02T09:10:00Z", 1),
    ("2026-03-02T09:25:00Z", 2),
    ("2026-03-02T09:50:00Z", 4),
    ("2026-03-02T11:00:00Z", 5),
    ("2026-03-02T12:00:00Z", 3),
]


def revision(number: int) -> Record:
    """Return the search incident as a page might have told it: with so many updates, renamed."""
    seen_at, updates = REVISIONS[number]
    [search] = [one for one in document()["incidents"] if one["id"] == "p31kqzx8w5tn"]
    search["incident_updates"] = search["incident_updates"][-updates:]
    search |= {"updated_at": seen_at, "name": f"Search, told {number} times"}
    page = {"name": "Example Cloud", "updated_at": seen_at}
    return Record(Place("sample"), search, "incidents", {"page": page})


@given(st.lists(st.integers(0, 4), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_in_any_order_and_number_snapshots_end_in_the_story_of_the_newest(order: list[int]) -> None:
    def story(numbers: list[int]) -> list[tuple[object, ...]]:
        store = open_store("memory:", clock=lambda: datetime(2026, 6, 1, tzinfo=UTC))
        for number in numbers:
            told = read(revision(number), Options())
            assert not isinstance(told, Skipped)
            for one in told:
                incident_id = incident_id_of(one.system, one.ref)
                recorded = store.histories_of([incident_id]).get(incident_id, [])
                store.append(incident_id, news(recorded, one))
        [row] = store.incidents()
        entries = effective_history(store.recorded(row.incident_id)).entries
        return [
            (entry.recorded.source.part, entry.event)
            for entry in entries
            if entry.retraction is None and entry.recorded.source
        ]

    assert sorted(story(order), key=repr) == sorted(story([max(order)]), key=repr)


@needs_real_data
@pytest.mark.parametrize(
    "name",
    ["access", "confluence", "developer", "digitalocean", "github", "jira", "jira_core", "trello"],
)
def test_line_by_line_and_all_at_once_end_in_the_same_stories(name: str, tmp_path: Path) -> None:
    file = REAL_DATA / "statuspage-unfolding" / f"{name}.jsonl.gz"
    at_once, by_line = open_store("memory:"), open_store("memory:")
    imported(at_once, file)
    one = tmp_path / "line.json"
    for line in gzip.decompress(file.read_bytes()).splitlines():
        one.write_bytes(line)
        imported(by_line, one)
    assert stories(at_once) == stories(by_line)
    again = imported(at_once, file)
    assert again.events == 0


@needs_real_data
@pytest.mark.parametrize("name", ["github-2022", "github-2023", "github-2024", "openai"])
def test_resolution_times_are_those_that_the_page_gives(name: str) -> None:
    file = REAL_DATA / "statuspage" / f"{name}.json"
    store = open_store("memory:")
    done = imported(store, file)
    assert done.rejected == 0
    given = {
        one["id"]: at(one["resolved_at"])
        for one in document(file)["incidents"]
        if one["resolved_at"]
    }
    rows = store.incidents()
    assert rows
    assert {row.source_ref: row.resolved_at for row in rows} == {
        row.source_ref: given.get(row.source_ref or "") for row in rows
    }
