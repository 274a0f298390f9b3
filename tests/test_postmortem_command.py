"""The postmortem from the command line: made, written in, and brought up to date."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from retold import Incident, Store, open_store
from retold.adapters.cli.group import retold

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


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
    one = store.detect("Checkout fails", at=NOON, by="alerting", services=("api",)).incident_id
    store.record(one, Incident.start_impact, at=minutes(-7), service="api")
    store.record(one, Incident.acknowledge, at=minutes(2), by="ana")
    store.record(one, Incident.note, at=minutes(20), text="We are on it", note="communication")
    store.record(one, Incident.mitigate, at=minutes(40), by="ana")
    store.record(one, Incident.end_impact, at=minutes(40), service="api")
    store.record(one, Incident.resolve, at=minutes(90), by="bob")
    return one


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "postmortem.md"


def run(db: str, *args: object, code: int = 0) -> Result:
    done = CliRunner().invoke(retold, ["--db", db, "postmortem", *map(str, args)])
    assert done.exit_code == code, done.output
    return done


def told(db: str, incident: UUID, *args: object) -> str:
    return run(db, incident, *args).stdout


def replace(file: Path, old: str, new: str) -> None:
    data = file.read_bytes()
    assert data.count(old.encode()) == 1
    file.write_bytes(data.replace(old.encode(), new.encode()))


def blocks(text: str) -> dict[str, str]:
    found = re.findall(r"(?s)<!-- retold:begin (\S+) \S+ -->\n(.*?)<!-- retold:end", text)
    return dict(found)


def by_people(text: str) -> str:
    """What stands outside all blocks."""
    return re.sub(r"(?s)<!-- retold:begin (\S+) \S+ -->.*?<!-- retold:end \1 -->", "", text)


# Making


def test_without_output_the_document_is_printed_and_the_message_says_how_to_keep_it(
    db: str, incident: UUID
) -> None:
    done = run(db, incident)
    assert done.stdout.startswith("<!-- retold:document schema=retold.postmortem/1 incident=")
    assert f"--output postmortem-{str(incident)[:8]}.md" in done.stderr


def test_the_same_store_gives_the_same_document(db: str, incident: UUID, file: Path) -> None:
    run(db, incident, "--output", file)
    assert file.read_text() == told(db, incident)


def test_a_document_that_was_printed_into_a_file_can_be_renewed(
    db: str, incident: UUID, file: Path
) -> None:
    file.write_text(told(db, incident))
    assert "nothing renewed" in run(db, incident, "--output", file).stderr


def test_a_new_file_is_named(db: str, incident: UUID, file: Path) -> None:
    done = run(db, incident, "--output", file)
    assert done.stderr == f"new: {file}\n"
    assert done.stdout == ""


@pytest.mark.parametrize("name", ["full", "short", "customer"])
def test_a_template_is_printed_to_be_changed_and_used(
    db: str, incident: UUID, tmp_path: Path, name: str
) -> None:
    own = tmp_path / "own.md"
    own.write_text(CliRunner().invoke(retold, ["postmortem", "--show-template", name]).stdout)
    made = told(db, incident, "--template", own, "--actors", "hidden")
    built_in = told(db, incident, "--template", name, "--actors", "hidden")
    assert made == built_in.replace(f"template={name}", "template=own.md")


def test_what_a_template_cannot_do_is_one_line_with_its_place(
    db: str, incident: UUID, tmp_path: Path, file: Path
) -> None:
    own = tmp_path / "own.md"
    own.write_text("# Mine\n\n{{ titel }}\n")
    done = run(db, incident, "--template", own, "--output", file, code=2)
    assert done.stderr == f"retold: {own}, line 3: 'titel' is undefined\n"
    assert not file.exists()


# Renewing


def test_after_a_correction_only_generated_blocks_change(
    db: str, store: Store, incident: UUID, file: Path
) -> None:
    run(db, incident, "--output", file)
    replace(file, "## Summary\n", "## Summary\n\nThe *api* | failed.\r\nNo <b>end</b> \t \n")
    replace(file, "## What went well\n", "## What helped\n\n> A rollback that anybody may do.\n")
    written = file.read_bytes().decode()
    [mitigated] = [one for one in store.recorded(incident) if "mitigated" in one.event.kind]
    store.correct(mitigated.event_id, {"occurred_at": "2026-03-01T12:31:00Z"}, why="the graphs")
    done = run(db, incident, "--output", file)
    text = file.read_bytes().decode()
    assert by_people(text) == by_people(written)
    renewed = {name for name, content in blocks(written).items() if content != blocks(text)[name]}
    assert renewed == {
        "header", "moments", "durations", "timeline", "gantt", "provenance",
    }  # fmt: skip
    assert "| Mitigated | 2026-03-01 12:31:00 | T+00:38 |" in text
    named = "header, moments, durations, timeline, gantt, provenance"
    assert done.stderr == f"renewed: {named}; 6 blocks unchanged\n"


@pytest.mark.parametrize("name", ["full", "short", "customer"])
def test_of_the_sample_only_generated_blocks_change_from_any_template(
    tmp_path: Path, file: Path, name: str
) -> None:
    CliRunner().invoke(retold, ["demo", "--output", str(tmp_path)])
    sample, one = str(tmp_path / "retold.db"), "statuspage:p8rm4zc6yh1f"
    run(sample, one, "--template", name, "--output", file)
    hints = re.compile(r"(?m)^(<!-- [A-Z][^<>]*-->)$")
    file.write_bytes(hints.sub("\\1\n\nWritten by hand.\r\n", file.read_text()).encode())
    written = file.read_bytes().decode()
    assert written.count("Written by hand.\r\n") >= 3
    correction = ["correct", "5cf7f0fd-38ae-52db-8707-5b912c4119dc", "--why", "the graphs"]
    CliRunner().invoke(retold, ["--db", sample, *correction, "occurred_at=2026-04-14T14:10:00Z"])
    run(sample, one, "--output", file)
    text = file.read_bytes().decode()
    assert "14:10:00" in text
    assert by_people(text) == by_people(written)


def test_a_dash_for_the_output_is_standard_output(
    db: str, incident: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(db, incident, "--output", "-").stdout == run(db, incident).stdout
    assert not (tmp_path / "-").exists()


def test_a_new_event_fills_a_block_that_was_empty(
    db: str, store: Store, incident: UUID, file: Path
) -> None:
    run(db, incident, "--output", file)
    assert "*Nothing recorded.*" in blocks(file.read_text())["follow-ups"]
    store.record(
        incident, Incident.add_follow_up, follow_up="alert", text="Alert on the queue", owner="ana"
    )
    run(db, incident, "--output", file)
    assert "| alert | Alert on the queue | ana | open |" in blocks(file.read_text())["follow-ups"]


def test_a_file_with_nothing_to_renew_is_not_written(db: str, incident: UUID, file: Path) -> None:
    run(db, incident, "--output", file)
    os.utime(file, (1, 1))
    done = run(db, incident, "--output", file)
    assert done.stderr == "nothing renewed; 12 blocks unchanged\n"
    assert file.stat().st_mtime == 1


# Edited blocks


@pytest.fixture
def edited(db: str, store: Store, incident: UUID, file: Path) -> Path:
    """A document with one block that was edited, and an event that it does not tell yet."""
    run(db, incident, "--output", file)
    replace(file, "| Acknowledged | 2026-03-01 12:02:00 |", "| Acknowledged | 12:02, by phone |")
    store.record(incident, Incident.reopen, at=minutes(95))
    return file


def test_an_edited_block_is_named_and_kept_and_the_others_are_renewed(
    db: str, incident: UUID, edited: Path
) -> None:
    done = run(db, incident, "--output", edited, code=1)
    lines = edited.read_text().split("\n")
    line = next(n for n, one in enumerate(lines, 1) if "retold:begin moments" in one)
    assert f"{edited}, line {line}: the block moments was edited" in done.stderr
    assert "| Acknowledged | 12:02, by phone |" in edited.read_text()
    assert "Reopened" in blocks(edited.read_text())["timeline"]
    assert run(db, incident, "--output", edited, code=1).stderr.count("was edited") == 1


def test_force_replaces_an_edited_block(db: str, incident: UUID, edited: Path) -> None:
    run(db, incident, "--output", edited, "--force")
    assert "by phone" not in edited.read_text()
    assert edited.read_text() == told(db, incident)


# Settings


def test_people_stay_hidden_when_nobody_says_otherwise(
    db: str, store: Store, incident: UUID, file: Path
) -> None:
    run(db, incident, "--output", file, "--actors", "hidden")
    store.record(incident, Incident.reopen, at=minutes(95), by="ana")
    run(db, incident, "--output", file)
    assert "Reopened" in file.read_text()
    assert not re.search(r"\b(ana|bob)\b", file.read_text())


def test_options_that_are_given_are_kept(db: str, incident: UUID, file: Path) -> None:
    run(db, incident, "--output", file, "--actors", "names")
    done = run(db, incident, "--output", file, "--actors", "hidden", "--tz", "Europe/Berlin")
    assert "people were told as names, from now on as hidden" in done.stderr
    assert "local times were of UTC alone, from now on of Europe/Berlin" in done.stderr
    run(db, incident, "--output", file)
    expected = told(db, incident, "--actors", "hidden", "--tz", "Europe/Berlin")
    assert file.read_text() == expected
    run(db, incident, "--output", file, "--tz", "UTC")
    assert file.read_text() == told(db, incident, "--actors", "hidden")


def test_a_document_for_customers_hides_people_and_says_so(
    db: str, incident: UUID, file: Path
) -> None:
    done = run(db, incident, "--template", "customer", "--output", file)
    assert "people are hidden, as customer has it" in done.stderr
    assert "actors=hidden" in file.read_text()
    assert not re.search(r"\b(ana|bob|alerting)\b", file.read_text())
    assert "We are on it" in blocks(file.read_text())["updates"]
    assert "| api | 2026-03-01 11:53:00 | 2026-03-01 12:40:00 | 47m 00s |" in file.read_text()


def test_a_template_given_again_is_not_used_and_that_is_said(
    db: str, incident: UUID, file: Path
) -> None:
    run(db, incident, "--template", "short", "--output", file)
    before = file.read_text()
    done = run(db, incident, "--template", "full", "--output", file)
    assert "--template full is not used" in done.stderr
    assert file.read_text() == before
    again = run(db, incident, "--template", "short", "--output", file)
    assert "not used" not in again.stderr


def test_a_document_is_told_under_a_cut_only_where_one_is_given(
    db: str, incident: UUID, file: Path
) -> None:
    run(db, incident, "--output", file, "--as-of", "2026-03-01T12:30Z")
    assert "Cut: as of 2026-03-01T12:30:00" in file.read_text()
    run(db, incident, "--output", file)
    assert file.read_text() == told(db, incident)


# What is refused


def test_a_file_that_is_no_document_of_ours_is_left_alone(
    db: str, incident: UUID, file: Path
) -> None:
    file.write_text("# My own postmortem\n")
    done = run(db, incident, "--output", file, "--force", code=2)
    assert "no postmortem document of Retold" in done.stderr
    assert file.read_text() == "# My own postmortem\n"


def test_the_document_of_another_incident_is_left_alone(
    db: str, store: Store, incident: UUID, file: Path
) -> None:
    run(db, incident, "--output", file)
    before = file.read_text()
    other = store.detect("Another", at=NOON).incident_id
    done = run(db, other, "--output", file, "--force", code=2)
    assert done.stderr.startswith(f"retold: {file}, line 1: this is the document of incident")
    assert file.read_text() == before


def test_a_damaged_marker_is_named_with_its_file_and_line_and_nothing_is_written(
    db: str, store: Store, incident: UUID, file: Path
) -> None:
    run(db, incident, "--output", file)
    replace(file, "<!-- retold:end moments -->\n", "")
    before = file.read_text()
    store.record(incident, Incident.reopen, at=minutes(95))
    done = run(db, incident, "--output", file, "--force", code=2)
    assert re.match(rf"retold: {file}, line \d+: the block moments that begins", done.stderr)
    assert file.read_text() == before


def test_an_incident_that_is_not_there_is_not_found(db: str, incident: UUID, file: Path) -> None:
    run(db, UUID(int=5), "--output", file, code=3)
    assert not file.exists()


def test_a_template_that_there_is_not_makes_no_file(db: str, incident: UUID, file: Path) -> None:
    done = run(db, incident, "--template", "custmer", "--output", file, code=2)
    assert "did you mean customer?" in done.stderr
    assert not file.exists()
