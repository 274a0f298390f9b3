"""Documents in files that people edit: read to the byte, and never written over their words."""

from __future__ import annotations

from pathlib import Path

from ..domain.errors import ConcurrentChange
from .text_files import file_behind, read_text, write_whole

MAX_DOCUMENT = 64 * 1024 * 1024
"""Bytes, many times what the longest history takes."""


def document_in(path: Path) -> str | None:
    """Return a file's text to the byte, or None where there is no file.

    Raises `InvalidInput` for what is no text in UTF-8 or no file, and what Python raises for a
    path that cannot be read.
    """
    return read_text(path, MAX_DOCUMENT) if file_behind(path).exists() else None


def put_document(path: Path, text: str, before: str | None) -> None:
    """Put `text` into a file in place of `before`, as `write_whole` does and raising as it does.

    Raises `ConcurrentChange` if somebody has written the file since it held `before`.
    """

    def check() -> None:
        if document_in(path) != before:
            raise ConcurrentChange(f"{path} was written meanwhile: look at it, then run again")

    write_whole(path, text, check)
