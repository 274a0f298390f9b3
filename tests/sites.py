"""What the tests of a site share: its pages as a parser reads them."""

import re
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID


class Parsed(HTMLParser):
    """A page: its elements with the names of their attributes, its anchors, its links, its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements = list[tuple[str, tuple[str, ...]]]()
        self.anchors = set[str]()
        self.links = list[str]()
        self.said = list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values["id"]} if "id" in values else set()
        self.links += [values["href"]] if "href" in values else []

    def handle_data(self, data: str) -> None:
        self.said += [data.strip()] if data.strip() else []


def parsed(folder: Path, name: str = "index.html") -> Parsed:
    return Parsed((folder / name).read_text("utf-8"))


def files(folder: Path) -> dict[str, bytes]:
    """Return all files of a site by their names in it."""
    found = (one for one in sorted(folder.rglob("*")) if one.is_file())
    return {str(one.relative_to(folder)): one.read_bytes() for one in found}


def row(folder: Path, incident: UUID) -> list[str]:
    """Return what the list of the index says of an incident, cell by cell."""
    text = (folder / "index.html").read_text("utf-8")
    [found] = re.findall(rf'<tr role="row" id="i-{incident}".*?</tr>', text, re.DOTALL)
    cells = re.findall(r"<t[dh].*?</t[dh]>", found, re.DOTALL)
    return [" ".join(Parsed(cell).said) for cell in cells]


def board(folder: Path) -> list[list[str]]:
    """Return what the board says, incident by incident."""
    text = (folder / "index.html").read_text("utf-8")
    [found] = re.findall(r'<section aria-labelledby="board">.*?</section>', text, re.DOTALL)
    cards = re.findall(r'<li class="[a-z-]+">.*?</li>', found, re.DOTALL)
    return [Parsed(card).said for card in cards]


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
