"""Importing PagerDuty: one fact, whether its incident, its log or a webhook tells it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from retold import Store, open_store
from retold.domain import events as ev

from .imports.pagerduty import (
    ANALYTICS,
    DUPLICATE,
    FLAPPING,
    INCIDENTS,
    LOG_ENTRIES,
    ONLY_HOOKED,
    ONLY_LOGGED,
    PAYMENTS,
    WEBHOOKS,
    documents,
    events,
    imported,
    parts,
    texts,
)
from .imports.told import at, written


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


@pytest.mark.parametrize("backwards", [False, True])
def test_a_fact_told_by_incident_log_and_webhook_is_one_and_keeps_the_most_exact_time(
    store: Store, backwards: bool
) -> None:
    files = [INCIDENTS, LOG_ENTRIES, WEBHOOKS, ANALYTICS]
    for file in files[::-1] if backwards else files:
        imported(store, file)
    [acknowledged] = events(store, PAYMENTS, ev.Acknowledged)
    [resolved] = events(store, PAYMENTS, ev.Resolved)
    assert acknowledged.occurred_at == at("2026-03-02T09:05:00.733Z")
    assert resolved.occurred_at == at("2026-03-02T10:30:00.610Z")
    assert len(events(store, PAYMENTS, ev.Detected)) == 1
    assert len(events(store, PAYMENTS, ev.ResponderEngaged)) == 1
    assert texts(store, PAYMENTS).count("The card provider answers with errors.") == 1
    assert "Note added by Payments on-call." not in texts(store, PAYMENTS)
    assert store.status(store.find(f"pagerduty:{PAYMENTS}")).anomalies == 0


def test_what_follows_from_a_log_is_marked_as_inferred_until_the_incident_says_it(
    store: Store,
) -> None:
    imported(store, LOG_ENTRIES)
    before = parts(store, PAYMENTS)
    assert {"detected", "resolved"} <= {part.rpartition("/")[2] for part in _inferred(before)}
    imported(store, INCIDENTS)
    after = parts(store, PAYMENTS)
    assert {"detected", "2026-03-02T10:30:00Z/resolved"} <= after
    assert not _inferred(before) & after


def _inferred(some: set[str]) -> set[str]:
    return {part for part in some if part.startswith("inferred:")}


def _shuffled() -> list[dict[str, Any]]:
    """The pieces of one incident: each form of it, each log entry, each webhook."""
    pieces: list[dict[str, Any]] = [
        {"incident": one} for one in json.loads(INCIDENTS.read_text())["incidents"]
    ]
    pieces += json.loads(LOG_ENTRIES.read_text())["log_entries"]
    pieces += [one for one in documents(WEBHOOKS) if "event" in one]
    return pieces


@given(st.permutations(range(len(_shuffled()))))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_piece_by_piece_in_any_order_the_story_is_the_same(
    tmp_path: Path, order: list[int]
) -> None:
    pieces = _shuffled()
    stores = [open_store("memory:"), open_store("memory:")]
    imported(stores[0], written(tmp_path / "in-order.jsonl", *pieces))
    for index in order:
        imported(stores[1], written(tmp_path / "one.json", pieces[index]))
    for ref in (PAYMENTS, DUPLICATE, FLAPPING, ONLY_HOOKED, ONLY_LOGGED):
        first, second = (sorted(map(repr, events(store, ref))) for store in stores)
        assert first == second
