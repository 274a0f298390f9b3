"""What the tests of pages share: a page read as a tree of elements, as a browser reads it."""

import base64
import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

VOID = {"br", "col", "hr", "img", "input", "link", "meta", "path", "rect", "stop"}


class Element(NamedTuple):
    """An element with its attributes and what is in it."""

    tag: str
    attributes: dict[str, str]
    inside: list["Element | str"]

    def every(self, tag: str = "") -> Iterator["Element"]:
        """Yield the elements of that name within it, or all, in the order of the page."""
        for one in self.inside:
            if isinstance(one, Element):
                if tag in ("", one.tag):
                    yield one
                yield from one.every(tag)

    def only(self, tag: str) -> "Element":
        [one] = self.every(tag)
        return one

    @property
    def text(self) -> str:
        """What is read, with every run of white space as one space."""
        return re.sub(r"\s+", " ", self.raw).strip()

    @property
    def raw(self) -> str:
        return "".join(one if isinstance(one, str) else one.raw for one in self.inside)

    def own(self, *tags: str) -> list["Element"]:
        """Return its children of those names."""
        return [one for one in self.inside if isinstance(one, Element) and one.tag in tags]

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {}, [])]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, [])
        assert len(element.attributes) == len(attrs), f"an attribute twice: {tag} {attrs}"
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def read(page: str) -> Element:
    """Return the root of a page; fails where a tag is closed that is not the last one opened."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    [root] = reader.open
    return root.only("html")


def policy_of(root: Element) -> dict[str, list[str]]:
    """Return the directives of the page's Content-Security-Policy."""
    metas = [one for one in root.every("meta") if "http-equiv" in one.attributes]
    [meta] = metas
    assert meta.attributes["http-equiv"] == "Content-Security-Policy"
    directives = (one.split() for one in meta.attributes["content"].split(";"))
    return {name: values for name, *values in directives}


def hashed(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
