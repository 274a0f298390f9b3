"""Making keys and checking proofs from the shell, without any store."""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from retold.adapters.audit.checkpoints import Checkpoint, signed_checkpoint
from retold.adapters.audit.key_files import read_key_file, read_vkeys
from retold.adapters.audit.proofs import Proof
from retold.adapters.cli.group import retold
from retold.domain import merkle
from retold.domain.leaves import LeafEntry

NAME = "example.com/incidents"
STATE = b'{"event": {"kind": "incident-detected"}}'
ENTRY = LeafEntry(
    position=7,
    incident="3fa85f64-5717-4562-b3fc-2c963f66afa6",
    version=1,
    kind="incident-detected",
    recorded_at="2026-03-01T12:00:00.000000Z",
    state_sha256=sha256(STATE).digest(),
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*args: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(retold, ["audit", *args], input=stdin)


@pytest.fixture
def vkey() -> str:
    """The vkey of a key in `retold-audit.key`."""
    return run("keygen", NAME).stdout.strip()


@pytest.fixture
def proof(vkey: str) -> Proof:
    """A proof of the second of two events, which lies in `event.tlog-proof`."""
    leaves = [merkle.leaf_hash(b"another"), merkle.leaf_hash(ENTRY.encoded())]
    checkpoint = Checkpoint(NAME, 2, merkle.node_hash(*leaves))
    note = signed_checkpoint(checkpoint, read_key_file(Path("retold-audit.key")))
    made = Proof(1, (leaves[0],), note, extra=ENTRY.encoded())
    Path("event.tlog-proof").write_text(str(made))
    return made


def test_keygen_prints_the_vkey_and_says_where_the_private_key_lies() -> None:
    done = run("keygen", NAME)
    assert done.stdout == Path("retold-audit.key.pub").read_text()
    [key] = read_key_file(Path("retold-audit.key"))
    assert done.stdout == f"{key.vkey}\n"
    assert "retold-audit.key: keep it away from the database" in done.stderr
    assert key.secret_text not in done.output


def test_keygen_makes_the_file_that_it_is_told_and_never_another_over_it() -> None:
    assert run("keygen", NAME, "--to", "log.key").exit_code == 0
    before = Path("log.key").read_text()
    again = run("keygen", NAME, "--to", "log.key")
    assert (again.exit_code, again.stdout) == (2, "")
    assert "log.key: the file is there already" in again.stderr
    assert Path("log.key").read_text() == before


def test_a_second_key_is_added_so_that_both_sign(vkey: str) -> None:
    done = run("keygen", NAME, "--add-to", "retold-audit.key")
    old, new = read_key_file(Path("retold-audit.key"))
    assert [f"{old.vkey}\n", f"{new.vkey}\n"] == [f"{vkey}\n", done.stdout]
    assert read_vkeys("retold-audit.key.pub") == (old.vkey, new.vkey)


def test_a_key_is_either_made_or_added(vkey: str) -> None:
    done = run("keygen", NAME, "--to", "a", "--add-to", "retold-audit.key")
    assert (done.exit_code, "give one of them" in done.stderr) == (2, True)


@pytest.mark.parametrize("name", ["", "two words", "a+b"])
def test_a_name_that_no_key_can_have_is_bad_input(name: str) -> None:
    done = run("keygen", name)
    assert (done.exit_code, "is no name for a key" in done.stderr) == (2, True)
    assert not list(Path().iterdir())


@pytest.mark.parametrize("key", ["text", "file"])
def test_a_proof_that_holds_says_which_event_it_proves(proof: Proof, vkey: str, key: str) -> None:
    given = {"text": vkey, "file": "retold-audit.key.pub"}[key]
    done = run("verify-proof", "event.tlog-proof", "--vkey", given, "--nl")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "position": 7,
        "incident_id": ENTRY.incident,
        "version": 1,
        "kind": "incident-detected",
        "recorded_at": "2026-03-01T12:00:00.000000Z",
        "origin": NAME,
        "leaf_index": 1,
        "tree_size": 2,
        "state_sha256": ENTRY.state_sha256.hex(),
        "event_checked": False,
    }
    assert "What the event says was not checked" in done.stderr


def test_a_proof_is_read_from_standard_input(proof: Proof, vkey: str) -> None:
    assert run("verify-proof", "-", "--vkey", vkey, stdin=str(proof)).exit_code == 0


def test_the_event_is_checked_to_its_last_byte(proof: Proof, vkey: str) -> None:
    Path("state").write_bytes(STATE)
    args = ("verify-proof", "event.tlog-proof", "--vkey", vkey, "--event", "state", "--nl")
    done = run(*args)
    assert (done.exit_code, json.loads(done.stdout)["event_checked"]) == (0, True)
    Path("state").write_bytes(STATE + b"\n")
    done = run(*args)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "are not those of the event" in done.stderr


def test_a_proof_for_another_place_is_a_finding(proof: Proof, vkey: str) -> None:
    moved = str(proof._replace(leaf_index=0))
    done = run("verify-proof", "-", "--vkey", vkey, stdin=moved)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "leaf 0 is not shown to be in the tree of 2 leaves" in done.stderr


def test_a_proof_that_another_key_signed_is_a_finding(proof: Proof) -> None:
    run("keygen", NAME, "--to", "other.key")
    done = run("verify-proof", "event.tlog-proof", "--vkey", "other.key.pub")
    assert (done.exit_code, "no given key signed" in done.stderr) == (1, True)


def test_several_vkeys_may_be_given(proof: Proof, vkey: str) -> None:
    other = run("keygen", NAME, "--to", "other.key").stdout.strip()
    done = run("verify-proof", "event.tlog-proof", "--vkey", other, "--vkey", vkey)
    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff", "this is no text"),
        (b"nonsense", "no first line c2sp.org/tlog-proof@v1"),
        (b"c2sp.org/tlog-proof@v1\nindex 0\n\nnothing\n", "no line 'extra'"),
        (b"c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\n\nnothing\n", "no leaf entry"),
    ],
)
def test_what_is_no_proof_of_an_event_is_bad_input(vkey: str, content: bytes, problem: str) -> None:
    Path("file").write_bytes(content)
    done = run("verify-proof", "file", "--vkey", vkey)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("retold: file: ")
    assert problem in done.stderr


def test_without_the_extra_it_is_said_what_to_install() -> None:
    code = (
        "import sys; sys.modules['cryptography'] = None;"
        "from retold.adapters.cli.main import main; main()"
    )
    command = [sys.executable, "-c", code, "audit", "keygen", NAME]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("retold: signatures need the extra 'audit'")
    assert not list(Path().iterdir())
