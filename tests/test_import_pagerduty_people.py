"""Importing PagerDuty: what a person did is not told as a machine's, nor one as another's."""

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from retold import open_store
from retold.domain import events as ev

from .imports.pagerduty import (
    REF,
    SERVICE,
    analysed,
    entry,
    events,
    hook,
    imported,
    incident,
    person,
)
from .imports.told import written

ANN, BOB = person("Ann"), person("Bob")
RESOLVED = {"status": "resolved", "resolved_at": "2026-03-02T11:00:00Z"}
BY_NOBODY = hook("resolved", "11:00:00.500", None, status="resolved")


def told(tmp_path: Path, pieces: list[dict[str, Any]], kind: type) -> list[tuple[str | None, bool]]:
    """Return who did it and whether it was a machine, the same for any order of the pieces."""
    found = []
    for order in permutations(pieces):
        store = open_store("memory:")
        assert imported(store, written(tmp_path / "told.jsonl", *order)).rejected == 0
        found.append(sorted((one.by, one.automatic) for one in events(store, REF, kind)))
    assert all(one == found[0] for one in found)
    return found[0]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([BY_NOBODY], (None, True)),
        ([BY_NOBODY, incident(**RESOLVED)], (None, True)),
        ([BY_NOBODY, incident(**RESOLVED, last_status_change_by=ANN)], ("Ann", False)),
        ([BY_NOBODY, entry("R5", "resolve", "11:00:00", ANN)], ("Ann", False)),
        ([BY_NOBODY, entry("R5", "resolve", "11:00:00", SERVICE)], ("API", True)),
        ([entry("R5", "resolve", "11:00:00"), incident(**RESOLVED)], (None, True)),
        ([incident(**RESOLVED)], (None, False)),
        (
            [BY_NOBODY, analysed(resolved_at="2026-03-02T11:00:00Z", resolved_by_user_name="Bob")],
            (None, False),
        ),
        (
            [analysed(resolved_at="2026-03-02T11:00:00Z", resolved_by_user_name="itself")],
            ("itself", False),
        ),
    ],
)
def test_a_resolution_is_a_machines_only_while_no_telling_names_a_person(
    tmp_path: Path, pieces: list[dict[str, Any]], expected: tuple[str | None, bool]
) -> None:
    assert told(tmp_path, pieces, ev.Resolved) == [expected]


UNNAMED = incident(status="acknowledged", acknowledgements=[{"at": "2026-03-02T10:05:00Z"}])
BY_ANN, BY_BOB = (entry(f"R {one['id']}", "acknowledge", "10:05:00", one) for one in (ANN, BOB))
HOOKED = hook("acknowledged", "10:05:00.400", None)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([UNNAMED], [(None, False)]),
        ([UNNAMED, BY_ANN], [("Ann", False)]),
        ([HOOKED, BY_ANN], [("Ann", False)]),
        ([BY_ANN, BY_BOB], [("Ann", False), ("Bob", False)]),
        ([BY_ANN, BY_BOB, HOOKED], [("Ann", False), ("Bob", False)]),
    ],
)
def test_an_acknowledgement_is_of_whoever_is_named(
    tmp_path: Path, pieces: list[dict[str, Any]], expected: list[tuple[str | None, bool]]
) -> None:
    assert told(tmp_path, pieces, ev.Acknowledged) == expected
