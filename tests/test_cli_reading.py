"""Reading from the shell: status, timeline, explain; cuts, zones and forms."""

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
from retold import Entry, Incident, Store, open_store
from retold.adapters.cli.group import retold
from retold.domain.events import Detected
from retold.domain.values import Source

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "incidents.db")


@pytest.fixture
def store(db: str, clock: Clock) -> Iterator[Store]:
    with open_store(db, clock=clock, recorded_by="test") as opened:
        yield opened


@pytest.fixture
def incident(store: Store, clock: Clock) -> UUID:
    """Resolved at first said at 13:00, corrected a day later to 12:40."""
    first = store.detect("Checkout fails", services=("checkout",), by="alerting")
    clock.now = at(10)
    store.record(first.incident_id, Incident.acknowledge, by="ana")
    clock.now = at(60)
    resolved = store.record(first.incident_id, Incident.resolve, by="ana")
    clock.now = at(1440)
    early = {"occurred_at": "2026-03-01T12:40:00Z"}
    store.correct(resolved.event_id, early, why="the graphs say so", by="joe")
    return first.incident_id


def run(db: str, *args: str) -> Result:
    return CliRunner().invoke(retold, ["--db", db, *args], env={"COLUMNS": "300"})


def document(db: str, *args: str) -> dict[str, Any]:
    done = run(db, *args, "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_status_lists_the_open_ones_first_and_the_latest_first(store: Store, db: str) -> None:
    for minutes, title in enumerate(["old open", "old closed", "new open", "new closed"]):
        one = store.detect(title, at=at(minutes)).incident_id
        if "closed" in title:
            store.record(one, Incident.resolve, at=at(minutes + 1))
    titles = [row["title"] for row in document(db, "status")["rows"]]
    assert titles == ["new open", "old open", "new closed", "old closed"]
    titles = [row["title"] for row in document(db, "status", "--open")["rows"]]
    assert titles == ["new open", "old open"]
    assert len(document(db, "status", "--limit", "3")["rows"]) == 3


@pytest.mark.parametrize(
    ("view", "command", "missing"),
    [
        ("v1_incidents", ("status",), {"position"}),
        ("v1_incidents", ("status", "ID"), set()),
        ("v1_timeline", ("timeline", "ID"), set()),
    ],
)
def test_json_rows_have_the_columns_of_the_sql_views(
    db: str, incident: UUID, view: str, command: tuple[str, ...], missing: set[str]
) -> None:
    row = document(db, *(str(incident) if one == "ID" else one for one in command))["rows"][0]
    columns = [one[0] for one in sqlite3.connect(db).execute(f"SELECT * FROM {view}").description]
    wanted = {one for one in columns if not one.endswith("_at_us")}
    assert wanted - row.keys() == missing


def test_the_card_has_durations_as_the_sql_view_has_them(db: str, incident: UUID) -> None:
    durations = document(db, "status", str(incident))["rows"][0]["durations"]
    columns = sqlite3.connect(db).execute("SELECT * FROM v1_durations").description
    assert durations[0].keys() == {one[0] for one in columns if not one[0].endswith("_at_us")}
    [resolve] = [one for one in durations if one["measure"] == "ttr_detected"]
    assert (resolve["duration_us"], resolve["state"]) == (40 * 60_000_000, "observed")


def test_an_incident_answers_to_its_beginning_and_to_its_source(store: Store, db: str) -> None:
    identity = UUID("3fa85f64-5717-4562-b3fc-2c963f66afa6")
    source = Source(system="pagerduty", ref="PT4KHLK")
    event = Detected(occurred_at=NOON, title="Checkout fails")
    store.append(identity, [Entry(event_id=UUID(int=1), source=source, event=event)])
    for reference in ("3fa8", "3FA85F64", str(identity), "pagerduty:PT4KHLK"):
        assert document(db, "status", reference)["rows"][0]["incident_id"] == str(identity)


def test_a_beginning_of_several_ids_is_bad_input_and_names_them(store: Store, db: str) -> None:
    for last in (1, 2):
        store.detect("Checkout fails", incident_id=UUID(int=last))
    done = run(db, "status", "0000")
    assert done.exit_code == 2
    assert str(UUID(int=2)) in done.stderr


@pytest.mark.parametrize(
    ("cut", "resolved_at"),
    [
        ((), "2026-03-01T12:40:00.000000Z"),
        (("--as-of", "2026-03-01T12:30Z"), None),
        (("--known-at", "2026-03-01T23:00Z"), "2026-03-01T13:00:00.000000Z"),
        (("--recorded-at", "2026-03-01T23:00Z"), "2026-03-01T13:00:00.000000Z"),
        (("--recorded-at", "2026-03-01T12:50Z", "--as-of", "2026-03-01T12:50Z"), None),
    ],
)
def test_every_read_of_status_can_be_cut(
    db: str, incident: UUID, cut: tuple[str, ...], resolved_at: str | None
) -> None:
    for command in (("status",), ("status", str(incident))):
        assert document(db, *command, *cut)["rows"][0]["resolved_at"] == resolved_at


def test_a_cut_is_named_in_json(db: str, incident: UUID) -> None:
    answer = document(db, "timeline", str(incident), "--known-at", "2026-03-01T14:00+01:00")
    assert answer["cut"] == {
        "as_of": None,
        "known_at": "2026-03-01T13:00:00.000000Z",
        "recorded_at": None,
    }


@pytest.mark.parametrize("command", [("status",), ("timeline",), ("explain", "ttr")])
def test_an_incident_of_which_a_cut_leaves_nothing_is_not_found(
    db: str, incident: UUID, command: tuple[str, ...]
) -> None:
    done = run(db, *command, str(incident), "--as-of", "2020-01-01T00:00Z")
    assert done.exit_code == 3
    assert "lies within the cut" in done.stderr


def test_an_empty_list_is_a_success_with_headings(store: Store, db: str) -> None:
    assert store
    done = run(db, "status", "--open")
    assert done.exit_code == 0
    assert done.stdout.startswith("incident_id\ttitle\tstate\t")
    assert document(db, "status")["rows"] == []


def test_a_zone_adds_local_times_beside_utc(db: str, incident: UUID) -> None:
    row = document(db, "status", str(incident), "--tz", "Asia/Kolkata")["rows"][0]
    assert row["detected_at"] == "2026-03-01T12:00:00.000000Z"
    assert row["detected_at_local"] == "2026-03-01T17:30:00+05:30"
    assert row["mitigated_at_local"] is None
    done = run(db, "timeline", str(incident), "--md", "--tz", "Asia/Kolkata")
    assert "| 2026-03-01 12:00:00 | 2026-03-01 17:30:00 |" in done.stdout


def test_an_unknown_zone_is_bad_usage(db: str, incident: UUID) -> None:
    assert run(db, "status", str(incident), "--tz", "Mars/Olympus").exit_code == 2
    assert run(db, "status", str(incident), "--tz", "../../etc/passwd").exit_code == 2


def test_the_card_for_people_has_moments_durations_and_roles(
    store: Store, db: str, incident: UUID
) -> None:
    store.record(incident, Incident.assign_role, role="scribe", holder="ana")
    card = run(db, "status", str(incident), "--table").stdout
    assert card.splitlines()[0] == "Checkout fails · resolved · severity not recorded"
    assert "scribe: ana" in card
    assert "not recorded" in card
    assert "40m 00s" in card


def test_the_card_shows_assessments_that_differ(store: Store, db: str, incident: UUID) -> None:
    store.record(incident, Incident.assess, assessor="ana", severity="sev2")
    store.record(incident, Incident.assess, assessor="joe", severity="sev1")
    assert "Assessments: they differ" in run(db, "status", str(incident), "--table").stdout
    store.record(incident, Incident.assess, assessor="joe", severity="sev2")
    row = document(db, "status", str(incident))["rows"][0]
    assert not row["assessments_differ"]
    assert {one["assessor"]: one["severity"] for one in row["assessments"]} == {
        "ana": "sev2",
        "joe": "sev2",
    }


def test_timeline_forms_by_format_and_by_choice_are_the_same(db: str, incident: UUID) -> None:
    for form in ("md", "json", "csv", "tsv"):
        named = run(db, "timeline", str(incident), "--format", form)
        chosen = run(db, "timeline", str(incident), f"--{form}")
        assert named.stdout == chosen.stdout != ""


def test_a_timeline_table_shows_the_correction(db: str, incident: UUID) -> None:
    done = run(db, "timeline", str(incident), "--table")
    assert "corrected by joe" in done.stdout


def test_csv_reads_back_and_runs_no_formula(store: Store, db: str) -> None:
    store.detect('=HYPERLINK("http://example.com","x")', services=("a,b", 'c"d'))
    [row] = csv.DictReader(io.StringIO(run(db, "status", "--csv").stdout))
    assert row["title"] == '\'=HYPERLINK("http://example.com","x")'
    assert json.loads(row["services"]) == ["a,b", 'c"d']
    assert row["reopens"] == "0"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_every_start_of_a_formula_is_guarded(store: Store, db: str, start: str) -> None:
    store.detect(f"{start}1+1")
    [row] = csv.DictReader(io.StringIO(run(db, "status", "--csv").stdout))
    assert row["title"].startswith("'")


def test_raw_csv_is_as_it_was_recorded(store: Store, db: str) -> None:
    store.detect("=1+1")
    [row] = csv.DictReader(io.StringIO(run(db, "status", "--csv", "--raw").stdout))
    assert row["title"] == "=1+1"


def test_negative_numbers_in_csv_stay_numbers(store: Store, db: str) -> None:
    one = store.detect("Checkout fails").incident_id
    store.record(one, Incident.note, at=at(-5), text="before")
    store.record(one, Incident.start_impact, at=at(0), service="checkout")
    first = next(csv.DictReader(io.StringIO(run(db, "timeline", str(one), "--csv").stdout)))
    assert first["offset_us"] == "-300000000"


EVIL = "\x1b]0;owned\x07\x1b[31mred\u202ekcab\u2066\x9b31m\ttab"


@pytest.mark.parametrize("form", ["--table", "--tsv", "--md", "--csv", "--json", "--nl"])
@pytest.mark.parametrize("command", ["status", "timeline", "explain ttr_detected"])
def test_no_form_lets_recorded_text_steer_a_terminal(
    store: Store, db: str, form: str, command: str
) -> None:
    one = store.detect(EVIL, services=(EVIL,), by=EVIL).incident_id
    for arguments in ([], [str(one)]):
        done = run(db, *command.split(), *arguments, form)
        printed = done.stdout + done.stderr
        assert not {"\x1b", "\x07", "\x9b"} & set(printed)
        if form != "--csv":
            assert not {"\u202e", "\u2066"} & set(printed)


def test_error_messages_let_no_argument_steer_a_terminal(store: Store, db: str) -> None:
    assert store
    assert "\x1b" not in run(db, "status", "no\x1b[31m").stderr


def test_json_keeps_every_character(store: Store, db: str) -> None:
    store.detect(EVIL)
    assert document(db, "status")["rows"][0]["title"] == EVIL


def test_a_table_cell_takes_no_markup(store: Store, db: str) -> None:
    store.detect("[bold]x[/bold] :warning:")
    assert "[bold]x[/bold] :warning:" in run(db, "status", "--table").stdout


def test_explain_shows_both_events_with_their_three_times_and_corrections(
    db: str, incident: UUID
) -> None:
    answer = document(db, "explain", "ttr_detected", str(incident))
    assert answer["measured"]["duration_us"] == 40 * 60_000_000
    start, end = answer["rows"]
    assert (start["role"], start["kind"], start["by"]) == (
        "start", "incident-detected", "alerting",
    )  # fmt: skip
    assert end["role"] == "end"
    assert end["event_id"] == answer["measured"]["end_event_id"]
    assert end["occurred_at"] == "2026-03-01T12:40:00.000000Z"
    assert end["first_said_at"] == end["told_at"] == end["recorded_at"]
    assert end["recorded_by"] == "test"
    [correction] = end["corrected"]
    assert {key: correction[key] for key in ("field", "old", "new", "by", "why")} == {
        "field": "occurred_at",
        "old": "2026-03-01T13:00:00Z",
        "new": "2026-03-01T12:40:00Z",
        "by": "joe",
        "why": "the graphs say so",
    }


def test_explain_for_people_shows_the_old_and_the_new_value(db: str, incident: UUID) -> None:
    shown = run(db, "explain", "ttr_detected", str(incident), "--table").stdout
    for part in ("40m 00s", "2026-03-01T13:00:00Z", "2026-03-01T12:40:00Z", "the graphs say so"):
        assert part in shown


def test_explain_says_why_there_is_no_number(db: str, incident: UUID) -> None:
    measured = document(db, "explain", "ttm", str(incident))["measured"]
    assert (measured["state"], measured["duration_us"]) == ("missing", None)
    assert measured["reason"] == "no impact-started recorded"


def test_explain_names_every_event_that_starts_or_stops_the_active_clock(
    store: Store, clock: Clock, db: str, incident: UUID
) -> None:
    clock.now = at(2000)
    store.record(incident, Incident.reopen)
    store.record(incident, Incident.resolve, at=at(2010))
    answer = document(db, "explain", "active_time", str(incident))
    assert [row["role"] for row in answer["rows"]] == ["start", "end", "start", "end"]
    assert answer["measured"]["duration_us"] == 50 * 60_000_000


def test_explain_names_the_event_that_excludes_an_incident(store: Store, db: str) -> None:
    one = store.detect("Fire drill").incident_id
    store.record(one, Incident.dismiss, reason="drill", at=at(5))
    rows = document(db, "explain", "ttr_detected", str(one))["rows"]
    assert [(row["role"], row["kind"]) for row in rows] == [
        ("start", "incident-detected"),
        ("excludes", "incident-dismissed"),
    ]


def test_explain_counts_reopenings(store: Store, clock: Clock, db: str, incident: UUID) -> None:
    clock.now = at(2000)
    reopened = store.record(incident, Incident.reopen)
    answer = document(db, "explain", "reopens", str(incident))
    assert answer["measured"]["count"] == 1
    assert [row["event_id"] for row in answer["rows"]] == [str(reopened.event_id)]


def test_an_unknown_measure_is_bad_usage(db: str, incident: UUID) -> None:
    done = run(db, "explain", "mttr", str(incident))
    assert done.exit_code == 2
    assert "ttr_detected" in done.stderr
