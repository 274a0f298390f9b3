"""What a document of one incident says before its timeline: where it stands, facts, durations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from ..domain.history import Cut
from ..domain.values import iso, micros
from ..projections.board import leader
from ..projections.spans import ImpactSpan
from ..projections.story import MINUTE_US, Story
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
from .wording import duration, moment, offset, titled

SHORT_US = 15 * MINUTE_US
"""A story shorter than this is told to the second from T0."""


MOST_SERVICES = 8
"""So many services are named among the facts; more have a paragraph of their own."""


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
        said(titled(incident.title)),
        (
            Paragraph(joined(*_facts(story), by=" · ")),
            Paragraph(about),
            *(Paragraph(one) for one in (_many_services(story), fixed(cuts)) if one),
        ),
    )


def _facts(story: Story) -> Iterator[Phrase]:
    incident = story.incident
    yield fixed(incident.state, "strong")
    yield from _how_long(story)
    yield (*fixed("severity "), *(said(severity_turns(story)) or fixed("not recorded")))
    if story.disagree:
        yield fixed("assessors differ", "strong")
    if len(incident.services) > MOST_SERVICES:
        yield fixed(f"{len(incident.services)} services")
    elif incident.services:
        yield (*fixed("services "), *said(", ".join(incident.services)))
    if leads := leader(story.roles):
        yield (*fixed("led by "), *said(leads))
    if incident.reopens:
        yield fixed(f"reopened {reopened_words(incident.reopens)}")
    if incident.source:
        yield (*fixed("source "), *said(f"{incident.source}:{incident.source_ref}"))


def reopened_words(reopens: int) -> str:
    """Say how often; nothing for never."""
    return {0: "", 1: "once", 2: "twice"}.get(reopens, f"{reopens} times")


def _many_services(story: Story) -> Phrase:
    """Name the services where they are too many for a line with other facts."""
    services = story.incident.services
    if len(services) <= MOST_SERVICES:
        return ()
    return (*fixed("Services: "), *said(", ".join(services)), *fixed("."))


def _how_long(story: Story) -> Iterator[Phrase]:
    began, state = story.incident.t_zero_at, story.incident.state
    ended = next((one.at for one in story.moments if one.label.lower() == state), None)
    if began is None:
        return
    if story.incident.is_open:
        yield fixed(f"since {moment(began)} UTC")
    elif ended is not None and ended >= began:
        yield fixed(f"after {duration(micros(ended) - micros(began))}")


def severity_turns(story: Story) -> str:
    """Return the severities that were in force one after the other; nothing if none was."""
    assessed = [one.severity for one in story.severities]
    turns = [one for one, before in zip(assessed, [None, *assessed], strict=False) if one != before]
    last = story.incident.severity
    if last is not None and turns[-1:] != [last]:
        turns.append(last)
    return " \N{RIGHTWARDS ARROW} ".join(turns)


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
            *times(one.started_at, zone), *times(one.ended_at, zone, without_end(story)),
            lasted(one), event_ids(one.start_event_id, one.end_event_id),
        ))
        for one in story.impacts
    ]  # fmt: skip
    heads = map(fixed, ("service", "concern", "level", "users"))
    spans = (*time_heads(zone, "from"), *time_heads(zone, "to"))
    table = Table((*heads, *spans, fixed("lasted"), fixed("events")), tuple(rows))
    return Section("impact", fixed("Impact"), (table,)) if rows else None


def without_end(story: Story) -> str:
    """Say what it means that an impact has no end."""
    return "still going on" if story.incident.is_open else "not recorded"


def lasted(span: ImpactSpan) -> Phrase:
    """Return how long an impact lasted, if both its ends are recorded."""
    if span.started_at is None or span.ended_at is None:
        return ()
    return fixed(duration(micros(span.ended_at) - micros(span.started_at)))


def offset_words(story: Story, offset_us: int | None) -> Phrase:
    """Return the time from T0, or nothing where there is none; short stories are told by seconds.

    It is in microseconds.
    """
    if offset_us is None:
        return ()
    return fixed(offset(offset_us, to_the_second=story.lasts_us < SHORT_US))


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
