"""Answers that other tools got wrong, each with the right one, from the store and from the shell.

Each test names the wrong answer that is known of a real tool.
"""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from retold import Cut, Entry, Incident, Store, open_store
from retold.adapters.cli.group import retold
from retold.domain import events as ev
from retold.projections.report import Count, Summary

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
SECOND = 1_000_000
MINUTE = 60 * SECOND


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "incidents.db")


@pytest.fixture
def store(db: str) -> Iterator[Store]:
    with open_store(db, clock=lambda: NOW) as opened:
        yield opened


def detected(store: Store, at: datetime = START, **facts: Any) -> UUID:
    return store.detect("Search is down", at=at, **facts).incident_id


def resolved(store: Store, took: timedelta, at: datetime = START, **facts: Any) -> UUID:
    incident = detected(store, at)
    store.record(incident, Incident.resolve, at=at + took, **facts)
    return incident


def several(store: Store, *minutes: float) -> None:
    for number in minutes:
        resolved(store, timedelta(minutes=number))


def told(store: Store, measure: str, **asked: Any) -> Summary:
    [one] = store.report(measure, **asked).summaries
    assert isinstance(one, Summary)
    return one


def run(db: str, *args: str) -> Result:
    done = CliRunner().invoke(retold, ["--db", db, *args], env={"COLUMNS": "300"})
    assert done.exit_code == 0, done.output
    return done


def rows(db: str, *args: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(db, "report", *args, "--json").stdout)["rows"]
    return found


# What is not there


def test_resolved_and_never_acknowledged_is_no_acknowledgement_within_0_seconds(
    store: Store, db: str
) -> None:
    """GoAlert: `coalesce(avg(time_to_ack), 0)`, so that nobody answering reads as perfect."""
    several(store, 10, 20, 30, 40, 50, 60, 70)
    [row] = rows(db, "tta")
    assert (row["n"], row["ended_without"], row["mean_us"], row["median_us"]) == (0, 7, None, None)
    assert "7 are over without incident-acknowledged" in run(db, "report", "tta", "--table").stdout


def test_a_resolution_is_no_response(store: Store) -> None:
    """Grafana OnCall: the response time ends with whatever came first, resolving included."""
    for minutes in range(1, 7):
        incident = detected(store)
        store.record(incident, Incident.acknowledge, at=START + timedelta(minutes=minutes))
    several(store, 1, 1, 1)
    acknowledged = told(store, "tta")
    assert (acknowledged.n, acknowledged.ended_without) == (6, 3)
    assert acknowledged.statistics.mean_us == 3.5 * MINUTE


def test_a_machines_acknowledgement_is_no_response(store: Store) -> None:
    """Timeouts and rules that acknowledge distort the mean time to acknowledge of several tools."""
    incident = detected(store)
    store.record(incident, Incident.acknowledge, at=START, automatic=True)
    assert (told(store, "tta").observed, told(store, "tta").open) == (0, 1)


def test_a_period_without_incidents_has_no_duration_neither_0_nor_a_year(
    store: Store, db: str
) -> None:
    """Four Keys: no incidents read as "One year"; others show 0."""
    several(store, 10, 20, 30, 40, 50, 60)
    period = ("--from", "2026-04-01", "--to", "2026-05-01")
    [row] = rows(db, "ttr_detected", *period)
    assert (row["incidents"], row["n"]) == (0, 0)
    durations = {key: value for key, value in row.items() if key.endswith("_us")}
    assert set(durations.values()) == {None}
    said = run(db, "report", "ttr_detected", *period, "--table").stdout
    assert "There is nothing to measure." in said


def test_an_end_that_never_arrived_leaves_an_age_and_no_duration_of_0(store: Store) -> None:
    """DevLake: where the close was not received, the duration was 0."""
    detected(store)
    resolve = told(store, "ttr_detected")
    assert (resolve.observed, resolve.open) == (0, 1)
    assert resolve.oldest_open_us == (NOW - START) // timedelta(microseconds=1)
    assert resolve.statistics.mean_us is None


def test_what_was_recorded_over_from_the_start_took_no_0_seconds(store: Store, db: str) -> None:
    """Netflix Dispatch: an incident made as closed is stable the moment that it is reported."""
    several(store, 10, 20, 30, 40, 50, 60, 0)
    [row] = rows(db, "ttr_detected")
    assert (row["n"], row["anomalous"], row["mean_us"]) == (6, 1, 35 * MINUTE)
    assert row["reasons"] == {"zero: both events carry the same time": 1}


def test_what_ends_before_it_starts_is_in_no_mean(store: Store) -> None:
    """Elsewhere a negative duration goes into the mean and makes it better."""
    several(store, 10, 20, 30, 40, 50, 60)
    late = detected(store, START + timedelta(hours=5))
    early = ev.Resolved(occurred_at=START)
    store.append(late, [Entry(event_id=uuid4(), event=early)])
    resolve = told(store, "ttr_detected")
    assert (resolve.n, resolve.anomalous) == (6, 1)
    assert resolve.statistics.mean_us == 35 * MINUTE


# What is counted, and how often


def test_a_reopened_incident_counts_once_with_its_whole_time(store: Store, db: str) -> None:
    """GitLab counted it twice; GoAlert keeps the first close."""
    incident = resolved(store, timedelta(minutes=10))
    store.record(incident, Incident.reopen, at=START + timedelta(minutes=30))
    store.record(incident, Incident.resolve, at=START + timedelta(minutes=90))
    [row] = rows(db, "ttr_detected")
    assert (row["incidents"], row["n"]) == (1, 1)
    assert [one["duration_us"] for one in row["values"]] == [90 * MINUTE]
    [reopens] = store.report("reopens").summaries
    assert isinstance(reopens, Count)
    assert (reopens.total, reopens.affected) == (1, 1)


def test_a_resolution_that_was_undone_still_has_a_name_of_its_own(store: Store) -> None:
    """incident.io and GoAlert have only the first time, Checkly only the last, under one name."""
    incident = resolved(store, timedelta(minutes=10))
    store.record(incident, Incident.start_impact, at=START, service="search")
    store.record(incident, Incident.reopen, at=START + timedelta(minutes=30))
    store.record(incident, Incident.resolve, at=START + timedelta(minutes=90))
    listed = {
        name: [one.duration_us // MINUTE for one in told(store, name).values]
        for name in ("ttr_first", "ttr", "active_time")
    }
    assert listed == {"ttr_first": [10], "ttr": [90], "active_time": [70]}


def test_what_a_reopened_incident_has_been_open_leaves_out_the_time_it_was_closed(
    store: Store,
) -> None:
    incident = resolved(store, timedelta(minutes=10))
    store.record(incident, Incident.reopen, at=START + timedelta(minutes=30))
    later = Cut(as_of=START + timedelta(minutes=50))
    listed = {
        name: [one.duration_us // MINUTE for one in told(store, name, cut=later).values]
        for name in ("ttr_detected", "active_time")
    }
    assert listed == {"ttr_detected": [50], "active_time": [30]}


def test_a_merged_incident_has_no_duration_of_its_own(store: Store, db: str) -> None:
    """PagerDuty resolves what is merged away, GitLab counts it: short times enter."""
    several(store, 10, 20, 30, 40, 50, 60)
    into = store.incidents()[0].incident_id
    merged = detected(store)
    at = START + timedelta(seconds=5)
    store.record(merged, Incident.merge, at=at, this=merged, into=into)
    [row] = rows(db, "ttr_detected")
    assert (row["incidents"], row["n"], row["mean_us"]) == (7, 6, 35 * MINUTE)
    assert row["reasons"] == {"merged": 1}


def test_a_false_alarm_a_drill_and_no_incident_have_no_duration(store: Store, db: str) -> None:
    """Most tools mix them in: GoAlert's users ask to leave false alarms out."""
    several(store, 10, 20, 30, 40, 50, 60)
    for reason in ("false-alarm", "drill", "not-an-incident"):
        at = START + timedelta(seconds=5)
        store.record(detected(store), Incident.dismiss, at=at, reason=reason)
    [row] = rows(db, "ttr_detected")
    assert (row["incidents"], row["n"], row["mean_us"]) == (9, 6, 35 * MINUTE)
    said = run(db, "report", "ttr_detected", "--table").stdout
    assert "n=6 of 9: 1 drill, 1 false alarm, 1 no incident." in said


def test_what_a_machine_resolved_can_be_left_out_of_the_average(db: str, tmp_path: Path) -> None:
    """PagerDuty: the automatically resolved are counted apart, yet stay in the time to resolve."""
    measures = tmp_path / "mine.toml"
    measures.write_text(
        '[measures.ttr_human]\nversion = 1\nstart = "incident-detected"\n'
        'end = { kind = "incident-resolved", where = { automatic = false } }\n'
    )
    with open_store(db, measures=measures, clock=lambda: NOW) as store:
        several(store, 10, 20, 30, 40, 50, 60)
        resolved(store, timedelta(seconds=5), automatic=True)
        by_human = told(store, "ttr_human")
    assert (by_human.n, by_human.ended_without) == (6, 1)
    assert by_human.statistics.mean_us == 35 * MINUTE


def test_a_wider_period_counts_no_less_of_anything(store: Store, db: str) -> None:
    """OneUptime: 4 incidents in the last week, 3 in the last three months."""
    for day in range(60):
        at = START + timedelta(days=day)
        incident = detected(store, at)
        ended = at + timedelta(hours=1)
        if day % 5 == 0:
            store.record(incident, Incident.dismiss, at=ended, reason="drill")
        elif day % 5 == 1:
            store.retract(store.recorded(incident)[0].event_id, why="entered twice")
        elif day % 5 == 2:
            into = store.incidents()[0].incident_id
            store.record(incident, Incident.merge, at=ended, this=incident, into=into)
        elif day % 5 == 3:
            store.record(incident, Incident.resolve, at=ended)
    found = [
        rows(db, "ttr_detected", "--from", "2026-03-02", "--to", until)[0]
        for until in ("2026-03-09", "2026-04-02", "2026-06-01")
    ]
    for column in ("incidents", "n", "observed", "open", "excluded"):
        counts = [row[column] for row in found]
        assert counts == sorted(counts), column
        assert counts[0] < counts[-1], column


# What is computed


def test_open_incidents_do_not_pull_a_median_down(store: Store, db: str) -> None:
    """DevLake ranked open incidents first: 10 minutes here, and 60 where they are dropped."""
    several(store, 10, 20, 60, 120, 600)
    for _ in range(3):
        detected(store)
    [row] = rows(db, "ttr_detected")
    assert (row["n"], row["open"]) == (8, 3)
    assert row["median_us"] == 120 * MINUTE


def test_recent_incidents_do_not_look_shorter_for_being_recent(store: Store) -> None:
    """Every tool seen drops the open ones, and so of the last days only the short ones are left."""
    of_last_days = NOW - timedelta(hours=8)
    for minutes in (5, 10, 15):
        resolved(store, timedelta(minutes=minutes), of_last_days)
    for _ in range(5):
        detected(store, of_last_days)
    told_now = told(store, "ttr_detected", since=of_last_days)
    assert told_now.statistics.median_us is None
    assert told_now.longest_us == 8 * 60 * MINUTE


def test_less_than_an_hour_is_kept_to_the_microsecond(store: Store, db: str) -> None:
    """Four Keys' `TIMESTAMP_DIFF(…, HOUR)` and Rootly's hours lose what is below one."""
    for micros in (1, 999_999, 1_000_001):
        for minutes in (5, 59):
            resolved(store, timedelta(minutes=minutes, microseconds=micros))
    [row] = rows(db, "ttr_detected")
    assert row["mean_us"] == 32 * MINUTE + 666_667
    assert row["longest_us"] == 59 * MINUTE + 1_000_001
    assert "Half are over within 5m 01s" in run(db, "report", "ttr_detected", "--table").stdout


def test_a_number_does_not_depend_on_the_page_that_is_shown(store: Store, db: str) -> None:
    """A dashboard computed its mean from the rows of the page in view."""
    for minutes in range(1, 301):
        resolved(store, timedelta(minutes=minutes))
    [row] = rows(db, "ttr_detected")
    assert (row["n"], row["mean_us"]) == (300, 150.5 * MINUTE)
    shown = json.loads(run(db, "status", "--limit", "10", "--json").stdout)["rows"]
    assert len(shown) == 10
    from_the_log = told(store, "ttr_detected", cut=Cut(as_of=NOW))
    assert (from_the_log.n, from_the_log.statistics.mean_us) == (300, 150.5 * MINUTE)


def test_one_number_has_one_answer_wherever_it_is_asked(store: Store, db: str) -> None:
    """DevLake: one panel says below an hour, the next one 0, a third one N/A."""
    incident = resolved(store, timedelta(minutes=25))
    [row] = rows(db, "ttr_detected")
    explained = json.loads(run(db, "explain", "ttr_detected", str(incident), "--json").stdout)
    [view] = [one for one in store.durations(incident) if one.measure == "ttr_detected"]
    answers = {row["values"][0]["duration_us"], explained["measured"]["duration_us"]}
    assert answers | {view.duration_us} == {25 * MINUTE}


def test_a_number_says_by_which_definition_it_was_computed(store: Store, db: str) -> None:
    """Four Keys: the documents count from the deployment, the SQL from the incident's creation."""
    several(store, 10)
    document = json.loads(run(db, "report", "ttr", "ttr_detected", "--json").stdout)
    assert {one["measure"]: one["definition"] for one in document["definitions"]} == {
        "ttr": "from the first impact-started to the incident-resolved in force",
        "ttr_detected": "from the first incident-detected to the incident-resolved in force",
    }
    # An incident without a known impact is not quietly measured from something else.
    assert [row["n"] for row in document["rows"]] == [0, 1]


# What is changed afterwards


def test_what_is_recorded_later_does_not_move_an_end(store: Store) -> None:
    """Netflix Dispatch overwrote the time of stability with that of the last change, again and
    again.
    """
    incident = resolved(store, timedelta(minutes=10))
    store.record(incident, Incident.note, text="the postmortem is out")
    store.append(incident, [Entry(event_id=uuid4(), event=ev.Resolved(occurred_at=NOW))])
    assert [one.duration_us for one in told(store, "ttr_detected").values] == [10 * MINUTE]


def test_a_corrected_time_changes_the_number_and_shows_old_and_new(store: Store, db: str) -> None:
    """FireHydrant, incident.io and PagerDuty keep the new value alone."""
    incident = resolved(store, timedelta(minutes=10))
    before = run(db, "report", "ttr_detected", "--json").stdout
    resolution = store.recorded(incident)[-1].event_id
    store.correct(resolution, {"occurred_at": "2026-03-02T12:40:00Z"}, why="our logs say so")
    assert [one["duration_us"] for one in rows(db, "ttr_detected")[0]["values"]] == [40 * MINUTE]
    explained = json.loads(run(db, "explain", "ttr_detected", str(incident), "--json").stdout)
    [correction] = explained["rows"][-1]["corrected"]
    assert (correction["old"], correction["new"]) == (
        "2026-03-02T12:10:00Z",
        "2026-03-02T12:40:00Z",
    )
    assert [one["duration_us"] for one in json.loads(before)["rows"][0]["values"]] == [10 * MINUTE]


# Zones


@pytest.fixture
def machine_in_auckland(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Pacific/Auckland")
        time.tzset()
        yield
    time.tzset()


LATE = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)


def months(db: str, *args: str) -> dict[str, Any]:
    document = json.loads(
        run(db, "report", "ttr_detected", "--by", "month", *args, "--json").stdout
    )
    return {row["month"]: document["query"]["zone"] for row in document["rows"]}


def test_the_machines_zone_moves_no_incident_into_another_month(
    machine_in_auckland: None, store: Store, db: str
) -> None:
    """Grafana: a dashboard in UTC evaluated in the reader's zone showed the wrong month."""
    resolved(store, timedelta(minutes=10), LATE)
    assert months(db) == {"2026-03": "UTC"}
    assert months(db, "--from", "2026-04-01") == {}


def test_a_zone_that_is_named_moves_it_and_is_told_with_the_answer(store: Store, db: str) -> None:
    resolved(store, timedelta(minutes=10), LATE)
    assert months(db, "--tz", "Europe/Berlin") == {"2026-04": "Europe/Berlin"}


def test_an_offset_is_read_and_one_that_is_missing_is_refused(db: str) -> None:
    """Four Keys: `+0100` made the whole table unreadable; elsewhere a local time passed for UTC."""
    for at in ("2026-03-02T13:00+0100", "2026-03-02T13:00+01:00", "2026-03-02T12:00Z"):
        run(db, "detect", "Search is down", "--at", at)
    refused = ["--db", db, "detect", "Search is down", "--at", "2026-03-02T13:00"]
    assert CliRunner().invoke(retold, refused).exit_code == 2
    with open_store(db) as store:
        assert [row.detected_at for row in store.incidents()] == [START] * 3


def test_daylight_saving_lengthens_and_shortens_nothing(store: Store) -> None:
    """In London the clock went from 01:00 to 02:00 on 29 March: a local clock says 1h 30m."""
    at = datetime.fromisoformat("2026-03-29T00:45+00:00")
    incident = detected(store, at)
    store.record(incident, Incident.resolve, at=datetime.fromisoformat("2026-03-29T02:15+01:00"))
    assert [one.duration_us for one in told(store, "ttr_detected").values] == [30 * MINUTE]


def test_a_period_is_told_in_the_zone_that_its_months_are_of(store: Store, db: str) -> None:
    resolved(store, timedelta(minutes=10), LATE)
    april = ("--from", "2026-04-01", "--to", "2026-05-01", "--tz", "Europe/Berlin")
    assert months(db, *april) == {"2026-04": "Europe/Berlin"}


def test_every_form_says_whose_months_it_shows(store: Store, db: str) -> None:
    resolved(store, timedelta(minutes=10), LATE)
    for form in ("--table", "--md", "--csv", "--tsv", "--nl"):
        done = run(db, "report", "ttr_detected", "--by", "month", "--tz", "Europe/Berlin", form)
        assert "Europe/Berlin" in done.stdout + done.stderr, form
