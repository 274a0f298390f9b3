"""Importing Statuspage histories: what a page tells, told truthfully."""

import copy
import gzip
import io
import json
from functools import partial
from pathlib import Path

import pytest
from retold import Cut, Store, open_store

from .imports.statuspage import HISTORY, document, imported, kinds, search_of
from .imports.told import REAL_DATA, at, duration_of, needs_real_data, stories, written

duration = partial(duration_of, "statuspage")


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


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
