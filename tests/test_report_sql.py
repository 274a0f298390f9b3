"""A report against SQL of a reader's own over the public views, of random histories.

What SQL can say without survival statistics: every count, the mean, and where nothing is open the
median. On SQLite and on PostgreSQL, from the tables and, by a cut, from the log.
"""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest
from retold import Cut, Entry, Store, open_store
from retold.domain import events as ev
from retold.domain.values import Source
from retold.projections.built_in import TIMED
from retold.projections.cohorts import Dimension
from retold.projections.report import FEWEST, Count, Statistics, Summary

START = datetime(2026, 3, 1, tzinfo=UTC)
NOW = START + timedelta(days=120)
INCIDENTS = 90
GROUPS: list[Dimension | None] = [None, "service", "severity", "source", "month"]


class Filled(NamedTuple):
    """A store with random histories, and SQL over it."""

    store: Store
    ask: Callable[[str], list[tuple[Any, ...]]]
    database: str

    def reported(self, by: Dimension | None = None, **asked: Any) -> list[Summary]:
        names = [measure.name for measure in TIMED]
        told = self.store.report(*names, by=(by,) if by else (), **asked)
        return [one for one in told.summaries if isinstance(one, Summary)]


def history(chance: random.Random, others: list[UUID]) -> list[ev.StoryEvent]:
    """Tell a random story; what concerns mail alone ends, so that there are plain medians."""
    begun = START + timedelta(minutes=chance.randrange(100 * 24 * 60))

    def after(most: int) -> datetime:
        return begun + timedelta(minutes=chance.randrange(-5, most))

    services = chance.choice([("mail",), ("api",), ("api", "web"), ()])
    maybe: list[ev.StoryEvent] = [
        ev.ImpactStarted(occurred_at=after(3), service=chance.choice(services or ("web",))),
        ev.Declared(occurred_at=after(20), severity=chance.choice(["sev1", "sev2"])),
        ev.Acknowledged(occurred_at=after(30), automatic=chance.random() < 0.3),
        ev.ExpectationBreached(occurred_at=after(10), expectation="99.9 % answer"),
        ev.Mitigated(occurred_at=after(100)),
        ev.Resolved(occurred_at=after(200)),
        ev.Resolved(occurred_at=begun),
        ev.Reopened(occurred_at=after(400)),
        ev.Resolved(occurred_at=after(900)),
        ev.Reopened(occurred_at=after(1_000)),
        ev.Resolved(occurred_at=after(1_100)),
    ]
    ending: list[ev.StoryEvent] = []
    if chance.random() < 0.1:
        ending.append(ev.Dismissed(occurred_at=after(50), reason="drill"))
    elif chance.random() < 0.1 and others:
        ending.append(ev.Merged(occurred_at=after(50), into=chance.choice(others)))
    if services == ("mail",):
        ending.append(ev.Resolved(occurred_at=begun + timedelta(days=1)))
    told = [event for event in maybe if chance.random() < 0.5]
    return [ev.Detected(occurred_at=begun, title="x", services=services), *told, *ending]


def fill(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    ids = map(UUID, map("{:032x}".format, range(1, 10**6)))
    batch: list[tuple[UUID, list[Entry]]] = []
    for number in range(INCIDENTS):
        source = Source(system="pager", ref=str(number)) if chance.random() < 0.5 else None
        story = history(chance, [incident for incident, _ in batch])
        entries = [Entry(event_id=next(ids), source=source, event=event) for event in story]
        batch.append((UUID(int=number << 96 | 1), entries))
    store.append_all(batch)
    for number, (_, entries) in enumerate(batch):
        event_id = chance.choice(entries).event_id
        if number % 10 == 0:
            store.retract(event_id, why="entered twice")
        elif number % 10 == 1:
            moved = {"occurred_at": (START + timedelta(days=50)).isoformat()}
            store.correct(event_id, moved, why="the clock was off")


@pytest.fixture(params=[1, 2])
def filled(request: pytest.FixtureRequest, database_url: str) -> Iterator[Filled]:
    with open_store(database_url, clock=lambda: NOW) as store:
        fill(store, request.param)
        if database_url.startswith("postgresql"):
            with psycopg.connect(database_url) as connection:
                yield Filled(store, lambda sql: connection.execute(sql).fetchall(), "postgresql")
        else:
            with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as raw:
                yield Filled(store, lambda sql: raw.execute(sql).fetchall(), "sqlite")


# SQL as a reader would write it.

ROWS = """
FROM v1_durations d JOIN v1_incidents i ON i.incident_id = d.incident_id
WHERE d.measure = '{measure}' AND {where}
"""
COUNTS = f"""
SELECT count(*),
       count(CASE WHEN d.state = 'observed' THEN 1 END),
       count(CASE WHEN d.state = 'censored' THEN 1 END),
       count(CASE WHEN d.state = 'missing' AND d.started_at IS NOT NULL THEN 1 END),
       count(CASE WHEN d.state = 'missing' AND d.started_at IS NULL THEN 1 END),
       count(CASE WHEN d.state = 'excluded' THEN 1 END),
       count(CASE WHEN d.state = 'anomalous' THEN 1 END)
{ROWS}
"""
TOTAL = f"SELECT sum(d.duration_us), count(*) {ROWS} AND d.state = 'observed'"
VALUES = f"SELECT d.duration_us {ROWS} AND d.state = 'observed' ORDER BY d.duration_us"
MEDIAN = f"""
SELECT duration_us FROM (
    SELECT d.duration_us,
           row_number() OVER (ORDER BY d.duration_us) AS place,
           count(*) OVER () AS number
    {ROWS} AND d.state = 'observed'
) AS ranked
WHERE place = (number + 1) / 2
"""

# Where the two databases differ: lists, and parts of a time.
SERVICES = {
    "sqlite": "SELECT DISTINCT s.value FROM v1_incidents i, json_each(i.services) s ORDER BY 1",
    "postgresql": "SELECT DISTINCT unnest(services) FROM v1_incidents ORDER BY 1",
}
WITH_SERVICE = {
    "sqlite": "'{}' IN (SELECT value FROM json_each(i.services))",
    "postgresql": "'{}' = ANY(i.services)",
}
WITHOUT_SERVICE = {
    "sqlite": "json_array_length(i.services) = 0",
    "postgresql": "cardinality(i.services) = 0",
}
MONTH = {
    "sqlite": "substr(i.detected_at, 1, 7)",
    "postgresql": "to_char(i.detected_at AT TIME ZONE 'UTC', 'YYYY-MM')",
}
TOOK = {
    "sqlite": "i.resolved_at_us - i.detected_at_us",
    "postgresql": "(extract(epoch FROM i.resolved_at - i.detected_at) * 1000000)::bigint",
}


def groups(filled: Filled, by: Dimension | None) -> dict[tuple[str | None, ...], str]:
    """What SQL says are the groups, and the condition that selects each, what has none last."""
    if by is None:
        return {(): "1 = 1"}
    if by == "service":
        labels = filled.ask(SERVICES[filled.database])
        selects, none = WITH_SERVICE[filled.database], WITHOUT_SERVICE[filled.database]
    else:
        column = MONTH[filled.database] if by == "month" else f"i.{by}"
        labels = filled.ask(
            f"SELECT DISTINCT {column} FROM v1_incidents i WHERE {column} IS NOT NULL ORDER BY 1"
        )
        selects, none = column + " = '{}'", f"{column} IS NULL"
    found: dict[tuple[str | None, ...], str] = {
        (label,): selects.format(label) for (label,) in labels
    }
    if filled.ask(f"SELECT 1 FROM v1_incidents i WHERE {none}"):
        found[(None,)] = none
    return found


def detected_in(since: datetime, days: int) -> str:
    first, last = (f"{at:%Y-%m-%dT%H:%M:%S.%f}Z" for at in (since, since + timedelta(days=days)))
    return f"i.detected_at >= '{first}' AND i.detected_at < '{last}'"


def counts_of(one: Summary) -> tuple[int, ...]:
    """The counts of a group, in the order of `COUNTS`."""
    return (
        one.incidents, one.observed, one.open, one.ended_without, one.missing, one.excluded,
        one.anomalous,
    )  # fmt: skip


from_tables_and_from_the_log = pytest.mark.parametrize(
    "cut", [Cut(), Cut(recorded_at=NOW), Cut(as_of=NOW)], ids=["tables", "past", "log"]
)


@from_tables_and_from_the_log
def test_every_group_counts_what_sql_counts(filled: Filled, cut: Cut) -> None:
    for by in GROUPS:
        wanted = groups(filled, by)
        told = filled.reported(by, cut=cut)
        assert [one.group for one in told] == [*wanted] * len(TIMED)
        for one in told:
            sql = COUNTS.format(measure=one.measure, where=wanted[one.group])
            assert [counts_of(one)] == filled.ask(sql), (one.measure, one.group)


@from_tables_and_from_the_log
def test_every_mean_is_the_one_of_sql(filled: Filled, cut: Cut) -> None:
    held = 0
    for by in GROUPS:
        wanted = groups(filled, by)
        for one in filled.reported(by, cut=cut):
            [(total, number)] = filled.ask(
                TOTAL.format(measure=one.measure, where=wanted[one.group])
            )
            if one.n >= FEWEST and number:
                assert one.statistics.mean_us == round(Fraction(int(total), number))
                held += 1
    assert held > len(TIMED)


def test_where_nothing_is_open_the_median_is_the_one_of_sql(filled: Filled) -> None:
    held = 0
    for by in GROUPS:
        wanted = groups(filled, by)
        for one in filled.reported(by):
            if one.n >= FEWEST and not one.open:
                sql = MEDIAN.format(measure=one.measure, where=wanted[one.group])
                assert [(one.statistics.median_us,)] == filled.ask(sql), (one.measure, one.group)
                held += 1
    assert held


def test_with_open_incidents_the_median_is_not_below_the_one_that_drops_them(
    filled: Filled,
) -> None:
    held = 0
    for one in filled.reported():
        dropping_them = filled.ask(MEDIAN.format(measure=one.measure, where="1 = 1"))
        median = one.statistics.median_us
        if one.open and dropping_them and median is not None:
            assert median >= dropping_them[0][0], one.measure
            held += 1
    assert held


def test_a_group_too_small_for_statistics_lists_the_values_that_sql_has(filled: Filled) -> None:
    held = 0
    for week in range(14):
        since = START + timedelta(days=7 * week)
        for one in filled.reported(since=since, until=since + timedelta(days=4)):
            sql = VALUES.format(measure=one.measure, where=detected_in(since, 4))
            if one.n < FEWEST:
                listed = [value.duration_us for value in one.values if not value.is_open]
                assert [(duration,) for duration in listed] == filled.ask(sql)
                assert one.statistics == Statistics()
                held += len(listed)
    assert held


def test_a_period_holds_the_incidents_that_sql_selects_by_detection(filled: Filled) -> None:
    since = START + timedelta(days=20)
    for one in filled.reported(since=since, until=since + timedelta(days=50)):
        sql = COUNTS.format(measure=one.measure, where=detected_in(since, 50))
        assert [counts_of(one)] == filled.ask(sql), one.measure


def test_a_time_to_resolve_is_what_lies_between_two_times_of_the_incident(
    filled: Filled,
) -> None:
    """Told without `v1_durations`, from where each incident stands."""
    took = TOOK[filled.database]
    [counts] = filled.ask(
        f"SELECT count(CASE WHEN counts AND took > 0 THEN 1 END),"
        f" count(CASE WHEN counts AND took <= 0 THEN 1 END),"
        f" count(CASE WHEN counts AND took IS NULL AND detected_at IS NOT NULL THEN 1 END),"
        f" count(CASE WHEN NOT counts THEN 1 END),"
        f" sum(CASE WHEN counts AND took > 0 THEN took END)"
        f" FROM (SELECT i.detected_at, {took} AS took,"
        f" i.dismissed IS NULL AND i.merged_into IS NULL AS counts FROM v1_incidents i) AS told"
    )
    [one] = [one for one in filled.reported() if one.measure == "ttr_detected"]
    assert (one.observed, one.anomalous, one.open, one.excluded) == counts[:4]
    assert one.statistics.mean_us == round(Fraction(int(counts[4]), counts[0]))
    assert min(counts[:4]) > 0


def test_reopenings_are_those_that_sql_adds_up(filled: Filled) -> None:
    [one] = filled.store.report("reopens").summaries
    assert isinstance(one, Count)
    [counts] = filled.ask(
        "SELECT count(*), sum(reopens), count(CASE WHEN reopens > 0 THEN 1 END)"
        " FROM v1_incidents WHERE dismissed IS NULL AND merged_into IS NULL"
    )
    assert (one.n, one.total, one.affected) == tuple(map(int, counts))
    assert one.total > one.affected > 0
