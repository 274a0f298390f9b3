"""The timeline document as Markdown, for Git, issue trackers and wikis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import assert_never

from ..projections.clusters import Cluster
from .timeline_blocks import Telling, sections
from .timeline_parts import Facts, Items, Paragraph, Phrase, Row, Section, Table, Words
from .timeline_rows import cluster_words
from .wording import markdown

_SAFE_LINK = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/?&=%+-]*)?")
"""Web addresses in which no form of Markdown sees anything but an address: RFC 3986's characters
without those that name people and issues, or end a cell or a link."""


def as_markdown(told: Telling, *, only_key: bool = False) -> str:
    """Return the document as Markdown in which recorded text can do nothing but be read.

    `only_key` leaves all but key moments out.
    """
    parts = [markdown_of(section) for section in sections(told, only_key=only_key)]
    return "\n\n".join(parts) + "\n"


def markdown_of(section: Section, *, with_title: bool = True) -> str:
    """Return one section; that of the whole document's header has a title of the first level."""
    return "\n\n".join(_section(section, with_title=with_title))


def _section(section: Section, *, with_title: bool) -> Iterator[str]:
    if section.title is not None and with_title:
        level = "#" if section.name == "header" else "##"
        yield f"{level} {_phrase(section.title)}"
    for part in section.parts:
        match part:
            case Paragraph():
                yield _phrase(part.phrase)
            case Facts():
                yield " · ".join(map(_phrase, part.phrases))
            case Items():
                yield "\n".join(f"- {_phrase(one)}" for one in part.phrases)
            case Table():
                yield _table(part.heads, part.rows)
                yield from _folded(part)
            case other:
                assert_never(other)


def _folded(table: Table) -> Iterator[str]:
    """Yield the rows of clusters below their table, as none can open within one."""
    clusters = [(row.shows, row.folded) for row in table.rows if isinstance(row.shows, Cluster)]
    if clusters:
        yield "### Entries taken together"
    for cluster, rows in clusters:
        # Fixed words alone stand in HTML, and where it is stripped the table is read all the same.
        yield f"<details><summary>{cluster_words(cluster)}</summary>"
        yield _table(table.heads, rows)
        yield "</details>"


def _table(heads: tuple[Phrase, ...], rows: tuple[Row, ...]) -> str:
    lines = [
        [_phrase(head) for head in heads],
        ["---"] * len(heads),
        *([_phrase(cell) for cell in row.cells] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _phrase(phrase: Phrase) -> str:
    return "".join(map(_words, phrase))


def _words(words: Words) -> str:  # noqa: PLR0911 - one arm a look
    text = words.text if words.ours else markdown(words.text)
    if not text:
        return ""
    match words.look:
        case "plain":
            return text
        case "link":
            return f"<{words.text}>" if _SAFE_LINK.fullmatch(words.text) else text
        case "strong":
            return f"**{text}**"
        case "struck":
            return f"~~{text}~~"
        case "remark":
            return f"*({text})*"
        case "gap":
            return f"*{text}*"
        case "cluster":
            return f"*{text}: see below*"
        case "event" | "code":
            return f"`{text}`"
        case other:
            assert_never(other)
