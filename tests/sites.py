"""What the tests of a site share: its pages as a parser reads them."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from .pages import Element, read


class Parsed(NamedTuple):
    """A page, or a part of one: its elements, its anchors, its links, its text."""

    root: Element

    @property
    def elements(self) -> list[tuple[str, tuple[str, ...]]]:
        """What is in it, each with the names of its attributes."""
        return [(one.tag, tuple(one.attributes)) for one in self.root.every()]

    @property
    def anchors(self) -> set[str]:
        return set(self._values("id"))

    @property
    def links(self) -> list[str]:
        return list(self._values("href"))

    @property
    def said(self) -> list[str]:
        """Its texts, one by one."""
        return list(_texts(self.root))

    def _values(self, attribute: str) -> Iterator[str]:
        found = (one.attributes for one in self.root.every())
        return (values[attribute] for values in found if attribute in values)


def _texts(element: Element) -> Iterator[str]:
    for one in element.inside:
        if isinstance(one, Element):
            yield from _texts(one)
        elif one.strip():
            yield one.strip()


def parsed(folder: Path, name: str = "index.html") -> Parsed:
    return Parsed(read((folder / name).read_text("utf-8")))


def files(folder: Path) -> dict[str, bytes]:
    """Return all files of a site by their names in it."""
    found = (one for one in sorted(folder.rglob("*")) if one.is_file())
    return {str(one.relative_to(folder)): one.read_bytes() for one in found}


def row(folder: Path, incident: UUID) -> list[str]:
    """Return what the list of the index says of an incident, cell by cell."""
    rows = parsed(folder).root.every("tr")
    [found] = [one for one in rows if one.attributes.get("id") == f"i-{incident}"]
    return [" ".join(_texts(cell)) for cell in found.own("td", "th")]


def board(folder: Path) -> list[list[str]]:
    """Return what the board says, incident by incident."""
    lists = [one for one in parsed(folder).root.every("ul") if "board" in one.classes]
    return [list(_texts(card)) for one in lists for card in one.own("li")]


def dead_links(folder: Path) -> list[str]:
    """Return the links of a site's pages that lead nowhere, or out of it."""
    pages = {name: parsed(folder, name) for name in files(folder)}
    dead = []
    for name, page in pages.items():
        for link in page.links:
            file, _, anchor = link.partition("#")
            target = (folder / name).parent / file if file else folder / name
            there = str(target.resolve().relative_to(folder.resolve()))
            if there not in pages or (anchor and anchor not in pages[there].anchors):
                dead.append(f"{name}: {link}")
    return dead
