"""Simulating no change: how far statistics move by chance alone."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from retold.domain.errors import InvalidInput
from retold.projections.simulation import no_change

MINUTES = [4, 6, 7, 9, 11, 14, 18, 22, 31, 45, 64, 120, 410]


def skewed(number: int, sigma: float = 1.32) -> list[float]:
    draw = Random(1)
    return [draw.lognormvariate(3, sigma) for _ in range(number)]


@pytest.mark.parametrize(("n", "published"), [(10, 0.44), (20, 0.43), (50, 0.39), (86, 0.36)])
def test_without_any_change_a_mean_falls_by_a_tenth_as_often_as_in_the_tables(
    n: int, published: float
) -> None:
    found = no_change(skewed(20_000), (n, n), Random(1).choices, runs=4_000)
    assert found.mean.fell == pytest.approx(published, abs=0.03)


def test_a_geometric_mean_moves_less_than_a_median_and_a_median_less_than_a_mean() -> None:
    found = no_change(skewed(20_000), (86, 86), Random(1).choices)
    assert found.geometric_mean.fell < found.median.fell < found.mean.fell


def test_a_seed_settles_the_answer() -> None:
    once, again, other = (no_change(MINUTES, (13, 9), Random(seed).choices) for seed in (7, 7, 8))
    assert once == again != other


def test_a_rise_of_a_tenth_is_counted_as_well_as_a_fall() -> None:
    found = no_change([10, 9], (1, 1), Random(1).choices, runs=4_000)
    # Of the four pairs 10-10, 10-9, 9-10 and 9-9 one falls by a tenth and one rises by a ninth.
    assert found.median == pytest.approx((0.25, 0.25), abs=0.03)
    assert found.mean == found.median


def test_a_change_larger_than_any_is_never_seen() -> None:
    found = no_change([10, 9], (1, 1), Random(1).choices, by=0.5)
    assert found.mean == found.median == found.geometric_mean == (0, 0)


@pytest.mark.parametrize("values", [[], [0, 3], [-1, 3], [float("nan")], [3, 3]])
def test_what_is_no_sample_to_draw_from_is_refused(values: list[float]) -> None:
    with pytest.raises(InvalidInput):
        no_change(values, (5, 5), Random(1).choices)


@pytest.mark.parametrize(
    ("sizes", "runs", "by"), [((0, 5), 9, 0.1), ((5, 5), 0, 0.1), ((5, 5), 9, 0), ((5, 5), 9, 1)]
)
def test_periods_runs_and_moves_of_nothing_are_refused(
    sizes: tuple[int, int], runs: int, by: float
) -> None:
    with pytest.raises(InvalidInput):
        no_change(MINUTES, sizes, Random(1).choices, runs, by)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=20, unique=True), st.integers(0, 99))
def test_in_another_unit_of_time_statistics_move_as_often(values: list[int], seed: int) -> None:
    found = no_change(values, (6, 9), Random(seed).choices, runs=50)
    other = no_change([one * 1024 for one in values], (6, 9), Random(seed).choices, runs=50)
    assert (found.mean, found.median) == (other.mean, other.median)
