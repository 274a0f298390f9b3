"""A report in Python: typed, as rows, in sentences, for a notebook, as Arrow."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from retold import Cut, Incident, InvalidInput, Store, open_store
from retold.adapters.memory import MemoryLog
from retold.projections.cohorts import Measurement
from retold.projections.measures import Cohort

AT = datetime(2026, 3, 1, 14, tzinfo=UTC)
MINUTE = 60_000_000


@pytest.fixture
def year() -> Iterator[Store]:
    with open_store("memory:", clock=lambda: AT + timedelta(days=365)) as store:
        for number, minutes in enumerate([5, 12, 12, 20, 35, 90]):
            at = AT + timedelta(days=30 * number)
            one = store.detect("Search is down", at=at, services=("api",)).incident_id
            store.record(one, Incident.resolve, at=at + timedelta(minutes=minutes))
        store.detect("still open", at=AT, services=("web",))
        yield store


def test_a_report_is_typed(year: Store) -> None:
    [part] = year.report("ttr_detected").parts
    [summary] = part.summaries
    assert (summary.n, part.measure.title) == (7, "time to resolve, from detection")
    assert summary.statistics.median_us == 20 * MINUTE  # type: ignore[union-attr]


def test_a_report_becomes_rows_with_the_groups_as_columns(year: Store) -> None:
    rows = year.report("ttr_detected", by=("service",)).to_dicts()
    assert [(row["service"], row["n"]) for row in rows] == [("api", 6), ("web", 1)]


def test_a_report_says_what_it_says_in_sentences(year: Store) -> None:
    said = str(year.report("ttr_detected"))
    assert said.startswith("ttr_detected, time to resolve, from detection\nn=7 of 7.")
    assert "Half are over within 20m 00s" in said
    assert "api: Half are over" in str(year.report("ttr_detected", by=("service",)))


def test_a_notebook_shows_a_page_with_a_chart(year: Store) -> None:
    page = year.report("ttr_detected")._repr_html_()
    assert "<svg" in page
    assert "Half are over within 20m 00s" in page


def test_arrow_has_declared_types_also_where_all_is_null(year: Store) -> None:
    report = year.report("ttr_detected", "reopens", by=("service", "month"))
    table = pa.table(report)
    types = {field.name: str(field.type) for field in table.schema}
    assert (types["service"], types["median_us"], types["reasons"]) == ("string", "int64", "string")
    assert table.num_rows == len(
        year.report("ttr_detected", "reopens", by=("service", "month")).to_dicts()
    )
    assert table["p90_us"].null_count == table.num_rows


def test_arrow_and_rows_say_the_same(year: Store) -> None:
    report = year.report("ttr_detected", by=("service",), compare=(AT - timedelta(1), AT))
    for row, told in zip(pa.table(report).to_pylist(), report.to_dicts(), strict=True):
        same = {key: value for key, value in told.items() if key not in {"values", "reasons"}}
        assert {key: row[key] for key in same} == same
        assert row["reasons"] == "{}"


def test_an_empty_report_is_an_empty_table() -> None:
    with open_store("memory:") as store:
        table = pa.table(store.report("ttr_detected", by=("month",)))
        assert (table.num_rows, "month" in table.column_names) == (0, True)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"zone": "Mars/Base"}, "no time zone 'Mars/Base'"),
        ({"by": ("team",)}, "by"),
        ({"since": AT, "until": AT}, "the period ends before it begins"),
        ({"compare": (AT, AT - timedelta(1))}, "the period ends before it begins"),
        ({"since": datetime(2026, 1, 1)}, "no time zone"),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else None,
)
def test_what_makes_no_sense_is_refused(
    year: Store, asked: dict[str, object], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        year.report("ttr_detected", **asked)  # type: ignore[arg-type]


def test_an_unknown_measure_is_refused_with_those_that_are_known(year: Store) -> None:
    with pytest.raises(InvalidInput, match="no measure is called 'mttr'; there are ttd, tta"):
        year.report("mttr")


def test_before_the_first_event_there_is_nothing_and_no_zero(year: Store) -> None:
    [row] = year.report("ttr_detected", cut=Cut(as_of=AT - timedelta(days=1))).to_dicts()
    assert (row["incidents"], row["median_us"], row["mean_us"]) == (0, None, None)
    assert "There is nothing to measure." in str(
        year.report("ttr_detected", cut=Cut(as_of=AT - timedelta(days=1)))
    )


def test_a_moment_in_the_future_makes_open_incidents_older(year: Store) -> None:
    later = AT + timedelta(days=1000)
    [row] = year.report("ttr_detected", cut=Cut(as_of=later)).to_dicts()
    assert row["oldest_open_us"] == 1000 * 24 * 60 * MINUTE


def acknowledged(store: Store, number: int, minutes: int | None) -> None:
    at = AT + timedelta(days=number)
    one = store.detect("Search is down", at=at, services=("mail",)).incident_id
    if minutes is not None:
        store.record(one, Incident.acknowledge, at=at + timedelta(minutes=minutes))
    store.record(one, Incident.resolve, at=at + timedelta(hours=1))


def test_what_was_never_acknowledged_is_an_end_of_its_own() -> None:
    with open_store("memory:") as store:
        for number, minutes in enumerate([1, 2, 3, 4, 5, 6, None, None]):
            acknowledged(store, number, minutes)
        [row] = store.report("tta").to_dicts()
        assert (row["n"], row["ended_without"], row["reached_share"]) == (6, 2, 0.75)
        # Without censoring it is 6 of 8, with the log-log interval of a binomial share
        assert row["reached_share_low"] == pytest.approx(0.315, abs=0.001)
        assert row["reached_share_high"] == pytest.approx(0.931, abs=0.001)
        assert "come to incident-acknowledged at all" in str(store.report("tta"))


def test_how_far_numbers_move_by_chance_is_repeated_by_its_seed(year: Store) -> None:
    [first], [again], [other] = (
        year.report("ttr_detected", seed=seed).to_dicts() for seed in (1, 1, 2)
    )
    assert first == again != other
    assert 0.2 < first["mean_falls_share"] < 0.6  # type: ignore[operator]
    assert "Where nothing has changed, by chance alone: in" in str(
        year.report("ttr_detected", seed=1)
    )


def test_too_few_or_all_the_same_are_not_simulated() -> None:
    with open_store("memory:") as store:
        for number in range(7):
            acknowledged(store, number, 5)
        [row] = store.report("tta", seed=1).to_dicts()
        assert row["mean_falls_share"] is None


def test_the_past_is_the_same_from_the_tables_and_from_the_log(url: str) -> None:
    now = [AT]
    with open_store(url, clock=lambda: now[0]) as store:
        for number in range(12):
            acknowledged(store, number, number + 1 if number % 3 else None)
            now[0] += timedelta(minutes=1)
        moment = now[0]
        now[0] += timedelta(minutes=1)
        for row in store.incidents()[::4]:
            store.record(row.incident_id, Incident.reopen, at=AT + timedelta(days=40))
            store.retract(store.recorded(row.incident_id)[0].event_id, why="no")
        acknowledged(store, 20, 3)
        from_tables = store.report(by=("service",), cut=Cut(recorded_at=moment)).to_dicts()
        all_known = Cut(recorded_at=moment, known_at=moment + timedelta(days=9999))
        assert from_tables == store.report(by=("service",), cut=all_known).to_dicts()
        assert from_tables != store.report(by=("service",)).to_dicts()


@pytest.fixture
def told(url: str) -> Iterator[Store]:
    """One that was judged thrice, and one that a machine acknowledged, with two concerns."""
    with open_store(url) as store:
        one = store.detect("Search is down", at=AT).incident_id
        for minute, severity in enumerate(["sev3", "sev1", "sev2"]):
            at = AT + timedelta(minutes=minute)
            store.record(one, Incident.assess, at=at, assessor="ana", severity=severity)
        store.record(one, Incident.acknowledge, at=AT + timedelta(minutes=5))
        other = store.detect("Mail is late", at=AT).incident_id
        for concern in ("latency", "durability"):
            store.record(other, Incident.start_impact, at=AT, service="mail", concern=concern)
        store.record(other, Incident.acknowledge, at=AT, automatic=True)
        yield store


def labels(store: Store, dimension: str, **asked: Any) -> dict[object, object]:
    rows = store.report("ttr_detected", by=(dimension,), **asked).to_dicts()  # type: ignore[arg-type]
    return {row[dimension]: row["incidents"] for row in rows}


def test_severities_are_the_last_the_first_or_the_highest(told: Store) -> None:
    assert labels(told, "severity") == {"sev2": 1, None: 1}
    assert labels(told, "severity-first") == {"sev3": 1, None: 1}
    assert labels(told, "severity-highest") == {"sev1": 1, None: 1}
    assert labels(told, "severity-highest", scale=("sev2", "sev1")) == {"sev2": 1, None: 1}


def test_an_incident_belongs_to_the_group_of_each_of_its_concerns(told: Store) -> None:
    assert labels(told, "concern") == {"latency": 1, "durability": 1, None: 1}


def test_the_actor_is_who_acknowledged_first(told: Store) -> None:
    assert labels(told, "actor") == {"human": 1, "automation": 1}


def test_what_was_retracted_labels_nothing(told: Store) -> None:
    [other] = [row for row in told.incidents() if row.title == "Mail is late"]
    for recorded in told.recorded(other.incident_id)[1:]:
        told.retract(recorded.event_id, why="wrong")
    assert labels(told, "actor") == {"human": 1, None: 1}
    assert labels(told, "concern") == {None: 2}


def test_two_groups_cross(told: Store) -> None:
    rows = told.report("ttr_detected", by=("actor", "month")).to_dicts()
    assert [(row["actor"], row["month"]) for row in rows] == [
        ("automation", "2026-03"), ("human", "2026-03"),
    ]  # fmt: skip


class OvertakenLog(MemoryLog):
    """Lets somebody write just before one of the two questions that a report of the past asks."""

    def __init__(self, question: str) -> None:
        self.now = AT
        self.question = question
        self.meanwhile: Callable[[], object] = bool
        super().__init__(lambda: self.now)

    def touched_since(self, moment: datetime) -> dict[UUID, bool]:
        if self.question == "touched":
            self.meanwhile()
        return super().touched_since(moment)

    def measurements(
        self, measure: str, clock: Cohort, since: datetime | None, until: datetime | None
    ) -> list[Measurement]:
        if self.question == "measured":
            self.meanwhile()
        return super().measurements(measure, clock, since, until)


@pytest.mark.parametrize("question", ["touched", "measured"])
def test_a_report_of_the_past_holds_nothing_recorded_while_it_is_made(question: str) -> None:
    log = OvertakenLog(question)
    store = Store(log, lambda: log.now)
    first = store.detect("x", at=AT)
    cut = Cut(recorded_at=first.recorded_at)
    before = store.report("ttr_detected", cut=cut).to_dicts()
    log.now += timedelta(hours=1)

    def overtake() -> None:
        log.meanwhile = bool
        store.record(first.incident_id, Incident.resolve, at=AT + timedelta(minutes=5))

    log.meanwhile = overtake
    assert store.report("ttr_detected", cut=cut).to_dicts() == before
    assert store.status(first.incident_id).state == "resolved"
