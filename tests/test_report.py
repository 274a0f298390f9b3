"""Statistics of measured durations, checked by hand and against the standard library."""

import statistics as library
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold.projections.durations import DurationRow, DurationState
from retold.projections.report import (
    ReportRow,
    detected_within,
    groups_of,
    mean,
    median,
    quantile,
    reopens,
    statistics,
)
from retold.projections.views import IncidentRow

MINUTE = 60_000_000


def incident(number: int = 1, **facts: object) -> IncidentRow:
    told = {
        "incident_id": UUID(int=number),
        "title": "Checkout fails",
        "state": "resolved",
        "services": (),
        "detected_at": datetime(2026, 3, 1, 14, 2, tzinfo=UTC),
        "reopens": 0,
        "anomalies": 0,
        "version": 3,
    } | facts
    return IncidentRow(**dict.fromkeys(IncidentRow._fields) | told)  # type: ignore[arg-type]


def taken(
    number: int,
    minutes: int | None,
    state: DurationState = "observed",
    reason: str | None = None,
) -> DurationRow:
    micros = None if minutes is None else minutes * MINUTE
    ids = UUID(int=number), "ttr", 1, None, None, None, None
    return DurationRow(*ids, micros, state, reason)


def of(*minutes: int) -> list[tuple[IncidentRow, DurationRow]]:
    return [(incident(number), taken(number, one)) for number, one in enumerate(minutes)]


def only(rows: list[ReportRow]) -> ReportRow:
    [row] = rows
    return row


def test_six_observed_values_have_a_mean_a_median_and_a_p90() -> None:
    row = only(statistics(of(5, 12, 12, 20, 35, 90)))
    assert row.n == 6
    assert (row.mean_us, row.median_us, row.p90_us) == (29 * MINUTE, 16 * MINUTE, 90 * MINUTE)
    assert row.values == ()


def test_fewer_than_six_are_listed_with_their_incidents_and_not_averaged() -> None:
    row = only(statistics(of(35, 5, 20, 12, 12)))
    assert (row.mean_us, row.median_us, row.p90_us) == (None, None, None)
    assert [one.duration_us // MINUTE for one in row.values] == [5, 12, 12, 20, 35]
    assert row.values[0].incident_id == UUID(int=1)


def test_what_is_not_observed_is_counted_by_its_state_and_enters_no_statistic() -> None:
    other = [
        (incident(10), taken(10, None, "censored", "still open")),
        (incident(11), taken(11, None, "missing", "no impact-started recorded")),
        (incident(12), taken(12, 1, "excluded", f"merged into {UUID(int=1)}")),
        (incident(13), taken(13, 2, "excluded", f"merged into {UUID(int=2)}")),
        (incident(14), taken(14, 3, "excluded", "dismissed: drill")),
        (incident(15), taken(15, -4, "anomalous", "ends before it starts")),
    ]
    row = only(statistics([*of(5, 12, 12, 20, 35, 90), *other]))
    assert (row.incidents, row.n, row.open, row.missing, row.excluded, row.anomalous) == (
        12, 6, 1, 1, 3, 1,
    )  # fmt: skip
    assert row.mean_us == 29 * MINUTE
    assert dict(row.reasons) == {
        "no impact-started recorded": 1,
        "merged": 2,
        "dismissed: drill": 1,
        "ends before it starts": 1,
    }


def test_nothing_observed_is_null_and_never_zero() -> None:
    row = only(statistics([(incident(), taken(1, None, "censored", "still open"))]))
    assert (row.n, row.open) == (0, 1)
    assert (row.mean_us, row.median_us, row.p90_us) == (None, None, None)


def test_an_incident_with_two_services_belongs_to_the_group_of_each() -> None:
    both = incident(1, services=("api", "web"))
    rows = statistics([(both, taken(1, 5)), (incident(2), taken(2, 7))], by=("service",))
    assert [(row.group, row.incidents) for row in rows] == [
        (("api",), 1),
        (("web",), 1),
        ((None,), 1),
    ]


def test_groups_of_several_dimensions_are_every_combination() -> None:
    one = incident(services=("api", "web"), severity="major", source="statuspage")
    assert groups_of(one, ("service", "severity", "source")) == [
        ("api", "major", "statuspage"),
        ("web", "major", "statuspage"),
    ]


def test_the_month_is_that_of_detection_in_utc() -> None:
    late = datetime.fromisoformat("2026-04-01T01:30:00+02:00")
    assert groups_of(incident(detected_at=late), ("month",)) == [("2026-03",)]
    assert groups_of(incident(detected_at=None), ("month",)) == [(None,)]


def test_a_cohort_holds_its_first_moment_and_not_its_last() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    one = incident(detected_at=at)
    assert detected_within(one, since=at)
    assert not detected_within(one, until=at)


def test_what_was_never_detected_belongs_to_no_bounded_cohort() -> None:
    never = incident(detected_at=None)
    assert detected_within(never)
    assert not detected_within(never, until=datetime(2030, 1, 1, tzinfo=UTC))


def test_reopenings_are_counted_without_dismissed_and_merged_incidents() -> None:
    row = only(
        reopens(
            [
                incident(1, reopens=2),
                incident(2),
                incident(3, reopens=5, dismissed="drill"),
                incident(4, reopens=1, merged_into=UUID(int=1)),
            ]
        )
    )
    assert (row.incidents, row.n, row.excluded) == (4, 2, 2)
    assert (row.reopens, row.reopened) == (2, 1)
    assert dict(row.reasons) == {"dismissed: drill": 1, "merged": 1}


def test_the_mean_of_microseconds_is_exact_where_floats_are_not() -> None:
    far = 2**60
    assert mean([far + 1, far + 3]) == far + 2


whole = st.lists(st.integers(1, 10**15), min_size=1, max_size=60)


@given(whole)
def test_the_median_is_the_one_of_the_standard_library(values: list[int]) -> None:
    assert median(values) == pytest.approx(library.median(values), rel=0, abs=0.5)


@given(whole, st.integers(1, 100))
def test_a_quantile_is_the_smallest_value_that_enough_values_do_not_exceed(
    values: list[int], percent: int
) -> None:
    found = quantile(values, percent)
    assert sum(one <= found for one in values) * 100 >= percent * len(values)
    below = [one for one in values if one < found]
    assert len(below) * 100 < percent * len(values)


@given(st.lists(st.sampled_from(["observed", "censored", "missing", "excluded", "anomalous"])))
def test_every_incident_is_counted_exactly_once(states: list[DurationState]) -> None:
    measured = [(incident(n), taken(n, 5, state, "why")) for n, state in enumerate(states)]
    for row in statistics(measured):
        parts = row.n + row.open + row.missing + row.excluded + row.anomalous
        assert row.incidents == parts == len(states)
