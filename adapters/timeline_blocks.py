"""The sections of a document by name, and the whole document in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from typing import NamedTuple

from ..domain.history import PRESENT, Cut
from ..projections.story import Story
from . import timeline_closing as closing
from . import timeline_durations as lasted
from . import timeline_rows as rows
from . import timeline_sections as opening
from .provenance import Provenance
from .timeline_header import header
from .timeline_parts import Section
from .timeline_updates import updates


class Telling(NamedTuple):
    """A story, and how it is told: under which cut, with local times of which zone, from where."""

    story: Story
    cut: Cut = PRESENT
    zone: tzinfo | None = None
    provenance: Provenance | None = None


KEY_MEASURES = ("ttd", "tta", "ttm", "ttr")

SECTIONS: Mapping[str, Callable[[Telling], Section | None]] = {
    "header": lambda told: header(told.story, told.cut),
    "severity": lambda told: opening.severities(told.story, told.zone),
    "roles": lambda told: opening.roles(told.story, told.zone),
    "impact": lambda told: opening.impacts(told.story, told.zone),
    "moments": lambda told: opening.moments(told.story, told.zone),
    "durations": lambda told: lasted.durations(told.story),
    "key-durations": lambda told: lasted.durations(told.story, KEY_MEASURES),
    "timeline": lambda told: rows.timeline(told.story, told.zone),
    "key-timeline": lambda told: rows.key_timeline(told.story, told.zone),
    "updates": lambda told: updates(told.story, told.zone),
    "surprises": lambda told: closing.surprises(told.story),
    "follow-ups": lambda told: closing.follow_ups(told.story),
    "questions": lambda told: closing.questions(told.story),
    "provenance": lambda told: closing.provenance_of(told.story, told.cut, told.provenance),
}

WHOLE = (
    "header", "moments", "impact", "severity", "roles", "durations", "timeline", "questions",
    "provenance",
)  # fmt: skip
KEY = ("header", "moments", "key-timeline", "provenance")


def sections(told: Telling, *, only_key: bool = False) -> Iterator[Section]:
    """Yield the sections of the document; `only_key` leaves all but key moments out."""
    for name in KEY if only_key else WHOLE:
        section = SECTIONS[name](told)
        if section is not None:
            yield section
