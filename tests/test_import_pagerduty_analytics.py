"""Importing analytics of PagerDuty: milestones counted in seconds, in a zone."""

import json
from pathlib import Path

import pytest
from retold import Store, open_store
from retold.domain import events as ev

from .imports.pagerduty import ANALYTICS, LOG_ENTRIES, ONLY_ANALYSED, PAYMENTS, events, imported
from .imports.told import at, written


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def test_analytics_alone_tell_the_milestones_that_they_know(store: Store) -> None:
    imported(store, ANALYTICS)
    row = store.status(store.find(f"pagerduty:{ONLY_ANALYSED}"))
    # without a zone of their own, the times are in the zone of the answer: New York
    assert row.detected_at == at("2026-03-07T09:00:00Z")
    assert (row.title, row.services, row.severity) == ("Mails are late", ("Mail",), "P3")
    [acknowledged] = events(store, ONLY_ANALYSED, ev.Acknowledged)
    assert acknowledged.occurred_at == at("2026-03-07T09:01:30Z")
    assert acknowledged.by is None  # two acknowledged it: who was the first is not told
    [resolved] = events(store, ONLY_ANALYSED, ev.Resolved)
    assert (resolved.occurred_at, resolved.by) == (at("2026-03-07T10:00:00Z"), "Incident lead")


def test_what_resolved_by_itself_is_resolved_automatically(store: Store) -> None:
    imported(store, ANALYTICS)
    [resolved] = events(store, "QANAL002", ev.Resolved)
    assert (resolved.automatic, resolved.by) == (True, None)
    assert events(store, "QANAL002", ev.Acknowledged) == []


def test_the_acknowledgement_of_analytics_gives_way_to_the_one_that_was_told(store: Store) -> None:
    imported(store, ANALYTICS)
    [inferred] = events(store, PAYMENTS, ev.Acknowledged)
    assert inferred.occurred_at == at("2026-03-02T09:05:01Z")
    imported(store, LOG_ENTRIES)
    [stated] = events(store, PAYMENTS, ev.Acknowledged)
    assert stated.occurred_at == at("2026-03-02T09:05:00Z")


def test_times_without_a_zone_need_one(store: Store, tmp_path: Path) -> None:
    [row, *_] = json.loads(ANALYTICS.read_text())["data"]
    file = written(tmp_path / "row.json", row)
    [rejection] = imported(store, file).rejections
    assert "created_at: '2026-03-02T04:00:00' has no time zone: give --tz" in str(rejection)
    assert imported(store, file, tz="Europe/Berlin").recorded == 1
    [detected] = events(store, PAYMENTS, ev.Detected)
    assert detected.occurred_at == at("2026-03-02T03:00:00Z")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"time_zone": "Nowhere/Land"}, "no time zone 'Nowhere/Land'"),
        ({"seconds_to_first_ack": 10**30}, "seconds_to_first_ack: is too long for any time"),
        ({"seconds_to_first_ack": -1}, "seconds_to_first_ack"),
    ],
)
def test_analytics_that_make_no_sense_are_rejected(
    store: Store, tmp_path: Path, change: dict[str, object], problem: str
) -> None:
    [row, *_] = json.loads(ANALYTICS.read_text())["data"]
    done = imported(store, written(tmp_path / "row.json", row | change), tz="UTC")
    assert problem in str(done.rejections[0])
