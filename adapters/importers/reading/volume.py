"""How much of the files was read: for progress, and to hold no more at once than is bearable."""

from __future__ import annotations

import os
from collections.abc import Sequence


class Volume:
    """Bytes read, as the files hold them and out of gzip; of how many, where that is known."""

    def __init__(self, files: Sequence[str] = ()) -> None:
        """Expect those files; with standard input among them nobody knows how much there is."""
        sizes = [_size(file) for file in files]
        self._size = sum(filter(None, sizes)) if None not in sizes else None
        self._packed = 0
        self.unpacked = 0

    @property
    def share(self) -> float | None:
        """The share of all bytes that was read; None where it is not known."""
        return self._packed / self._size if self._size else None

    def add_packed(self, size: int) -> None:
        """Take notice of bytes read from a file."""
        self._packed += size

    def add_unpacked(self, size: int) -> None:
        """Take notice of bytes of text."""
        self.unpacked += size


def _size(file: str) -> int | None:
    try:
        return None if file == "-" else os.stat(file).st_size  # noqa: PTH116 - a plain number
    except OSError:
        return 0
