"""Replaying from the shell: given a store's log, then what an auditor reads, byte by byte."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator, ValidationError
from retold import Cut, Entry, Incident, Store, open_store
from retold.adapters.cli.group import retold
from retold.adapters.replay_forms import ReplayForm, in_form
from retold.adapters.replaying import replayed_incident, replayed_log
from retold.domain import events as ev
from retold.domain.errors import IncidentNotFound
from retold.domain.values import Source
from retold.projections.replaying import Step

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEARCH, MAIL = UUID(int=1 << 96), UUID(int=2 << 96)
FORMS: tuple[ReplayForm, ...] = get_args(ReplayForm)
SCHEMA = json.loads(
    (Path(__file__).parent.parent / "docs" / "schemas" / "retold.replay-1.json").read_text()
)


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def fill(store: Store) -> None:
    """Two incidents in turn: late, corrected, retracted, imported, reopened; ids as given."""
    ids = iter(UUID(int=number) for number in range(1, 99))

    def record(incident: UUID, decide: Callable[..., Any], at: float, **facts: Any) -> UUID:
        event_id = next(ids)
        store.record(incident, decide, at=minutes(at), event_id=event_id, **facts)
        return event_id

    for incident, title in ((SEARCH, "Search is down"), (MAIL, "\x1b[31mMail\u202e is slow")):
        detected = ev.Detected(occurred_at=NOON, title=title, services=("api",))
        store.append(
            incident,
            [Entry(event_id=next(ids), event=detected, told_at=minutes(1), recorded_by="pager",
                   source=Source(system="pager", ref=title[:6].strip("\x1b"), part="1"))],
        )  # fmt: skip
    record(SEARCH, Incident.acknowledge, 4, by="ana")
    resolved = record(SEARCH, Incident.resolve, 60)
    record(MAIL, Incident.declare, 5, severity="sev2", why="one in\nten | fails")
    record(SEARCH, Incident.start_impact, -10, service="search")
    correction = next(ids)
    store.correct(
        resolved, {"occurred_at": "2026-03-01T12:31:00Z"}, why="=the graphs", by="ben",
        at=minutes(90), correction_id=correction,
    )  # fmt: skip
    record(SEARCH, Incident.reopen, 120)
    store.retract(correction, why="they were right", at=minutes(130), retraction_id=next(ids))


def written(told: Any, form: ReplayForm, **how: Any) -> str:
    return "".join(in_form(told, form, **how))


def whole(store: Store, form: ReplayForm) -> str:
    return written(replayed_log(store), form)


@pytest.fixture
def filled(store: Store) -> Store:
    fill(store)
    return store


@pytest.fixture
def db(tmp_path: Path, clock: Callable[[], datetime]) -> str:
    path = str(tmp_path / "incidents.db")
    with open_store(path, clock=clock, recorded_by="tests") as store:
        fill(store)
    return path


def run(db: str, *arguments: str) -> Result:
    return CliRunner().invoke(retold, ["--db", db, "audit", "replay", *arguments])


def rows(db: str, *arguments: str) -> list[dict[str, Any]]:
    done = run(db, *arguments, "--nl")
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def positions(steps: Any) -> list[int]:
    return [step.recorded.position for step in steps]


TEXT = """\
7  2026-03-01T12:00:07.000000Z  00000001 Search is down  event-corrected
    happened    2026-03-01T13:30:00.000000Z, T+01:40
    told        2026-03-01T12:00:07.000000Z
    by          ben
    recorded by tests
    event       00000000-0000-0000-0000-000000000007, version 5
    corrects    00000000-0000-0000-0000-000000000004 (position 4, incident-resolved)
    changes     occurred_at: 2026-03-01T13:00:00Z → 2026-03-01T12:31:00Z (=the graphs)
    status      resolved_at: 2026-03-01T13:00:00.000000Z → 2026-03-01T12:31:00.000000Z
    durations   ttr, ttr_first: 1h 10m → 41m 00s
                ttr_detected, active_time: 1h 00m → 31m 00s

"""


def test_a_replay_is_made_to_be_read(filled: Store) -> None:
    told = {step.recorded.position: step for step in replayed_log(filled)}
    text = written([told[7]], "text")
    # The times of recording are those of a clock that backends read more or less often.
    assert text.splitlines()[3:] == TEXT.splitlines()[3:]
    assert text.splitlines()[1] == TEXT.splitlines()[1]


@pytest.mark.parametrize("form", FORMS)
def test_memory_sqlite_and_postgresql_give_the_same_bytes(
    form: ReplayForm, sqlite_url: str, postgres_url: str
) -> None:
    texts = []
    for url in ("memory:", sqlite_url, postgres_url):
        with open_store(url, clock=lambda: minutes(200), recorded_by="tests") as store:
            fill(store)
            texts.append([whole(store, form), written(replayed_incident(store, MAIL), form)])
            store.rebuild()
            texts.append([whole(store, form), written(replayed_incident(store, MAIL), form)])
    assert len(texts[0][0]) > 1_000
    assert texts == [texts[0]] * 6


@pytest.mark.parametrize("form", FORMS)
def test_zone_locale_and_terminal_width_of_the_process_change_no_byte(db: str, form: str) -> None:
    outputs = set()
    for more in (
        {"TZ": "UTC", "LC_ALL": "C.UTF-8"},
        {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "COLUMNS": "20", "PYTHONHASHSEED": "7"},
    ):
        command = [sys.executable, "-m", "retold.adapters.cli.main"]
        command += ["--db", db, "audit", "replay", "--format", form]
        done = subprocess.run(command, check=True, capture_output=True, env=os.environ | more)
        outputs.add(done.stdout)
    [output] = outputs
    assert output == run(db, "--format", form).stdout_bytes


def test_positions_come_in_the_order_of_the_log_across_incidents(filled: Store) -> None:
    told = list(replayed_log(filled))
    assert positions(told) == list(range(1, 10))
    assert [step.recorded.incident_id for step in told[:5]] == [SEARCH, MAIL, SEARCH, SEARCH, MAIL]


def test_one_incident_is_what_the_whole_log_tells_of_it(filled: Store) -> None:
    of_search = [one for one in replayed_log(filled) if one.recorded.incident_id == SEARCH]
    assert list(replayed_incident(filled, SEARCH)) == of_search


def test_what_is_recorded_while_it_is_told_is_not_told(filled: Store) -> None:
    told: list[Step] = []
    for step in islice(replayed_log(filled), 20):
        told.append(step)
        filled.record(MAIL, Incident.note, text="meanwhile", at=minutes(200 + len(told)))
    assert positions(told) == list(range(1, 10))


def test_it_stops_after_a_position(filled: Store) -> None:
    assert list(replayed_log(filled, until=4)) == list(replayed_log(filled))[:4]
    assert positions(replayed_incident(filled, SEARCH, until=4)) == [1, 3, 4]


def test_it_stops_before_what_was_recorded_after_a_time(filled: Store) -> None:
    told = list(replayed_log(filled))
    until = told[4].recorded.recorded_at
    assert list(replayed_log(filled, until=until)) == told[:5]
    assert positions(replayed_incident(filled, SEARCH, until=until)) == [1, 3, 4]


def test_it_keeps_to_what_the_store_had(filled: Store) -> None:
    told = list(replayed_log(filled))
    cut = Cut(recorded_at=told[5].recorded.recorded_at)
    assert list(replayed_log(filled, cut)) == told[:6]


def test_it_keeps_to_what_had_been_told(filled: Store) -> None:
    assert positions(replayed_log(filled, Cut(known_at=minutes(-1)))) == []
    late = Entry(
        event_id=UUID(int=50), told_at=minutes(-2), recorded_by="pager",
        event=ev.NoteAdded(occurred_at=minutes(-3), text="seen"),
    )  # fmt: skip
    filled.append(SEARCH, [late])
    assert positions(replayed_log(filled, Cut(known_at=minutes(-1)))) == [10]


def test_it_keeps_to_what_had_happened_as_now_known(filled: Store) -> None:
    # The resolution at 13:00 was once corrected to 12:31, and that correction retracted.
    assert positions(replayed_log(filled, Cut(as_of=minutes(31)))) == [1, 2, 3, 5, 6]
    cut = Cut(as_of=minutes(60))
    assert positions(replayed_log(filled, cut)) == [1, 2, 3, 4, 5, 6, 7, 9]
    for incident in (SEARCH, MAIL):
        *_, last = replayed_incident(filled, incident, cut)
        end = filled.status(incident, cut)
        assert last.incident._replace(version=end.version) == end


def test_a_late_event_within_a_cut_is_told_from_that_cut_alone(filled: Store) -> None:
    cut = Cut(as_of=minutes(30))
    [late] = [step for step in replayed_log(filled, cut) if step.is_out_of_order]
    assert {change.field for change in late.status} == {"services", "t_zero_at"}


@pytest.mark.parametrize("cut", [Cut(recorded_at=NOON - timedelta(days=1)), Cut(as_of=minutes(-9))])
def test_an_incident_of_which_nothing_is_left_is_not_found(filled: Store, cut: Cut) -> None:
    with pytest.raises(IncidentNotFound):
        replayed_incident(filled, MAIL, cut)
    with pytest.raises(IncidentNotFound):
        replayed_incident(filled, MAIL, until=1)


def test_text_is_the_form_where_none_is_asked_for(db: str) -> None:
    done = run(db)
    assert done.stdout == run(db, "--table").stdout == run(db, "--format", "text").stdout
    assert done.stdout.startswith("1  2026-03-01T12:00:")
    reopened = "active_time: open since 2026-03-01T12:00:00.000000Z, not counting"
    assert done.stdout.endswith(f"{reopened} 1h 29m closed → {reopened[13:]} 1h 00m closed\n\n")
    assert TEXT.splitlines()[8] in done.stdout.splitlines()


@pytest.mark.parametrize("form", ["text", "md", "tsv"])
def test_what_was_recorded_cannot_take_over_a_terminal(db: str, form: str) -> None:
    output = run(db, "--format", form, "--until", "3").stdout
    assert "Mail is slow" in output.replace("\\", "")
    assert not {"\x1b", "\u202e", "\r"} & set(output)


@pytest.mark.parametrize("form", ["json", "nl"])
def test_json_escapes_what_could_take_over_a_terminal(db: str, form: str) -> None:
    output = run(db, "--format", form).stdout
    assert not {"\x1b", "\u202e"} & set(output)
    assert "\\u001b[31mMail\\u202e is slow" in output


def test_recorded_markdown_stays_text(db: str) -> None:
    page = run(db, "--md", "--until", "5").stdout
    assert page.startswith("# Replay\n\n## 1 · 2026")
    assert "- says: Declared: sev2 · one in / ten \\| fails" in page


def test_a_row_of_csv_has_the_columns_of_json_and_no_formula(db: str) -> None:
    table = list(csv.DictReader(io.StringIO(run(db, "--csv").stdout)))
    assert list(table[0]) == list(rows(db)[0])
    assert json.loads(table[3]["durations"]) == rows(db)[3]["durations"]
    assert table[6]["why"] == "'=the graphs"
    raw = list(csv.DictReader(io.StringIO(run(db, "--csv", "--raw").stdout)))
    assert raw[6]["why"] == "=the graphs"


def test_json_is_one_document_of_the_lines_of_nl(db: str) -> None:
    document = json.loads(run(db, "--json", "--until", "3", "--as-of", "2026-03-01T12:10Z").stdout)
    assert document["schema"] == "retold.replay/1"
    assert document["cut"]["as_of"] == "2026-03-01T12:10:00.000000Z"
    assert document["until"] == 3
    assert document["rows"] == rows(db, "--until", "3", "--as-of", "2026-03-01T12:10Z")
    assert [row["position"] for row in document["rows"]] == [1, 2, 3]


def test_a_correction_has_both_values_and_why(db: str) -> None:
    row = rows(db)[6]
    assert row["corrected"] == [
        {"field": "occurred_at", "before": "2026-03-01T13:00:00Z", "after": "2026-03-01T12:31:00Z"}
    ]
    assert row["why"] == "=the graphs"
    assert [one["position"] for one in row["about"]] == [4]
    ttr = {one["measure"]: one for one in row["durations"]}["ttr_detected"]
    assert (ttr["before"]["duration_us"], ttr["after"]["duration_us"]) == (3600000000, 1860000000)


@pytest.mark.parametrize(
    "arguments",
    [[], ["--until", "0"], ["--until", "2026-03-01T12:00:04Z"], ["--tz", "Asia/Kathmandu"],
     [str(SEARCH), "--known-at", "2026-03-01T12:05:00Z"]],
    ids=" ".join,
)  # fmt: skip
def test_every_document_is_as_the_schema_says(db: str, arguments: list[str]) -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(run(db, *arguments, "--json").stdout))


def test_the_schema_refuses_what_it_does_not_name(db: str) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(run(db, "--json").stdout)
    document["rows"][0]["now"] = "2026-03-01T12:00:00.000000Z"
    with pytest.raises(ValidationError):
        Draft202012Validator(SCHEMA).validate(document)


def test_local_times_stand_beside_those_in_utc(db: str) -> None:
    zone = ["--tz", "Asia/Kathmandu", "--until", "4"]
    resolved = rows(db, *zone)[3]
    assert resolved["occurred_at_local"] == "2026-03-01T18:45:00+05:45"
    [changed] = [one for one in resolved["status"] if one["field"] == "resolved_at"]
    assert changed == {
        "field": "resolved_at", "before": None, "before_local": None,
        "after": "2026-03-01T13:00:00.000000Z", "after_local": "2026-03-01T18:45:00+05:45",
    }  # fmt: skip
    [ttr] = [one for one in resolved["durations"] if one["measure"] == "ttr_detected"]
    assert ttr["after"]["ended_at_local"] == "2026-03-01T18:45:00+05:45"
    local = "    happened    2026-03-01T13:00:00.000000Z (2026-03-01T18:45:00+05:45), T+01:00\n"
    assert local in run(db, *zone).stdout


def test_an_incident_restricted_to_others_is_left_out_and_that_is_said(db: str) -> None:
    with open_store(db) as store:
        store.record(MAIL, Incident.restrict, group="security", why="an attack")
    seen = CliRunner().invoke(retold, ["--db", db, "--groups", "", "audit", "replay", "--nl"])
    assert [json.loads(line)["position"] for line in seen.stdout.splitlines()] == [
        1, 3, 4, 6, 7, 8, 9,
    ]  # fmt: skip
    assert "1 restricted incident is not shown" in seen.stderr
    [restriction] = rows(db)[-1]["status"]
    assert restriction == {"field": "restricted_to", "before": None, "after": "security"}
    none = ["--db", db, "--groups", "", "audit", "replay", str(MAIL)]
    assert CliRunner().invoke(retold, none).exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--until", "0"], 0),
        (["pager:Search"], 0),
        (["pager:nobody"], 3),
        ([str(MAIL), "--until", "1"], 3),
        (["--until", "yesterday"], 2),
        (["--until", "-1"], 2),
        (["--until", "2026-03-01T12:00"], 2),
        (["--format", "svg"], 2),
    ],
)
def test_it_exits_as_every_read_does(db: str, arguments: list[str], code: int) -> None:
    done = run(db, *arguments)
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert run(str(tmp_path / "none.db")).exit_code == 5
    assert not list(tmp_path.iterdir())
