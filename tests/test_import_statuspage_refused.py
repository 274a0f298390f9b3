"""Importing Statuspage histories: what is refused, with its place, and the rest goes in."""

import gzip
import json
from pathlib import Path

import pytest
from retold import Store, open_store
from retold.adapters.importers.importing import import_files

from .imports.statuspage import HISTORY, SAMPLES, document, imported, search_of
from .imports.told import written


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


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


def test_a_damaged_line_is_rejected_and_the_other_lines_go_in(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text("{damaged\n" + json.dumps(document()) + "\n")
    done = imported(store, file)
    assert [str(one.place) for one in done.rejections] == [f"{file}:1"]
    assert len(store.incidents()) == 6


@pytest.mark.parametrize("odd", [{"oops": 1}, None, "text", []])
def test_an_odd_record_among_good_ones_is_one_rejection_wherever_it_stands(
    store: Store, tmp_path: Path, odd: object
) -> None:
    good = document()["incidents"]
    for number, some in enumerate(([odd, *good], [*good, odd])):
        done = imported(store, written(tmp_path / f"{number}.json", some))
        assert (done.read, done.rejected) == (len(good) + 1, 1)


def test_an_unmended_reject_does_not_keep_the_mended_ones_out(store: Store, tmp_path: Path) -> None:
    mended = {"key": "incidents", "context": {}, "record": document()["incidents"][0]}
    lines = [{"key": "", "context": {}, "record": None}, mended]
    file = tmp_path / "rejects.jsonl"
    file.write_text("".join(json.dumps({"rejected": {}, **line}) + "\n" for line in lines))
    done = imported(store, file)
    assert (done.read, done.recorded, done.rejected) == (2, 1, 1)


def test_a_refused_file_is_named_with_the_record_that_was_looked_at(
    store: Store, tmp_path: Path
) -> None:
    done = imported(store, written(tmp_path / "other.json", [{"a": 1}, {"a": 2}]))
    [rejection] = done.rejections
    assert (done.read, rejection.place.item) == (1, 0)
    assert rejection.place.file.endswith("other.json")


def test_a_refused_file_looks_like_what_its_own_source_would_read(
    store: Store, tmp_path: Path
) -> None:
    page = written(tmp_path / "page.json", document())
    done = import_files(store, "jsonl", [str(page)])
    assert "it looks like statuspage" in done.rejections[0].reason
