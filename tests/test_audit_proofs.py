"""Proofs that an event is in the log: written, read, checked, and small."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold.adapters.audit.checkpoints import Checkpoint, signed_checkpoint
from retold.adapters.audit.keys import SigningKey
from retold.adapters.audit.proofs import HEADER, MAX_HASHES, Proof, check_proof
from retold.domain import merkle
from retold.domain.errors import AuditFailed, InvalidInput
from retold.domain.leaves import LeafEntry

KEY = SigningKey("example.com/incidents", bytes(range(32)))
SIZE = 11
ENTRIES = [
    LeafEntry(
        position=number * 2,
        incident="3fa85f64-5717-4562-b3fc-2c963f66afa6",
        version=number,
        kind="incident-detected",
        recorded_at="2026-03-01T12:00:00.000000Z",
        state_sha256=sha256(bytes([number])).digest(),
    ).encoded()
    for number in range(1, SIZE + 1)
]
FRONTIER, COMPLETED = merkle.Frontier().extended([merkle.leaf_hash(one) for one in ENTRIES])
CHECKPOINT = Checkpoint(KEY.name, SIZE, FRONTIER.root)
NOTE = signed_checkpoint(CHECKPOINT, [KEY])
HASH64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=MAX_HASHES).map(tuple)


def node(level: int, index: int) -> bytes:
    return merkle.completed_at(level, COMPLETED[merkle.last_leaf_of(level, index)])


def proof_of(index: int) -> Proof:
    way = tuple(merkle.inclusion_proof(index, SIZE, node))
    return Proof(index, way, NOTE, extra=ENTRIES[index])


def checked(text: str) -> tuple[LeafEntry, Checkpoint]:
    proof = Proof.parsed(text)
    entry = proof.extra or b""
    return LeafEntry.decoded(entry), check_proof(proof, entry, [KEY.vkey])


@pytest.mark.parametrize("index", range(SIZE))
def test_every_entry_is_proved_from_the_file_alone(index: int) -> None:
    entry, checkpoint = checked(str(proof_of(index)))
    assert (entry.version, checkpoint) == (index + 1, CHECKPOINT)


@given(st.integers(0, 2**63 - 1), hashes, st.text(), st.none() | st.binary())
def test_every_proof_is_read_as_it_was_written(
    index: int, way: tuple[bytes, ...], checkpoint: str, extra: bytes | None
) -> None:
    proof = Proof(index, way, checkpoint, extra)
    assert Proof.parsed(str(proof)) == proof


def test_another_entry_is_not_proved() -> None:
    with pytest.raises(AuditFailed, match="leaf 3 is not shown"):
        check_proof(proof_of(3), ENTRIES[4], [KEY.vkey])


def test_another_place_is_not_proved() -> None:
    for index in set(range(SIZE + 2)) - {3}:
        with pytest.raises(AuditFailed):
            check_proof(proof_of(3)._replace(leaf_index=index), ENTRIES[3], [KEY.vkey])


def test_a_proof_is_worth_nothing_under_a_checkpoint_that_another_key_signed() -> None:
    other = SigningKey(KEY.name, bytes(32))
    with pytest.raises(AuditFailed, match="no given key signed"):
        check_proof(proof_of(3), ENTRIES[3], [other.vkey])


def test_no_changed_character_of_a_proof_passes() -> None:
    text = str(proof_of(3))
    for at, was in enumerate(text):
        changed = text[:at] + chr(ord(was) ^ 1) + text[at + 1 :]
        with pytest.raises((AuditFailed, InvalidInput)):
            checked(changed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEADER,
        f"{HEADER}\nindex 0",
        f"{HEADER}\nindex 0\n",
        f"{HEADER}\n0\n\n{NOTE}",
        f"{HEADER}\n\n{NOTE}",
        f"{HEADER}2\nindex 0\n\n{NOTE}",
        f"{HEADER}\r\nindex 0\n\n{NOTE}",
        f"index 0\n\n{NOTE}",
        f"{HEADER}\nindex\n\n{NOTE}",
        f"{HEADER}\nindex 00\n\n{NOTE}",
        f"{HEADER}\nindex -1\n\n{NOTE}",
        f"{HEADER}\nindex 0 \n\n{NOTE}",
        f"{HEADER}\nindex 9223372036854775808\n\n{NOTE}",
        f"{HEADER}\nextra AA\nindex 0\n\n{NOTE}",
        f"{HEADER}\nextra AA==\n\n{NOTE}",
        f"{HEADER}\nindex 0\nextra AA==\n\n{NOTE}",
        f"{HEADER}\nextra AA==\nextra AA==\nindex 0\n\n{NOTE}",
        f"{HEADER}\nindex 0\n{HASH64[:-1]}\n\n{NOTE}",
        f"{HEADER}\nindex 0\nAAAA\n\n{NOTE}",
        f"{HEADER}\nindex 0\n{f'{HASH64}{chr(10)}' * (MAX_HASHES + 1)}\n{NOTE}",
    ],
)
def test_what_is_not_formed_as_specified_is_no_proof(text: str) -> None:
    with pytest.raises(InvalidInput, match="proof"):
        Proof.parsed(text)


@given(st.text() | st.text("extraindx 01A=\n").map(f"{HEADER}\n{{}}".format))
def test_any_text_is_read_as_it_is_written_or_refused_for_a_reason(text: str) -> None:
    try:
        proof = Proof.parsed(text)
    except InvalidInput:
        return
    assert str(proof) == text


def test_a_proof_in_a_tree_of_a_million_leaves_is_under_two_thousand_bytes() -> None:
    way = (bytes(32),) * (1_000_000).bit_length()
    checkpoint = Checkpoint(KEY.name, 1_000_000, bytes(32))
    both = [KEY, SigningKey(KEY.name, bytes(32))]
    proof = Proof(999_999, way, signed_checkpoint(checkpoint, both), extra=ENTRIES[0])
    assert len(str(proof).encode()) < 2000
