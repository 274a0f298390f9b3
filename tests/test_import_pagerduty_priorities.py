"""Importing priorities of PagerDuty: the newest word is the severity, from when it is known."""

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from retold import Cut, Store, open_store
from retold.domain import events as ev

from .imports.pagerduty import REF, SERVICE, events, hook, imported, incident, person, texts
from .imports.told import at, written

P1, P3 = (
    {"id": f"X{name}", "type": "priority_reference", "summary": name} for name in ("P1", "P3")
)


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def shown(priority: dict[str, str], moment: str) -> dict[str, Any]:
    return incident(priority=priority, updated_at=f"2026-03-02T{moment}Z")


def severities(store: Store) -> list[tuple[str, str]]:
    assessed = events(store, REF, ev.SeverityAssessed)
    return [(f"{one.occurred_at:%H:%M}", one.severity) for one in assessed]


TRIGGERED = hook("triggered", "10:00:00.100", SERVICE, priority=P3)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([shown(P1, "12:00:00")], [("10:00", "P1")]),
        ([shown(P3, "10:01:00"), shown(P1, "12:00:00")], [("10:00", "P3"), ("12:00", "P1")]),
        ([TRIGGERED, shown(P1, "12:00:00")], [("10:00", "P3"), ("12:00", "P1")]),
        ([TRIGGERED, shown(P3, "12:00:00")], [("10:00", "P3")]),
        (
            [shown(P1, "10:30:00"), hook("priority_updated", "11:00:00", SERVICE, priority=P3)],
            [("10:30", "P1"), ("11:00", "P3")],
        ),
    ],
)
def test_a_shown_priority_holds_from_creation_unless_another_was_told(
    tmp_path: Path, pieces: list[dict[str, Any]], expected: list[tuple[str, str]]
) -> None:
    for order in permutations(pieces):
        store = open_store("memory:")
        for piece in order:
            imported(store, written(tmp_path / "one.json", piece))
        assert severities(store) == expected
        assert store.status(store.find(f"pagerduty:{REF}")).severity == expected[-1][1]


def test_a_shown_priority_is_known_since_it_was_first_shown_in_any_order(tmp_path: Path) -> None:
    for order in permutations([shown(P1, "10:01:00"), shown(P1, "14:00:00")]):
        store = open_store("memory:")
        imported(store, written(tmp_path / "both.jsonl", *order))
        [row] = store.incidents(Cut(known_at=at("2026-03-02T12:00:00Z")))
        assert row.severity == "P1"


def test_a_priority_set_and_taken_away_within_a_second_is_both(
    store: Store, tmp_path: Path
) -> None:
    given = hook("priority_updated", "10:10:00.1", person("Ann"), priority=P1)
    taken = hook("priority_updated", "10:10:00.9", person("Ann"), priority=None)
    assert imported(store, written(tmp_path / "two.jsonl", given, taken)).rejected == 0
    assert severities(store) == [("10:10", "P1")]
    assert texts(store, REF) == ["Priority taken away"]
