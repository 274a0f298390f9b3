"""Importing PagerDuty: what cannot be taken is refused, with its place."""

from pathlib import Path

import pytest
from retold import Store, open_store

from .imports.pagerduty import SAMPLES, entry, hook, imported, incident
from .imports.told import written


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def test_what_cannot_be_taken_is_rejected_with_its_place_and_the_rest_goes_in(store: Store) -> None:
    done = imported(store, SAMPLES / "malformed.jsonl")
    reasons = [str(one).removeprefix(str(SAMPLES)) for one in done.rejections]
    assert reasons[0].startswith("/malformed.jsonl:1 event occurred_at: 'not a time' is not")
    assert reasons[1:] == [
        "/malformed.jsonl:2: has no time: the webhook around it, `event`, has it",
        "/malformed.jsonl:3: does not say of which incident",
        "/malformed.jsonl:4 created_at: '2026-03-07T04:00:00' has no time zone: give --tz",
        "/malformed.jsonl:5 incident: does not say of which incident",
    ]
    assert done.skipped_why == {"a reference to an incident, which says nothing of it": 1}
    assert done.recorded == 1


@pytest.mark.parametrize(
    "content",
    [[], [1, None, "x"], {}, {"event": {}}, {"incident": {"id": "x"}}, {"alerts": []}],
)
def test_what_is_no_export_of_pagerduty_records_nothing(
    store: Store, tmp_path: Path, content: object
) -> None:
    imported(store, written(tmp_path / "other.json", content))
    assert store.incidents() == []


def test_an_id_that_looks_like_an_inference_is_refused(store: Store, tmp_path: Path) -> None:
    task = {"id": "inferred:x", "incident": {"id": "PINC1"}, "name": "Tidy up"}
    one = hook("task.created", "10:00:00")
    one["event"]["data"] = task
    done = imported(
        store, written(tmp_path / "two.jsonl", entry("inferred:x", "escalate", "10:00:00"), one)
    )
    assert (done.recorded, done.rejected) == (0, 2)
    assert "begins with 'inferred:'" in str(done.rejections[0])


def test_ids_made_to_look_alike_are_refused_or_kept_apart(store: Store, tmp_path: Path) -> None:
    bridge = [entry("2026-03-02T10:10:00Z/engaged x", "escalate", "10:10:00")]
    responder = {
        "state": "joined",
        "user": {"id": "x/entry", "summary": "X"},
        "updated_at": "2026-03-02T10:10:00Z",
    }
    one = incident(incidents_responders=[responder], log_entries=bridge)
    done = imported(store, written(tmp_path / "one.json", {"incident": one}))
    assert (done.read, done.recorded) == (1, 1)
