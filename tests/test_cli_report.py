"""The report from the shell: its rows, its notes, its cohorts."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from retold import Incident, Store, open_store
from retold.adapters.cli.group import retold

MINUTE = 60_000_000


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "incidents.db")


@pytest.fixture
def store(db: str) -> Iterator[Store]:
    with open_store(db) as opened:
        yield opened


def resolved(store: Store, day: str, minutes: int, *services: str, severity: str = "minor") -> None:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    one = store.detect(f"{day}", at=at, services=services).incident_id
    store.record(one, Incident.declare, at=at + timedelta(seconds=1), severity=severity)
    store.record(one, Incident.resolve, at=at + timedelta(minutes=minutes))


@pytest.fixture
def year(store: Store) -> Store:
    for month, minutes in enumerate([5, 12, 12, 20, 35, 90], start=1):
        resolved(store, f"2026-0{month}-01", minutes, "api", *["web"][: month % 2])
    store.detect("still open", at=datetime(2026, 6, 2, tzinfo=UTC))
    return store


def run(db: str, *args: str) -> Result:
    return CliRunner().invoke(retold, ["--db", db, "report", *args], env={"COLUMNS": "300"})


def rows(db: str, *args: str) -> list[dict[str, Any]]:
    done = run(db, *args, "--json")
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)["rows"]
    return found


def test_a_report_counts_the_open_ones_beside_the_statistics(year: Store, db: str) -> None:
    assert year
    [row] = rows(db, "ttr_detected")
    assert (row["incidents"], row["n"], row["observed"], row["open"]) == (7, 7, 6, 1)
    assert [row["mean_us"], row["median_us"], row["p90_us"]] == [29 * MINUTE, 20 * MINUTE, None]


def test_without_measures_all_are_reported_and_reopenings_counted(year: Store, db: str) -> None:
    assert year
    names = [row["measure"] for row in rows(db)]
    assert names[0] == "ttd"
    assert names[-1] == "reopens"
    assert len(names) == 11


def test_a_report_of_an_empty_store_has_nulls_and_no_zeros_for_durations(
    store: Store, db: str
) -> None:
    assert store
    [row] = rows(db, "ttr_detected")
    assert row["incidents"] == 0
    assert row["mean_us"] is None


def test_groups_are_columns_and_say_that_services_overlap(year: Store, db: str) -> None:
    assert year
    found = rows(db, "ttr_detected", "--by", "service")
    assert [(row["service"], row["n"]) for row in found] == [("api", 6), ("web", 3), (None, 1)]
    assert "several services count in each of them: 3" in run(db, "--by", "service").stderr
    assert "several services" not in run(db, "--by", "month").stderr


def test_small_groups_are_listed_with_their_incidents(year: Store, db: str) -> None:
    assert year
    [row] = [one for one in rows(db, "ttr_detected", "--by", "month") if one["month"] == "2026-01"]
    assert [one["duration_us"] for one in row["values"]] == [5 * MINUTE]
    assert "5m 00s" in run(db, "ttr_detected", "--by", "month", "--table").stdout


def test_a_cohort_is_chosen_by_detection_and_its_end_is_not_in_it(year: Store, db: str) -> None:
    assert year
    [row] = rows(db, "ttr_detected", "--from", "2026-02-01", "--to", "2026-04-01T00:00Z")
    assert [one["duration_us"] // MINUTE for one in row["values"]] == [12, 12]


def test_a_cut_reports_what_was_so_then(year: Store, db: str) -> None:
    assert year
    [row] = rows(db, "ttr_detected", "--as-of", "2026-03-01T00:05Z")
    assert (row["incidents"], row["observed"], row["open"]) == (3, 2, 1)
    assert row["values"][0]["duration_us"] == 5 * MINUTE


def test_notes_are_on_stderr_and_in_json_within_the_document(year: Store, db: str) -> None:
    assert year
    assert "an open incident counts as lasting longer than its age" in run(db).stderr
    done = run(db, "--json")
    assert done.stderr == ""
    assert "lasting longer" in json.loads(done.stdout)["notes"][0]


def test_flat_forms_hold_whole_microseconds(year: Store, db: str) -> None:
    assert year
    head, row = run(db, "ttr_detected", "--tsv").stdout.splitlines()
    cells = dict(zip(head.split("\t"), row.split("\t"), strict=True))
    assert cells["mean_us"] == str(29 * MINUTE)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--by", "team"],
        ["--by", "service,"],
        ["mttr"],
        ["--from", "March"],
        ["--from", "2026-02-01", "--to", "2026-02-01"],
        ["--measures", "none.toml"],
        ["--tz", "Mars/Base"],
    ],
)
def test_unknown_words_are_bad_usage(store: Store, db: str, arguments: list[str]) -> None:
    assert store
    assert run(db, *arguments).exit_code == 2


def test_a_report_as_recorded_then_is_what_was_printed_then_to_the_byte(
    year: Store, db: str
) -> None:
    assert year
    for by in ("service", "severity", "month,service", "source", "weekday,hour"):
        done = run(db, "--by", by, "--json").stdout
        again = run(db, "--by", by, "--json", "--recorded-at", json.loads(done)["moment"]).stdout
        assert again == done


def test_a_report_of_the_past_does_not_change_when_more_is_recorded(year: Store, db: str) -> None:
    done = run(db, "ttr_detected", "reopens", "--json").stdout
    for row in year.incidents():
        year.record(row.incident_id, Incident.note, text="afterwards")
    resolved(year, "2026-07-01", 500, "api")
    moment = json.loads(done)["moment"]
    assert run(db, "ttr_detected", "reopens", "--json", "--recorded-at", moment).stdout == done
    assert run(db, "ttr_detected", "reopens", "--json").stdout != done


def test_people_are_told_in_sentences(year: Store, db: str) -> None:
    assert year
    said = run(db, "ttr_detected", "--table").stdout
    assert "1 still open, the oldest for" in said
    assert "Half are over within 20m 00s" in said
    assert "not suitable for comparing periods" in said


def test_a_measure_of_ones_own_is_reported_and_explained(
    year: Store, db: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        '[measures.quick]\nversion = 1\ntitle = "declared to resolved"\n'
        'start = "incident-declared"\nend = "incident-resolved"\n'
    )
    [row] = rows(db, "quick", "--measures", str(file))
    assert (row["measure"], row["observed"]) == ("quick", 6)
    arguments = ["--db", db, "explain", "quick", str(year.incidents()[0].incident_id)]
    done = CliRunner().invoke(retold, [*arguments, "--measures", str(file), "--json"])
    assert json.loads(done.stdout)["measured"]["duration_us"] == 5 * MINUTE - 1_000_000


def test_a_wrong_measure_file_names_its_line(store: Store, db: str, tmp_path: Path) -> None:
    assert store
    file = tmp_path / "mine.toml"
    file.write_text('[measures.x]\nversion = 1\nstart = "note-added"\nend = "incident-solved"\n')
    done = run(db, "--measures", str(file))
    assert done.exit_code == 2
    assert f"{file}:4 measures.x.end" in done.stderr


def test_a_saved_report_is_made_again_after_more_was_recorded(
    year: Store, db: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.json"
    assert run(db, "ttr_detected", "--by", "service", "--output", str(file)).exit_code == 0
    resolved(year, "2026-07-01", 500, "api")
    done = run(db, "--reproduce", str(file))
    assert (done.exit_code, done.stdout) == (0, "")
    assert "identical" in done.stderr


def test_a_saved_report_that_was_tampered_with_differs(
    year: Store, db: str, tmp_path: Path
) -> None:
    assert year
    file = tmp_path / "report.json"
    run(db, "ttr_detected", "--output", str(file))
    file.write_text(file.read_text().replace('"observed": 6', '"observed": 7'))
    done = run(db, "--reproduce", str(file))
    assert done.exit_code == 1
    assert '-      "observed": 7,' in done.stdout
    assert '+      "observed": 6,' in done.stdout


def test_a_saved_report_brings_its_own_definitions(year: Store, db: str, tmp_path: Path) -> None:
    assert year
    mine, file = tmp_path / "mine.toml", tmp_path / "report.json"
    mine.write_text(
        '[measures.quick]\nversion = 1\nstart = "incident-declared"\nend = "incident-resolved"\n'
    )
    run(db, "quick", "--measures", str(mine), "--output", str(file))
    mine.unlink()
    assert run(db, "--reproduce", str(file)).exit_code == 0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"query": 1}', "\x00"])
def test_what_is_no_saved_report_is_bad_input(
    year: Store, db: str, tmp_path: Path, text: str
) -> None:
    assert year
    file = tmp_path / "report.json"
    file.write_text(text)
    done = run(db, "--reproduce", str(file))
    assert done.exit_code == 2
    assert f"{file}: is no report saved" in done.stderr


def test_a_file_that_cannot_be_written_leaves_nothing(year: Store, db: str, tmp_path: Path) -> None:
    assert year
    assert run(db, "--output", str(tmp_path / "none" / "report.json")).exit_code == 2
    assert [path.name for path in tmp_path.iterdir() if "report" in path.name] == []


def test_of_a_link_the_file_behind_it_becomes_the_report(
    year: Store, db: str, tmp_path: Path
) -> None:
    assert year
    link, file = tmp_path / "latest.json", tmp_path / "report.json"
    link.symlink_to(file)
    assert run(db, "ttr_detected", "--output", str(link)).exit_code == 0
    assert link.is_symlink()
    assert run(db, "--reproduce", str(file)).exit_code == 0


def test_what_is_no_file_is_never_replaced_by_a_report(
    year: Store, db: str, tmp_path: Path
) -> None:
    assert year
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = run(db, "ttr_detected", "--output", str(pipe))
    assert (done.exit_code, pipe.is_fifo()) == (2, True)
    assert f"{pipe}: is there and is no file" in done.stderr


def two_halves(store: Store, first: list[int], second: list[int]) -> None:
    for number, minutes in enumerate(first, start=1):
        resolved(store, f"2026-01-{number:02}", minutes, "api")
    for number, minutes in enumerate(second, start=1):
        resolved(store, f"2026-02-{number:02}", minutes, "api")


HALVES = ["--from", "2026-02-01", "--to", "2026-03-01", "--compare", "2026-01-01..2026-02-01"]


def test_a_comparison_concludes_nothing_while_its_interval_holds_one(store: Store, db: str) -> None:
    two_halves(store, [10, 20, 40, 80, 30, 60, 15], [12, 18, 35, 70, 25, 50, 20])
    [row] = rows(db, "ttr_detected", *HALVES)
    assert row["ratio_low"] < 1 < row["ratio_high"]
    assert row["compared_by"] == "geometric means"
    said = run(db, "ttr_detected", *HALVES, "--table").stdout
    assert "No change can be concluded. With this many incidents only a fall of about" in said
    assert "improved" not in said


def test_a_comparison_says_when_its_interval_excludes_no_change(store: Store, db: str) -> None:
    two_halves(store, [100, 110, 120, 130, 140, 150], [10, 11, 12, 13, 14, 15])
    assert rows(db, "ttr_detected", *HALVES)[0]["ratio_high"] < 1
    assert "The interval excludes no change" in run(db, "ttr_detected", *HALVES, "--table").stdout


def test_too_few_are_not_compared(store: Store, db: str) -> None:
    two_halves(store, [10, 20], [10, 20, 30, 40, 50, 60])
    [row] = rows(db, "ttr_detected", *HALVES)
    assert (row["ratio"], row["reference_n"]) == (None, 2)
    assert row["not_compared"] == "fewer than 6 incidents in one of the periods"


def test_a_chart_shows_one_measure(year: Store, db: str) -> None:
    assert year
    done = run(db, "ttr_detected", "--by", "service", "--format", "svg")
    assert done.stdout.startswith("<svg")
    assert run(db, "--format", "svg").exit_code == 2
    assert run(db, "reopens", "--format", "svg").exit_code == 2


def test_a_page_has_sentences_charts_and_where_it_comes_from(
    store: Store, db: str, tmp_path: Path
) -> None:
    evil = "<script>alert(1)</script>"
    for day in range(1, 8):
        resolved(store, f"2026-03-0{day}", day * 10, evil)
    file = tmp_path / "report.html"
    assert run(db, "ttr_detected", "reopens", "--output", str(file)).exit_code == 0
    page = file.read_text()
    assert "Half are over within 40m 00s" in page
    assert "<svg" in page
    assert "Up to position" in page
    run(db, "ttr_detected", "--by", "service", "--output", str(file))
    assert "&lt;script&gt;" in file.read_text()
    assert "<script" not in file.read_text()


def test_a_difference_names_the_events_that_moved_a_number(year: Store, db: str) -> None:
    before = datetime.now(UTC).isoformat()
    first = year.incidents()[0].incident_id
    ended = year.recorded(first)[-1]
    year.correct(ended.event_id, {"occurred_at": "2026-01-01T01:00:00Z"}, why="clock", by="ana")
    resolved(year, "2026-07-01", 500, "api")
    after = datetime.now(UTC).isoformat()
    done = run(db, "ttr_detected", "--diff", before, after, "--json")
    rows = json.loads(done.stdout)["rows"]
    new, moved = sorted(rows, key=lambda row: row["state_before"] or "")
    assert moved["incident_id"] == str(first)
    assert (moved["duration_before_us"], moved["duration_after_us"]) == (5 * MINUTE, 60 * MINUTE)
    [event] = moved["events"]
    assert (event["kind"], event["by"]) == ("event-corrected", "ana")
    assert "2026-01-01T01:00:00Z" in event["what"]
    assert (new["state_before"], new["state_after"]) == (None, "observed")
    assert "ttr_detected: n 7 to 8, open 1 to 1, median 20m 00s to 35m 00s" in done.stderr
    assert "60m" not in run(db, "ttr_detected", "--diff", before, after, "--table").stdout


def test_what_moved_nothing_is_no_difference(year: Store, db: str) -> None:
    before = datetime.now(UTC).isoformat()
    year.record(year.incidents()[0].incident_id, Incident.note, text="nothing new")
    after = datetime.now(UTC).isoformat()
    done = run(db, "--diff", before, after, "--json")
    assert json.loads(done.stdout)["rows"] == []
    assert run(db, "--diff", after, before).exit_code == 2


def test_a_difference_may_go_by_what_was_known(store: Store, db: str) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    late = at + timedelta(days=3)
    one = store.detect("late", at=at, told_at=at).incident_id
    store.record(one, Incident.resolve, at=at + timedelta(hours=1), told_at=late)
    days = ["2026-01-02T00:00Z", "2026-01-05T00:00Z"]
    done = run(db, "ttr_detected", "--diff", *days, "--diff-by", "known", "--nl")
    row = json.loads(done.stdout)
    assert (row["state_before"], row["state_after"]) == ("censored", "observed")


def test_oddities_are_listed_and_counted(store: Store, db: str) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    one = store.detect("odd", at=at).incident_id
    store.record(one, Incident.note, at=at + timedelta(days=40), text="forgotten")
    store.record(one, Incident.start_impact, at=at + timedelta(days=41), service="api")
    found = [json.loads(line) for line in run(db, "--anomalies", "--nl").stdout.splitlines()]
    assert {row["code"] for row in found} == {"anomalous-duration", "silence"}
    assert any(row["what"] == "open, and nothing on record for 40 days" for row in found)
    assert any(row["what"] == "ttd: ends before it starts" for row in found)
