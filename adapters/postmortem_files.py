"""Documents in files that people edit: read to the byte, and written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..domain.errors import ConcurrentChange, InvalidInput
from .audit.files import read_text

MAX_DOCUMENT = 64 * 1024 * 1024
"""Bytes, many times what the longest history takes."""

LONGEST_NAME = 50
"""Characters of a file's name that the file beside it has, too, as names are at most 255 bytes."""


def document_in(path: Path) -> str | None:
    """Return a file's text to the byte, or None where there is no file.

    Raises `InvalidInput` for what is no text in UTF-8 or no file, and what Python raises for a
    path that cannot be read.
    """
    if not path.exists():
        _refuse_circle(path)
        return None
    if not path.is_file():
        raise InvalidInput("is there and is no file", str(path))
    return read_text(path, MAX_DOCUMENT)


def put_document(path: Path, text: str, before: str | None) -> None:
    """Put `text` into a file in place of `before`, durably; an interruption leaves that.

    A file's permissions and owner stay; where `path` is a link, the file behind it is meant.
    Raises `ConcurrentChange` if somebody has written the file since it held `before`, and what
    Python raises for a path that cannot be written.
    """
    path = Path(os.path.realpath(path))
    # In containers that share a folder two processes may well have the same number.
    beside = path.with_name(f".{path.name[:LONGEST_NAME]}.{secrets.token_hex(4)}")
    with _named(path):
        file = beside.open("xb")
        try:
            with file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            if before is not None:
                _permit_as(path, beside)
            _refuse_if_written(path, before)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def _refuse_circle(path: Path) -> None:
    if Path(os.path.realpath(path)).is_symlink():
        raise InvalidInput("is a link that leads back to itself", str(path))


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        error.filename = str(path)  # nobody has heard of the one beside it
        raise


def _refuse_if_written(path: Path, before: str | None) -> None:
    if document_in(path) != before:
        raise ConcurrentChange(f"{path} was written meanwhile: look at it, then run again")


def _permit_as(path: Path, beside: Path) -> None:
    path.open("r+b").close()  # raises for a file that is only to be read, which stays as it is
    known = path.stat()
    with suppress(PermissionError):  # what belongs to somebody else becomes ours
        os.chown(beside, known.st_uid, known.st_gid)
    beside.chmod(stat.S_IMODE(known.st_mode))


@contextmanager
def within(file: str) -> Iterator[None]:
    """Say of which file a problem is, before the line that it names."""
    try:
        yield
    except InvalidInput as error:
        where = f"{file}, {error.where}" if error.where else file
        raise InvalidInput(error.problem, where) from None
