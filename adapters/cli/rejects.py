"""The file that takes what an import rejects, ready to be mended."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ...domain.errors import InvalidInput
from ..importers.accounts import Rejection


@contextmanager
def rejects_file(path: str | None, read: Sequence[str]) -> Iterator[Callable[[Rejection], object]]:
    """Write rejections to a file as they come; without any it is left empty.

    Raises `InvalidInput` for a file that is to be `read`.
    """
    if path is None:
        yield id
        return
    target = Path(path)
    if target.exists() and any(_is_same(target, one) for one in read):
        raise InvalidInput("is to be read: name another file for the rejects", path)
    with target.open("w", encoding="utf-8") as file:
        yield lambda rejection: file.write(f"{rejection.as_line()}\n")


def _is_same(target: Path, file: str) -> bool:
    if file != "-":
        return Path(file).exists() and target.samefile(file)
    try:
        return os.path.samestat(os.fstat(sys.stdin.fileno()), target.stat())
    except (OSError, ValueError):  # a standard input that is no file
        return False
