"""Files of evidence: written whole or not at all, and never read beyond what they can be."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from ...domain.errors import InvalidInput


def write_whole(path: Path, text: str) -> None:
    """Put `text` into a file in place of what it held, durably; an interruption leaves that.

    Where `path` is a link, the file behind it is meant. Raises `InvalidInput` for what is there
    and is no file, such as a device.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        raise InvalidInput("is there and is no file", str(path))
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(0o644)
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


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
