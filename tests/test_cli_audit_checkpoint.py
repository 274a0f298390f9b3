"""Checkpoints and proofs at the command line: `retold audit checkpoint` and `audit prove`."""

import json
import stat
from pathlib import Path
from uuid import uuid4

import pytest

from .audits.desk import NAME, Desk, done, signed_desk, verdict


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Desk:
    """Four events that an anchor vouches for, and two more."""
    return signed_desk(database_url, tmp_path)


# Signing checkpoints


def test_a_checkpoint_goes_to_stdout_where_no_file_is_named(desk: Desk) -> None:
    assert done(desk.sign()).stdout.startswith(f"{NAME}\n6\n")


def test_a_checkpoint_replaces_one_of_the_beginning_of_the_same_history(desk: Desk) -> None:
    done(desk.sign("--to", desk.anchor))
    assert desk.anchor.read_text().startswith(f"{NAME}\n6\n")


@pytest.mark.parametrize("events", [1, 5])
def test_a_checkpoint_of_another_history_stays_and_exits_with_1(
    desk: Desk, tmp_path: Path, events: int
) -> None:
    before = desk.anchor.read_text()
    other = Desk(str(tmp_path / "other.db"), tmp_path)
    other.add(events)
    result = other.sign("--to", desk.anchor)
    assert result.exit_code == 1
    assert "stays as it is" in result.stderr
    assert desk.anchor.read_text() == before


def test_a_file_that_is_no_checkpoint_is_not_replaced(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "thesis.txt"
    file.write_text("a year of work")
    assert desk.sign("--to", file).exit_code == 2
    assert file.read_text() == "a year of work"


def test_a_key_that_is_not_there_is_answered_with_how_to_make_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    result = desk.audit("checkpoint")
    assert result.exit_code == 2
    assert "retold audit keygen" in result.stderr


def test_a_key_is_made_for_its_owner_alone_and_refused_when_others_may_read_it(desk: Desk) -> None:
    assert stat.S_IMODE(desk.key.stat().st_mode) == 0o600
    desk.key.chmod(0o640)
    result = desk.sign("--to", desk.anchor)
    assert result.exit_code == 2
    assert "chmod 600" in result.stderr


def test_a_checkpoint_through_a_link_goes_into_the_file_behind_it(
    desk: Desk, tmp_path: Path
) -> None:
    link = tmp_path / "latest.checkpoint"
    link.symlink_to(desk.anchor)
    done(desk.sign("--to", link))
    assert link.is_symlink()
    assert desk.anchor.read_text().startswith(f"{NAME}\n6\n")


def test_a_device_is_not_replaced_by_a_checkpoint(desk: Desk, tmp_path: Path) -> None:
    link = tmp_path / "null"
    link.symlink_to("/dev/null")
    result = desk.sign("--to", link)
    assert result.exit_code == 2
    assert Path("/dev/null").is_char_device()


def test_a_folder_that_is_not_there_is_told(desk: Desk, tmp_path: Path) -> None:
    result = desk.sign("--to", tmp_path / "nowhere" / "checkpoint")
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


# Proofs


def test_an_event_that_is_not_in_the_log_is_not_found(desk: Desk) -> None:
    assert desk.audit("prove", uuid4(), "--key", desk.key, "--to", "-").exit_code == 3
    assert desk.audit("prove", "x", "--key", desk.key, "--to", "-").exit_code == 2


def test_a_proof_on_stdout_is_the_same_as_in_a_file(desk: Desk, tmp_path: Path) -> None:
    event = desk.add(0)[2]
    given = [event, "--key", desk.key, "--checkpoint", desk.anchor]
    shown = done(desk.audit("prove", *given, "--to", "-"))
    done(desk.audit("prove", *given, "--to", tmp_path / "proof"))
    assert shown.stdout == (tmp_path / "proof").read_text()
    assert shown.stderr == ""


def test_a_proof_and_its_event_are_checked_without_the_store(desk: Desk, tmp_path: Path) -> None:
    event = desk.add(0)[2]
    proof, state = tmp_path / "proof", tmp_path / "event.json"
    done(desk.audit("prove", event, "--key", desk.key, "--to", proof, "--event-to", state))
    options = ["--vkey", desk.vkey, "--event", state, "--json"]
    [row] = verdict(done(desk.audit("verify-proof", proof, *options)))["rows"]
    assert (row["tree_size"], row["event_checked"]) == (6, True)
    assert json.loads(state.read_bytes())["event_id"] == str(event)


def test_an_event_behind_the_checkpoint_is_not_proved_by_it(desk: Desk) -> None:
    event = desk.add(0)[-1]
    given = ["--key", desk.key, "--checkpoint", desk.anchor, "--to", "-"]
    result = desk.audit("prove", event, *given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is of 4 events, and this one is number 6" in result.stderr


@pytest.mark.parametrize("command", ["prove", "export"])
def test_nothing_is_proved_by_a_checkpoint_of_another_history(
    desk: Desk, tmp_path: Path, command: str
) -> None:
    other = Desk(str(tmp_path / "other.db"), tmp_path)
    [event, *_] = other.add(3)
    subject = event if command == "prove" else tmp_path / "export"
    result = other.audit(command, subject, "--key", desk.key, "--checkpoint", desk.anchor)
    assert result.exit_code == 1
    assert not (tmp_path / "export").exists()
