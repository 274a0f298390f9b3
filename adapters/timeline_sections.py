"""The tables of a document before its timeline: key moments, impact, severity, roles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from ..projections.spans import ImpactSpan
from ..projections.story import MINUTE_US, Story
from ..projections.timeline import how_many
from .timeline_parts import (
    Phrase,
    Row,
    Section,
    Table,
    event_ids,
    fixed,
    said,
    time_heads,
    times,
    without_empty,
)
from .wording import between, offset, runs

SHORT_US = 15 * MINUTE_US
"""A story shorter than this is told to the second from T0."""


def moments(story: Story, zone: tzinfo | None) -> Section:
    """Return the table of key moments."""
    rows = [
        Row((
            fixed(one.label), *times(one.at, zone), offset_words(story, one.offset_us),
            event_ids(one.event_id),
        ))
        for one in story.moments
    ]  # fmt: skip
    heads = (fixed("moment"), *time_heads(zone), fixed("T+"), fixed("event"))
    return Section("moments", fixed("Key moments"), (Table(heads, tuple(rows)),))


def severities(story: Story, zone: tzinfo | None) -> Section | None:
    """Return who thought it how bad and when, with where others stood; nothing if nobody said."""
    rows = [
        Row((
            *times(one.at, zone), offset_words(story, one.offset_us), said(one.assessor),
            said(one.severity, "strong" if one.is_standing else "plain"),
            said(one.confidence), said(one.basis),
            said(f"others: {', '.join(one.differs_from)}" if one.differs_from else ""),
            event_ids(one.event_id),
        ))
        for one in story.severities
    ]  # fmt: skip
    heads = map(fixed, ("T+", "who", "severity", "confidence", "basis", "differs", "event"))
    optional = ("who", "confidence", "basis", "differs")
    table = without_empty((*time_heads(zone), *heads), tuple(rows), *optional)
    return Section("severity", fixed("Severity"), (table,)) if rows else None


def roles(story: Story, zone: tzinfo | None) -> Section | None:
    """Return who held which role from when to when; nothing if none is recorded."""
    rows = [
        Row((
            said(one.role), said(one.holder),
            *times(one.started_at, zone), *times(one.ended_at, zone, "not released"),
            event_ids(one.start_event_id, one.end_event_id),
        ))
        for one in story.roles
    ]  # fmt: skip
    spans = (*time_heads(zone, "from"), *time_heads(zone, "to"))
    table = Table((fixed("role"), fixed("who"), *spans, fixed("events")), tuple(rows))
    return Section("roles", fixed("Roles"), (table,)) if rows else None


def impacts(story: Story, zone: tzinfo | None) -> Section | None:
    """Return which service failed how from when to when; nothing if none is recorded.

    Services that failed in the same way at the same time share a row.
    """
    alike: dict[ImpactSpan, list[ImpactSpan]] = {}
    for one in story.impacts:
        what = one._replace(service="", start_event_id=None, end_event_id=None)
        alike.setdefault(what, []).append(one)
    rows = [
        Row((
            said(", ".join(one.service for one in spans)), said(what.concern), said(what.level),
            said(how_many(what.users) if what.users else ""),
            *times(what.started_at, zone), *times(what.ended_at, zone, without_end(story)),
            lasted(what.started_at, what.ended_at), _events(story, spans),
        ))
        for what, spans in alike.items()
    ]  # fmt: skip
    heads = map(fixed, ("service", "concern", "level", "users"))
    spans = (*time_heads(zone, "from"), *time_heads(zone, "to"))
    optional = ("concern", "level", "users", "lasted")
    all_heads = (*heads, *spans, fixed("lasted"), fixed("events"))
    table = without_empty(all_heads, tuple(rows), *optional)
    return Section("impact", fixed("Impact"), (table,)) if rows else None


def _events(story: Story, spans: Sequence[ImpactSpan]) -> Phrase:
    """Return the events of an impact, or the rows of those of many."""
    ids = [one for span in spans for one in (span.start_event_id, span.end_event_id) if one]
    if len(spans) == 1:
        return event_ids(*ids)
    numbers = {one.row.event_id: one.number for one in story.entries}
    rows = ", ".join(runs(sorted({numbers[one] for one in ids if one in numbers})))
    return fixed(f"rows {rows}" if rows else "")


def without_end(story: Story) -> str:
    """Say what it means that an impact has no end."""
    return "still going on" if story.incident.is_open else "not recorded"


def lasted(started_at: datetime | None, ended_at: datetime | None) -> Phrase:
    """Return how long an impact lasted, if both its ends are recorded."""
    if started_at is None or ended_at is None:
        return ()
    return fixed(between(started_at, ended_at))


def offset_words(story: Story, offset_us: int | None) -> Phrase:
    """Return the time from T0, or nothing where there is none; short stories are told by seconds.

    It is in microseconds.
    """
    if offset_us is None:
        return ()
    return fixed(offset(offset_us, to_the_second=story.lasts_us < SHORT_US))
