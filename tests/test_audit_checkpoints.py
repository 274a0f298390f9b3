"""Checkpoints: the published forms, who must have signed them, what is refused."""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from retold.adapters.audit.checkpoints import Checkpoint, opened_checkpoint, signed_checkpoint
from retold.adapters.audit.keys import SigningKey
from retold.adapters.audit.signed_notes import signed_note
from retold.domain.errors import AuditFailed, InvalidInput
from retold.domain.merkle import leaf_hash

VECTORS = Path(__file__).parents[2] / "shared" / "data" / "golden" / "rfc6962_vectors.json"
ORIGIN = "example.com/incidents"
KEY = SigningKey(ORIGIN, bytes(range(32)))
NEXT_KEY = SigningKey(ORIGIN, bytes(32))
WITNESS = SigningKey("witness.example/w1", bytes(32))
ROOT = sha256(b"root").digest()
ROOT64 = b64encode(ROOT).decode()
CHECKPOINT = Checkpoint(ORIGIN, 20852163, ROOT)

checkpoints = st.builds(
    Checkpoint, st.just(ORIGIN), st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32)
)


def test_the_published_body_is_read_and_written() -> None:
    if not VECTORS.is_file():
        pytest.skip("the golden values in ../shared/data are not part of the project")
    body = json.loads(VECTORS.read_text())["checkpoint_body"]
    leaf = leaf_hash(body["leaf_ascii"].encode())
    assert Checkpoint.parsed(body["text"]) == (body["origin"], body["size"], leaf)
    assert str(Checkpoint(body["origin"], body["size"], leaf)) == body["text"]


def test_a_signed_checkpoint_is_four_lines_with_a_blank_one_between() -> None:
    lines = signed_checkpoint(CHECKPOINT, [KEY]).split("\n")
    assert lines[:4] == [ORIGIN, "20852163", ROOT64, ""]
    assert lines[4].startswith(f"\u2014 {ORIGIN} ")
    assert lines[5:] == [""]


@settings(deadline=None)
@given(checkpoints)
def test_every_checkpoint_is_opened_as_it_was_signed(checkpoint: Checkpoint) -> None:
    note = signed_checkpoint(checkpoint, [KEY, NEXT_KEY])
    for vkeys in ([KEY.vkey], [NEXT_KEY.vkey], [KEY.vkey, NEXT_KEY.vkey, WITNESS.vkey]):
        assert opened_checkpoint(note, vkeys) == checkpoint


def test_extension_lines_are_read_over() -> None:
    note = signed_note(f"{CHECKPOINT}more\nand more\n", [KEY])
    assert opened_checkpoint(note, [KEY.vkey]) == CHECKPOINT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"{ORIGIN}\n1\n",
        f"{ORIGIN}\n1\n{ROOT64}",
        f"\n1\n{ROOT64}\n",
        f"{ORIGIN}\n\n{ROOT64}\n",
        f"{ORIGIN}\n01\n{ROOT64}\n",
        f"{ORIGIN}\n+1\n{ROOT64}\n",
        f"{ORIGIN}\n-1\n{ROOT64}\n",
        f"{ORIGIN}\n1_0\n{ROOT64}\n",
        f"{ORIGIN}\n 1\n{ROOT64}\n",
        f"{ORIGIN}\n\u0661\n{ROOT64}\n",
        f"{ORIGIN}\n9223372036854775808\n{ROOT64}\n",
        f"{ORIGIN}\n{'9' * 5000}\n{ROOT64}\n",
        f"{ORIGIN}\n1\n{ROOT64[:-1]}\n",
        f"{ORIGIN}\n1\n{ROOT64} \n",
        f"{ORIGIN}\n1\n{ROOT64[:-2]}B=\n",
        f"{ORIGIN}\n1\n{b64encode(ROOT[:31]).decode()}\n",
        f"{ORIGIN}\n1\n{b64encode(ROOT + b'0').decode()}\n",
        f"{ORIGIN}\n1\n{ROOT64}\n\n",
        f"{ORIGIN}\n1\n{ROOT64}\n\nmore\n",
        f"{ORIGIN}\n1\n{ROOT64}\r\n",
        f"{ORIGIN}\n1\n{ROOT64}\nmore",
    ],
)
def test_what_is_not_formed_as_specified_is_no_checkpoint(text: str) -> None:
    with pytest.raises(InvalidInput, match="checkpoint"):
        Checkpoint.parsed(text)


@settings(deadline=None)
@given(st.text() | st.text("0129\n=A").map(f"{ORIGIN}\n{{}}".format))
def test_any_text_is_read_or_refused_for_a_reason(text: str) -> None:
    try:
        read = Checkpoint.parsed(text)
    except InvalidInput:
        return
    assert text.startswith(str(read))


def test_a_checkpoint_is_not_signed_by_a_key_of_another_name_nor_by_none() -> None:
    with pytest.raises(InvalidInput, match=r"the key of witness\.example/w1 does not sign"):
        signed_checkpoint(CHECKPOINT, [KEY, WITNESS])
    with pytest.raises(InvalidInput, match="needs a key"):
        signed_checkpoint(CHECKPOINT, [])


def test_a_log_cannot_speak_for_another() -> None:
    note = signed_note(str(CHECKPOINT), [WITNESS])
    with pytest.raises(AuditFailed, match=r"is only signed by witness\.example/w1"):
        opened_checkpoint(note, [KEY.vkey, WITNESS.vkey])


def test_no_changed_character_of_a_signed_checkpoint_passes() -> None:
    note = signed_checkpoint(CHECKPOINT, [KEY])
    for at, was in enumerate(note):
        changed = note[:at] + chr(ord(was) ^ 1) + note[at + 1 :]
        with pytest.raises((AuditFailed, InvalidInput)):
            opened_checkpoint(changed, [KEY.vkey])
