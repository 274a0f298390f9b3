"""Importing PagerDuty: what is merged is not resolved, and what comes back is reopened."""

from functools import partial
from pathlib import Path

import pytest
from retold import Store, open_store
from retold.adapters.importers.tellings import incident_id_of
from retold.domain import events as ev

from .imports.pagerduty import (
    ANALYTICS,
    DUPLICATE,
    FLAPPING,
    INCIDENTS,
    LOG_ENTRIES,
    ONLY_HOOKED,
    PAYMENTS,
    WEBHOOKS,
    documents,
    events,
    imported,
    sample_incident,
    texts,
)
from .imports.told import at, duration_of, written

duration = partial(duration_of, "pagerduty")


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def test_a_merged_incident_is_merged_and_not_resolved(store: Store) -> None:
    imported(store, INCIDENTS)
    [merged] = events(store, DUPLICATE, ev.Merged, ev.Resolved)
    assert merged.into == incident_id_of("pagerduty", PAYMENTS)
    assert store.status(store.find(f"pagerduty:{DUPLICATE}")).state == "merged"


@pytest.mark.parametrize("order", [(INCIDENTS, LOG_ENTRIES), (LOG_ENTRIES, INCIDENTS)])
def test_the_resolve_entry_of_a_merge_is_no_resolution(
    store: Store, order: tuple[Path, Path]
) -> None:
    imported(store, order[0])
    imported(store, order[1], ANALYTICS)
    # its log has the merge a second later than the incident has it
    assert [event.kind for event in events(store, DUPLICATE, ev.Merged, ev.Resolved)] == [
        "incident-merged"
    ]
    assert "Resolved by Payments on-call." in texts(store, DUPLICATE)
    assert duration(store, DUPLICATE, "ttr_detected").duration_us is None


def test_a_merge_into_nobody_knows_what_is_a_resolution_that_says_so(
    store: Store, tmp_path: Path
) -> None:
    incident = sample_incident(DUPLICATE)
    incident["resolve_reason"]["incident"] = None
    imported(store, written(tmp_path / "one.json", {"incident": incident}))
    [resolved] = events(store, DUPLICATE, ev.Merged, ev.Resolved)
    assert resolved.summary == "Merged into an incident that PagerDuty does not name."


def test_a_trigger_after_a_resolution_reopens(store: Store) -> None:
    imported(store, INCIDENTS)
    row = store.status(store.find(f"pagerduty:{FLAPPING}"))
    assert (row.state, row.reopens, row.anomalies) == ("resolved", 1, 0)
    [reopened] = events(store, FLAPPING, ev.Reopened)
    assert reopened.occurred_at == at("2026-03-03T02:50:00Z")
    first, second = events(store, FLAPPING, ev.Resolved)
    assert (first.automatic, second.automatic) == (False, True)
    assert duration(store, FLAPPING, "active_time").duration_us == (20 + 20) * 60 * 1_000_000


def test_a_lost_webhook_of_a_reopening_is_made_up_for_by_what_came_after(
    store: Store, tmp_path: Path
) -> None:
    hooks = [one for one in documents(WEBHOOKS) if "event" in one]
    left = [one for one in hooks if one["event"]["event_type"] != "incident.reopened"]
    imported(store, written(tmp_path / "told.jsonl", *left))
    [reopened] = events(store, ONLY_HOOKED, ev.Reopened)
    assert reopened.occurred_at == at("2026-03-06T09:00:00Z")  # a later webhook's reopened_at
    for one in left:
        one["event"]["data"].pop("reopened_at", None)
    other = open_store("memory:")
    imported(other, written(tmp_path / "inferred.jsonl", *left))
    [reopened] = events(other, ONLY_HOOKED, ev.Reopened)
    assert reopened.occurred_at == at("2026-03-06T09:01:00Z")  # the acknowledgement
