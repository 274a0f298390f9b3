"""Keeping a store from the shell: import, rebuild, doctor, demo."""

import gzip
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from retold import open_store
from retold.adapters.cli.group import retold

SAMPLE = Path(__file__).parent.parent / "adapters" / "cli" / "sample" / "example-cloud.json"


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "incidents.db")


def run(db: str, *args: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(retold, ["--db", db, *args], input=stdin)


def row(done: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def checks(db: str, *args: str) -> dict[str, dict[str, Any]]:
    lines = run(db, "doctor", *args, "--nl").stdout.splitlines()
    return {check["name"]: check for check in map(json.loads, lines)}


@pytest.fixture
def imported(db: str) -> str:
    assert run(db, "import", "statuspage", str(SAMPLE)).exit_code == 0
    return db


def test_importing_counts_what_was_read_and_recorded(db: str) -> None:
    first = row(run(db, "import", "statuspage", str(SAMPLE), "--nl"))
    assert first["source"] == "statuspage"
    assert (first["read"], first["rejected"], first["already_there"]) == (12, 0, 0)
    again = row(run(db, "import", "statuspage", str(SAMPLE), "--nl"))
    assert (again["recorded"], again["already_there"]) == (0, first["recorded"])


def test_importing_reads_gzip_from_standard_input(db: str) -> None:
    packed = gzip.compress(SAMPLE.read_bytes())
    done = run(db, "import", "statuspage", "-", "--nl", stdin=packed)
    assert row(done)["read"] == 12


def test_what_is_rejected_is_named_and_the_rest_goes_in(db: str, tmp_path: Path) -> None:
    document = json.loads(SAMPLE.read_text())
    document["incidents"][3]["created_at"] = "yesterday"
    file = tmp_path / "history.json"
    file.write_text(json.dumps(document))
    done = run(db, "import", "statuspage", str(file), str(tmp_path / "missing.json"), "--nl")
    assert done.exit_code == 1
    assert (row(done)["read"], row(done)["rejected"]) == (13, 2)
    assert "incidents[3]" in done.stderr
    assert "missing.json" in done.stderr
    with open_store(db) as store:
        assert len(store.incidents()) == 11


def test_a_dry_run_leaves_no_store_behind(db: str) -> None:
    done = run(db, "import", "statuspage", str(SAMPLE), "--dry-run", "--nl")
    assert (row(done)["recorded"], done.exit_code) == (12, 0)
    assert "nothing was recorded" in done.stderr
    assert not Path(db).exists()


def test_rejects_can_be_mended_and_imported(db: str, tmp_path: Path) -> None:
    document = json.loads(SAMPLE.read_text())
    document["incidents"][3]["created_at"] = "yesterday"
    file, rejects = tmp_path / "history.json", tmp_path / "rejects.jsonl"
    file.write_text(json.dumps(document))
    run(db, "import", "statuspage", str(file), "--rejects", str(rejects))
    [rejected] = map(json.loads, rejects.read_text().splitlines())
    rejects.write_text(json.dumps(rejected).replace("yesterday", "2026-01-01T00:00:00Z"))
    done = run(db, "import", "statuspage", str(rejects), "--nl")
    assert (row(done)["read"], row(done)["recorded"], done.exit_code) == (1, 1, 0)
    assert rejected["rejected"] == {
        "file": str(file),
        "line": 1,
        "list": "incidents",
        "index": 3,
        "field": "created_at",
        "reason": "'yesterday' is not an ISO 8601 time such as 2026-03-01T14:02:00Z",
    }


@pytest.mark.parametrize("which", ["file", "link"])
def test_rejects_never_go_into_a_file_that_is_read(db: str, tmp_path: Path, which: str) -> None:
    file, link = tmp_path / "history.json", tmp_path / "link.json"
    file.write_text(SAMPLE.read_text())
    link.symlink_to(file)
    rejects = {"file": file, "link": link}[which]
    done = run(db, "import", "statuspage", str(file), "--rejects", str(rejects))
    assert (done.exit_code, "is to be read" in done.stderr) == (2, True)
    assert file.read_text() == SAMPLE.read_text()


def test_rejects_never_go_into_what_standard_input_is(db: str, tmp_path: Path) -> None:
    file = tmp_path / "history.json"
    file.write_text(SAMPLE.read_text())
    command = [sys.executable, "-m", "retold.adapters.cli.main", "--db", db]
    arguments = ["import", "statuspage", "-", "--rejects", str(file)]
    with file.open() as stdin:
        done = subprocess.run(
            [*command, *arguments], stdin=stdin, capture_output=True, text=True, check=False
        )
    assert (done.returncode, "is to be read" in done.stderr) == (2, True)
    assert file.read_text() == SAMPLE.read_text()


@pytest.mark.parametrize("depth", [700, 950])
def test_a_reject_of_any_depth_does_not_break_the_import_off(
    db: str, tmp_path: Path, depth: int
) -> None:
    document = json.loads(SAMPLE.read_text())
    document["incidents"][0]["created_at"] = "DEEP"
    deep = '{"a":' * depth + "1" + "}" * depth
    file, rejects = tmp_path / "history.json", tmp_path / "rejects.jsonl"
    file.write_text(json.dumps(document).replace('"DEEP"', deep))
    done = run(db, "import", "statuspage", str(file), "--rejects", str(rejects), "--nl")
    if done.exit_code == 1:
        assert (row(done)["read"], row(done)["rejected"]) == (12, 1)
        assert json.loads(rejects.read_text())["rejected"]["field"] == "created_at"
    else:  # no parser reads what is that deep
        assert (depth, done.exit_code, "nested too deep" in done.stderr) == (950, 2, True)


def test_rejects_of_an_earlier_run_do_not_stay(db: str, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.jsonl"
    rejects.write_text("{}\n")
    run(db, "import", "statuspage", str(SAMPLE), "--rejects", str(rejects))
    assert rejects.read_text() == ""


def test_a_file_of_another_source_is_refused_with_what_it_looks_like(db: str) -> None:
    done = run(db, "import", "pagerduty", str(SAMPLE))
    assert done.exit_code == 2
    assert "is no pagerduty export: it looks like statuspage" in done.stderr


def test_auto_guesses_and_says_what(db: str) -> None:
    done = run(db, "import", "auto", str(SAMPLE))
    assert (done.exit_code, "read as statuspage" in done.stderr) == (0, True)


def test_an_unknown_source_is_bad_usage(db: str) -> None:
    assert run(db, "import", "carrier-pigeon", str(SAMPLE)).exit_code == 2


def test_doctor_finds_the_views_the_same_as_the_log(imported: str) -> None:
    found = checks(imported)
    assert found["views against log"]["is_fine"]
    assert found["incidents"]["value"] == "12"
    assert found["pydantic"]["value"]


CRITICAL = "(SELECT incident_id FROM retold_incidents WHERE severity = 'critical')"


@pytest.mark.parametrize(
    "damage",
    [
        f"UPDATE retold_incidents SET title = 'other' WHERE incident_id IN {CRITICAL}",
        f"DELETE FROM retold_incidents WHERE incident_id IN {CRITICAL}",
        f"DELETE FROM retold_durations WHERE incident_id IN {CRITICAL}",
        f"UPDATE retold_durations SET duration_us = 1 WHERE incident_id IN {CRITICAL}",
    ],
)
def test_doctor_finds_views_that_differ_and_rebuild_mends_them(imported: str, damage: str) -> None:
    with sqlite3.connect(imported) as raw:
        raw.execute(damage)
    done = run(imported, "doctor")
    assert done.exit_code == 1
    assert "2 incidents differ" in done.stdout
    assert row(run(imported, "rebuild", "--nl")) == {"incidents": 12, "leaves": 0}
    assert checks(imported)["views against log"]["is_fine"]


def test_doctor_finds_snapshots_that_differ_and_rebuild_mends_them(imported: str) -> None:
    with sqlite3.connect(imported) as raw:
        other = "replace(document, '\"reopens\":', '\"reopens\":1')"
        changed = raw.execute(f"UPDATE retold_snapshots SET document = {other}").rowcount
        assert changed
    assert f"{changed} incidents differ" in run(imported, "doctor").stdout
    assert row(run(imported, "rebuild", "--nl")) == {"incidents": 12, "leaves": 0}
    assert checks(imported)["views against log"]["is_fine"]


def test_doctor_finds_incidents_that_the_log_does_not_know(imported: str) -> None:
    with sqlite3.connect(imported) as raw:
        raw.execute("DROP TRIGGER retold_events_no_delete")
        raw.execute(f"DELETE FROM retold_events WHERE originator_id IN {CRITICAL}")
    assert "2 incidents differ" in run(imported, "doctor").stdout


def test_a_quick_doctor_does_not_replay(imported: str) -> None:
    assert "views against log" not in checks(imported, "--quick")


def test_doctor_exits_with_one_only_if_something_is_not_fine(imported: str) -> None:
    is_fine = all(check["is_fine"] for check in checks(imported).values())
    assert run(imported, "doctor").exit_code == (0 if is_fine else 1)


def test_an_event_of_unknown_kind_is_a_finding(imported: str) -> None:
    with sqlite3.connect(imported) as raw:
        raw.execute("DROP TRIGGER retold_events_no_update")
        raw.execute("UPDATE retold_events SET topic = 'incident-painted' WHERE position = 5")
    done = run(imported, "doctor")
    assert done.exit_code == 1
    assert "position 5" in done.stdout


def test_rebuilding_a_store_of_an_older_version_says_that_it_makes_the_audits_tree(
    imported: str,
) -> None:
    with sqlite3.connect(imported) as raw:
        raw.execute("ALTER TABLE retold_events DROP COLUMN nodes")
        raw.execute("ALTER TABLE retold_events DROP COLUMN leaf_index")
        raw.execute("PRAGMA user_version = 3")
    assert "and the audit's tree" in run(imported, "status").stderr

    done = run(imported, "rebuild", "--nl")

    assert row(done) == {"incidents": 12, "leaves": 101}
    assert "The audit's tree was made over 101 events" in done.stderr


@pytest.mark.parametrize("command", ["rebuild", "doctor", "status", "report"])
def test_what_keeps_and_reads_makes_no_store(tmp_path: Path, command: str) -> None:
    assert run(str(tmp_path / "none.db"), command).exit_code == 5
    assert not list(tmp_path.iterdir())


def test_sqlite_and_postgresql_give_the_same_answers(sqlite_url: str, postgres_url: str) -> None:
    incident = "statuspage:k3v9qd27xwtb"
    for db in (sqlite_url, postgres_url):
        assert run(db, "import", "statuspage", str(SAMPLE)).exit_code == 0
    for command in (
        ["status"],
        ["status", incident],
        ["status", "--known-at", "2026-03-06T00:00Z"],
        ["timeline", incident],
        ["timeline", incident, "--as-of", "2026-02-17T14:00Z"],
        ["report", "--by", "service,severity,month,source", "--as-of", "2026-12-01T00:00Z"],
        ["explain", "ttr", incident],
        ["explain", "active_time", incident],
    ):
        ours, theirs = (answer(db, command) for db in (sqlite_url, postgres_url))
        kinds = [one.get("provenance", {}).pop("store", None) for one in (ours, theirs)]
        assert kinds in ([None, None], ["SQLite", "PostgreSQL"])
        assert ours == theirs


def answer(db: str, command: list[str]) -> object:
    done = run(db, *command, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout, object_pairs_hook=without_recording)


def without_recording(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Positions may have gaps, and two stores record at two moments."""
    return {key: value for key, value in pairs if key not in ("position", "recorded_at")}


def test_doctor_and_rebuild_work_on_postgresql(postgres_url: str) -> None:
    assert run(postgres_url, "status").exit_code == 5
    assert run(postgres_url, "detect", "Checkout fails").exit_code == 0
    assert row(run(postgres_url, "rebuild", "--nl")) == {"incidents": 1, "leaves": 0}
    assert checks(postgres_url)["views against log"]["is_fine"]


def test_the_demo_makes_a_store_a_postmortem_and_a_site_and_shows_them(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = CliRunner().invoke(retold, ["demo", "--output", str(folder)])
    assert done.exit_code == 0, done.output
    for part in ("retold status", "retold report", "retold timeline", "corrected by"):
        assert part in " ".join(done.stdout.split())  # the table folds its texts
    [page] = folder.glob("postmortem-*.md")
    assert "<!-- retold:begin moments" in page.read_text()
    assert len(list((folder / "site" / "incidents").glob("*.html"))) == 12
    assert "Uploads fail with a timeout" in (folder / "site" / "index.html").read_text()
    with open_store(str(folder / "retold.db")) as store:
        rows = store.incidents()
        assert len(rows) == 12
        assert sum(row.is_open for row in rows) == 1
        assert sum(row.reopens for row in rows) == 1


def test_the_demo_overwrites_a_store_only_by_force(tmp_path: Path) -> None:
    arguments = ["demo", "--output", str(tmp_path)]
    assert CliRunner().invoke(retold, arguments).exit_code == 0
    with open_store(str(tmp_path / "retold.db")) as store:
        mine = store.detect("mine").incident_id
    done = CliRunner().invoke(retold, arguments)
    assert done.exit_code == 2
    assert "--force" in done.stderr
    with open_store(str(tmp_path / "retold.db")) as store:
        assert store.status(mine).title == "mine"
    assert CliRunner().invoke(retold, [*arguments, "--force"]).exit_code == 0
    with open_store(str(tmp_path / "retold.db")) as store:
        assert len(store.incidents()) == 12
