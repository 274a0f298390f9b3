"""Signed notes: the published ones, and nothing that differs from a signed one by a character."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from retold.adapters.audit.keys import SigningKey, VerifierKey
from retold.adapters.audit.signed_notes import (
    MAX_NOTE,
    MAX_SIGNATURES,
    SignedNote,
    opened_note,
    signed_note,
)
from retold.domain.errors import AuditFailed, InvalidInput

VECTORS = Path(__file__).parents[2] / "shared" / "data" / "golden" / "rfc6962_vectors.json"
OLD = SigningKey("example.com/log", bytes(range(32)))
NEW = SigningKey("example.com/log", bytes(32))
WITNESS = SigningKey("witness.example/w1", bytes(32))
TEXT = "one\n\nthree\n"
NOTE = signed_note(TEXT, [OLD])
SIGNATURE_LINE = NOTE.splitlines()[-1]

note_texts = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=["Cs"]) | st.just("\n")
).map("{}\n".format)


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    if not VECTORS.is_file():
        pytest.skip("the golden values in ../shared/data are not part of the project")
    return dict(json.loads(VECTORS.read_text()))


def is_refused(note: str, *vkeys: VerifierKey) -> bool:
    try:
        opened_note(note, vkeys)
    except (AuditFailed, InvalidInput):
        return True
    return False


def test_published_notes_open_with_their_vkeys(vectors: dict[str, Any]) -> None:
    for published in vectors["signed_note"]:
        vkey = VerifierKey.parsed(published["vkey"])
        note = f"{published['text']}\n{published['signature_line']}"
        assert opened_note(note, [vkey]) == (published["text"], (vkey,))


def test_the_published_key_makes_the_published_signature(vectors: dict[str, Any]) -> None:
    published = vectors["signed_note"][0]
    key = SigningKey.parsed(published["skey"])
    expected = f"{published['text']}\n{published['signature_line']}"
    assert signed_note(published["text"], [key]) == expected


def test_a_note_that_two_keys_signed_opens_with_either_and_says_which() -> None:
    note = signed_note(TEXT, [OLD, NEW])
    assert opened_note(note, [OLD.vkey]) == (TEXT, (OLD.vkey,))
    assert opened_note(note, [NEW.vkey]) == (TEXT, (NEW.vkey,))
    assert opened_note(note, [NEW.vkey, OLD.vkey]).signers == (OLD.vkey, NEW.vkey)


def test_signatures_of_keys_that_are_not_given_are_ignored() -> None:
    unknown = "\u2014 unknown.example/w2 AAAAAAAAAAA=\n"
    note = signed_note(TEXT, [WITNESS, OLD]) + unknown
    assert opened_note(note, [OLD.vkey]).signers == (OLD.vkey,)


def test_a_note_that_no_given_key_signed_is_refused() -> None:
    with pytest.raises(AuditFailed, match="no given key signed this note"):
        opened_note(NOTE, [NEW.vkey, WITNESS.vkey])
    with pytest.raises(AuditFailed, match="given: none"):
        opened_note(NOTE, [])


def test_a_wrong_signature_of_a_given_key_spoils_the_right_one_of_another() -> None:
    of_another_text = signed_note("other\n", [NEW]).splitlines()[-1]
    with pytest.raises(AuditFailed, match="it was changed"):
        opened_note(f"{NOTE}{of_another_text}\n", [OLD.vkey, NEW.vkey])
    assert opened_note(f"{NOTE}{of_another_text}\n", [OLD.vkey]).signers == (OLD.vkey,)


def test_a_second_wrong_signature_of_the_same_key_is_not_passed_over() -> None:
    of_another_text = signed_note("other\n", [OLD]).splitlines()[-1]
    with pytest.raises(AuditFailed, match="it was changed"):
        opened_note(f"{NOTE}{of_another_text}\n", [OLD.vkey])


def test_a_repeated_signature_counts_once() -> None:
    assert opened_note(f"{NOTE}{SIGNATURE_LINE}\n", [OLD.vkey, OLD.vkey]).signers == (OLD.vkey,)


def test_a_signature_under_another_name_does_not_count() -> None:
    renamed = NOTE.replace("\u2014 example.com/log", "\u2014 example.com/gol")
    with pytest.raises(AuditFailed, match="no given key signed"):
        opened_note(renamed, [OLD.vkey])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}{SIGNATURE_LINE}\n",
        f"{TEXT}\n{SIGNATURE_LINE}",
        f"{TEXT}\n{SIGNATURE_LINE}\n\n",
        f"{TEXT}\n{SIGNATURE_LINE} \n",
        f"{TEXT}\n{SIGNATURE_LINE}\r\n",
        f"{TEXT}\n {SIGNATURE_LINE}\n",
        f"{TEXT}\n{SIGNATURE_LINE.replace(chr(0x2014), '-')}\n",
        f"{TEXT}\n{SIGNATURE_LINE.removeprefix(chr(0x2014)).strip()}\n",
        f"{TEXT}\n{SIGNATURE_LINE}\nnonsense\n",
        f"tab\there\n\n{SIGNATURE_LINE}\n",
        f"{TEXT}\n\u2014 a+b AAAAAAAA\n{SIGNATURE_LINE}\n",
        f"{TEXT}\n\u2014 a\u2003b AAAAAAAA\n{SIGNATURE_LINE}\n",
        f"{TEXT}\n\u2014  AAAAAAAA\n{SIGNATURE_LINE}\n",
        f"{TEXT}\n\u2014 a AAAA\n{SIGNATURE_LINE}\n",
        f"{TEXT}\n\u2014 a AAAAAA==\n{SIGNATURE_LINE}\n",
        f"{TEXT}\n\u2014 a\n{SIGNATURE_LINE}\n",
        f"\ud800\n\n{SIGNATURE_LINE}\n",
        f"{TEXT}\n{f'{SIGNATURE_LINE}{chr(10)}' * (MAX_SIGNATURES + 1)}",
        f"{'x' * MAX_NOTE}\n\n{SIGNATURE_LINE}\n",
    ],
)
def test_what_is_not_formed_as_specified_is_no_note(note: str) -> None:
    with pytest.raises(InvalidInput):
        SignedNote.parsed(note)


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "\r\n", "\ud800\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text: str) -> None:
    with pytest.raises(InvalidInput):
        signed_note(text, [OLD])


def test_a_note_needs_a_key() -> None:
    with pytest.raises(InvalidInput, match="needs a key"):
        signed_note(TEXT, [])


@settings(deadline=None)
@given(note_texts)
def test_every_text_comes_out_as_it_was_signed(text: str) -> None:
    note = signed_note(text, [OLD, WITNESS])
    assert opened_note(note, [OLD.vkey]).text == text
    assert str(SignedNote.parsed(note)) == note


def test_no_changed_bit_of_a_note_passes() -> None:
    whole = NOTE.encode()
    for at in range(len(whole)):
        for bit in range(8):
            changed = whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
            assert is_refused(changed.decode(errors="surrogateescape"), OLD.vkey), changed


@settings(deadline=None)
@given(st.integers(0, len(NOTE) - 1), st.text(max_size=3), st.integers(0, 3))
def test_nothing_put_in_or_taken_out_passes(at: int, put_in: str, taken: int) -> None:
    changed = NOTE[:at] + put_in + NOTE[at + taken :]
    assert changed == NOTE or is_refused(changed, OLD.vkey)


@settings(deadline=None)
@given(st.text() | st.text("\u2014 a\nA=").map(f"{TEXT}\n\u2014 {{}}".format))
def test_any_text_is_opened_or_refused_for_a_reason(note: str) -> None:
    assert is_refused(note, OLD.vkey)
