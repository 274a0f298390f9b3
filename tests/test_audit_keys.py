"""Keys of the audit: as Go's sumdb/note writes them, in files that only their owner reads."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold.adapters.audit.key_files import (
    add_to_key_file,
    public_file_of,
    read_key_file,
    read_vkeys,
    write_key_file,
)
from retold.adapters.audit.keys import SigningKey, VerifierKey
from retold.domain.errors import InvalidInput

VECTORS = Path(__file__).parents[2] / "shared" / "data" / "golden" / "rfc6962_vectors.json"
NAME = "example.com/incidents"
KEY = SigningKey(NAME, bytes(range(32)))
VKEY = str(KEY.vkey)


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    if not VECTORS.is_file():
        pytest.skip("the golden values in ../shared/data are not part of the project")
    return dict(json.loads(VECTORS.read_text()))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "audit.key"
    write_key_file(path, KEY)
    return path


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


def test_a_refused_private_key_is_not_shown() -> None:
    damaged = KEY.secret_text.replace("+AQ", "+AR")
    with pytest.raises(InvalidInput) as refused:
        SigningKey.parsed(damaged)
    assert damaged[-40:-5] not in str(refused.value)
    assert damaged[-40:-5] not in repr(KEY)


def test_a_private_key_given_for_a_vkey_is_named_as_such() -> None:
    with pytest.raises(InvalidInput, match="this is a private key"):
        VerifierKey.parsed(KEY.secret_text)


def test_only_the_owner_reads_the_file_of_a_key(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == f"{KEY.secret_text}\n"
    assert public_file_of(file).read_text() == f"{VKEY}\n"
    assert read_key_file(file) == (KEY,)


@pytest.mark.parametrize("which", ["audit.key", "audit.key.pub"])
def test_no_file_is_overwritten_by_a_key(tmp_path: Path, which: str) -> None:
    (tmp_path / which).symlink_to("elsewhere")
    with pytest.raises(InvalidInput, match="is there already"):
        write_key_file(tmp_path / "audit.key", KEY)
    assert [one.name for one in tmp_path.iterdir()] == [which]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_may_use_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(InvalidInput, match=f"chmod 600 {file}"):
        read_key_file(file)


def test_a_key_is_added_behind_the_others_also_where_an_editor_left_the_line_open(
    file: Path,
) -> None:
    file.write_text(KEY.secret_text)
    new = SigningKey(NAME, bytes(32))
    add_to_key_file(file, new)
    assert read_key_file(file) == (KEY, new)
    assert read_vkeys(str(public_file_of(file))) == (KEY.vkey, new.vkey)


def test_a_retired_key_stays_public(file: Path) -> None:
    second, third = SigningKey(NAME, bytes(32)), SigningKey(NAME, bytes([1] * 32))
    add_to_key_file(file, second)
    file.write_text(f"{second.secret_text}\n")
    add_to_key_file(file, third)
    assert read_key_file(file) == (second, third)
    assert read_vkeys(str(public_file_of(file))) == (KEY.vkey, second.vkey, third.vkey)


def test_a_lost_public_file_is_made_again_with_every_key(file: Path) -> None:
    public_file_of(file).unlink()
    new = SigningKey(NAME, bytes(32))
    add_to_key_file(file, new)
    assert read_vkeys(str(public_file_of(file))) == (KEY.vkey, new.vkey)


def test_a_key_of_another_name_is_not_added(file: Path) -> None:
    with pytest.raises(InvalidInput, match=r"holds the key of example\.com/incidents"):
        add_to_key_file(file, SigningKey("example.com/other", bytes(32)))
    assert read_key_file(file) == (KEY,)


def test_keys_are_not_added_through_a_symbolic_link(file: Path) -> None:
    link = file.with_name("link.key")
    link.symlink_to(file)
    with pytest.raises(InvalidInput, match="symbolic link"):
        add_to_key_file(link, SigningKey(NAME, bytes(32)))
    assert read_key_file(link) == (KEY,)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "holds no key"),
        (b"\n \n", "holds no key"),
        (b"\xff\n", "this is no text"),
        (b"x" * 70_000, "too long"),
        (f"{KEY.secret_text}\n\nnonsense\n".encode(), "line 3: a private key begins with"),
    ],
)
def test_what_is_wrong_with_a_file_of_keys_is_named(
    file: Path, content: bytes, problem: str
) -> None:
    file.write_bytes(content)
    with pytest.raises(InvalidInput, match=problem) as refused:
        read_key_file(file)
    assert str(file) in str(refused.value)


def test_vkeys_are_given_as_one_or_as_a_file(tmp_path: Path) -> None:
    other = str(SigningKey("example.com/other", bytes(32)).vkey)
    (tmp_path / "log.pub").write_text(f"{VKEY}\n\n{other}\n")
    assert read_vkeys(VKEY) == (KEY.vkey,)
    assert [str(one) for one in read_vkeys(str(tmp_path / "log.pub"))] == [VKEY, other]


@pytest.mark.parametrize("given_key", ["missing.pub", "", ".", "\0", f"a{os.sep}" * 3000])
def test_what_is_neither_a_vkey_nor_a_file_is_said_to_be_neither(given_key: str) -> None:
    with pytest.raises(InvalidInput, match="neither a file nor a vkey"):
        read_vkeys(given_key)


def test_a_mangled_vkey_is_not_taken_for_the_name_of_a_file() -> None:
    with pytest.raises(InvalidInput, match="a character is wrong"):
        read_vkeys(VKEY.replace("incidents", "incident"))
