"""The command `site`: what it is asked, what it says, and what it leaves out unless told."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from retold.adapters.cli.group import retold

from .sites import files, parsed


def run(db: str, *args: str, groups: str | None = None) -> Result:
    before = ["--db", db, *(["--groups", groups] if groups is not None else [])]
    return CliRunner().invoke(retold, [*before, *args])


@pytest.fixture
def db(tmp_path: Path) -> str:
    """One incident restricted to legal; another is open to all."""
    db = str(tmp_path / "incidents.db")
    made = [json.loads(run(db, "detect", title, "--nl").stdout) for title in ("Secret", "Seen")]
    run(db, "restrict", str(made[0]["incident_id"]), "--to", "legal", "--why", "a customer may sue")
    return db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"


def titles(folder: Path) -> set[str]:
    return {"Secret", "Seen"} & set(parsed(folder).said)


def test_it_says_what_became_of_the_files_and_of_what_is_restricted(db: str, folder: Path) -> None:
    done = run(db, "site", str(folder))
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        "3 written, 0 unchanged, 0 removed",
        "1 restricted incident is not shown and in no figure.",
    ]
    assert titles(folder) == {"Seen"}


def test_whose_incidents_are_shown_takes_saying_so(db: str, folder: Path) -> None:
    run(db, "site", str(folder), groups="hr")
    assert titles(folder) == {"Seen"}
    run(db, "site", str(folder), groups="legal")
    assert titles(folder) == {"Seen", "Secret"}
    done = run(db, "site", str(folder))
    assert done.stderr.startswith("2 written, 1 unchanged, 1 removed\n")
    assert titles(folder) == {"Seen"}
    run(db, "site", str(folder), "--with-restricted")
    assert titles(folder) == {"Seen", "Secret"}


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["--from", "2026-02-01", "--to", "2026-02-01"], "--to must be later than --from"),
        (["--from", "yesterday"], "yesterday"),
        (["--from", "0001-01-01", "--tz", "Asia/Tokyo"], "the year must lie"),
        (["--to", "9999-12-31"], "the year must lie"),
        (["--checkpoint", "/dev/null"], "no signatures"),
        (["--tz", "Mars"], "no time zone"),
        (["--title", ""], "--title"),
    ],
)
def test_what_makes_no_sense_is_refused(
    db: str, folder: Path, args: list[str], problem: str
) -> None:
    done = run(db, "site", str(folder), *args)
    assert done.exit_code == 2
    assert problem in done.stderr
    assert not folder.exists()


def test_groups_and_all_groups_contradict_each_other(db: str, folder: Path) -> None:
    done = run(db, "site", str(folder), "--with-restricted", groups="legal")
    assert (done.exit_code, folder.exists()) == (2, False)


def test_a_folder_of_somebody_else_is_refused(db: str, folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    done = run(db, "site", str(folder))
    assert done.exit_code == 2
    assert "holds thesis.txt and no site of Retold's" in done.stderr
    assert files(folder) == {"thesis.txt": b"mine"}


def test_a_file_in_place_of_the_folder_is_refused(db: str, folder: Path) -> None:
    folder.write_text("mine")
    assert run(db, "site", str(folder)).exit_code == 2
    assert folder.read_text() == "mine"


def test_a_store_that_is_not_there_leaves_no_folder(folder: Path, tmp_path: Path) -> None:
    assert run(str(tmp_path / "none.db"), "site", str(folder)).exit_code == 5
    assert not folder.exists()


def test_the_title_the_zone_and_the_people_are_as_asked(db: str, folder: Path) -> None:
    run(db, "site", str(folder), "--title", "Outages", "--tz", "Asia/Tokyo", "--actors", "hidden")
    said = parsed(folder).said
    assert said[0] == "Outages"
    assert "detected, Asia/Tokyo" in said
    assert any(one.startswith("People: hidden") for one in said)
