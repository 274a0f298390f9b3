"""Importing Google Cloud's status history: three generations of one form, told truthfully."""

import copy
import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from retold import Cut, Store, open_store
from retold.domain import events as ev

from .imports.told import REAL_DATA, at, imported_from, needs_real_data, stories, told_of, written

SAMPLES = Path(__file__).parent / "samples" / "google-cloud"
HISTORY = SAMPLES / "incidents.json"
EARLIER = SAMPLES / "incidents-earlier.json"
REAL = REAL_DATA / "google-cloud"

WAREHOUSE = "wHsLowQueries000001"
BACKDATED = "bAckDatedSummary002"
EASED = "eAsedBeforeItsEnd03"
OPEN = "oPenWithoutItsEnd04"
EMPTY_END = "oPenWithEmptyEnd005"
OLDEST = "compute/26008"

imported = partial(imported_from, "google-cloud")
told = partial(told_of, "google-cloud")


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def document(path: Path = HISTORY) -> list[dict[str, Any]]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(json.loads(text))


def notes(store: Store, ref: str) -> dict[str, str]:
    """Return the texts of the notes by their place in the source."""
    return {
        one.recorded.source.part or "": one.event.text
        for one in told(store, ref, "note-added")
        if isinstance(one.event, ev.NoteAdded) and one.recorded.source
    }


def impacts(store: Store, ref: str, service: str) -> list[tuple[str, datetime]]:
    """Return a service's levels and when they began; its end is level ''."""
    found = []
    for kind in ("impact-started", "impact-ended"):
        for event in (one.event for one in told(store, ref, kind)):
            if isinstance(event, ev.ImpactStarted) and event.service == service:
                found.append((event.level or "", event.occurred_at))
            if isinstance(event, ev.ImpactEnded) and event.service == service:
                found.append(("", event.occurred_at))
    return sorted(found, key=lambda level: level[1])


def test_begin_created_and_end_are_three_times(store: Store) -> None:
    imported(store, HISTORY)
    row = store.status(store.find(f"google-cloud:{WAREHOUSE}"))
    assert (row.state, row.severity, row.anomalies) == ("resolved", "high", 0)
    assert row.title == "Queries of the Example Warehouse and the Example Queue are slow"
    assert row.services == ("Example Queue", "Example Warehouse")
    assert row.detected_at == at("2026-03-02T09:00:00Z")
    assert row.declared_at == at("2026-03-02T10:10:12Z")
    assert row.resolved_at == at("2026-03-02T13:20:00Z")
    [detected] = told(store, WAREHOUSE, "incident-detected")
    assert detected.recorded.known_since == at("2026-03-02T10:10:00Z")


def test_an_incident_without_an_id_goes_by_its_address(store: Store) -> None:
    imported(store, HISTORY)
    row = store.status(store.find(f"google-cloud:{OLDEST}"))
    assert (row.services, row.severity) == (("Example Compute",), "medium")
    assert impacts(store, OLDEST, "Example Compute") == [
        ("", at("2026-01-15T08:55:25Z")),
        ("", at("2026-01-15T12:30:41Z")),
    ]


def test_an_incident_with_neither_id_nor_address_is_rejected(store: Store, tmp_path: Path) -> None:
    content = document()
    content[-1]["uri"] = ""
    done = imported(store, written(tmp_path / "bad.json", content))
    [rejection] = done.rejections
    assert str(rejection.reason) == "the incident has neither an id nor a uri"


def test_impact_changes_its_level_and_ends_for_each_product(store: Store) -> None:
    imported(store, HISTORY)
    for product in ("Example Queue", "Example Warehouse"):
        assert impacts(store, WAREHOUSE, product) == [
            ("SERVICE_DISRUPTION", at("2026-03-02T09:00:00Z")),
            ("SERVICE_OUTAGE", at("2026-03-02T12:00:00Z")),
            ("", at("2026-03-02T13:20:00Z")),
        ]


def test_available_before_the_end_ends_the_impact_and_does_not_resolve(store: Store) -> None:
    imported(store, HISTORY)
    assert impacts(store, EASED, "Example Queue")[-1] == ("", at("2026-03-20T08:00:00Z"))
    row = store.status(store.find(f"google-cloud:{EASED}"))
    assert row.resolved_at == at("2026-03-20T09:00:00Z")
    assert row.mitigated_at is None


@pytest.mark.parametrize("moment", ["2026-03-20T09:00:00+00:00", "2026-03-21T09:00:00+00:00"])
def test_what_an_update_says_from_the_end_on_changes_no_impact(
    store: Store, tmp_path: Path, moment: str
) -> None:
    content = document()
    [eased] = [one for one in content if one.get("id") == EASED]
    late = {"created": moment, "when": moment, "text": "A review.", "status": "SERVICE_OUTAGE"}
    eased["updates"].insert(0, late)
    imported(store, written(tmp_path / "late.json", content))
    assert [level for level, _ in impacts(store, EASED, "Example Queue")] == [
        "SERVICE_INFORMATION",
        "",
    ]


def test_available_without_an_end_leaves_it_open_and_impact_may_begin_again(store: Store) -> None:
    imported(store, HISTORY)
    assert {row.source_ref for row in store.incidents(only_open=True)} == {OPEN, EMPTY_END}
    assert impacts(store, OPEN, "Example Storage") == [
        ("SERVICE_DISRUPTION", at("2026-04-01T00:00:00Z")),
        ("", at("2026-04-01T01:00:00Z")),
        ("SERVICE_OUTAGE", at("2026-04-01T02:00:00Z")),
    ]


def test_what_was_told_two_days_later_is_not_known_before(store: Store) -> None:
    imported(store, HISTORY)
    row = store.status(store.find(f"google-cloud:{BACKDATED}"))
    assert row.resolved_at == at("2026-02-10T02:30:00Z")
    known = store.incidents(Cut(known_at=at("2026-02-12T14:59:59Z")))
    assert [one.source_ref for one in known] == [OLDEST]


def test_pacific_times_in_texts_stay_texts(store: Store) -> None:
    imported(store, HISTORY)
    texts = notes(store, WAREHOUSE).values()
    assert any("as of 05:15 US/Pacific" in text for text in texts)
    [resolved] = told(store, WAREHOUSE, "incident-resolved")
    assert resolved.event.occurred_at == at("2026-03-02T13:20:00Z")


def test_locations_are_noted_when_they_change(store: Store) -> None:
    imported(store, HISTORY)
    found = [
        text
        for slot, text in sorted(notes(store, WAREHOUSE).items())
        if slot.endswith("/locations")
    ]
    assert found == [
        "Affected locations: Iowa (us-central1)",
        "Affected locations: Iowa (us-central1); Oregon (us-west1)",
        "Affected locations: Iowa (us-central1)",
    ]


@pytest.mark.parametrize("files", [(HISTORY, EARLIER), (EARLIER, HISTORY)])
def test_in_either_order_the_store_reads_like_the_newer_file(
    store: Store, files: tuple[Path, ...]
) -> None:
    imported(store, *files)
    newest = open_store("memory:")
    imported(newest, HISTORY)
    assert stories(store) == stories(newest)


def test_what_changed_between_two_files_is_corrected_and_known_since_then(store: Store) -> None:
    done = imported(store, EARLIER, HISTORY)
    assert done.corrections > 0
    incident_id = store.find(f"google-cloud:{WAREHOUSE}")
    before = store.status(incident_id, Cut(known_at=at("2026-03-02T11:30:00Z")))
    assert (before.detected_at, before.severity, before.resolved_at) == (
        at("2026-03-02T09:30:00Z"),
        "medium",
        None,
    )
    after = store.status(incident_id, Cut(known_at=at("2026-03-02T13:20:04Z")))
    assert after.resolved_at == at("2026-03-02T13:20:00Z")


def test_an_end_that_the_page_takes_back_opens_it_again(store: Store, tmp_path: Path) -> None:
    later = document()
    [eased] = [one for one in later if one.get("id") == EASED]
    eased |= {"end": None, "modified": "2026-03-20T10:00:00+00:00"}
    imported(store, HISTORY)
    assert imported(store, written(tmp_path / "later.json", later)).retractions == 1
    assert store.status(store.find(f"google-cloud:{EASED}")).state != "resolved"


def test_two_updates_put_up_in_one_second_are_both_kept(store: Store, tmp_path: Path) -> None:
    content = document()
    [eased] = [one for one in content if one.get("id") == EASED]
    eased["updates"].insert(1, dict(eased["updates"][0], text="The same second."))
    imported(store, written(tmp_path / "twice.json", content))
    texts = notes(store, EASED).values()
    assert "The same second." in texts
    assert "Users should see no more delays; we keep watching." in texts


def test_a_product_that_is_listed_twice_fails_once(store: Store, tmp_path: Path) -> None:
    content = document()
    [eased] = [one for one in content if one.get("id") == EASED]
    eased["affected_products"] *= 2
    assert imported(store, written(tmp_path / "twice.json", content)).rejected == 0
    assert len(told(store, EASED, "impact-started")) == 1


def test_a_malformed_incident_is_rejected_with_its_place_and_the_rest_goes_in(
    store: Store,
) -> None:
    done = imported(store, SAMPLES / "malformed.json")
    [rejection] = done.rejections
    assert "malformed.json:1: item[1] updates.2.when: " in str(rejection)
    assert (done.recorded, done.read) == (2, 3)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("begin", "2026-03-02T09:00:00"),
        ("begin", None),
        ("end", "soon"),
        ("severity", 3),
        ("external_desc", "x" * 1_001),
        ("affected_products", [{"id": "p"}]),
    ],
)
def test_a_value_that_no_event_may_have_is_rejected(
    store: Store, tmp_path: Path, field: str, value: object
) -> None:
    content = document()
    content[0][field] = value
    done = imported(store, written(tmp_path / "bad.json", content))
    assert done.rejected == 1
    assert field in done.rejections[0].field


def test_an_incident_whose_description_is_empty_goes_by_its_service(
    store: Store, tmp_path: Path
) -> None:
    content = [copy.deepcopy(document()[-1]) | {"external_desc": ""}]
    imported(store, written(tmp_path / "one.json", content))
    assert [row.title for row in store.incidents()] == ["Example Compute"]


REAL_FILES = ["incidents.json.gz", "incidents-2022-07.json"]


def real_refs(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the incidents of a real file by the last words of their addresses."""
    for one in document(file):
        words = one["uri"].strip("/").split("/")[1:]
        yield "/".join(words), one


@needs_real_data
@pytest.mark.parametrize("name", REAL_FILES)
def test_every_time_of_every_real_incident_is_the_one_in_the_file(name: str) -> None:
    file = REAL / name
    store = open_store("memory:")
    done = imported(store, file)
    found = dict(real_refs(file))
    assert (done.read, done.recorded, done.rejected) == (len(found), len(found), 0)
    assert {row.source_ref for row in store.incidents()} == set(found)
    for row in store.incidents():
        one = found[row.source_ref or ""]
        [detected] = told(store, row.source_ref or "", "incident-detected")
        assert row.detected_at == datetime.fromisoformat(one["begin"])
        assert detected.recorded.known_since == datetime.fromisoformat(one["created"])
        end = one.get("end")
        assert row.resolved_at == (datetime.fromisoformat(end) if end else None)
        assert row.severity == one["severity"]
        products = {product["title"] for product in one.get("affected_products") or ()}
        assert set(row.services) == products or {one["service_name"]}


@needs_real_data
def test_every_update_of_every_real_incident_is_told_once_at_its_time() -> None:
    file = REAL / REAL_FILES[0]
    store = open_store("memory:")
    imported(store, file)
    for ref, one in real_refs(file):
        entries = [*told(store, ref, "incident-declared"), *told(store, ref, "note-added")]
        said = sorted(
            (entry.event.occurred_at, entry.recorded.known_since)
            for entry in entries
            if not str(entry.recorded.source and entry.recorded.source.part).endswith("/locations")
        )
        assert said == sorted(
            (datetime.fromisoformat(update["when"]), datetime.fromisoformat(update["created"]))
            for update in one["updates"]
        )


@needs_real_data
def test_no_real_incident_has_an_impact_that_ends_after_it_or_never() -> None:
    file = REAL / REAL_FILES[0]
    store = open_store("memory:")
    imported(store, file)
    for ref, one in real_refs(file):
        end = datetime.fromisoformat(one["end"])
        products = [p["title"] for p in one.get("affected_products") or ()]
        for service in products or [one["service_name"]]:
            levels = impacts(store, ref, service)
            assert levels[0][1] == datetime.fromisoformat(one["begin"])
            assert levels[-1][0] == ""
            assert levels[-1][1] <= end


@needs_real_data
def test_both_real_files_in_either_order_end_in_the_same_stories() -> None:
    files = [REAL / name for name in REAL_FILES]
    forth, back, alone = (open_store("memory:") for _ in range(3))
    imported(forth, *files)
    imported(back, *reversed(files))
    imported(alone, files[0])
    assert stories(forth) == stories(back) == stories(alone)
