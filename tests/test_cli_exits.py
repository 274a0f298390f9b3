"""How commands end: exit codes, one line of message, closed pipes, interruption."""

import os
import pty
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from retold import open_store
from retold.adapters.cli.exits import CODES, code_of
from retold.adapters.cli.group import retold
from retold.domain.errors import RetoldError

COMMAND = [sys.executable, "-m", "retold.adapters.cli.main"]


def run(*args: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *args], capture_output=True, text=True, check=False, **options)


@pytest.fixture
def db(tmp_path: Path) -> str:
    path = str(tmp_path / "incidents.db")
    with open_store(path) as store:
        store.detect("Checkout fails")
    return path


def test_every_error_of_the_tree_has_an_exit_code() -> None:
    assert set(RetoldError.__subclasses__()) == set(CODES)


@pytest.mark.parametrize("error", CODES)
def test_every_error_ends_in_one_line_and_its_code(
    error: type[RetoldError], db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised = error.__new__(error)
    raised.args = ("what\nhappened",)

    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr("retold.adapters.store.Store.incidents", fail)
    done = CliRunner().invoke(retold, ["--db", db, "status"])
    assert (done.exit_code, done.stderr) == (code_of(raised), "retold: what happened\n")


def test_a_defect_of_our_own_is_one_line_as_well(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("retold.adapters.store.Store.incidents", fail)
    done = CliRunner().invoke(retold, ["--db", db, "status"])
    assert done.exit_code == 70
    assert "ZeroDivisionError: by zero" in done.stderr
    assert "Traceback" not in done.stderr


def test_success_is_zero_with_nothing_on_stderr(db: str) -> None:
    done = run("--db", db, "status")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 2


def test_an_unknown_incident_is_three(db: str) -> None:
    done = run("--db", db, "status", "nosuch")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "retold: no incident answers to 'nosuch'\n"


def test_where_there_is_no_store_reading_says_how_to_make_one(tmp_path: Path) -> None:
    done = run("status", cwd=tmp_path, env=os.environ | {"RETOLD_DB": "none.db"})
    assert done.returncode == 5
    assert "there is no store at" in done.stderr
    assert "retold detect" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_database_that_is_not_ours_is_five(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE t (x)")
    done = run("--db", str(path), "status")
    assert done.returncode == 5
    assert "not a Retold store" in done.stderr
    path.write_bytes(b"no database at all, but longer than a page header would be" * 50)
    assert run("--db", str(path), "status").returncode == 5


def test_an_unknown_kind_of_database_is_bad_input() -> None:
    assert run("--db", "oracle://host/x", "status").returncode == 2


@pytest.mark.parametrize("name", ["x" * 300, "circle"])
def test_a_name_that_no_file_can_have_is_bad_input(db: str, tmp_path: Path, name: str) -> None:
    (tmp_path / "circle").symlink_to("circle")
    with open_store(db) as store:
        [incident] = store.incidents()
    for option in ("--output", "--template"):
        done = run("--db", db, "postmortem", str(incident.incident_id), option, name, cwd=tmp_path)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert name in done.stderr


def test_a_mistyped_command_is_bad_usage(db: str) -> None:
    assert run("--db", db, "statsu").returncode == 2


def in_bash(script: str) -> subprocess.CompletedProcess[str]:
    # Unbuffered, Python takes a write that was cut short for a whole one.
    buffered = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    bash = ["bash", "-c", script]
    return subprocess.run(bash, env=buffered, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", [["status"], ["report"], ["status", "--table"]])
def test_a_closed_pipe_is_quiet(db: str, command: list[str]) -> None:
    shell = " ".join([*COMMAND, "--db", db, *command, "| true; exit ${PIPESTATUS[0]}"])
    done = in_bash(shell)
    assert done.stderr in ("", run("--db", db, *command).stderr)
    assert done.returncode == 0


def test_a_closed_pipe_in_the_middle_of_much_output_is_quiet(tmp_path: Path) -> None:
    path = str(tmp_path / "incidents.db")
    with open_store(path) as store:
        for _ in range(20):
            store.detect("x", services=tuple(f"{number}{'y' * 900}" for number in range(20)))
    shell = " ".join(
        [*COMMAND, "--db", path, "status", "--json | head -c 10; echo ${PIPESTATUS[0]}"]
    )
    done = in_bash(shell)
    assert done.stderr == ""
    assert done.stdout.endswith("0\n")


def test_without_a_standard_output_a_command_still_does_its_work(db: str) -> None:
    done = in_bash(" ".join([*COMMAND, "--db", db, "detect", "Second", ">&-"]))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(run("--db", db, "status").stdout.splitlines()) == 3


@pytest.mark.usefixtures("interruptible")
def test_an_interruption_is_130_and_one_line(db: str) -> None:
    more_than_a_pipe_holds = b"x" * 2**20
    with subprocess.Popen(
        [*COMMAND, "--db", db, "note", "3fa8", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(more_than_a_pipe_holds)  # returns once the command reads
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, b"retold: interrupted\n")


def test_without_its_libraries_the_command_says_what_to_install() -> None:
    source = (
        "import sys; sys.modules['click'] = None\nfrom retold.adapters.cli.main import main; main()"
    )
    python = [sys.executable, "-c", source]
    done = subprocess.run(python, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "retold: the command line needs: pip install 'retold[cli]'\n"


def test_the_version_is_told() -> None:
    assert run("--version").stdout.startswith("retold, version ")


def on_terminal(*args: str, **environment: str) -> str:
    """Return what a command writes to a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    env = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    env |= {"TERM": "xterm-256color", "COLUMNS": "100", **environment}
    with subprocess.Popen([*COMMAND, *args], stdout=theirs, stderr=theirs, env=env) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                piece = os.read(ours, 65_536)
            except OSError:
                break
            if not piece:
                break
            written += piece
        process.wait(timeout=20)
    os.close(ours)
    return written.decode()


def test_a_terminal_gets_a_table_and_a_pipe_gets_tsv(db: str) -> None:
    assert "\t" not in on_terminal("--db", db, "status")
    assert "\t" in run("--db", db, "status").stdout


def test_no_color_takes_every_escape_away(db: str) -> None:
    assert "\x1b[" in on_terminal("--db", db, "status")
    assert "\x1b" not in on_terminal("--db", db, "status", NO_COLOR="1")


def test_a_terminal_gets_fifty_incidents_and_is_told_of_the_rest(tmp_path: Path) -> None:
    path = str(tmp_path / "incidents.db")
    with open_store(path) as store:
        for number in range(53):
            store.detect(f"number {number}")
    shown = on_terminal("--db", path, "status", NO_COLOR="1")
    assert shown.count("number ") == 50
    assert "3 more: --limit 53 shows all" in shown
    assert len(run("--db", path, "status").stdout.splitlines()) == 54
