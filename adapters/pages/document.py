"""The timeline document as a page that needs nothing else, with the picture in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, assert_never

from markupsafe import Markup

from ...projections.built_in import BY_NAME
from ..picture_style import style
from ..timeline_blocks import Telling, sections
from ..timeline_parts import Facts, Items, Paragraph, Part, Phrase, Section, Table
from ..timeline_picture import as_svg
from ..wording import duration
from .lines import Line, anchors, lines
from .page import page

MEASURES = (("ttd",), ("tta",), ("ttm", "ttm_detected"), ("ttr", "ttr_detected"))
"""The durations beside where an incident stands: of each, the first that there is."""


class Block(NamedTuple):
    """A part of a section as a page shows it: a paragraph's words, a list or facts, or a table."""

    words: Phrase = ()
    items: tuple[Phrase, ...] = ()
    heads: tuple[Phrase, ...] = ()
    lines: tuple[Line, ...] = ()
    without: str = ""
    """Which of a timeline's columns are empty, so that they can be narrow."""


def as_html(told: Telling, *, only_key: bool = False, home: str = "") -> str:
    """Return the document as a page; the same telling gives the same bytes.

    It has the sections of every form, and the picture. Every entry is an anchor, `e-` before its
    event id, that key moments, durations and questions link to. `only_key` leaves all but key
    moments out; `home` is the index of the site that the page is part of.
    """
    header, *rest = sections(told, only_key=only_key)
    shown = told.story.only_key if only_key else told.story
    facts, *about = _blocks(header)
    values = {
        "heading": header.title,
        "state": told.story.incident.state,
        "facts": facts.items,
        "about": about,
        "durations": dict(_durations(told)),
        # Ours, every text in it escaped
        "picture": Markup(as_svg(shown, told.cut, heading=False)),  # noqa: S704
        "sections": [(one.name, one.title, _blocks(one)) for one in rest],
        "anchors": anchors(shown),
    }
    return page(_plain(header.title), "timeline.html", values, styles=(style(),), home=home)


def _blocks(section: Section) -> list[Block]:
    return [_block(part) for part in section.parts]


def _block(part: Part) -> Block:
    match part:
        case Paragraph():
            return Block(words=part.phrase)
        case Facts() | Items():
            return Block(items=part.phrases)
        case Table():
            shown = tuple(lines(part.rows))
            return Block(heads=part.heads, lines=shown, without=" ".join(_empty(shown)))
        case other:
            assert_never(other)


def _empty(shown: Iterable[Line]) -> Iterator[str]:
    entries = [one for line in shown for one in (*line.folded, line) if one.kind == "entry"]
    for name, index in (("no-who", -3), ("no-link", -1)):
        if not any(one.cells[index] for one in entries):
            yield name


def _durations(told: Telling) -> Iterator[tuple[str, str]]:
    took = {
        row.measure: row.duration_us
        for row in told.story.views.durations
        if row.state == "observed" and row.duration_us is not None
    }
    for names in MEASURES:
        for name in [name for name in names if name in took][:1]:
            yield BY_NAME[name].title, duration(took[name])


def _plain(phrase: Phrase | None) -> str:
    return "".join(words.text for words in phrase or ())
