"""What the generated blocks of a postmortem hold: a timeline's sections, and some of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from ..projections.spans import ImpactSpan
from .timeline_blocks import SECTIONS, Telling
from .timeline_header import cut_words
from .timeline_markdown import markdown_of
from .timeline_mermaid import as_mermaid
from .timeline_parts import Paragraph, Row, Section, Table, fixed, said, time_heads, times
from .timeline_sections import lasted, without_end

NOTHING = "*Nothing recorded.*"
"""What stands where there is nothing, so that a later event has its place."""

_FOR_CUSTOMERS = {
    "Impact started": "It began",
    "Detected": "We noticed",
    "First mitigated": "It worked again for a time",
    "First resolved": "We thought that it was over",
    "Last reopened": "It came back",
    "Mitigated": "It worked again",
    "Resolved": "It was over",
}
"""How key moments are called to those who do not work on incidents; others are not theirs."""


def contents(told: Telling) -> dict[str, str]:
    """Return what each block holds, by its name, as Markdown that ends without a line feed."""
    found = {
        name: markdown_of(section, with_title=name == "header") if section else NOTHING
        for name, section in ((name, make(told)) for name, make in SECTIONS.items())
    }
    return found | {name: make(told) for name, make in _OWN.items()}


class Affected(NamedTuple):
    """A service failed its users, at whatever level; an end that is None is not recorded."""

    service: str
    started_at: datetime | None
    ended_at: datetime | None

    def touches(self, span: ImpactSpan) -> bool:
        """Whether the span goes on where this one is still on."""
        if self.service != span.service:
            return False
        return self.ended_at is None or (
            span.started_at is not None and span.started_at <= self.ended_at
        )

    def with_end(self, ended_at: datetime | None) -> Affected:
        """Return the same, lasting until then if that is later; None is latest."""
        if self.ended_at is None or ended_at is None:
            return self._replace(ended_at=None)
        return self._replace(ended_at=max(self.ended_at, ended_at))


def affected(spans: Iterable[ImpactSpan]) -> list[Affected]:
    """Return which service failed from when to when, spans that touch taken as one."""
    found: list[Affected] = []
    for span in spans:
        place = next((n for n in reversed(range(len(found))) if found[n].touches(span)), None)
        if place is None:
            found.append(Affected(span.service, span.started_at, span.ended_at))
        else:
            found[place] = found[place].with_end(span.ended_at)
    return found


def _facts(told: Telling) -> str:
    """Say what customers may know of the impact: which service, from when to when, how long."""
    still = without_end(told.story)
    rows = [
        Row((
            said(one.service),
            *times(one.started_at, told.zone), *times(one.ended_at, told.zone, still),
            lasted(one.started_at, one.ended_at),
        ))
        for one in affected(told.story.impacts)
    ]  # fmt: skip
    heads = (*time_heads(told.zone, "from"), *time_heads(told.zone, "to"), fixed("how long"))
    table = Table((fixed("service"), *heads), tuple(rows))
    return markdown_of(Section("facts", None, (table,) if rows else _only_services(told)))


def _only_services(told: Telling) -> tuple[Paragraph]:
    """Name the services where nothing says since when and until when each was affected."""
    services = told.story.incident.services
    if not services:
        return (Paragraph(fixed(NOTHING)),)
    when = ". Since when and until when each was affected is not recorded."
    return (Paragraph((*fixed("Services: "), *said(", ".join(services)), *fixed(when))),)


def _times(told: Telling) -> str:
    rows = [
        Row((fixed(_FOR_CUSTOMERS[one.label]), *times(one.at, told.zone)))
        for one in told.story.moments
        if one.label in _FOR_CUSTOMERS and one.at is not None
    ]
    table = Table((fixed("what"), *time_heads(told.zone)), tuple(rows))
    return markdown_of(Section("times", None, (table,))) if rows else NOTHING


def _gantt(told: Telling) -> str:
    return f"```mermaid\n{as_mermaid(told.story)}```"


def _provenance_short(told: Telling) -> str:
    by = f" by Retold {told.provenance.retold_version}" if told.provenance else ""
    version = told.story.incident.version
    told_from = f"Told{by} from the record of this incident, version {version}. Times are UTC."
    return f"{told_from} {cut_words(told.cut)}".rstrip()


_OWN: Mapping[str, Callable[[Telling], str]] = {
    "facts": _facts,
    "times": _times,
    "gantt": _gantt,
    "provenance-short": _provenance_short,
}

NAMES = (*SECTIONS, *_OWN)
"""The blocks that there are."""
