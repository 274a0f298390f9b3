"""An audit while others write: it finds nothing wrong, for there is nothing."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from retold import Store, open_store
from retold.adapters.audit.checkpoints import signed_checkpoint
from retold.adapters.audit.keys import SigningKey
from retold.adapters.audit.tree import checkpoint_of
from retold.adapters.audit.verifying import verify_store
from retold.adapters.cli.group import retold

from .faults.appends import incident, notes
from .faults.writers import Nursery

KEY = SigningKey("example.com/incidents", bytes(range(32)))


def anchor(store: Store) -> str:
    return signed_checkpoint(checkpoint_of(store.backend.tree, KEY.name), [KEY])


@contextmanager
def two_writers(url: str, folder: Path) -> Iterator[None]:
    """Let two processes write to the same few incidents, on record or late, until the end."""
    with Nursery(folder) as nursery:
        writers = [nursery.start("write", url, seed=seed) for seed in (1, 2)]
        yield
        for writer in writers:
            assert not writer.wait(0.0), writer.troubles()
            writer.kill()
            writer.wait()


def wait_for_events(store: Store, count: int) -> None:
    until = time.monotonic() + 20
    while store.backend.last_position() < count:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_an_audit_while_others_write_finds_nothing_wrong(database_url: str, tmp_path: Path) -> None:
    with open_store(database_url) as store, two_writers(database_url, tmp_path):
        anchors: list[tuple[str, str]] = []
        for number in range(15):
            wait_for_events(store, 10 * (number + 1))
            anchors.append((str(number), anchor(store)))
            verdict = verify_store(store, anchors, [KEY.vkey])
            assert verdict.findings == ()
            assert verdict.is_verified


def test_two_processes_leave_one_sound_tree(database_url: str, tmp_path: Path) -> None:
    with open_store(database_url) as store:
        with two_writers(database_url, tmp_path):
            wait_for_events(store, 200)
        verdict = verify_store(store, [("end", anchor(store))], [KEY.vkey])
        assert (verdict.findings, verdict.vouched) == ((), verdict.events)
        assert verdict.events > 50  # positions may have gaps


def test_what_differs_all_the_same_is_told_while_others_write(
    sqlite_url: str, tmp_path: Path
) -> None:
    with open_store(sqlite_url) as store:
        store.append(incident(99), notes("before", 3))
        with store.backend.connections.writing() as raw:  # type: ignore[attr-defined]
            raw.execute("UPDATE retold_timeline SET text = 'nothing happened'")
        with two_writers(sqlite_url, tmp_path):
            wait_for_events(store, 50)
            findings = verify_store(store, [], []).findings
        assert {finding.field for finding in findings} == {"timeline.text"}
        assert {finding.incident_id for finding in findings} == {str(incident(99))}


def test_an_export_while_others_write_is_whole(database_url: str, tmp_path: Path) -> None:
    key, folder = tmp_path / "key", tmp_path / "export"
    with open_store(database_url) as store, two_writers(database_url, tmp_path):
        wait_for_events(store, 50)
        for number in range(3):
            for command in (
                ["keygen", "example.com/incidents", "--to", f"{key}{number}"],
                ["export", f"{folder}{number}", "--key", f"{key}{number}"],
            ):
                done = CliRunner().invoke(retold, ["--db", database_url, "audit", *command])
                assert done.exit_code == 0, done.output
            options = ["--anchor", f"{folder}{number}/checkpoint", "--vkey", f"{key}{number}.pub"]
            done = CliRunner().invoke(retold, ["audit", "verify", f"{folder}{number}", *options])
            assert done.exit_code == 0, done.output


@pytest.mark.usefixtures("interruptible")
def test_an_export_that_is_interrupted_leaves_nothing_behind(
    sqlite_url: str, tmp_path: Path
) -> None:
    with open_store(sqlite_url) as store:
        for number in range(60):
            store.append(incident(number), notes(f"note {number}", 500))
    here = tmp_path / "here"
    here.mkdir()
    key = tmp_path / "key"
    CliRunner().invoke(retold, ["audit", "keygen", "example.com/incidents", "--to", str(key)])
    command = [sys.executable, "-m", "retold.adapters.cli.main", "--db", sqlite_url, "audit"]
    exporting = subprocess.Popen(
        [*command, "export", str(here / "export"), "--key", str(key)], stderr=subprocess.PIPE
    )
    until = time.monotonic() + 20
    while not list(here.glob(".retold-*/entries.txt")):
        assert time.monotonic() < until
        time.sleep(0.001)
    exporting.send_signal(2)
    _, said = exporting.communicate(timeout=20)
    assert (exporting.returncode, said.decode()) == (130, "retold: interrupted\n")
    assert list(here.iterdir()) == []
