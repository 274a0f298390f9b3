"""Importing incident.io: what timestamps, updates and the present state of an incident tell."""

import copy
import json
from datetime import datetime
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from retold import Cut, Store, open_store
from retold.adapters.importers.tellings import incident_id_of
from retold.domain import events as ev

from .imports.told import at, duration_of, imported_from, stories, told_of, written

SAMPLES = Path(__file__).parent / "samples" / "incident-io"
INCIDENTS = SAMPLES / "incidents.json"
UPDATES = (SAMPLES / "incident-updates-1.json", SAMPLES / "incident-updates-2.json")
EARLIER = SAMPLES / "incident-earlier.json"
ALL = (INCIDENTS, *UPDATES, EARLIER)

SLOW = "01KA00000000000000000SLOW"
AGAIN = "01KB0000000000000000AGAIN"
NOISE = "01KC0000000000000000NOISE"
SAME = "01KD00000000000000000SAME"
DRILL = "01KE0000000000000000DRILL"
PAST = "01KF00000000000000000PAST"
ALERT = "01KG0000000000000000ALERT"
BARE = "01KH00000000000000000BARE"

imported = partial(imported_from, "incident-io")
told = partial(told_of, "incident-io")
duration = partial(duration_of, "incident-io")


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def incidents(path: Path = INCIDENTS) -> dict[str, Any]:
    return {one["id"]: one for one in json.loads(path.read_text())["incidents"]}


def updates_of(ref: str) -> list[dict[str, Any]]:
    pages = [json.loads(path.read_text())["incident_updates"] for path in UPDATES]
    return [one for page in pages for one in page if one["incident_id"] == ref]


def notes(store: Store, ref: str) -> dict[str, ev.NoteAdded]:
    """Return the notes by their place in the source."""
    return {
        one.recorded.source.part or "": one.event
        for one in told(store, ref, "note-added")
        if isinstance(one.event, ev.NoteAdded) and one.recorded.source
    }


def times(store: Store, ref: str, kind: str) -> list[datetime]:
    return [one.event.occurred_at for one in told(store, ref, kind)]


def test_timestamps_are_the_milestones_of_the_incident(store: Store) -> None:
    imported(store, *ALL)
    row = store.status(store.find(f"incident-io:{SLOW}"))
    assert (row.state, row.severity, row.title) == ("resolved", "Major", "Uploads are slow")
    assert set(row.services) == {"Downloads", "Uploads"}
    assert row.detected_at == at("2026-03-02T09:05:00.123Z")
    assert row.declared_at == at("2026-03-02T09:07:00Z")
    assert row.mitigated_at == at("2026-03-02T10:30:00Z")
    assert row.resolved_at == at("2026-03-02T11:00:00Z")
    assert times(store, SLOW, "impact-started") == [at("2026-03-02T08:40:00Z")] * 2
    assert row.acknowledged_at is None
    assert row.anomalies == 0


def test_a_timestamp_of_the_organisations_own_is_a_note_at_its_time(store: Store) -> None:
    imported(store, *ALL)
    found = {note.text: note.occurred_at for note in notes(store, SLOW).values()}
    assert found["Customers told"] == at("2026-03-02T09:30:00Z")
    assert found["Closed at"] == at("2026-03-06T10:00:00.4Z")
    assert "Documented at" not in found


def test_every_update_is_a_note_by_its_author_at_its_own_time(store: Store) -> None:
    imported(store, *ALL)
    said = [
        (note.occurred_at, note.by, note.text)
        for slot, note in notes(store, SLOW).items()
        if slot.startswith("update ")
    ]
    assert said == [
        (
            at(one["created_at"]),
            one["updater"]["user"]["name"],
            one.get("message", "[Closed, no message]"),
        )
        for one in sorted(updates_of(SLOW), key=lambda one: str(one["created_at"]))
    ]


def test_severity_is_assessed_by_whoever_changed_it_and_only_then(store: Store) -> None:
    imported(store, *ALL)
    assessed = [
        (one.event.occurred_at, one.event.assessor, one.event.severity)
        for one in told(store, SLOW, "severity-assessed")
        if isinstance(one.event, ev.SeverityAssessed)
    ]
    assert assessed == [
        (at("2026-03-02T09:07:00Z"), "storage on-call", "Minor"),
        (at("2026-03-02T09:40:00Z"), "incident commander", "Major"),
    ]


def test_the_end_is_resolved_at_and_not_the_closing_after_the_review(store: Store) -> None:
    imported(store, *ALL)
    assert times(store, SLOW, "incident-resolved") == [at("2026-03-02T11:00:00Z")]


def test_without_resolved_at_the_step_out_of_the_live_statuses_resolves(
    store: Store, tmp_path: Path
) -> None:
    slow = copy.deepcopy(incidents()[SLOW])
    for value in slow["incident_timestamp_values"]:
        if value["incident_timestamp"]["name"] == "Resolved at":
            value["value"] = None
    imported(store, written(tmp_path / "slow.json", {"incidents": [slow]}), *UPDATES)
    assert times(store, SLOW, "incident-resolved") == [at("2026-03-02T11:10:00Z")]


def test_back_to_a_live_status_reopens_and_closed_at_tells_when_it_ended(store: Store) -> None:
    imported(store, *ALL)
    row = store.status(store.find(f"incident-io:{AGAIN}"))
    assert (row.state, row.reopens, row.anomalies) == ("resolved", 1, 0)
    assert times(store, AGAIN, "incident-reopened") == [at("2026-03-10T14:00:00Z")]
    assert times(store, AGAIN, "incident-resolved") == [
        at("2026-03-10T13:00:00Z"),
        at("2026-03-10T14:55:00Z"),
    ]


def test_an_incident_read_before_its_closing_update_was_not_reopened(
    store: Store, tmp_path: Path
) -> None:
    live = copy.deepcopy(incidents()[BARE]) | {"updated_at": "2026-04-22T04:00:00Z"}
    live["incident_status"] = dict(live["incident_status"], name="Fixing", category="live")
    closing = updates_of(SLOW)[0] | {"incident_id": BARE, "created_at": "2026-04-22T09:00:00Z"}
    page = written(tmp_path / "page.json", {"incident_updates": [closing]})
    imported(store, written(tmp_path / "live.json", {"incident": live}), page)
    row = store.status(store.find(f"incident-io:{BARE}"))
    assert (row.reopens, row.resolved_at) == (0, at("2026-04-22T09:00:00Z"))


def test_what_only_a_later_state_tells_is_not_known_before(store: Store, tmp_path: Path) -> None:
    closed = incidents()[BARE] | {"severity": None}
    live = copy.deepcopy(closed) | {"updated_at": "2026-04-22T04:00:00Z"}
    live["incident_status"] |= {"name": "Fixing", "category": "live"}
    for one in (live, closed):
        imported(store, written(tmp_path / "one.json", {"incident": one}))
    incident_id = store.find(f"incident-io:{BARE}")
    assert store.status(incident_id).resolved_at == at("2026-04-22T08:00:00Z")
    before = Cut(known_at=at("2026-04-22T07:59:59Z"))
    assert store.status(incident_id, before).resolved_at is None


def test_a_canceled_incident_does_not_count_from_the_update_on(store: Store) -> None:
    imported(store, *ALL)
    assert store.status(store.find(f"incident-io:{NOISE}")).dismissed == "not-an-incident"
    [dismissed] = told(store, NOISE, "incident-dismissed")
    assert dismissed.event.occurred_at == at("2026-03-11T08:20:00Z")
    assert dismissed.event.by == "storage on-call"


def test_a_merged_incident_goes_on_in_the_other(store: Store) -> None:
    imported(store, *ALL)
    row = store.status(store.find(f"incident-io:{SAME}"))
    assert row.merged_into == incident_id_of("incident-io", SLOW)
    assert told(store, SAME, "incident-detected")[0].event.by == "support desk"


def test_a_merge_without_a_target_stays_a_note(store: Store, tmp_path: Path) -> None:
    [update] = updates_of(SAME)
    del update["merged_into_incident_id"]
    page = {"incident_updates": [update]}
    imported(store, INCIDENTS, written(tmp_path / "page.json", page))
    row = store.status(store.find(f"incident-io:{SAME}"))
    assert (row.merged_into, row.is_open) == (None, True)


@pytest.mark.parametrize("mode", ["test", "tutorial"])
def test_a_drill_does_not_count(store: Store, tmp_path: Path, mode: str) -> None:
    drill = incidents()[DRILL] | {"mode": mode}
    imported(store, written(tmp_path / "drill.json", {"incident": drill}))
    incident_id = store.find(f"incident-io:{DRILL}")
    assert store.status(incident_id).dismissed == "drill"
    assert {one.state for one in store.durations(incident_id)} == {"excluded"}


def test_a_retrospective_incident_counts_and_was_not_declared_when_it_was_written_down(
    store: Store,
) -> None:
    imported(store, *ALL)
    incident_id = store.find(f"incident-io:{PAST}")
    row = store.status(incident_id)
    assert (row.dismissed, row.declared_at) == (None, None)
    assert duration(store, PAST, "ttr").duration_us == 12 * 3600 * 1_000_000
    known = store.incidents(Cut(known_at=at("2026-04-20T08:59:59Z")))
    assert PAST not in {one.source_ref for one in known}


def test_in_triage_it_is_detected_by_an_alert_and_not_declared(store: Store) -> None:
    imported(store, *ALL)
    row = store.status(store.find(f"incident-io:{ALERT}"))
    assert (row.state, row.declared_at) == ("detected", None)
    [detected] = told(store, ALERT, "incident-detected")
    assert isinstance(detected.event, ev.Detected)
    assert detected.event.signal == "Errors above 5 % for 10 minutes"


def test_closed_with_no_time_anywhere_is_resolved_by_its_last_change(store: Store) -> None:
    imported(store, *ALL)
    assert times(store, BARE, "incident-resolved") == [at("2026-04-22T08:00:00Z")]


def test_how_it_stands_keeps_roles_summary_and_links(store: Store) -> None:
    imported(store, *ALL)
    state = notes(store, SLOW)["state"]
    assert state.text == (
        "INC-41, as it stands: Closed\nIncident Lead: incident commander\n"
        "Reporter: storage on-call\nA full disk slowed all uploads."
    )
    assert "https://issues.example.com/OPS-7" in state.links


@pytest.mark.parametrize("files", list(permutations(ALL)))
def test_in_any_order_of_files_the_stories_are_the_same(
    store: Store, files: tuple[Path, ...]
) -> None:
    imported(store, *files)
    at_once = open_store("memory:")
    imported(at_once, *ALL)
    assert stories(store) == stories(at_once)


def test_a_timestamp_changed_later_is_a_correction_known_since_then(
    store: Store, tmp_path: Path
) -> None:
    later = copy.deepcopy(incidents()[SLOW])
    later["updated_at"] = "2026-03-07T09:00:00Z"
    for value in later["incident_timestamp_values"]:
        if value["incident_timestamp"]["name"] == "Resolved at":
            value["value"] = {"value": "2026-03-02T10:45:00Z"}
    imported(store, *ALL)
    done = imported(store, written(tmp_path / "later.json", {"incident": later}))
    assert done.corrections == 2  # the resolution, and how it stands
    incident_id = store.find(f"incident-io:{SLOW}")
    assert store.status(incident_id).resolved_at == at("2026-03-02T10:45:00Z")
    before = Cut(known_at=at("2026-03-07T08:59:59Z"))
    assert store.status(incident_id, before).resolved_at == at("2026-03-02T11:00:00Z")


@pytest.mark.parametrize("key", ["updates", "incident_updates"])
@pytest.mark.parametrize("is_wrapped", [True, False])
def test_updates_within_an_incident_tell_the_same_as_pages_of_them(
    store: Store, tmp_path: Path, key: str, *, is_wrapped: bool
) -> None:
    whole = incidents()[AGAIN] | {key: updates_of(AGAIN)}
    imported(store, written(tmp_path / "one.json", {"incident": whole} if is_wrapped else whole))
    apart = open_store("memory:")
    alone = written(tmp_path / "two.json", {"incident": incidents()[AGAIN]})
    page = {"incident_updates": updates_of(AGAIN)}
    imported(apart, alone, written(tmp_path / "page.json", page))
    assert stories(store) == stories(apart)


def test_two_updates_of_one_id_are_rejected(store: Store, tmp_path: Path) -> None:
    twice = incidents()[SLOW] | {"updates": updates_of(SLOW)[:1] * 2}
    done = imported(store, written(tmp_path / "twice.json", {"incident": twice}))
    assert [one.reason for one in done.rejections] == ["two updates have the same id"]


def test_a_malformed_incident_is_rejected_with_its_place_and_the_rest_goes_in(
    store: Store,
) -> None:
    done = imported(store, SAMPLES / "malformed.json")
    [rejection] = done.rejections
    where = "malformed.json:1: incidents[1] incident_timestamp_values.1.value.value: "
    assert where in str(rejection)
    assert len(store.incidents()) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("incident_id", ""),
        ("incident_id", None),
        ("id", 7),
        ("created_at", "2026-03-02T09:05:00"),
        ("message", "x" * 70_000),
        ("new_severity", {"name": "\ud800"}),
    ],
)
def test_a_malformed_update_is_rejected(
    store: Store, tmp_path: Path, field: str, value: object
) -> None:
    update = updates_of(SLOW)[0] | {field: value}
    done = imported(store, written(tmp_path / "bad.json", {"incident_updates": [update]}))
    assert done.rejections[0].field.startswith(field)
    assert store.incidents() == []
