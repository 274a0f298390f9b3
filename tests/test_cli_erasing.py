"""Erasing personal data from the shell."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from retold.adapters.cli.group import retold


@pytest.fixture
def db(database_url: str) -> str:
    return database_url


@pytest.fixture
def keys(tmp_path: Path) -> str:
    return str(tmp_path / "retold.keys")


def run(db: str, keys: str | None, *args: str) -> Result:
    given = () if keys is None else ("--keys", keys)
    env = {"RETOLD_RECORDED_BY": "desk", "RETOLD_KEYS": ""}
    return CliRunner().invoke(retold, ["--db", db, *given, *args], env=env)


def rows(done: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def incident(db: str, keys: str) -> str:
    [detected] = rows(run(db, keys, "detect", "Checkout fails", "--by", "bob", "--nl"))
    incident_id = str(detected["incident_id"])
    run(db, keys, "ack", incident_id, "--by", "anastasia")
    return incident_id


def note(db: str, keys: str, incident: str, text: str) -> str:
    [noted] = rows(run(db, keys, "note", incident, text, "--by", "bob", "--nl"))
    return str(noted["event_id"])


def test_a_person_is_erased_from_what_is_shown(db: str, keys: str, incident: str) -> None:
    done = run(db, keys, "erase", "--subject", "Anastasia", "--why", "case 17", "--nl")
    assert (done.exit_code, done.stderr) == (0, "")
    [row] = rows(done)
    assert (row["incident_id"], row["what"], row["field"]) == (incident, "erased", None)
    shown = run(db, keys, "timeline", incident).stdout
    assert "[erased]" in shown
    assert "anastasia" not in shown
    exported = run(db, keys, "export", "events").stdout
    assert "anastasia" not in exported
    assert "case 17" in exported


def test_where_the_name_still_stands_is_listed_and_a_finding(
    db: str, keys: str, incident: str
) -> None:
    event = note(db, keys, incident, "anastasia rang")
    done = run(db, keys, "erase", "--subject", "anastasia", "--why", "case 17", "--nl")
    assert done.exit_code == 1
    last = rows(done)[-1]
    assert (last["event_id"], last["what"], last["field"]) == (event, "still there", "event.text")
    assert "can still be read in so many places: 1" in done.stderr
    assert run(db, keys, "erase", "--event", event, "--why", "case 17").exit_code == 0
    assert "anastasia" not in run(db, keys, "timeline", incident, "--json").stdout


def test_an_event_that_is_not_there_is_not_found(db: str, keys: str, incident: str) -> None:
    unknown = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    assert run(db, keys, "erase", "--event", unknown, "--why", "x").exit_code == 3
    assert run(db, keys, "erase", "--subject", "carol", "--why", "x").exit_code == 3


def test_nothing_is_left_to_erase_again(db: str, keys: str, incident: str) -> None:
    run(db, keys, "erase", "--subject", "anastasia", "--why", "case 17")
    done = run(db, keys, "erase", "--reapply", "--tsv")
    assert done.exit_code == 0
    assert done.stdout == "incident_id\tevent_id\twhat\tfield\n"


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("--subject", "ana"),
        ("--subject", "ana", "--reapply", "--why", "x"),
        ("--reapply", "--why", "x"),
        ("--event", "x", "--why", "x"),
    ],
)
def test_what_is_to_be_erased_must_be_said_once_and_why(
    db: str, keys: str, args: tuple[str, ...]
) -> None:
    assert run(db, keys, "erase", *args).exit_code == 2


def test_without_the_keys_nothing_is_erased_or_written(db: str, keys: str, incident: str) -> None:
    for args in (
        ("erase", "--subject", "anastasia", "--why", "case 17"),
        ("resolve", incident),
        ("rebuild",),
    ):
        done = run(db, None, *args)
        assert done.exit_code == 5
        assert "keys" in done.stderr
        assert done.stderr.count("\n") == 1
    assert "[sealed]" in run(db, None, "export", "events").stdout


def test_a_mistyped_path_of_keys_makes_no_keys(
    db: str, keys: str, incident: str, tmp_path: Path
) -> None:
    done = run(db, str(tmp_path / "mistyped"), "ack", incident)
    assert done.exit_code == 5
    assert not (tmp_path / "mistyped").exists()


def test_the_keys_are_found_through_the_environment(db: str, keys: str, incident: str) -> None:
    done = CliRunner().invoke(retold, ["--db", db, "timeline", incident], env={"RETOLD_KEYS": keys})
    assert "anastasia" in done.stdout


def test_a_dry_run_makes_no_keys(db: str, keys: str) -> None:
    sample = Path(__file__).parent / "samples" / "statuspage" / "history.json"
    done = run(db, keys, "import", "statuspage", str(sample), "--dry-run")
    assert done.exit_code == 0
    assert not Path(keys).exists()


def test_doctor_compares_views_with_what_is_left(db: str, keys: str, incident: str) -> None:
    run(db, keys, "erase", "--subject", "anastasia", "--why", "case 17")
    done = run(db, keys, "doctor", "--nl")
    checks = {row["name"]: row for row in rows(done)}
    assert checks["views against log"]["value"] == "the same"
    assert checks["keys destroyed"]["value"] == "1"
    assert checks["keys are private"]["is_fine"]


def test_the_help_warns_of_personal_data_in_the_reason() -> None:
    shown = CliRunner().invoke(retold, ["erase", "--help"]).stdout
    assert "write no personal data here" in " ".join(shown.split())
