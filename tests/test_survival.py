"""Kaplan-Meier curves: published values, other libraries, and what must hold of any sample."""

import math
import statistics as library
import warnings
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times, qth_survival_times, restricted_mean_survival_time
from retold.domain.errors import InvalidInput
from retold.projections.survival import (
    Curve,
    Observation,
    common_tau,
    kaplan_meier,
    quantile,
    quantile_interval,
    restricted_mean,
    survival_at,
)
from scipy import stats

GOLDEN_SETS = [
    "freireich_6mp",
    "freireich_placebo",
    "waltons_miR-137",
    "waltons_control",
    "waltons_all",
    "scipy_docs_ecdf_example",
    "aml_maintained",
    "aml_nonmaintained",
]


def exactly(expected: Any) -> Any:
    """Equal to nine digits, item by item; None is None."""
    if isinstance(expected, tuple):
        return tuple(exactly(one) for one in expected)
    return None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-12)


def told(text: str) -> list[Observation]:
    """Observations as statisticians write them: `6 6+` is an end and a censoring at 6."""
    return [Observation(float(one.rstrip("+")), not one.endswith("+")) for one in text.split()]


# Freireich et al. 1963: weeks in remission, as every textbook has them.
MERCAPTOPURINE = told("6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+")
PLACEBO = told("1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23")
# Minutes to resolve; two incidents are still open.
INCIDENTS = told("5 12 12 20 35 48+ 90 240+")


def golden(survival_golden: dict[str, Any], name: str) -> tuple[Curve, dict[str, Any]]:
    found = survival_golden[name]
    pairs = zip(found["times"], found["event"], strict=True)
    return kaplan_meier([Observation(time, bool(event)) for time, event in pairs]), found


def lung(survival_golden: dict[str, Any], *sexes: int) -> Curve:
    found = survival_golden["lung"]
    rows = zip(found["times"], found["event"], found["sex"], strict=True)
    return kaplan_meier([Observation(time, bool(event)) for time, event, sex in rows
                         if sex in sexes])  # fmt: skip


def test_mercaptopurine_survives_as_published() -> None:
    steps = kaplan_meier(MERCAPTOPURINE).steps
    assert [(step.time, step.at_risk, step.events) for step in steps] == [
        (6, 21, 3), (7, 17, 1), (10, 15, 1), (13, 12, 1), (16, 11, 1), (22, 7, 1), (23, 6, 1),
    ]  # fmt: skip
    exact = ["6/7", "96/119", "64/85", "176/255", "32/51", "64/119", "160/357"]
    expected = [float(Fraction(one)) for one in exact]
    assert [step.survival for step in steps] == pytest.approx(expected, rel=1e-12)
    errors = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    assert [round(step.standard_error, 4) for step in steps] == errors


def test_mercaptopurine_has_a_median_of_23_weeks_and_no_third_quartile() -> None:
    curve = kaplan_meier(MERCAPTOPURINE)
    assert [quantile(curve, p) for p in (0.25, 0.5, 0.75)] == [13, 23, None]


def test_the_means_of_remission_up_to_23_weeks_are_as_published() -> None:
    mean, error = restricted_mean(kaplan_meier(MERCAPTOPURINE), 23)
    other, its_error = restricted_mean(kaplan_meier(PLACEBO), 23)
    assert error is not None
    assert its_error is not None
    assert (round(mean, 4), round(error, 4)) == (17.9092, 1.5532)
    assert (round(other, 4), round(its_error, 4)) == (8.6667, 1.3774)


def test_open_incidents_lengthen_the_median_and_leave_the_90th_percentile_unreached() -> None:
    curve = kaplan_meier(INCIDENTS)
    assert (quantile(curve, 0.5), quantile(curve, 0.9)) == (20, None)
    assert restricted_mean(curve, 240).mean == 72.375


@pytest.mark.parametrize("name", GOLDEN_SETS)
def test_every_step_is_the_golden_one(survival_golden: dict[str, Any], name: str) -> None:
    curve, found = golden(survival_golden, name)
    assert (curve.n, curve.events) == (found["n"], found["events"])
    for step, row in zip(curve.steps, found["km"], strict=True):
        assert (step.time, step.at_risk, step.events) == (
            row["time"], row["at_risk"], row["events"],
        )  # fmt: skip
        assert step.survival == exactly(row["survival"])
        assert step.standard_error == exactly(row["greenwood_se"])
        assert (step.low, step.high) == exactly(tuple(row.get("ci95_loglog", (None, None))))


@pytest.mark.parametrize("name", GOLDEN_SETS)
def test_every_quantile_is_the_golden_one(survival_golden: dict[str, Any], name: str) -> None:
    curve, found = golden(survival_golden, name)
    assert {p: quantile(curve, float(p)) for p in found["quantiles"]} == found["quantiles"]


@pytest.mark.parametrize("name", sorted({*GOLDEN_SETS} - {"scipy_docs_ecdf_example"}))
def test_every_interval_of_a_median_is_the_golden_one(
    survival_golden: dict[str, Any], name: str
) -> None:
    curve, found = golden(survival_golden, name)
    assert list(quantile_interval(curve, 0.5)) == found["median_ci95_lifelines_loglog"]


@pytest.mark.parametrize("name", GOLDEN_SETS)
def test_every_restricted_mean_is_the_golden_one(
    survival_golden: dict[str, Any], name: str
) -> None:
    curve, found = golden(survival_golden, name)
    for tau, row in found["rmst"].items():
        mean, error = restricted_mean(curve, float(tau))
        assert (mean, error) == exactly((row["rmst"], row["se_greenwood"]))


def test_lung_cancer_survives_as_r_prints_it(survival_golden: dict[str, Any]) -> None:
    computed = survival_golden["lung"]["computed"]
    everyone, men, women = (lung(survival_golden, *sexes) for sexes in ((1, 2), (1,), (2,)))
    assert [quantile(curve, 0.5) for curve in (everyone, men, women)] == [310, 270, 426]
    assert restricted_mean(everyone, 1022) == exactly(tuple(computed["all_tau1022"]))
    assert restricted_mean(men, 993.5) == exactly(tuple(computed["sex1_tau993.5"]))
    assert restricted_mean(men, 965) == exactly(tuple(computed["sex1_tau965"]))
    assert restricted_mean(women, 965) == exactly(tuple(computed["sex2_tau965"]))


def test_the_toy_incidents_have_their_golden_means(survival_golden: dict[str, Any]) -> None:
    curve, found = golden(survival_golden, "incident_toy")
    assert restricted_mean(curve, 240) == exactly(tuple(found["rmst_240"]))
    assert restricted_mean(curve, 90) == exactly(tuple(found["rmst_90"]))
    assert quantile(curve, 0.5) == found["km_median"]


def test_where_nothing_survives_an_interval_stays_open_though_lifelines_closes_it() -> None:
    observations = told("37+ 43+ 47 56 60+ 62+ 71+ 77 80 81")
    assert quantile_interval(kaplan_meier(observations), 0.5) == (47, None)
    fitted = KaplanMeierFitter().fit(*zip(*observations, strict=True))
    assert median_survival_times(fitted.confidence_interval_).to_numpy().tolist() == [[47, 81]]


def test_where_nothing_survives_there_are_no_limits() -> None:
    last = kaplan_meier(told("1 2 3")).steps[-1]
    assert (last.survival, last.standard_error, last.low, last.high) == (0, 0, None, None)


def test_an_end_comes_before_a_censoring_at_the_same_time() -> None:
    [step] = kaplan_meier(told("3 3+")).steps
    assert (step.at_risk, step.survival) == (2, 0.5)


def test_where_all_are_censored_nothing_is_reached_and_nothing_varies() -> None:
    curve = kaplan_meier(told("3+ 5+"))
    assert curve == Curve((), 2, 0, 5)
    assert quantile(curve, 0.5) is None
    assert quantile_interval(curve, 0.5) == (None, None)
    assert restricted_mean(curve, 4) == (4, None)
    assert survival_at(curve, 5) == 1


def test_one_incident_alone_has_a_median_and_no_interval() -> None:
    curve = kaplan_meier(told("3"))
    assert quantile(curve, 0.5) == 3
    assert quantile_interval(curve, 0.5) == (None, None)
    assert restricted_mean(curve, 10) == (3, None)


def test_a_quantile_is_exact_where_floats_are_not() -> None:
    ten = kaplan_meier([Observation(time, observed=True) for time in range(1, 11)])
    assert [quantile(ten, tenths / 10) for tenths in range(1, 10)] == [*range(1, 10)]


def test_survival_is_unknown_after_the_last_follow_up_unless_nothing_survived_it() -> None:
    assert survival_at(kaplan_meier(told("3 5+")), 5) == 0.5
    assert survival_at(kaplan_meier(told("3 5+")), 6) is None
    assert survival_at(kaplan_meier(told("3 5")), 6) == 0


def test_survival_changes_at_a_time_and_not_before_it() -> None:
    curve = kaplan_meier(told("3 5"))
    assert [survival_at(curve, t) for t in (0, 2.9, 3, 4.9, 5)] == [1, 1, 0.5, 0.5, 0]


def test_a_mean_restricted_to_after_the_last_follow_up_is_refused() -> None:
    with pytest.raises(InvalidInput, match="after the last follow-up, at 240"):
        restricted_mean(kaplan_meier(INCIDENTS), 241)


def test_the_mean_of_a_curve_that_reaches_zero_has_no_limit() -> None:
    assert restricted_mean(kaplan_meier(told("1 3")), 1000).mean == 2


@pytest.mark.parametrize("tau", [0, -1, math.nan, math.inf])
def test_a_mean_restricted_to_no_time_is_refused(tau: float) -> None:
    with pytest.raises(InvalidInput, match="tau"):
        restricted_mean(kaplan_meier(INCIDENTS), tau)


def test_the_common_limit_is_the_shortest_follow_up_that_leaves_something_open() -> None:
    open_at_9, open_at_7, closed_at_5, closed_at_6 = (
        kaplan_meier(told(text)) for text in ("1 9+", "2 7+", "1 5", "6")
    )
    assert common_tau(open_at_9, open_at_7) == 7
    assert common_tau(open_at_9, closed_at_5) == 9
    assert common_tau(closed_at_5, closed_at_6) == 6


def test_nothing_has_no_curve() -> None:
    with pytest.raises(InvalidInput, match="nothing"):
        kaplan_meier([])


@pytest.mark.parametrize("time", [-1, math.nan, math.inf])
def test_what_is_no_length_of_time_is_refused(time: float) -> None:
    with pytest.raises(InvalidInput, match="no length of time"):
        kaplan_meier([*INCIDENTS, Observation(time, observed=True)])


@pytest.mark.parametrize("p", [0, 1, -0.5, math.nan])
def test_a_share_outside_nought_to_one_has_no_quantile(p: float) -> None:
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        quantile(kaplan_meier(INCIDENTS), p)


times = st.integers(1, 30) | st.floats(0.01, 1e4)
samples = st.lists(st.builds(Observation, times, st.booleans()), min_size=1, max_size=40)
shares = st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=100)


@given(samples)
def test_survival_never_rises_and_its_limits_hold_it(sample: list[Observation]) -> None:
    above = 1.0
    for step in kaplan_meier(sample).steps:
        assert 0 <= step.survival < above
        above = step.survival
        if step.low is not None and step.high is not None:
            assert 0 <= step.low < step.survival < step.high <= 1


@given(samples)
def test_the_curve_and_its_limits_are_those_of_scipy(sample: list[Observation]) -> None:
    curve = kaplan_meier(sample)
    data = stats.CensoredData.right_censored(
        [one.time for one in sample], [not one.observed for one in sample]
    )
    theirs = stats.ecdf(data).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of limits that are undefined
        limits = theirs.confidence_interval(method="log-log")
    for step in curve.steps:
        assert step.survival == exactly(theirs.evaluate(step.time))
        if step.low is not None:
            assert step.low == exactly(limits.low.evaluate(step.time))
            assert step.high == exactly(limits.high.evaluate(step.time))


@settings(max_examples=30, deadline=None)
@given(samples, shares)
def test_quantiles_are_those_of_lifelines(sample: list[Observation], p: Fraction) -> None:
    curve = kaplan_meier(sample)
    # It rounds S before comparing it, so that the answers differ where S equals 1-p.
    assume(all(abs(step.survival - (1 - p)) > 1e-9 for step in curve.steps))
    fitted = KaplanMeierFitter().fit(*zip(*sample, strict=True))
    theirs = qth_survival_times(float(1 - p), fitted.survival_function_)
    assert quantile(curve, p) == (None if math.isinf(theirs) else theirs)


@settings(max_examples=30, deadline=None)
@given(samples)
def test_intervals_of_the_median_are_those_of_lifelines_where_something_survives(
    sample: list[Observation],
) -> None:
    open_ended = [*sample, Observation(max(one.time for one in sample), observed=False)]
    fitted = KaplanMeierFitter().fit(*zip(*open_ended, strict=True))
    [theirs] = median_survival_times(fitted.confidence_interval_).to_numpy().tolist()
    ours = quantile_interval(kaplan_meier(open_ended), 0.5)
    assert [math.inf if end is None else end for end in ours] == theirs


@settings(max_examples=30, deadline=None)
@given(samples)
def test_the_restricted_mean_is_that_of_lifelines(sample: list[Observation]) -> None:
    curve = kaplan_meier(sample)
    fitted = KaplanMeierFitter().fit(*zip(*sample, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that it integrates step by step
        theirs = restricted_mean_survival_time(fitted, curve.last)
    assert restricted_mean(curve, curve.last).mean == pytest.approx(theirs, rel=1e-9)


@given(st.lists(times, min_size=2, max_size=40))
def test_without_censoring_the_restricted_mean_is_the_mean_with_its_error(
    sample: list[float],
) -> None:
    curve = kaplan_meier([Observation(time, observed=True) for time in sample])
    mean, error = restricted_mean(curve, curve.last)
    assert mean == pytest.approx(library.fmean(sample))
    spread = library.pstdev(sample) / math.sqrt(len(sample))
    assert (error or 0.0) == pytest.approx(spread, rel=1e-6, abs=1e-6 * mean)


@given(samples, shares)
def test_a_quantile_is_the_first_time_by_which_enough_have_ended(
    sample: list[Observation], p: Fraction
) -> None:
    curve = kaplan_meier(sample)
    found = quantile(curve, p)
    for step in curve.steps:
        if abs(step.survival - (1 - p)) > 1e-9:
            assert (found is not None and found <= step.time) == (step.survival <= 1 - p)


@given(samples, st.sampled_from([2, 1024, 0.25]), shares)
def test_in_another_unit_of_time_quantiles_and_means_are_the_same(
    sample: list[Observation], unit: float, p: Fraction
) -> None:
    curve = kaplan_meier(sample)
    other = kaplan_meier([Observation(time * unit, observed) for time, observed in sample])
    found = quantile(curve, p)
    assert quantile(other, p) == (None if found is None else found * unit)
    mean, error = restricted_mean(curve, curve.last)
    expected = mean * unit, None if error is None else error * unit
    assert restricted_mean(other, other.last) == exactly(expected)
