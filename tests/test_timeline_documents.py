"""The timeline's documents from the command line: forms, people, provenance, and their schema."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from retold import Incident, Store, __version__, open_store
from retold.adapters.cli.group import retold
from retold.adapters.provenance import kind_of

from .pictures import numbers as numbers_in

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SCHEMA = json.loads(
    (Path(__file__).parent.parent / "docs" / "schemas" / "retold.timeline-1.json").read_text()
)
SAMPLES = ("statuspage:p8rm4zc6yh1f", "statuspage:w2ny6tj5bgse")


def minutes(after_noon: float) -> datetime:
    return NOON + timedelta(minutes=after_noon)


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "incidents.db")


@pytest.fixture
def store(db: str) -> Iterator[Store]:
    with open_store(db, clock=lambda: minutes(48 * 60), recorded_by="test") as opened:
        yield opened


@pytest.fixture
def incident(store: Store) -> UUID:
    """Impact before detection; two assessors who differ; a burst; reopened; not resolved."""
    one = store.detect("Checkout fails", at=NOON, by="alerting", services=("api",)).incident_id
    users = {"at_least": 10, "basis": "measured"}
    store.record(one, Incident.start_impact, at=minutes(-7), service="api", users=users)
    store.record(one, Incident.note, at=minutes(-30), text="a deployment began", by="ana")
    store.record(one, Incident.assign_role, at=minutes(3), role="commander", holder="ana")
    store.record(one, Incident.acknowledge, at=minutes(2), by="ana")
    for who, severity in (("ana", "sev2"), ("bob", "sev1")):
        store.record(one, Incident.assess, at=minutes(4), assessor=who, severity=severity)
    for second in range(5):
        at = minutes(5 + second / 60)
        store.record(one, Incident.note, at=at, text=f"alert {second}", links=("one", "two"))
    resolved = store.record(one, Incident.resolve, at=minutes(90), by="bob")
    store.correct(resolved.event_id, {"occurred_at": "2026-03-01T13:20:00Z"}, why="the graphs")
    store.record(one, Incident.reopen, at=minutes(100))
    wrong = store.record(one, Incident.note, at=minutes(101), text="wrong window")
    store.retract(wrong.event_id, why="of another incident", by="bob")
    return one


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("demo")
    done = CliRunner().invoke(retold, ["demo", "--output", str(folder)])
    assert done.exit_code == 0, done.output
    return str(folder / "retold.db")


def run(db: str, *args: str) -> Result:
    done = CliRunner().invoke(retold, ["--db", db, "timeline", *args], env={"COLUMNS": "300"})
    assert done.exit_code == 0, done.output
    return done


def text(db: str, incident: UUID, *args: str) -> str:
    return run(db, str(incident), *args).stdout


def rows_of(document: str, title: str) -> list[str]:
    section = re.split(rf"^##+ {title}$", document, flags=re.MULTILINE)[1]
    section = re.split(r"^## ", section, flags=re.MULTILINE)[0]
    return [line for line in section.splitlines() if line.startswith("| ")][2:]


# Markdown


def test_rows_have_the_numbers_that_the_picture_has_also_where_others_are_left_out(
    db: str, incident: UUID
) -> None:
    rows = json.loads(text(db, incident, "--only", "key", "--json"))["rows"]
    numbers = [str(row["number"]) for row in rows]
    assert numbers != [str(number) for number in range(1, len(rows) + 1)]
    timeline = rows_of(text(db, incident, "--only", "key", "--md"), "Timeline")
    assert [row.split(" | ")[0] for row in timeline] == [f"| {number}" for number in numbers]
    picture = ET.fromstring(text(db, incident, "--only", "key", "--format", "svg"))
    assert set(numbers_in(picture)) == {*numbers}


def test_markdown_goes_from_where_it_stands_to_where_it_comes_from(db: str, incident: UUID) -> None:
    titles = re.findall(r"^## (.+)$", text(db, incident, "--md"), flags=re.MULTILINE)
    assert titles == [
        "Key moments", "Impact", "Severity", "Roles", "Durations", "Timeline", "Open questions",
        "Provenance",
    ]  # fmt: skip


def test_markdown_shows_that_assessors_differ(db: str, incident: UUID) -> None:
    document = text(db, incident, "--md")
    assert "**assessors differ**" in document
    first, second = rows_of(document, "Severity")
    assert "| ana | **sev2** |  | `" in first
    assert "| bob | **sev1** | others: sev2 | `" in second


def test_services_that_failed_alike_share_a_row_that_names_the_rows_of_their_events(
    db: str, store: Store
) -> None:
    one = store.detect("Everything fails", at=NOON).incident_id
    for service in ("api", "web", "mail"):
        store.record(one, Incident.start_impact, at=minutes(1), service=service, level="down")
    store.record(one, Incident.start_impact, at=minutes(2), service="search", level="slow")
    for service in ("api", "mail", "web"):
        store.record(one, Incident.end_impact, at=minutes(31), service=service)
    impact = rows_of(text(db, one, "--md"), "Impact")
    assert len(impact) == 2
    assert impact[0].startswith("| api, web, mail | down | 2026-03-01 12:01:00 |")
    assert impact[0].endswith("| 30m 00s | rows 2-4, 6-8 |")
    assert re.fullmatch(r"\| search \| slow .* \|  \| `[0-9a-f-]{36}` \|", impact[1])


def test_a_column_in_which_nobody_said_anything_is_left_out(
    store: Store, db: str, incident: UUID
) -> None:
    assert "| who | severity | differs | event |" in text(db, incident, "--md")
    store.record(incident, Incident.assess, assessor="cal", severity="sev1", basis="tickets")
    assert "| who | severity | basis | differs | event |" in text(db, incident, "--md")


def test_markdown_shows_roles_and_impact_with_their_ends(db: str, incident: UUID) -> None:
    document = text(db, incident, "--md")
    [role] = rows_of(document, "Roles")
    assert role.startswith("| commander | ana | 2026-03-01 12:03:00 | not released | `")
    [impact] = rows_of(document, "Impact")
    assert "| api | at least 10 \\(measured\\) | 2026-03-01 11:53:00 | still going on |" in impact


def test_what_happened_before_the_impact_is_told_from_before_t_zero(
    db: str, incident: UUID
) -> None:
    first = rows_of(text(db, incident, "--md"), "Timeline")[0]
    assert first.startswith("| 1 | 2026-03-01 11:30:00 | T-00:23 | lead-up | observation | ana |")


def test_a_burst_is_one_row_that_opens_below_with_every_entry_of_it(
    db: str, incident: UUID
) -> None:
    document = text(db, incident, "--md")
    timeline, below = document.split("### Entries taken together")
    assert timeline.count("alert ") == 0
    what = "5 entries, 2026-03-01 12:05:00 to 12:05:04"
    assert timeline.count(f"| *{what}: see below* |") == 1
    assert f"<details><summary>{what}</summary>\n\n| # | UTC |" in below
    assert [f"alert {n}" in below for n in range(5)] == [True] * 5


def test_every_link_of_a_note_is_shown(db: str, incident: UUID) -> None:
    assert "| one , two |" in text(db, incident, "--md")


def test_open_questions_name_their_events(db: str, incident: UUID) -> None:
    document = text(db, incident, "--md").split("## Open questions")[1]
    assert "- It is still open: neither mitigated nor resolved.\n" in document
    assert re.search(r"- How bad was it\? .* \(events `[0-9a-f-]{36}`, `[0-9a-f-]{36}`\)", document)


def test_a_zone_is_beside_utc_in_every_table_with_times(db: str, incident: UUID) -> None:
    document = text(db, incident, "--md", "--tz", "Asia/Kolkata")
    assert "| role | who | from UTC | from Asia/Kolkata | to UTC | to Asia/Kolkata |" in document
    assert "| Impact started | 2026-03-01 11:53:00 | 2026-03-01 17:23:00 |" in document
    assert "| not recorded |  |" in document


def test_only_key_keeps_key_moments_and_says_where_it_comes_from(db: str, incident: UUID) -> None:
    document = text(db, incident, "--md", "--only", "key")
    titles = re.findall(r"^## (.+)$", document, flags=re.MULTILINE)
    assert titles == ["Key moments", "Timeline", "Provenance"]
    assert all("**" in row for row in rows_of(document, "Timeline"))
    assert len(rows_of(document, "Timeline")) == 5


@pytest.mark.parametrize("form", ["csv", "json", "timesketch"])
def test_only_key_leaves_the_same_rows_in_every_form(db: str, incident: UUID, form: str) -> None:
    said = text(db, incident, "--only", "key", "--format", form)
    rows: list[dict[str, Any]] = {
        "csv": lambda: list(csv.DictReader(io.StringIO(said))),
        "json": lambda: json.loads(said)["rows"],
        "timesketch": lambda: [json.loads(line) for line in said.splitlines()],
    }[form]()
    assert [row["kind"] for row in rows] == [
        "impact-started", "incident-detected", "incident-acknowledged", "incident-resolved",
        "incident-reopened",
    ]  # fmt: skip


# Provenance


def test_the_footer_says_which_store_how_far_and_under_which_cut(
    store: Store, db: str, incident: UUID
) -> None:
    store.detect("Another")
    last = store.backend.last_position()
    document = text(db, incident, "--md", "--as-of", "2026-03-01T13:00Z")
    footer = document.split("## Provenance")[1]
    assert f"- Store: SQLite, its log read up to position {last}." in footer
    assert f"position {last - 1}, version " in footer
    assert "- Cut: as of 2026-03-01T13:00:00.000000Z." in footer
    assert f"Retold {__version__}" in footer


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("postgresql://ana:secret@db.example/incidents", "PostgreSQL"),
        ("postgres://db.example/incidents", "PostgreSQL"),
        ("sqlite:///incidents.db", "SQLite"),
        ("incidents.db", "SQLite"),
        ("memory:", "memory"),
    ],
)
def test_of_a_stores_url_only_the_kind_is_told(url: str, kind: str) -> None:
    assert kind_of(url) == kind


@pytest.mark.parametrize("form", ["md", "json"])
def test_what_the_store_had_by_then_is_told_in_the_same_bytes_later(
    db: str, incident: UUID, form: str
) -> None:
    by_then = ("--recorded-at", minutes(48 * 60).isoformat(), "--format", form)
    first = text(db, incident, *by_then)
    with open_store(db, clock=lambda: minutes(72 * 60)) as later:
        later.detect("Another")
        later.record(incident, Incident.resolve)
    assert text(db, incident, *by_then) == first


@pytest.mark.parametrize("form", ["md", "json", "mermaid", "timesketch", "csv"])
def test_no_form_says_where_the_store_is(db: str, incident: UUID, form: str) -> None:
    assert Path(db).parent.name not in text(db, incident, "--format", form)


def test_a_checkpoint_is_quoted_and_not_said_to_be_verified(
    tmp_path: Path, db: str, incident: UUID
) -> None:
    note = tmp_path / "checkpoint"
    root = "A" * 43 + "="
    body = "\u2014 example.com/log " + "A" * 92
    note.write_text(f"example.com/log\n25\n{root}\n\n{body}\n", encoding="utf-8")
    footer = text(db, incident, "--md", "--checkpoint", str(note)).split("## Provenance")[1]
    assert f"`{root}` is the root over the first 25 events of example.com/log;" in footer
    assert "not verified here" in footer
    document = json.loads(text(db, incident, "--json", "--checkpoint", str(note)))
    assert document["provenance"]["checkpoint"] == {
        "origin": "example.com/log", "size": 25, "root": root,
    }  # fmt: skip


@pytest.mark.parametrize("content", [None, "no checkpoint", "\udcff"])
def test_what_is_no_checkpoint_is_bad_input(
    tmp_path: Path, db: str, incident: UUID, content: str | None
) -> None:
    note = tmp_path / "checkpoint"
    if content is not None:
        note.write_bytes(content.encode(errors="surrogateescape"))
    arguments = ["--db", db, "timeline", str(incident), "--md", "--checkpoint", str(note)]
    done = CliRunner().invoke(retold, arguments)
    assert done.exit_code == 2
    assert str(note) in done.stderr


# People


@pytest.mark.parametrize("form", ["md", "json", "csv", "tsv", "table", "mermaid", "timesketch"])
@pytest.mark.parametrize("actors", ["roles", "hidden"])
def test_no_form_names_a_person_where_none_is_asked_for(
    db: str, incident: UUID, form: str, actors: str
) -> None:
    said = text(db, incident, "--actors", actors, "--format", form)
    assert not re.search(r"\b(ana|bob|alerting)\b", said)
    assert ("responder" in said) == (actors == "roles" and form != "mermaid")


def test_people_are_called_by_their_roles_through_the_whole_document(
    db: str, incident: UUID
) -> None:
    document = text(db, incident, "--md", "--actors", "roles")
    assert "| **acknowledged** | commander |" in document
    assert "| responder 2 | **sev1** |" in document
    assert "(retracted by responder 2: of another incident)" in document
    assert "- People: by role, where a field names one; free text is as it was" in document


# Mermaid and Timesketch


def test_mermaid_has_milestones_phases_and_impacts(db: str, incident: UUID) -> None:
    chart = text(db, incident, "--format", "mermaid").splitlines()
    assert chart[0] == "gantt"
    assert "    title Timeline of Checkout fails (UTC)" in chart
    assert "    Detected :milestone, 2026-03-01 12:00:00, 0d" in chart
    assert "    section Phases" in chart
    assert "    unacknowledged :2026-03-01 12:00:00, 2026-03-01 12:02:00" in chart
    until = "2026-03-01 13:40:00"
    impact = f"    Impact on api (end not recorded) :crit, 2026-03-01 11:53:00, {until}"
    assert impact in chart


def test_mermaid_of_key_moments_alone_has_no_bars(db: str, incident: UUID) -> None:
    chart = text(db, incident, "--format", "mermaid", "--only", "key")
    assert re.findall(r"section (.+)", chart) == ["Key moments"]


def test_timesketch_has_what_it_must_and_our_columns(db: str, incident: UUID) -> None:
    lines = text(db, incident, "--format", "timesketch", "--tz", "Asia/Kolkata").splitlines()
    first = json.loads(lines[0])
    assert first["message"] == "a deployment began (added 2d 00h later)"
    assert first["datetime"] == "2026-03-01T11:30:00.000000+00:00"
    assert first["timestamp_desc"] == "note-added"
    assert first["occurred_at_local"] == "2026-03-01T17:00:00+05:30"
    assert (first["phase"], first["who"]) == ("lead-up", "ana")
    assert all(isinstance(one, str | int | bool) for one in first.values())


# The documentation


def test_the_example_in_the_documentation_is_what_the_sample_gives(sample: str) -> None:
    page = (Path(__file__).parent.parent / "docs" / "timeline.md").read_text()
    for form in ("md", "mermaid"):
        written = run(sample, SAMPLES[0], "--format", form).stdout.splitlines()
        language = {"md": "markdown"}.get(form, form)
        [shown] = re.findall(rf"^```{language}\n(.*?)^```$", page, flags=re.DOTALL | re.MULTILINE)
        assert [line for line in shown.splitlines() if line not in written] == []


# The published schema

VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())


@pytest.mark.parametrize("reference", SAMPLES)
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--actors", "roles", "--tz", "Europe/Berlin"],
        ["--actors", "hidden"],
        ["--only", "key"],
        ["--as-of", "2026-06-09T12:09:00Z"],
        ["--recorded-at", "2099-01-01T00:00Z", "--known-at", "2099-01-01T00:00Z"],
    ],
    ids=" ".join,
)
def test_every_timeline_of_the_sample_is_as_the_schema_says(
    sample: str, reference: str, arguments: list[str]
) -> None:
    VALIDATOR.validate(json.loads(run(sample, reference, "--json", *arguments).stdout))


def test_a_timeline_with_everything_in_it_is_as_the_schema_says(db: str, incident: UUID) -> None:
    document = json.loads(text(db, incident, "--json"))
    VALIDATOR.validate(document)
    emptied = [key for key, value in document.items() if value in ([], None)]
    assert emptied == ["anomalies"]


@pytest.mark.parametrize("part", ["rows", "roles", "impacts", "open_questions", "clusters"])
def test_the_schema_refuses_what_it_does_not_name(db: str, incident: UUID, part: str) -> None:
    document = json.loads(text(db, incident, "--json"))
    document[part][0]["mttr"] = 1
    with pytest.raises(ValidationError):
        VALIDATOR.validate(document)


@pytest.mark.parametrize("part", SCHEMA["required"])
def test_the_schema_asks_for_every_part(db: str, incident: UUID, part: str) -> None:
    document = json.loads(text(db, incident, "--json"))
    del document[part]
    with pytest.raises(ValidationError):
        VALIDATOR.validate(document)


# What was erased


@pytest.fixture
def erased(tmp_path: Path, db: str) -> str:
    """An incident of which one note's texts were erased; its keys lie beside it."""
    keys = str(tmp_path / "retold.keys")
    with open_store(db, clock=lambda: NOON, recorded_by="desk", keys=keys) as store:
        one = store.detect("Checkout fails", at=NOON, by="ana").incident_id
        note = store.record(one, Incident.note, text="ana overslept", by="bob", at=minutes(4))
    arguments = ["--db", db, "--keys", keys, "erase", "--event", str(note.event_id), "--why", "ask"]
    done = CliRunner().invoke(retold, arguments)
    assert done.exit_code in (0, 1), done.output
    return str(one)


def test_an_erased_entry_keeps_its_place_and_says_what_is_gone(
    tmp_path: Path, db: str, erased: str
) -> None:
    command = ["--db", db, "--keys", str(tmp_path / "retold.keys"), "timeline", erased]
    document = CliRunner().invoke(retold, [*command, "--md"]).stdout
    row = rows_of(document, "Timeline")[1]
    assert row.startswith(
        "| 2 | 2026-03-01 12:04:00 | T+00:04:00 | unacknowledged | observation | bob |"
    )
    assert r"| \[erased\] *(erased: text)* |" in row
    answer = json.loads(CliRunner().invoke(retold, [*command, "--json"]).stdout)
    VALIDATOR.validate(answer)
    [tombstone] = answer["rows"][1]["tombstones"]
    assert (tombstone["field"], tombstone["is_erased"]) == ("event.text", True)


def test_without_the_keys_a_sealed_entry_is_not_said_to_be_erased(db: str, erased: str) -> None:
    row = rows_of(text(db, UUID(erased), "--md"), "Timeline")[0]
    assert r"Detected: \[sealed\] *(sealed, its key not at hand:" in row
    assert "erased" not in row
