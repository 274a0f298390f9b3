"""The timeline as a Mermaid gantt chart: phases and impacts as bars, key moments as milestones.

Mermaid has no way to escape a colon, semicolon or hash in a label, so labels keep letters,
numbers and a few harmless signs alone: https://github.com/mermaid-js/mermaid/issues/742.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime

from ..projections.spans import phase_spans
from ..projections.story import Story
from .wording import moment, titled, visible

LONGEST_LABEL = 60

_SIGNS = frozenset(" .-+()/")


def as_mermaid(story: Story, *, only_key: bool = False) -> str:
    """Return a gantt chart; its times are UTC, whatever zone a browser is in.

    `only_key` leaves out phases and impacts.
    """
    title = label(f"{titled(story.incident.title)} (UTC)")
    lines = [
        "gantt",
        f"    title Timeline of {title}",
        "    dateFormat YYYY-MM-DD HH:mm:ss",
        "    axisFormat %m-%d %H:%M",
        "    todayMarker off",
        *_moments(story),
        *([] if only_key else _phases(story)),
        *([] if only_key else _impacts(story)),
    ]
    return "\n".join(lines) + "\n"


def label(text: str) -> str:
    """Return `text` on one line with nothing in it that Mermaid could take for its own."""
    kept = (char if _is_harmless(char) else " " for char in visible(text))
    words = re.sub(" +", " ", "".join(kept)).strip()
    return words if len(words) <= LONGEST_LABEL else f"{words[:LONGEST_LABEL].rstrip()}..."


def _is_harmless(char: str) -> bool:
    return char in _SIGNS or unicodedata.category(char)[0] in "LMN"


def _moments(story: Story) -> Iterator[str]:
    yield "    section Key moments"
    for one in story.moments:
        if one.at is not None:
            yield f"    {one.label} :milestone, {moment(one.at)}, 0d"


def _phases(story: Story) -> Iterator[str]:
    spans = phase_spans(entry.row for entry in story.entries)
    # What a closed incident ends with ends by nothing: its length would mean nothing.
    measured = spans if story.incident.is_open else spans[:-1]
    shown = [one for one in measured if one.started_at < one.ended_at]
    # One section: Mermaid takes those of one name, as after reopening, for one, and then puts the
    # names of the others beside bars that are not theirs.
    if shown:
        yield "    section Phases"
    for one in shown:
        yield f"    {one.phase} :{_bar(one.started_at, one.ended_at)}"


def _impacts(story: Story) -> Iterator[str]:
    times = [one.row.occurred_at for one in story.entries if not one.row.retracted]
    spans = [one for one in story.impacts if one.started_at is not None]
    if spans:
        yield "    section Impact"
    for one in spans:
        end = one.ended_at or times[-1]
        parts = [f"Impact on {one.service}", one.concern, one.level]
        name = label(" ".join(filter(None, parts)))
        still = "" if one.ended_at else " (end not recorded)"
        if one.started_at is not None and one.started_at < end:
            yield f"    {name}{still} :crit, {_bar(one.started_at, end)}"


def _bar(start: datetime, end: datetime) -> str:
    return f"{moment(start)}, {moment(end)}"
