"""Importing PagerDuty: what follows from several sayings is known since the last of them."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from retold import Cut, Store, open_store

from .imports.pagerduty import REF, SERVICE, analysed, entry, events, imported, person
from .imports.told import at, written

LOG = [
    entry("R1", "trigger", "10:00:00", SERVICE),
    entry("R2", "acknowledge", "10:05:00", person("Ann")),
    entry("R5", "resolve", "11:00:00", person("Bob")),
    entry("R8", "trigger", "13:00:00", person("Cy")),
    entry("R9", "resolve", "14:00:00", SERVICE),
]
A_DAY_LATER = analysed(resolved_at="2026-03-02T11:00:00Z", resolved_by_user_name="Bob")


def test_a_reopening_is_not_known_before_the_resolution_that_it_follows(tmp_path: Path) -> None:
    store = open_store("memory:")
    imported(store, written(tmp_path / "told.jsonl", LOG[0], LOG[3], A_DAY_LATER))
    [before] = store.incidents(Cut(known_at=at("2026-03-02T14:00:00Z")))
    [after] = store.incidents(Cut(known_at=at("2026-03-04T00:00:00Z")))
    assert (before.reopens, after.reopens) == (0, 1)


CUTS = [
    at(f"2026-03-0{moment}:00Z")
    for moment in ("2T09:59", "2T10:02", "2T10:30", "2T12:00", "2T13:30", "2T15:00", "4T00:00")
]


def _known(store: Store) -> list[list[tuple[object, ...]]]:
    cuts = [store.incidents(Cut(known_at=cut)) for cut in CUTS]
    return [
        [(one.title, one.state, one.reopens, one.detected_at, one.resolved_at) for one in rows]
        for rows in cuts
    ]


PIECES = [*LOG, A_DAY_LATER]


@given(st.permutations(PIECES), st.integers(0, len(PIECES)))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_was_known_when_does_not_hang_on_the_order_of_import(
    tmp_path: Path, order: list[dict[str, object]], cut: int
) -> None:
    in_order, shuffled = open_store("memory:"), open_store("memory:")
    imported(in_order, written(tmp_path / "in-order.jsonl", *PIECES))
    for part in (order[:cut], order[cut:]):
        imported(shuffled, written(tmp_path / "part.jsonl", *part))
    assert _known(shuffled) == _known(in_order)
    assert sorted(map(repr, events(shuffled, REF))) == sorted(map(repr, events(in_order, REF)))
