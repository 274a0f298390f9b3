"""Files that hold keys: private ones that only their owner may read, and public ones."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from ...domain.errors import InvalidInput
from .keys import SigningKey, VerifierKey

_MAX_BYTES = 65_536
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_MORE = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW
_OWNER_ONLY = 0o600
_EVERYBODY_READS = 0o644


def public_file_of(path: Path) -> Path:
    """Return where the vkeys of a key file lie: beside it, as `FILE.pub`."""
    return path.with_name(f"{path.name}.pub")


def write_key_file(path: Path, key: SigningKey) -> None:
    """Make the file with a private key, for its owner only, and beside it `FILE.pub`.

    Raises `InvalidInput` if one of them is there: a lost key cannot be made again.
    """
    public = public_file_of(path)
    for one in (path, public):
        if os.path.lexists(one):
            raise InvalidInput("the file is there already and is not overwritten", str(one))
    _write(path, key.secret_text, _NEW, _OWNER_ONLY)
    _write(public, str(key.vkey), _NEW, _EVERYBODY_READS)


def add_to_key_file(path: Path, key: SigningKey) -> None:
    """Add a key to a file of keys of the same name, and its vkey to `FILE.pub`.

    Raises `InvalidInput` for a key of another name.
    """
    keys = read_key_file(path)
    for other in keys:
        if other.name != key.name:
            raise InvalidInput(f"holds the key of {other.name}, not of {key.name}", str(path))
    _write(path, key.secret_text, _MORE, _OWNER_ONLY)
    public = public_file_of(path)
    there = read_vkeys(str(public)) if public.exists() else ()
    for one in (*keys, key):
        if one.vkey not in there:
            _write(public, str(one.vkey), _MORE | os.O_CREAT, _EVERYBODY_READS)


def read_key_file(path: Path) -> tuple[SigningKey, ...]:
    """Read the private keys in a file, one a line; the first is the oldest.

    Raises `InvalidInput` for a file that others than its owner may read, and for what is no key.
    """
    with path.open("rb") as file:
        if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise InvalidInput(f"others may read this private key; chmod 600 {path}", str(path))
        lines = _lines(file.read(_MAX_BYTES + 1), str(path))
    return tuple(SigningKey.parsed(line, where) for where, line in lines)


def read_vkeys(given: str) -> tuple[VerifierKey, ...]:
    """Read a vkey, or a file of them, one a line; raises `InvalidInput`."""
    if not _is_file(given):
        if "+" not in given:
            raise InvalidInput("neither a file nor a vkey, which reads NAME+HASH+BASE64", given)
        return (VerifierKey.parsed(given),)
    with Path(given).open("rb") as file:
        lines = _lines(file.read(_MAX_BYTES + 1), given)
    return tuple(VerifierKey.parsed(line, where) for where, line in lines)


def _is_file(path: str) -> bool:
    try:
        return Path(path).exists() and not Path(path).is_dir()
    except (OSError, ValueError):  # too long, or not possible, as a name of a file
        return False


def _write(path: Path, line: str, flags: int, mode: int) -> None:
    try:
        descriptor = os.open(path, flags, mode)
    except FileExistsError:
        raise InvalidInput("the file is there already and is not overwritten", str(path)) from None
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise InvalidInput("keys are not written through a symbolic link", str(path)) from None
    with open(descriptor, "r+b") as file:  # noqa: PTH123 - a descriptor is given
        file.write(f"{_line_end(file)}{line}\n".encode())
        file.flush()
        os.fsync(descriptor)


def _line_end(file: BinaryIO) -> str:
    """Return what ends the last line of a file where an editor left it open."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return ""
    file.seek(size - 1)
    return "" if file.read(1) == b"\n" else "\n"


def _lines(data: bytes, path: str) -> Sequence[tuple[str, str]]:
    """Return the lines that are not blank, each with its place."""
    if len(data) > _MAX_BYTES:
        raise InvalidInput("this is too long for a file of keys", path)
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError:
        raise InvalidInput("this is no text, so no file of keys", path) from None
    numbered = enumerate(map(str.strip, lines), start=1)
    found = [(f"{path}, line {number}", line) for number, line in numbered if line]
    if not found:
        raise InvalidInput("holds no key", path)
    return found
