"""Comparing cohorts: the log-rank test, differences and ratios, and what could have been seen."""

import math
import warnings
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lifelines.statistics import logrank_test
from retold.domain.errors import InvalidInput
from retold.projections.comparing import (
    compare,
    detectable_ratio,
    restricted_mean_difference,
)
from retold.projections.log_rank import log_rank
from retold.projections.survival import Observation, kaplan_meier, restricted_mean
from scipy import stats


def told(text: str) -> list[Observation]:
    """Observations as statisticians write them: `6 6+` is an end and a censoring at 6."""
    return [Observation(float(one.rstrip("+")), not one.endswith("+")) for one in text.split()]


def closed(*times: float) -> list[Observation]:
    return [Observation(time, observed=True) for time in times]


def golden(survival_golden: dict[str, Any], name: str, *sexes: int) -> list[Observation]:
    found = survival_golden[name]
    groups = found.get("sex", [None] * len(found["times"]))
    rows = zip(found["times"], found["event"], groups, strict=True)
    return [Observation(time, bool(event)) for time, event, group in rows
            if not sexes or group in sexes]  # fmt: skip


# Freireich et al. 1963: weeks in remission, as every textbook has them.
MERCAPTOPURINE = told("6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+")
PLACEBO = told("1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23")


def test_mercaptopurine_differs_from_placebo_as_published() -> None:
    found = log_rank(MERCAPTOPURINE, PLACEBO)
    assert round(found.chi2, 2) == 16.79
    assert round(found.p, 7) == 4.17e-5
    assert found.observed == (9, 21)
    assert [round(one, 2) for one in found.expected] == [19.25, 10.75]


def test_remission_up_to_23_weeks_differs_as_published() -> None:
    found = restricted_mean_difference(kaplan_meier(MERCAPTOPURINE), kaplan_meier(PLACEBO), 23)
    assert round(found.difference, 4) == 9.2426
    assert (round(found.low, 4), round(found.high, 4)) == (5.1738, 13.3114)


@pytest.mark.parametrize(
    ("name", "cohort", "reference"),
    [
        ("freireich_logrank", ("freireich_6mp",), ("freireich_placebo",)),
        ("waltons_logrank", ("waltons_miR-137",), ("waltons_control",)),
        ("aml_logrank", ("aml_maintained",), ("aml_nonmaintained",)),
        ("lung", ("lung", 1), ("lung", 2)),
    ],
)
def test_every_log_rank_test_is_the_golden_one(
    survival_golden: dict[str, Any], name: str, cohort: Any, reference: Any
) -> None:
    row = survival_golden[name].get("computed", {}).get("logrank") or survival_golden[name]
    found = log_rank(golden(survival_golden, *cohort), golden(survival_golden, *reference))
    assert found.chi2 == pytest.approx(row["chi2"], rel=1e-9)
    assert found.p == pytest.approx(row["p"], rel=1e-9)
    assert found.observed[0] == row["observed"]
    assert found.expected[0] == pytest.approx(row["expected"], rel=1e-9)


def test_the_difference_of_restricted_means_is_the_golden_one(
    survival_golden: dict[str, Any],
) -> None:
    row = survival_golden["freireich_rmst_difference_tau23"]
    found = restricted_mean_difference(kaplan_meier(MERCAPTOPURINE), kaplan_meier(PLACEBO), 23)
    assert found == pytest.approx((23, row["difference"], row["se"], *row["ci95"], row["p"]))


def test_cohorts_without_open_incidents_are_compared_by_their_geometric_means() -> None:
    found = compare(closed(4, 9), closed(8, 18))
    assert (found.method, found.tau) == ("geometric means", None)
    assert (found.cohort, found.reference, found.ratio) == pytest.approx((6, 12, 0.5))
    assert found.low < 0.5 < found.high


def test_cohorts_with_open_incidents_are_compared_up_to_their_common_follow_up() -> None:
    found = compare(MERCAPTOPURINE, PLACEBO)
    assert (found.method, found.tau) == ("restricted means", 35)
    assert found.cohort == restricted_mean(kaplan_meier(MERCAPTOPURINE), 35).mean
    assert found.reference == restricted_mean(kaplan_meier(PLACEBO), 35).mean
    assert found.ratio == found.cohort / found.reference


def test_cohorts_are_compared_up_to_the_time_asked_for_even_where_all_have_ended() -> None:
    found = compare(closed(4, 9), closed(8, 18), tau=9)
    assert (found.method, found.tau, found.ratio) == ("restricted means", 9, 6.5 / 8.5)


def test_a_ratio_of_restricted_means_has_the_interval_of_the_delta_method() -> None:
    found = compare(MERCAPTOPURINE, PLACEBO, tau=23)
    error = math.hypot(1.5531899782483798 / found.cohort, 1.3773900412645488 / found.reference)
    assert math.log(found.high / found.ratio) == pytest.approx(1.959963984540054 * error)
    assert math.log(found.low / found.ratio) == pytest.approx(-1.959963984540054 * error)
    assert found.detectable == pytest.approx(detectable_ratio(error))


@pytest.mark.parametrize(
    ("sigma", "ratio", "n"),
    [
        (1.1, 0.9, 1712),
        (1.1, 0.8, 382),
        (1.1, 0.7, 150),
        (1.1, 0.5, 40),
        (1.1, 0.2, 8),
        (1.32, 0.9, 2464),
        (1.32, 0.8, 550),
        (1.32, 0.7, 216),
        (1.32, 0.5, 57),
        (1.32, 0.2, 11),
    ],
)
def test_a_fall_becomes_detectable_at_the_sample_size_of_the_tables(
    sigma: float, ratio: float, n: int
) -> None:
    assert detectable_ratio(sigma * math.sqrt(2 / n)) >= ratio
    assert detectable_ratio(sigma * math.sqrt(2 / (n - 1))) < ratio


@pytest.mark.parametrize(("n", "fall"), [(20, 62), (50, 46), (86, 37), (300, 22)])
def test_the_fall_that_so_many_incidents_can_show_is_that_of_the_tables(n: int, fall: int) -> None:
    assert round(100 * (1 - detectable_ratio(1.1 * math.sqrt(2 / n)))) == fall


def test_where_nothing_ended_in_one_cohort_there_is_no_test() -> None:
    with pytest.raises(InvalidInput, match="nothing has ended in one"):
        log_rank(told("3+ 5+"), told("2 4"))


def test_where_all_ended_at_once_there_is_no_test() -> None:
    with pytest.raises(InvalidInput, match="at the same time"):
        log_rank(told("3"), told("3 3"))


@pytest.mark.parametrize("few", ["7", "7+", "7+ 9+"])
def test_a_cohort_that_shows_no_spread_is_not_compared(few: str) -> None:
    with pytest.raises(InvalidInput, match="no comparing"):
        compare(told(few), told("2 4 8"))


def test_cohorts_that_are_each_all_the_same_are_not_compared() -> None:
    with pytest.raises(InvalidInput, match="within each cohort"):
        compare(told("3 3 3"), told("5 5"))


def test_nothing_is_compared_with_nothing() -> None:
    with pytest.raises(InvalidInput, match="nothing"):
        compare([], PLACEBO)
    with pytest.raises(InvalidInput, match="nothing"):
        log_rank(PLACEBO, [])


def test_a_time_of_zero_is_refused_where_a_logarithm_is_taken() -> None:
    with pytest.raises(InvalidInput, match="zero has no logarithm"):
        compare(told("0 3 5"), told("2 4"))
    assert compare(told("0 3 5+"), told("2 4")).method == "restricted means"


def test_means_restricted_to_after_a_follow_up_are_not_compared() -> None:
    with pytest.raises(InvalidInput, match="after the last follow-up"):
        compare(MERCAPTOPURINE, PLACEBO, tau=36)


times = st.integers(1, 30) | st.floats(0.01, 1e4)
samples = st.lists(st.builds(Observation, times, st.booleans()), min_size=2, max_size=30)
closed_samples = st.lists(st.integers(1, 10**6), min_size=2, max_size=30, unique=True)


@settings(max_examples=50, deadline=None)
@given(samples, samples)
def test_the_log_rank_test_is_that_of_lifelines_and_scipy(
    cohort: list[Observation], reference: list[Observation]
) -> None:
    try:
        found = log_rank(cohort, reference)
    except InvalidInput:
        assume(False)
    (mine, my_ends), (others, other_ends) = (zip(*one, strict=True) for one in (cohort, reference))
    theirs = logrank_test(mine, others, my_ends, other_ends)
    assert found.chi2 == pytest.approx(theirs.test_statistic, rel=1e-6, abs=1e-9)
    assert found.p == pytest.approx(theirs.p_value, rel=1e-6, abs=1e-9)
    data = [
        stats.CensoredData.right_censored(seen, [not one for one in ends])
        for seen, ends in ((mine, my_ends), (others, other_ends))
    ]
    assert found.chi2 == pytest.approx(stats.logrank(*data).statistic ** 2, rel=1e-6, abs=1e-9)


@given(closed_samples, closed_samples)
def test_a_ratio_of_geometric_means_has_the_interval_of_welch_in_scipy(
    cohort: list[int], reference: list[int]
) -> None:
    found = compare(closed(*cohort), closed(*reference))
    logs = [[math.log(one) for one in sample] for sample in (cohort, reference)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of little spread
        low, high = stats.ttest_ind(*logs, equal_var=False).confidence_interval()
    assert [math.log(found.low), math.log(found.high)] == pytest.approx([low, high], rel=1e-6)


@given(samples, samples)
def test_a_cohort_and_its_reference_change_places_with_the_inverse_ratio(
    cohort: list[Observation], reference: list[Observation]
) -> None:
    try:
        found, other = compare(cohort, reference), compare(reference, cohort)
    except InvalidInput:
        assume(False)
    assert (found.method, found.tau) == (other.method, other.tau)
    assert (1 / found.ratio, found.detectable) == pytest.approx((other.ratio, other.detectable))
    assert (1 / found.high, 1 / found.low) == pytest.approx((other.low, other.high))


@given(samples, samples, st.sampled_from([2, 1024, 0.25]))
def test_in_another_unit_of_time_a_ratio_is_the_same(
    cohort: list[Observation], reference: list[Observation], unit: float
) -> None:
    scaled = [
        [Observation(time * unit, observed) for time, observed in sample]
        for sample in (cohort, reference)
    ]
    try:
        found, other = compare(cohort, reference), compare(*scaled)
    except InvalidInput:
        assume(False)
    assert (other.ratio, other.low, other.high) == pytest.approx(
        (found.ratio, found.low, found.high)
    )
