"""The check in docs/audit.md, run as it stands there: nothing of Retold's is imported by it."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from retold import Incident, open_store
from retold.adapters.cli.group import retold

PAGE = Path(__file__).parent.parent / "docs" / "audit.md"
SCRIPT = next(
    block for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    if "opened(path, vkey)" in block
)  # fmt: skip


def run(db: Path, *args: str) -> None:
    done = CliRunner().invoke(retold, ["--db", str(db), "audit", *args])
    assert done.exit_code == 0, done.output


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """A folder with an export, a public key, and an earlier checkpoint."""
    db, key = tmp_path / "store.db", str(tmp_path / "key")
    run(db, "keygen", "example.com/incidents", "--to", key)
    for checkpoint in ("early", "late"):
        with open_store(str(db)) as store:
            for number in range(5):
                incident = store.detect(f"checkout fails {number}").incident_id
                store.record(incident, Incident.resolve, summary="größer\nals gedacht")
        run(db, "checkpoint", "--key", key, "--to", str(tmp_path / checkpoint))
    run(db, "export", str(tmp_path / "export"), "--key", key)
    return tmp_path


def check(evidence: Path) -> subprocess.CompletedProcess[str]:
    vkey = (evidence / "key.pub").read_text().strip()
    command = [sys.executable, "-I", "-c", SCRIPT, evidence / "export", vkey, evidence / "early"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_script_is_forty_lines_and_uses_nothing_of_ours() -> None:
    lines = [line for line in SCRIPT.splitlines() if line.strip()]
    assert len(lines) <= 45
    assert "retold" not in SCRIPT


def test_an_export_that_nobody_changed_passes(evidence: Path) -> None:
    done = check(evidence)
    assert (done.stdout, done.returncode) == ("20 events are as they were signed\n", 0)


def edit(name: str, old: bytes, new: bytes) -> Callable[[Path], object]:
    def damage(export: Path) -> None:
        before = (export / name).read_bytes()
        after = before.replace(old, new, 1)
        assert after != before
        (export / name).write_bytes(after)

    return damage


def without_last_line(name: str) -> Callable[[Path], object]:
    def damage(export: Path) -> None:
        lines = (export / name).read_bytes().splitlines(keepends=True)
        (export / name).write_bytes(b"".join(lines[:-1]))

    return damage


def without_last_event(export: Path) -> None:
    for name in ("events.jsonl", "entries.txt"):
        without_last_line(name)(export)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a word in an event": edit("events.jsonl", b"checkout", b"checkin."),
    "a line less": without_last_line("events.jsonl"),
    "an event less": without_last_event,
    "another root": edit("checkpoint", b"\n20\n", b"\n19\n"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_export_fails_here_and_in_retold(evidence: Path, what: str) -> None:
    DAMAGE[what](evidence / "export")
    assert check(evidence).returncode != 0
    options = ["--anchor", str(evidence / "early"), "--vkey", str(evidence / "key.pub")]
    done = CliRunner().invoke(retold, ["audit", "verify", str(evidence / "export"), *options])
    assert done.exit_code == 1


def test_an_anchor_of_another_history_fails_here_and_in_retold(evidence: Path) -> None:
    other = evidence / "other.db"
    with open_store(str(other)) as store:
        store.detect("another history")
    run(other, "checkpoint", "--key", str(evidence / "key"), "--to", str(evidence / "other"))
    (evidence / "early").write_bytes((evidence / "other").read_bytes())
    assert check(evidence).returncode != 0
    options = ["--anchor", str(evidence / "early"), "--vkey", str(evidence / "key.pub")]
    done = CliRunner().invoke(retold, ["audit", "verify", str(evidence / "export"), *options])
    assert done.exit_code == 1
