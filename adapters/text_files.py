"""Text in files: read to the last byte, written whole or not at all, its problems told by name."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..domain.errors import InvalidInput

LONGEST_NAME = 50
"""Characters of a file's name that the file beside it has, too, as names are at most 255 bytes."""


def read_text(path: Path, most: int) -> str:
    """Return a file's text, as it is to the last byte.

    Raises `InvalidInput` where it is no text in UTF-8, or of more than `most` bytes.
    """
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise InvalidInput(f"is longer than {most:,} bytes", str(path))
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidInput("is no text in UTF-8", str(path)) from None


def write_whole(path: Path, text: str, check: Callable[[], None] = lambda: None) -> None:
    """Put `text` into a file in place of what it held, durably; an interruption leaves that.

    A file's permissions and owner stay; where `path` is a link, the file behind it is meant.
    `check` is called last of all, and what it raises leaves the file as it was. Raises as
    `file_behind` does, and what Python raises for a path that cannot be written.
    """
    path = file_behind(path)
    # In containers that share a folder two processes may well have the same number.
    beside = path.with_name(f".{path.name[:LONGEST_NAME]}.{secrets.token_hex(4)}")
    with _named(path):
        file = beside.open("xb")
        try:
            with file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                _permit_as(path, beside)
            check()
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def file_behind(path: Path) -> Path:
    """Return the path of the file that is meant, which need not be there yet, without links.

    Raises `InvalidInput` for links in a circle, and for what is there and is no file, such as a
    device.
    """
    real = Path(os.path.realpath(path))
    if real.is_symlink():
        raise InvalidInput("is a link that leads back to itself", str(path))
    if real.exists() and not real.is_file():
        raise InvalidInput("is there and is no file", str(path))
    return real


@contextmanager
def within(file: str) -> Iterator[None]:
    """Say of which file a problem is, before the line that it names."""
    try:
        yield
    except InvalidInput as error:
        where = f"{file}, {error.where}" if error.where else file
        raise InvalidInput(error.problem, where) from None


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        error.filename = str(path)  # nobody has heard of the one beside it
        raise


def _permit_as(path: Path, beside: Path) -> None:
    path.open("r+b").close()  # raises for a file that is only to be read, which stays as it is
    known = path.stat()
    with suppress(PermissionError):  # what belongs to somebody else becomes ours
        os.chown(beside, known.st_uid, known.st_gid)
    beside.chmod(stat.S_IMODE(known.st_mode))
