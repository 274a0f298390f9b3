"""Keys of the audit, as Go's sumdb/note writes them."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from retold.adapters.audit.keys import SigningKey, VerifierKey
from retold.domain.errors import InvalidInput

VECTORS = Path(__file__).parents[2] / "shared" / "data" / "golden" / "rfc6962_vectors.json"
NAME = "example.com/incidents"
KEY = SigningKey(NAME, bytes(range(32)))


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    if not VECTORS.is_file():
        pytest.skip("the golden values in ../shared/data are not part of the project")
    return dict(json.loads(VECTORS.read_text()))


def test_the_published_private_key_has_the_published_vkey(vectors: dict[str, Any]) -> None:
    published, _ = vectors["signed_note"]
    key = SigningKey.parsed(published["skey"])
    assert str(key.vkey) == published["vkey"]
    assert key.secret_text == published["skey"]
    assert VerifierKey.parsed(published["vkey"]) == key.vkey


def test_the_published_bad_vkeys_are_refused(vectors: dict[str, Any]) -> None:
    good = vectors["signed_note"][0]["vkey"]
    parts = [good[begin:end] for begin in range(len(good)) for end in range(begin, len(good) + 1)]
    one_more = [good[:at] + chr(ord(good[at]) + 1) + good[at + 1 :] for at in range(len(good))]
    for bad in {*vectors["bad_vkeys"][:2], *parts, *one_more} - {good}:
        with pytest.raises(InvalidInput):
            VerifierKey.parsed(bad)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb", "a\x07b", "a\u202eb"])
def test_a_name_that_notes_cannot_hold_or_terminals_show_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="is no name for a key"):
        SigningKey.generated(name)


def test_every_generated_key_is_another() -> None:
    assert SigningKey.generated(NAME).seed != SigningKey.generated(NAME).seed


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32), st.text())
def test_a_key_is_read_as_it_was_written_and_verifies_what_it_signed(
    seed: bytes, text: str
) -> None:
    text = text.encode(errors="replace").decode()
    key = SigningKey.parsed(SigningKey(NAME, seed).secret_text)
    assert key.seed == seed
    vkey = VerifierKey.parsed(str(key.vkey))
    assert vkey.verifies(text, key.sign(text))
    assert not vkey.verifies(f"{text}.", key.sign(text))


@given(st.text() | st.text("PRIVATEKEY+=0123abcdefAQ"))
def test_nothing_but_a_key_is_read_as_one(text: str) -> None:
    for parsed in (SigningKey.parsed, VerifierKey.parsed):
        with pytest.raises(InvalidInput):
            parsed(text)


@pytest.mark.parametrize("signature", [b"", b"short", bytes(64), bytes(65)])
def test_what_is_no_signature_verifies_nothing(signature: bytes) -> None:
    assert not KEY.vkey.verifies("text\n", signature)


@pytest.mark.parametrize("length", [31, 33])
def test_a_key_of_another_length_is_refused_though_its_hash_is_right(length: int) -> None:
    with pytest.raises(InvalidInput, match="no Ed25519 key"):
        VerifierKey.parsed(str(VerifierKey(NAME, bytes(length))))
    private = b64encode(b"\x01" + bytes(length)).decode()
    with pytest.raises(InvalidInput, match="no Ed25519 key"):
        SigningKey.parsed(f"PRIVATE+KEY+{NAME}+00000000+{private}")


def test_a_refused_private_key_is_not_shown() -> None:
    damaged = KEY.secret_text.replace("+AQ", "+AR")
    with pytest.raises(InvalidInput) as refused:
        SigningKey.parsed(damaged)
    assert damaged[-40:-5] not in str(refused.value)
    assert repr(KEY) == f"SigningKey(name={NAME!r})"


def test_a_private_key_given_for_a_vkey_is_named_as_such() -> None:
    with pytest.raises(InvalidInput, match="this is a private key"):
        VerifierKey.parsed(KEY.secret_text)
