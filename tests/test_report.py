"""What a report says of a group of incidents: counts, what the sample can hold, in which words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold.adapters.report_words import sentences
from retold.domain.values import micros
from retold.projections.built_in import BY_NAME
from retold.projections.cohorts import (
    Case,
    Dimension,
    case_of,
    counted_of,
    grouped,
    measurement_of,
    within,
)
from retold.projections.durations import DurationRow, DurationState
from retold.projections.report import Summary, count, summary
from retold.projections.views import IncidentRow

MINUTE = 60_000_000
TTR = BY_NAME["ttr_detected"]
TTA = BY_NAME["tta"]
AT = datetime(2026, 3, 1, 14, 2, tzinfo=UTC)
NOW = AT + timedelta(hours=5)
BERLIN = ZoneInfo("Europe/Berlin")


def incident(number: int = 1, **facts: object) -> IncidentRow:
    told = {
        "incident_id": UUID(int=number),
        "title": "Checkout fails",
        "state": "resolved",
        "is_open": False,
        "services": (),
        "detected_at": AT,
        "reopens": 0,
        "anomalies": 0,
        "version": 3,
    } | facts
    return IncidentRow(**dict.fromkeys(IncidentRow._fields) | told)  # type: ignore[arg-type]


def case(
    number: int,
    minutes: int | None = None,
    state: DurationState = "observed",
    reason: str | None = None,
    *,
    started: bool = True,
) -> Case:
    """One that took so long; an open one is as old as that."""
    took = None if minutes is None else minutes * MINUTE
    start = NOW - timedelta(minutes=minutes or 0) if started else None
    duration = took if state != "censored" else None
    ids = UUID(int=number), "ttr_detected", 1, None, None, start, None
    row = DurationRow(*ids, duration, 0, state, reason)
    return case_of(measurement_of(incident(number), row, "detected"), TTR, micros(NOW))


def plain(one: IncidentRow, number: int = 0) -> Case:
    """An incident of which something is counted."""
    return case_of(counted_of(one, number), BY_NAME["reopens"], micros(NOW))


def observed(*minutes: int) -> list[Case]:
    return [case(number, one) for number, one in enumerate(minutes, start=1)]


def still_open(*minutes: int) -> list[Case]:
    return [
        case(number, one, "censored", "still open")
        for number, one in enumerate(minutes, start=100)
    ]  # fmt: skip


def of(cases: Sequence[Case]) -> Summary:
    return summary(TTR, (), cases)


def said(cases: Sequence[Case]) -> str:
    return " ".join(sentences(TTR, of(cases)))


# The example of the published golden values: 8 incidents of which two are still open.
TOY = [*observed(5, 12, 12, 20, 35, 90), *still_open(48, 240)]


def test_open_incidents_hold_the_median_up_and_are_not_dropped() -> None:
    told = of(TOY)
    assert (told.n, told.observed, told.open) == (8, 6, 2)
    assert told.statistics.median_us == 20 * MINUTE  # 16 minutes where they are dropped
    assert told.statistics.restricted_mean_us == round(72.375 * MINUTE)
    assert told.statistics.mean_us == 29 * MINUTE
    assert told.oldest_open_us == told.longest_us == 240 * MINUTE


def test_a_median_that_open_incidents_pull_down_elsewhere_stays_up_here() -> None:
    finished = observed(10, 20, 60, 120, 600)
    assert (of([*finished, *still_open(700, 700, 700)]).statistics.median_us or 0) >= 60 * MINUTE


def test_a_median_that_is_not_reached_says_so() -> None:
    told = of([*observed(5, 10), *still_open(180, 180, 180, 180)])
    assert told.statistics.median_us is None
    assert "not over within the 3h 00m observed: median > 3h 00m" in said(
        [*observed(5, 10), *still_open(180, 180, 180, 180)]
    )


def test_fewer_than_six_are_listed_and_not_averaged() -> None:
    told = of([*observed(35, 5), *still_open(20)])
    assert set(told.statistics) == {None}
    assert [(one.duration_us // MINUTE, one.is_open) for one in told.values] == [
        (5, False), (20, True), (35, False),
    ]  # fmt: skip
    assert "3 incidents: too few for an average to mean anything" in said(
        [*observed(35, 5), *still_open(20)]
    )


def test_six_have_a_median_with_an_exact_interval() -> None:
    told = of(observed(5, 12, 12, 20, 35, 90)).statistics
    assert told.median_us == 12 * MINUTE  # the lower of the two middle ones: half are over by then
    assert (told.median_low_us, told.median_high_us) == (5 * MINUTE, 90 * MINUTE)


@pytest.mark.parametrize(
    ("n", "is_there", "has_an_end"), [(28, False, False), (29, True, False), (36, True, True)]
)
def test_a_p90_takes_29_and_both_its_ends_36(n: int, *, is_there: bool, has_an_end: bool) -> None:
    told = of(observed(*range(1, n + 1))).statistics
    assert (told.p90_us is not None) == is_there
    assert (told.p90_high_us is not None) == has_an_end


def test_a_p90_without_an_upper_end_is_a_bound() -> None:
    assert "at least" in said(observed(*range(1, 30)))
    assert "upper end not determined" in said(observed(*range(1, 30)))
    assert "that takes 29" in said(observed(*range(1, 10)))


def test_the_mean_comes_last_with_its_label() -> None:
    *_, last = sentences(TTR, of(TOY))
    assert last == "Mean of the 6 observed: 29m 00s, which is not suitable for comparing periods."


def test_what_is_left_out_is_counted_by_its_reason() -> None:
    others = [
        case(12, 1, "excluded", f"merged into {UUID(int=1)}"),
        case(13, 2, "excluded", f"merged into {UUID(int=2)}"),
        case(14, 3, "excluded", "dismissed: drill"),
        case(15, -4, "anomalous", "ends before it starts"),
        case(16, None, "missing", "no incident-detected recorded", started=False),
    ]
    told = of([*observed(5, 12, 12, 20, 35, 90), *others])
    assert (told.incidents, told.n, told.missing, told.excluded, told.anomalous) == (11, 6, 1, 3, 1)
    assert said([*observed(5, 12, 12, 20, 35, 90), *others]).startswith(
        "n=6 of 11: 1 drill, 1 ends before it starts, 2 merged,"
    )


def test_what_ended_without_the_event_is_no_missing_start_and_no_zero() -> None:
    never = [
        case(number, 9, "missing", "resolved without incident-acknowledged") for number in (1, 2)
    ]
    told = summary(TTA, (), never)
    assert (told.ended_without, told.missing, told.n) == (2, 0, 0)
    assert told.statistics.mean_us is None
    assert "2 are over without incident-acknowledged" in " ".join(sentences(TTA, told))


def test_nothing_is_nothing_and_not_zero() -> None:
    told = of([])
    assert (told.incidents, told.n, told.longest_us, told.oldest_open_us) == (0, 0, None, None)
    assert set(told.statistics) == {None}
    assert said([]) == "n=0 of 0. There is nothing to measure."


def test_all_open_is_said_and_nothing_is_invented() -> None:
    told = of(still_open(1, 2, 3, 4, 5, 6))
    assert told.statistics.mean_us is None
    assert told.statistics.median_us is None


def test_what_begins_after_the_moment_has_no_age() -> None:
    late = case(1, -10, "censored", "still open")
    assert (of([late]).missing, of([late]).n) == (1, 0)
    assert dict(of([late]).reasons) == {"begins after the moment of the report": 1}


def test_reopenings_are_counted_without_dismissed_and_merged_incidents() -> None:
    told = count(
        BY_NAME["reopens"],
        (),
        [
            plain(incident(1), 2),
            plain(incident(2)),
            plain(incident(3, dismissed="drill"), 5),
            plain(incident(4, merged_into=UUID(int=1)), 1),
        ],
    )
    assert (told.incidents, told.n, told.excluded) == (4, 2, 2)
    assert (told.total, told.affected) == (2, 1)
    assert dict(told.reasons) == {"dismissed: drill": 1, "merged": 1}


def groups(one: IncidentRow, *by: Dimension) -> list[tuple[str | None, ...]]:
    return list(grouped([plain(one)], by, BERLIN))


def test_an_incident_with_two_services_belongs_to_the_group_of_each() -> None:
    one = incident(services=("api", "web"), severity="major")
    assert groups(one, "service", "severity") == [("api", "major"), ("web", "major")]


def test_periods_are_those_of_the_zone_that_is_named() -> None:
    late = incident(detected_at=datetime(2026, 3, 31, 22, 30, tzinfo=UTC))
    assert groups(late, "month", "weekday", "hour") == [("2026-04", "3 Wed", "00")]
    assert groups(incident(detected_at=None), "month") == [(None,)]


def test_groups_come_in_order_with_what_has_no_label_last() -> None:
    cases = [plain(incident(severity=one)) for one in (None, "b", "a")]
    assert list(grouped(cases, ("severity",), UTC)) == [("a",), ("b",), (None,)]


def test_a_period_holds_its_first_moment_and_not_its_last() -> None:
    one = [plain(incident())]
    assert within(one, AT, None) == one
    assert within(one, None, AT) == []


def test_what_was_never_detected_belongs_to_no_bounded_period() -> None:
    never = [plain(incident(detected_at=None))]
    assert within(never, None, None) == never
    assert within(never, None, NOW) == []


def test_a_wider_window_never_holds_less() -> None:
    cases = [plain(incident(n, detected_at=AT + timedelta(days=n))) for n in range(60)]
    sizes = [len(within(cases, AT, AT + timedelta(days=days))) for days in (7, 30, 90)]
    assert sizes == sorted(sizes)


STATES = st.sampled_from(["observed", "censored", "missing", "excluded", "anomalous"])


@given(st.lists(st.tuples(STATES, st.integers(1, 10**6), st.booleans()), max_size=40))
def test_every_incident_is_counted_exactly_once(
    told: list[tuple[DurationState, int, bool]],
) -> None:
    cases = [case(n, took, state, "why", started=s) for n, (state, took, s) in enumerate(told)]
    row = of(cases)
    parts = (row.ended_without, row.missing, row.excluded, row.anomalous)
    assert row.incidents == row.n + sum(parts) == len(told)
    assert row.n == row.observed + row.open
    assert row.incidents - row.n == sum(number for _, number in row.reasons)
