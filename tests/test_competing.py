"""Cumulative incidence: the share that ends in one way when it can end in others."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter
from retold.domain.errors import InvalidInput
from retold.projections.competing import Ending, cumulative_incidence, incidence_at
from retold.projections.survival import Observation, kaplan_meier

ACKNOWLEDGED, CLOSED = "acknowledged", "closed without acknowledgement"
CAUSES = [ACKNOWLEDGED, CLOSED, None]


def nearly(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=1e-9)


def ends(acknowledged: str = "", closed: str = "", still_open: str = "") -> list[Ending]:
    groups = zip((acknowledged, closed, still_open), CAUSES, strict=True)
    return [Ending(float(time), cause) for times, cause in groups for time in times.split()]


def test_without_open_incidents_the_incidence_is_the_plain_share() -> None:
    found = cumulative_incidence(ends("1 2 2 4", "3 5"), ACKNOWLEDGED)
    assert [step.time for step in found.steps] == [1, 2, 4]
    assert [step.incidence for step in found.steps] == nearly([1 / 6, 3 / 6, 4 / 6])
    assert (found.n, found.events, found.others) == (6, 4, 2)


def test_an_incident_closed_without_acknowledgement_is_not_awaited_any_more() -> None:
    endings = ends("1 3", "2", "4")
    # Censored at 2 instead, the closed one would raise the share: 1 - 3/4 * 1/2.
    assert incidence_at(cumulative_incidence(endings, ACKNOWLEDGED), 3) == 0.5
    censored = [Observation(one.time, one.cause == ACKNOWLEDGED) for one in endings]
    assert 1 - kaplan_meier(censored).steps[-1].survival == 0.625


def test_an_open_incident_shares_in_what_comes_after_it() -> None:
    found = cumulative_incidence(ends("1 3", "4", "2"), ACKNOWLEDGED)
    assert [step.incidence for step in found.steps] == nearly([1 / 4, 1 / 4 + 3 / 4 * 1 / 2])


def test_an_end_comes_before_a_censoring_at_the_same_time() -> None:
    [step] = cumulative_incidence(ends("3", "", "3"), ACKNOWLEDGED).steps
    assert (step.at_risk, step.incidence) == (2, 0.5)


def test_what_never_happened_has_no_steps_and_is_nought_as_far_as_anything_was_seen() -> None:
    found = cumulative_incidence(ends("", "3", "5"), ACKNOWLEDGED)
    assert found.steps == ()
    assert incidence_at(found, 5) == 0
    assert incidence_at(found, 6) is None


def test_an_incidence_is_known_for_ever_once_all_have_ended() -> None:
    assert incidence_at(cumulative_incidence(ends("1 2", "3"), ACKNOWLEDGED), 99) == nearly(2 / 3)


def test_where_all_ended_so_there_are_no_limits() -> None:
    last = cumulative_incidence(ends("1 2 3"), ACKNOWLEDGED).steps[-1]
    assert (last.incidence, last.standard_error, last.low, last.high) == (1, 0, None, None)


@pytest.mark.parametrize("time", [-1, math.nan, math.inf])
def test_what_is_no_length_of_time_is_refused(time: float) -> None:
    with pytest.raises(InvalidInput, match="no length of time"):
        cumulative_incidence([Ending(time, CLOSED)], CLOSED)


def test_nothing_has_no_incidence() -> None:
    with pytest.raises(InvalidInput, match="nothing"):
        cumulative_incidence([], CLOSED)


causes = st.sampled_from(CAUSES)
samples = st.lists(st.builds(Ending, st.integers(1, 20), causes), min_size=1, max_size=40)
apart = st.lists(st.integers(1, 500), min_size=3, max_size=30, unique=True)


@given(samples)
def test_all_ways_to_end_and_survival_add_up_to_one(endings: list[Ending]) -> None:
    ways = [cumulative_incidence(endings, cause) for cause in (ACKNOWLEDGED, CLOSED)]
    curve = kaplan_meier([Observation(one.time, one.cause is not None) for one in endings])
    for step in curve.steps:
        parts = [incidence_at(way, step.time) or 0.0 for way in ways]
        assert sum(parts) + step.survival == nearly(1)


@given(samples)
def test_with_one_way_to_end_it_is_what_does_not_survive(endings: list[Ending]) -> None:
    same = [one._replace(cause=one.cause and CLOSED) for one in endings]
    curve = kaplan_meier([Observation(one.time, one.cause is not None) for one in same])
    steps = cumulative_incidence(same, CLOSED).steps
    for step, other in zip(steps, curve.steps, strict=True):
        assert step.incidence == nearly(1 - other.survival)
        assert step.standard_error == nearly(other.standard_error)


@given(samples)
def test_without_censoring_its_error_is_the_binomial_one(endings: list[Ending]) -> None:
    closed = [one._replace(cause=one.cause or CLOSED) for one in endings]
    for step in cumulative_incidence(closed, ACKNOWLEDGED).steps:
        share = sum(one.cause == ACKNOWLEDGED and one.time <= step.time for one in closed)
        share /= len(closed)
        assert step.incidence == nearly(share)
        assert step.standard_error**2 == nearly(share * (1 - share) / len(closed))


@settings(max_examples=30, deadline=None)
@given(apart, st.lists(causes, min_size=30, max_size=30))
def test_without_ties_the_incidence_and_its_limits_are_those_of_lifelines(
    times: list[int], ways: list[str | None]
) -> None:
    # It divides by zero where nobody is left: somebody stays.
    endings = [*map(Ending, times, ways), Ending(501, None), Ending(502, None)]
    codes = [CAUSES.index(one.cause) + 1 if one.cause else 0 for one in endings]
    fitted = AalenJohansenFitter().fit([one.time for one in endings], codes, event_of_interest=1)
    shares = fitted.cumulative_density_.iloc[:, 0]
    limits = fitted.confidence_interval_
    for step in cumulative_incidence(endings, ACKNOWLEDGED).steps:
        assert step.incidence == nearly(shares.loc[step.time])
        assert step.standard_error == pytest.approx(math.sqrt(fitted.variance_.loc[step.time]))
        assert sorted([step.low, step.high]) == pytest.approx(sorted(limits.loc[step.time]))
