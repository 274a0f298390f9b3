"""Importing PagerDuty: what cannot be taken is refused, with its place."""

from pathlib import Path

import pytest
from retold import Store, open_store

from .imports.pagerduty import SAMPLES, imported
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
