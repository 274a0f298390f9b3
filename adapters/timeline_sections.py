"""What a document of one incident says before its timeline: where it stands, facts, durations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from ..domain.history import Cut
from ..domain.values import iso
from ..projections.built_in import BUILT_IN
from ..projections.durations import DurationRow
from ..projections.story import Story
from ..projections.timeline import how_many
from .timeline_parts import (
    Paragraph,
    Phrase,
    Row,
    Section,
    Table,
    event_ids,
    fixed,
    joined,
    said,
    time_heads,
    times,
)
from .wording import duration, moment, offset


def header(story: Story, cut: Cut) -> Section:
    """Return the title and what a reader asks first."""
    incident = story.incident
    about = (
        *fixed("Incident "), *fixed(str(incident.incident_id), "code"),
        *fixed(f", version {incident.version}. "), *_t_zero(story),
    )  # fmt: skip
    cuts = cut_words(cut)
    return Section(
        "header",
        said(incident.title) or fixed("Incident without a title"),
        (
            Paragraph(joined(*_facts(story), by=" · ")),
            Paragraph(about),
            *([Paragraph(fixed(cuts))] if cuts else []),
        ),
    )


def _facts(story: Story) -> Iterator[Phrase]:
    incident = story.incident
    yield fixed(incident.state, "strong")
    yield (*fixed("severity "), *(said(incident.severity) or fixed("not recorded")))
    if story.disagree:
        yield fixed("assessors differ", "strong")
    if incident.services:
        yield (*fixed("services "), *said(", ".join(incident.services)))
    if incident.reopens:
        times_reopened = "once" if incident.reopens == 1 else f"{incident.reopens} times"
        yield fixed(f"reopened {times_reopened}")
    if incident.source:
        yield (*fixed("source "), *said(f"{incident.source}:{incident.source_ref}"))


def moments(story: Story, zone: tzinfo | None) -> Section:
    """Return the table of key moments."""
    rows = [
        Row((
            fixed(one.label), *times(one.at, zone), offset_words(one.offset_us),
            event_ids(one.event_id),
        ))
        for one in story.moments
    ]  # fmt: skip
    heads = (fixed("moment"), *time_heads(zone), fixed("T+"), fixed("event"))
    return Section("moments", fixed("Key moments"), (Table(heads, tuple(rows)),))


def durations(story: Story) -> Section:
    """Return the table of durations, each with its two events."""
    titles = {measure.name: measure.title for measure in BUILT_IN}
    rows = [
        Row((
            fixed(f"{titles[row.measure]} ({row.measure})"),
            fixed(_took(row)),
            said(f"{row.state}: {row.reason}" if row.reason else row.state),
            event_ids(row.start_event_id),
            event_ids(row.end_event_id),
        ))
        for row in story.views.durations
    ]  # fmt: skip
    heads = tuple(map(fixed, ("measure", "took", "state", "from event", "to event")))
    return Section("durations", fixed("Durations"), (Table(heads, tuple(rows)),))


def severities(story: Story, zone: tzinfo | None) -> Section | None:
    """Return who thought it how bad and when, with where others stood; nothing if nobody said."""
    rows = [
        Row((
            *times(one.at, zone), offset_words(one.offset_us), said(one.assessor),
            said(one.severity, "strong" if one.is_standing else "plain"),
            said(one.confidence), said(one.basis),
            said(f"others: {', '.join(one.differs_from)}" if one.differs_from else ""),
            event_ids(one.event_id),
        ))
        for one in story.severities
    ]  # fmt: skip
    heads = map(fixed, ("T+", "who", "severity", "confidence", "basis", "differs", "event"))
    table = Table((*time_heads(zone), *heads), tuple(rows))
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
    """Return which service failed how from when to when; nothing if none is recorded."""
    rows = [
        Row((
            said(one.service), said(one.concern), said(one.level),
            said(how_many(one.users) if one.users else ""),
            *times(one.started_at, zone), *times(one.ended_at, zone),
            event_ids(one.start_event_id, one.end_event_id),
        ))
        for one in story.impacts
    ]  # fmt: skip
    heads = map(fixed, ("service", "concern", "level", "users"))
    spans = (*time_heads(zone, "from"), *time_heads(zone, "to"))
    table = Table((*heads, *spans, fixed("events")), tuple(rows))
    return Section("impact", fixed("Impact"), (table,)) if rows else None


def offset_words(micros: int | None) -> Phrase:
    """Return the time from T0, or nothing where there is none."""
    return () if micros is None else fixed(offset(micros))


def cut_words(cut: Cut) -> str:
    """Say which cuts the document is told under, or nothing where there is none."""
    cuts = [f"{name.replace('_', ' ')} {iso(at)}" for name, at in cut if at is not None]
    return f"Cut: {'; '.join(cuts)}." if cuts else ""


def _t_zero(story: Story) -> Phrase:
    at = story.incident.t_zero_at
    if at is None:
        return fixed("Times are UTC. There is no T0: neither impact nor detection is recorded.")
    what = (
        "first impact" if story.t_zero_is == "impact" else "detection; no impact start is recorded"
    )
    return fixed(f"Times are UTC. T0 is {moment(at)}, the {what}.")


def _took(row: DurationRow) -> str:
    return "-" if row.duration_us is None else duration(row.duration_us)
