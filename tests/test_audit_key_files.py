"""Files of keys: private ones that only their owner reads, and the public ones beside them."""

import os
import stat
from pathlib import Path

import pytest
from retold.adapters.audit.key_files import (
    add_to_key_file,
    public_file_of,
    read_key_file,
    read_vkeys,
    write_key_file,
)
from retold.adapters.audit.keys import SigningKey
from retold.domain.errors import InvalidInput

NAME = "example.com/incidents"
KEY = SigningKey(NAME, bytes(range(32)))
VKEY = str(KEY.vkey)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "audit.key"
    write_key_file(path, KEY)
    return path


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
