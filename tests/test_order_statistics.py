"""Exact intervals of quantiles, their floors, the geometric mean, and Student's t behind it."""

import math
import warnings
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from retold.domain.errors import InvalidInput
from retold.projections.order_statistics import (
    Side,
    fewest_for_interval,
    fewest_for_limit,
    geometric_mean,
    quantile_interval,
    quantile_limit,
)
from retold.projections.student import t_quantile
from scipy import stats

# Minutes to resolve, skewed as they are.
MINUTES = [4, 6, 7, 9, 11, 14, 18, 22, 31, 45, 64, 120, 410]


@pytest.mark.parametrize(
    ("p", "fewest"), [(0.5, 6), (0.25, 13), (0.75, 13), (0.9, 36), (0.95, 72), (0.99, 368)]
)
def test_an_interval_has_both_ends_from_so_many_values_on(p: float, fewest: int) -> None:
    assert fewest_for_interval(p) == fewest
    assert None not in quantile_interval(range(1, fewest + 1), p)
    assert None in quantile_interval(range(1, fewest), p)


@pytest.mark.parametrize(
    ("p", "side", "fewest"),
    [
        (0.5, "upper", 5),
        (0.9, "upper", 29),
        (0.95, "upper", 59),
        (0.99, "upper", 299),
        (0.9, "lower", 2),
        (0.1, "lower", 29),
    ],
)
def test_a_limit_on_one_side_exists_from_fewer_values_on(p: float, side: Side, fewest: int) -> None:
    assert fewest_for_limit(p, side) == fewest
    assert quantile_limit(range(1, fewest + 1), p, side) is not None
    assert quantile_limit(range(1, fewest), p, side) is None


def test_a_small_sample_bounds_its_90th_percentile_from_below_only() -> None:
    assert quantile_interval(MINUTES, 0.9) == (31, None)


def test_the_median_of_thirteen_lies_between_the_third_and_the_eleventh() -> None:
    assert quantile_interval(MINUTES, 0.5) == (7, 64)


def test_the_order_of_the_values_does_not_matter() -> None:
    assert quantile_interval(MINUTES[::-1], 0.5) == (7, 64)


def test_the_toy_sample_has_its_golden_intervals(survival_golden: dict[str, Any]) -> None:
    found = survival_golden["uncensored_toy"]
    assert list(quantile_interval(found["values"], 0.5)) == found["median_ci95_order_statistics"]
    mean, *interval = geometric_mean(found["values"])
    assert mean == pytest.approx(found["geometric_mean"], rel=1e-9)
    assert interval == pytest.approx(found["gmean_ci95_t"], rel=1e-9)


def test_the_geometric_mean_of_minutes_is_far_below_their_mean() -> None:
    assert [round(one or 0, 1) for one in geometric_mean(MINUTES)] == [22.6, 10.2, 49.9]


@pytest.mark.parametrize("values", [[5], [5, 5, 5, 5, 5, 5]])
def test_a_geometric_mean_without_spread_has_no_interval(values: list[float]) -> None:
    mean, low, high = geometric_mean(values)
    assert (round(mean, 9), low, high) == (5, None, None)


def test_a_geometric_mean_of_a_zero_is_refused() -> None:
    with pytest.raises(InvalidInput, match="zero has no logarithm"):
        geometric_mean([0, *MINUTES])


@pytest.mark.parametrize("values", [[], [-1, *MINUTES], [math.nan], [math.inf]])
def test_what_is_no_sample_of_times_is_refused(values: list[float]) -> None:
    with pytest.raises(InvalidInput):
        quantile_interval(values, 0.5)
    with pytest.raises(InvalidInput):
        geometric_mean(values)


values = st.lists(st.floats(0.01, 1e5), min_size=2, max_size=80)
shares = st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=100)


@given(values, shares)
def test_the_interval_of_a_quantile_is_that_of_scipy(sample: list[float], p: Fraction) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = stats.quantile_test(sample, p=float(p)).confidence_interval()
    expected = tuple(None if math.isnan(end) else end for end in theirs)
    assert quantile_interval(sample, p) == expected


@given(st.integers(1, 60), shares)
def test_an_end_is_missed_with_two_and_a_half_percent_at_most_and_no_nearer_one_would_be(
    n: int, p: Fraction
) -> None:
    low, high = quantile_interval(range(1, n + 1), p)
    below = stats.binom(n, float(p)).cdf
    rank = int(low or 0)
    assert below(rank - 1) <= 0.025 + 1e-12
    assert below(rank) > 0.025 - 1e-12
    rank = n + 1 if high is None else int(high)
    assert 1 - below(rank - 1) <= 0.025 + 1e-12
    assert 1 - below(rank - 2) > 0.025 - 1e-12


@given(values, shares)
def test_a_limit_on_one_side_is_never_wider_than_the_interval(
    sample: list[float], p: Fraction
) -> None:
    low, high = quantile_interval(sample, p)
    lower, upper = quantile_limit(sample, p, "lower"), quantile_limit(sample, p, "upper")
    assert low is None or (lower is not None and low <= lower)
    assert high is None or (upper is not None and upper <= high)


@given(values, st.sampled_from([2, 1024, 0.25]), shares)
def test_in_another_unit_of_time_intervals_are_the_same(
    sample: list[float], unit: float, p: Fraction
) -> None:
    expected = tuple(None if end is None else end * unit for end in quantile_interval(sample, p))
    assert quantile_interval([one * unit for one in sample], p) == expected


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=80, unique=True))
def test_the_geometric_mean_and_its_interval_are_those_of_scipy(sample: list[float]) -> None:
    mean, *interval = geometric_mean(sample)
    assert mean == pytest.approx(stats.gmean(sample))
    logs = [math.log(one) for one in sample]
    low, high = stats.ttest_1samp(logs, 0).confidence_interval()
    assert interval == pytest.approx([math.exp(low), math.exp(high)], rel=1e-6)


@settings(deadline=None)
@given(st.floats(0.001, 0.999), st.floats(1, 1e5))
def test_students_t_is_that_of_scipy(p: float, degrees: float) -> None:
    expected = stats.t.ppf(p, degrees)
    assert t_quantile(p, degrees) == pytest.approx(expected, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize(("degrees", "published"), [(1, 12.706), (5, 2.571), (30, 2.042)])
def test_students_t_is_that_of_printed_tables(degrees: int, published: float) -> None:
    assert round(t_quantile(0.975, degrees), 3) == published
    assert round(t_quantile(0.025, degrees), 3) == -published
    assert t_quantile(0.5, degrees) == 0


@pytest.mark.parametrize(("p", "degrees"), [(0, 5), (1, 5), (0.9, 0), (0.9, math.nan)])
def test_students_t_outside_its_domain_is_refused(p: float, degrees: float) -> None:
    with pytest.raises(InvalidInput):
        t_quantile(p, degrees)
