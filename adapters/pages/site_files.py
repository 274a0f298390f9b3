"""The folder of a site: only what Retold made there is ever replaced or removed."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from uuid import UUID

from ...domain.errors import InvalidInput

GENERATOR = b'<meta name="generator" content="Retold">'
HEAD = 2_048
"""Bytes of a page within which its generator is named."""

INDEX, REPORTS, INCIDENTS = "index.html", "reports.html", "incidents"

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PAGE = re.compile(rf"({_UUID})\.html")
_LEFT_OVER = re.compile(rf"\.(?:index|reports|{_UUID})\.html\.\d+")


class SiteFolder:
    """A folder and what became of its files. One process at a time may work on it."""

    def __init__(self, path: Path, unfinished: str) -> None:
        """Take `path`, making it if need be; `unfinished` is shown until there is an index.

        Raises `InvalidInput` where something is there that Retold did not make and that would be
        in the way, and what Python raises for a path that cannot be written.
        """
        self.written = self.unchanged = self.removed = 0
        self._path = path
        self._unfinished = unfinished
        self._refuse_foreign()
        (path / INCIDENTS).mkdir(parents=True, exist_ok=True)
        for folder in (path, path / INCIDENTS):
            for one in folder.iterdir():
                if _LEFT_OVER.fullmatch(one.name):  # by a run that was killed
                    one.unlink()
        if not (path / INDEX).exists():
            self._write(path / INDEX, unfinished.encode())

    def withdraw(self, visible: Collection[UUID]) -> None:
        """Remove what nobody may see any longer, before anything can fail.

        The index and the reports tell of it, too, and go with it until they are made anew.
        """
        gone = [page for identity, page in self._pages() if identity not in visible]
        self._remove(gone)
        if gone:
            for name in (INDEX, REPORTS):
                (self._path / name).unlink(missing_ok=True)
            self._write(self._path / INDEX, self._unfinished.encode())

    def put(self, name: str, text: str) -> None:
        """Write a file whole or not at all, and only if it says something else than before.

        Raises `InvalidInput` where Retold did not make what is there.
        """
        path, data = self._path / name, text.encode()
        _refuse_unless_ours(path)
        if path.exists() and path.read_bytes() == data:
            self.unchanged += 1
            return
        self._write(path, data)
        self.written += 1

    def keep(self, incidents: Collection[UUID]) -> None:
        """Remove the pages of all other incidents."""
        self._remove([page for identity, page in self._pages() if identity not in incidents])

    def _refuse_foreign(self) -> None:
        if (self._path / INCIDENTS).is_symlink():
            problem = "is a link, and a site writes into its own folder alone: remove it"
            raise InvalidInput(problem, str(self._path / INCIDENTS))
        for name in (INDEX, REPORTS):
            _refuse_unless_ours(self._path / name)
        if not self._path.is_dir() or (self._path / INDEX).exists() or any(self._pages()):
            return
        for one in sorted(self._path.iterdir()):
            is_empty = one.name == INCIDENTS and not any(one.iterdir())
            if not is_empty and not one.name.startswith("."):
                problem = f"holds {one.name} and no site of Retold's: name a new folder"
                raise InvalidInput(problem, str(self._path))

    def _pages(self) -> Iterator[tuple[UUID, Path]]:
        folder = self._path / INCIDENTS
        for page in sorted(folder.iterdir()) if folder.is_dir() else ():
            found = _PAGE.fullmatch(page.name)
            if found and _is_ours(page):
                yield UUID(found[1]), page

    def _remove(self, pages: Collection[Path]) -> None:
        for page in pages:
            page.unlink()
        self.removed += len(pages)

    def _write(self, path: Path, data: bytes) -> None:
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            beside.write_bytes(data)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def _refuse_unless_ours(page: Path) -> None:
    if page.exists() and not _is_ours(page):
        raise InvalidInput("was not made by Retold: move it away", str(page))


def _is_ours(page: Path) -> bool:
    if not page.is_file():
        return False
    with page.open("rb") as file:
        return GENERATOR in file.read(HEAD)
