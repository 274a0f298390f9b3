"""Restricted incidents at the command line: restrict, `--groups`, and what is said of the rest."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from retold.adapters.cli.group import retold


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "incidents.db")


def run(db: str, *args: str, groups: str | None = None, **env: str) -> Result:
    before = ["--db", db, *(["--groups", groups] if groups is not None else [])]
    return CliRunner().invoke(retold, [*before, *args], env=env)


@pytest.fixture
def secret(db: str) -> str:
    """One incident restricted to legal; another is open to all."""
    made = [json.loads(run(db, "detect", title, "--nl").stdout) for title in ("Secret", "Seen")]
    one = str(made[0]["incident_id"])
    done = run(db, "restrict", one, "--to", "legal", "--why", "a customer may sue")
    assert done.exit_code == 0, done.stderr
    return one


def titles(done: Result) -> list[str]:
    assert done.exit_code == 0, done.stderr
    return [json.loads(line)["title"] for line in done.stdout.splitlines()]


def test_a_list_leaves_it_out_and_says_so(db: str, secret: str) -> None:
    done = run(db, "status", "--nl", groups="hr")
    assert titles(done) == ["Seen"]
    assert done.stderr == "1 restricted incident is not shown\n"


def test_readers_of_the_group_and_of_none_in_particular_see_it(db: str, secret: str) -> None:
    for done in (run(db, "status", "--nl", groups="hr,legal"), run(db, "status", "--nl")):
        assert sorted(titles(done)) == ["Secret", "Seen"]
        assert done.stderr == ""


@pytest.mark.parametrize("groups", ["", "hr"])
def test_the_environment_names_the_groups_and_may_name_none(
    db: str, secret: str, groups: str
) -> None:
    assert titles(run(db, "status", "--nl", RETOLD_GROUPS=groups)) == ["Seen"]


@pytest.mark.parametrize(
    "command", ["status {}", "timeline {}", "explain ttr {}", "note {} x", "restrict {} --lift"]
)
def test_to_others_it_is_not_found(db: str, secret: str, command: str) -> None:
    done = run(db, *command.format(secret).split(), groups="hr")
    assert (done.exit_code, done.stdout) == (3, "")


@pytest.mark.parametrize("table", ["events", "incidents", "durations", "timeline"])
def test_an_export_leaves_it_out_and_says_so(db: str, secret: str, table: str) -> None:
    done = run(db, "export", table, "--nl", groups="")
    assert done.exit_code == 0
    assert secret not in done.stdout
    assert "1 restricted incident is not shown" in done.stderr
    assert secret in run(db, "export", table, "--nl").stdout


def test_a_report_counts_it_beside_its_figures(db: str, secret: str) -> None:
    document = json.loads(run(db, "report", "ttr_detected", "--json", groups="").stdout)
    assert (document["not_shown"], document["rows"][0]["incidents"]) == (1, 1)
    told = run(db, "report", "ttr_detected", groups="")
    assert "not shown: 1, restricted to other readers" in told.stderr


@pytest.mark.parametrize(
    "option", [["--anomalies"], ["--diff", "2026-01-01T00Z", "2027-01-01T00Z"]]
)
def test_what_moved_and_what_is_odd_leave_it_out_and_say_so(
    db: str, secret: str, option: list[str]
) -> None:
    done = run(db, "report", *option, "--nl", groups="")
    assert done.exit_code == 0, done.stderr
    assert secret not in done.stdout
    assert "1 restricted incident is not shown" in done.stderr


def test_its_timeline_says_to_whom_and_why(db: str, secret: str) -> None:
    assert "Restricted to legal: a customer may sue" in run(db, "timeline", secret).stdout
    assert "restricted to  legal" in run(db, "status", secret, "--table").stdout


def test_lifting_shows_it_to_all_again(db: str, secret: str) -> None:
    assert run(db, "restrict", secret, "--lift", "--why", "settled").exit_code == 0
    assert run(db, "status", secret, groups="").exit_code == 0
    assert "Restriction lifted: settled" in run(db, "timeline", secret).stdout


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ([], "either --to GROUP or --lift"),
        (["--to", "hr", "--lift"], "either --to GROUP or --lift"),
        (["--to", "HR!"], "a group's name"),
        (["--to", "legal"], "restricted to legal already"),
    ],
)
def test_what_makes_no_sense_is_refused(
    db: str, secret: str, args: list[str], problem: str
) -> None:
    done = run(db, "restrict", secret, *args)
    assert done.exit_code == 2
    assert problem in done.stderr


@pytest.mark.parametrize("args", [["--groups", "HR", "status"], ["grants", "--group", "HR"]])
def test_a_group_that_cannot_be_is_refused(db: str, args: list[str]) -> None:
    done = run(db, *args)
    assert done.exit_code == 2
    assert "a group's name" in done.stderr


def test_rebuilding_takes_a_store_that_is_seen_whole(db: str, secret: str) -> None:
    done = run(db, "rebuild", groups="hr")
    assert done.exit_code == 2
    assert "rebuilding the views takes a store that is opened for every group" in done.stderr
    assert len(titles(run(db, "status", "--nl"))) == 2
