"""Whole tables for other programs: retold export."""

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from retold import Incident, Store, open_store
from retold.adapters.cli.group import retold

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TABLES = ("events", "incidents", "durations", "timeline")
NOTES = 1100
"""More than are written together."""


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "incidents.db")


@pytest.fixture
def store(db: str, clock: Any) -> Iterator[Store]:
    with open_store(db, clock=clock, recorded_by="test") as opened:
        yield opened


@pytest.fixture
def incident(store: Store, clock: Any) -> UUID:
    """Resolved at first said at 13:00, corrected a day later to 12:40; another is open."""
    first = store.detect("Checkout fails", at=NOON, services=("checkout",)).incident_id
    store.detect("=Search(fails)", at=at(30))
    clock.now = at(60)
    resolved = store.record(first, Incident.resolve, by="ana")
    clock.now = at(1440)
    early = {"occurred_at": "2026-03-01T12:40:00Z"}
    store.correct(resolved.event_id, early, why="the graphs say so", by="joe")
    return first


def run(db: str, *args: str) -> Result:
    done = CliRunner().invoke(retold, ["--db", db, "export", *args])
    assert done.exit_code == 0, done.output
    return done


def lines(db: str, *args: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(db, *args, "--nl").stdout.splitlines()]


def kinds(db: str, *args: str) -> list[str]:
    return [row["kind"].removeprefix("incident-") for row in lines(db, "events", *args)]


@pytest.mark.usefixtures("incident")
@pytest.mark.parametrize("table", TABLES)
def test_the_rows_are_those_of_the_sql_contract(db: str, table: str) -> None:
    found = sqlite3.connect(db).execute(f"SELECT * FROM v1_{table}")
    columns = [one[0] for one in found.description]
    wanted = [
        {column: value for column, value in zip(columns, row, strict=True) if "at_us" not in column}
        for row in found
    ]
    for row in wanted:
        row |= {key: json.loads(row[key]) for key in ("services", "event") if key in row}
    told = lines(db, table)
    assert sorted(told, key=repr) == sorted(wanted, key=repr)
    assert list(told[0]) == list(wanted[0])


def flat(value: object) -> str:
    match value:
        case None:
            return ""
        case bool() | list() | dict():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


@pytest.mark.usefixtures("incident")
@pytest.mark.parametrize("table", TABLES)
def test_every_form_has_the_same_rows(db: str, table: str) -> None:
    told = lines(db, table)
    assert json.loads(run(db, table, "--json").stdout)["rows"] == told
    cells = [{key: flat(value) for key, value in row.items()} for row in told]
    in_csv = io.StringIO(run(db, table, "--csv", "--raw").stdout)
    assert list(csv.DictReader(in_csv)) == cells
    in_tsv = io.StringIO(run(db, table, "--tsv").stdout)
    assert list(csv.DictReader(in_tsv, delimiter="\t", quoting=csv.QUOTE_NONE)) == cells


@pytest.mark.usefixtures("incident")
def test_events_are_in_the_order_of_the_log_under_every_cut(db: str) -> None:
    assert kinds(db) == ["detected", "detected", "resolved", "event-corrected"]
    assert kinds(db, "--recorded-at", at(61).isoformat()) == ["detected", "detected", "resolved"]
    assert kinds(db, "--known-at", at(1).isoformat()) == ["detected", "detected"]
    assert kinds(db, "--as-of", at(35).isoformat()) == ["detected", "detected"]


@pytest.mark.usefixtures("incident")
def test_events_as_of_a_time_go_by_what_is_known_now_and_bring_what_corrects_them(db: str) -> None:
    at_fifty = "--as-of", at(50).isoformat()
    assert kinds(db, *at_fifty) == ["detected", "detected", "resolved", "event-corrected"]
    before_the_correction = "--recorded-at", at(61).isoformat()
    assert kinds(db, *at_fifty, *before_the_correction) == ["detected", "detected"]


def test_the_other_tables_follow_the_cut(db: str, incident: UUID) -> None:
    cut = "--as-of", at(20).isoformat()
    [only] = lines(db, "incidents", *cut)
    assert (only["incident_id"], only["state"]) == (str(incident), "detected")
    states = {row["measure"]: row["state"] for row in lines(db, "durations", *cut)}
    assert states["ttr_detected"] == "censored"
    assert [row["kind"] for row in lines(db, "timeline", *cut)] == ["incident-detected"]


@pytest.mark.usefixtures("incident")
def test_a_cut_that_leaves_nothing_gives_the_heads_alone(db: str) -> None:
    for table in TABLES:
        before_all = table, "--recorded-at", "2020-01-01T00:00Z"
        assert lines(db, *before_all) == []
        assert len(run(db, *before_all, "--csv").stdout.splitlines()) == 1


def test_a_long_table_has_one_head(db: str, store: Store, incident: UUID) -> None:
    for number in range(NOTES):
        store.record(incident, Incident.note, text=f"note {number}", at=at(number))
    for form in ("--csv", "--tsv"):
        text = run(db, "timeline", form).stdout
        assert len(text.splitlines()) == 1 + 3 + NOTES
        assert text.count("incident_id") == 1
    assert len(lines(db, "timeline")) == 3 + NOTES


@pytest.mark.usefixtures("incident")
def test_a_spreadsheet_runs_nothing_unless_raw_was_asked_for(db: str) -> None:
    assert "'=Search(fails)" in run(db, "incidents", "--csv").stdout
    assert "'=Search(fails)" not in run(db, "incidents", "--csv", "--raw").stdout


@pytest.mark.usefixtures("incident")
def test_durations_of_your_own_measures_are_among_them(db: str, tmp_path: Path) -> None:
    file = tmp_path / "measures.toml"
    file.write_text(
        '[measures.whole]\nversion = 1\nstart = "incident-detected"\nend = "incident-resolved"\n'
    )
    told = lines(db, "durations", "--measures", str(file))
    assert {row["duration_us"] for row in told if row["measure"] == "whole"} == {
        40 * 60_000_000,
        None,
    }


@pytest.mark.usefixtures("incident")
def test_local_times_stand_beside_those_in_utc(db: str) -> None:
    head, first, *_ = run(db, "events", "--csv", "--tz", "Asia/Tokyo").stdout.splitlines()
    row = dict(zip(head.split(","), first.split(","), strict=False))
    assert row["occurred_at_local"] == "2026-03-01T21:00:00+09:00"
    assert row["occurred_at"] == "2026-03-01T12:00:00.000000Z"
