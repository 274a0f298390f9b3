"""What a timeline document in Markdown says around its timeline: facts, durations, provenance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from ..domain.history import Cut
from ..domain.values import UsersAffected, iso
from ..projections.built_in import BUILT_IN
from ..projections.durations import DurationRow
from ..projections.questions import open_questions
from ..projections.story import Story
from .markdown_tables import Cells, event_ids, table, time_heads, times
from .provenance import Provenance
from .wording import duration, markdown, moment, offset


def header(story: Story, cut: Cut) -> Iterator[str]:
    """Yield the title and what a reader asks first."""
    incident = story.incident
    yield f"# {markdown(incident.title or 'Incident without a title')}"
    facts = [f"**{incident.state}**", f"severity {markdown(incident.severity or 'not recorded')}"]
    facts += ["**assessors differ**"] if story.disagree else []
    facts += [f"services {markdown(', '.join(incident.services))}"] if incident.services else []
    if incident.reopens:
        facts.append(
            "reopened once" if incident.reopens == 1 else f"reopened {incident.reopens} times"
        )
    if incident.source:
        facts.append(f"source {markdown(f'{incident.source}:{incident.source_ref}')}")
    yield " · ".join(facts)
    yield f"Incident `{incident.incident_id}`, version {incident.version}. {_t_zero(story)}"
    if said := _cut(cut):
        yield said


def moments(story: Story, zone: tzinfo | None) -> Iterator[str]:
    """Yield the table of key moments."""
    yield "## Key moments"
    rows = [
        (one.label, *times(one.at, zone), offset_words(one.offset_us), event_ids(one.event_id))
        for one in story.moments
    ]
    yield table(("moment", *time_heads(zone), "T+", "event"), rows)


def durations(story: Story) -> Iterator[str]:
    """Yield the table of durations, each with its two events."""
    titles = {measure.name: measure.title for measure in BUILT_IN}
    rows = [
        (
            f"{titles[row.measure]} ({markdown(row.measure)})",
            _took(row),
            markdown(f"{row.state}: {row.reason}" if row.reason else row.state),
            event_ids(row.start_event_id),
            event_ids(row.end_event_id),
        )
        for row in story.views.durations
    ]
    yield "## Durations"
    yield table(("measure", "took", "state", "from event", "to event"), rows)


def severities(story: Story, zone: tzinfo | None) -> Iterator[str]:
    """Yield who thought it how bad and when, with where others stood; nothing if nobody said."""
    rows: list[Cells] = [
        (
            *times(one.at, zone), offset_words(one.offset_us), markdown(one.assessor or ""),
            f"**{markdown(one.severity)}**" if one.is_standing else markdown(one.severity),
            markdown(one.confidence or ""), markdown(one.basis or ""),
            markdown(f"others: {', '.join(one.differs_from)}" if one.differs_from else ""),
            event_ids(one.event_id),
        )
        for one in story.severities
    ]  # fmt: skip
    if rows:
        heads = ("T+", "who", "severity", "confidence", "basis", "differs", "event")
        yield "## Severity"
        yield table((*time_heads(zone), *heads), rows)


def roles(story: Story, zone: tzinfo | None) -> Iterator[str]:
    """Yield who held which role from when to when; nothing if none is recorded."""
    rows: list[Cells] = [
        (
            markdown(one.role), markdown(one.holder or ""),
            *times(one.started_at, zone), *times(one.ended_at, zone, "not released"),
            event_ids(one.start_event_id, one.end_event_id),
        )
        for one in story.roles
    ]  # fmt: skip
    if rows:
        yield "## Roles"
        spans = (*time_heads(zone, "from"), *time_heads(zone, "to"))
        yield table(("role", "who", *spans, "events"), rows)


def impacts(story: Story, zone: tzinfo | None) -> Iterator[str]:
    """Yield which service failed how from when to when; nothing if none is recorded."""
    rows: list[Cells] = [
        (
            markdown(one.service), markdown(one.concern or ""), markdown(one.level or ""),
            markdown(_users(one.users)),
            *times(one.started_at, zone), *times(one.ended_at, zone),
            event_ids(one.start_event_id, one.end_event_id),
        )
        for one in story.impacts
    ]  # fmt: skip
    if rows:
        yield "## Impact"
        spans = (*time_heads(zone, "from"), *time_heads(zone, "to"))
        yield table(("service", "concern", "level", "users", *spans, "events"), rows)


def questions(story: Story) -> Iterator[str]:
    """Yield what the record leaves open; nothing if it leaves nothing."""
    lines = []
    for one in open_questions(story):
        noun = "event" if len(one.event_ids) == 1 else "events"
        of = f" ({noun} {event_ids(*one.event_ids)})" if one.event_ids else ""
        lines.append(f"- {markdown(one.text)}{of}")
    if lines:
        yield "## Open questions"
        yield "\n".join(lines)


def footer(story: Story, cut: Cut, provenance: Provenance | None) -> Iterator[str]:
    """Yield where all this comes from, so that it can be told again and checked."""
    last = f"- Last event told: position {story.position}, version {story.incident.version}."
    lines = [last, f"- {_cut(cut) or 'Cut: none; all that is recorded is told.'}"]
    if provenance is not None:
        store = f"{provenance.store}, its log read up to position {provenance.log_position}"
        lines.insert(0, f"- Store: {store}.")
        lines.append(f"- People: {_PEOPLE[provenance.actors]}.")
        lines.append(f"- Told by Retold {provenance.retold_version} as `retold.timeline/1`.")
        if provenance.checkpoint is not None:
            origin, size, root = provenance.checkpoint
            what = f"`{root}` is the root over the first {size} events of {markdown(origin)}"
            lines.append(f"- Checkpoint: {what}; not verified here.")
    yield "## Provenance"
    yield "\n".join(lines)


_PEOPLE = {
    "names": "by the names recorded",
    "roles": "by role, where a field names one; free text is as it was recorded",
    "hidden": "hidden, where a field names one; free text is as it was recorded",
}


def offset_words(micros: int | None) -> str:
    """Return the time from T0, or nothing where there is none."""
    return "" if micros is None else offset(micros)


def _t_zero(story: Story) -> str:
    at = story.incident.t_zero_at
    if at is None:
        return "Times are UTC. There is no T0: neither impact nor detection is recorded."
    what = (
        "first impact" if story.t_zero_is == "impact" else "detection; no impact start is recorded"
    )
    return f"Times are UTC. T0 is {moment(at)}, the {what}."


def _cut(cut: Cut) -> str:
    cuts = [f"{name.replace('_', ' ')} {iso(at)}" for name, at in cut if at is not None]
    return f"Cut: {'; '.join(cuts)}." if cuts else ""


def _took(row: DurationRow) -> str:
    return "-" if row.duration_us is None else duration(row.duration_us)


def _users(users: UsersAffected | None) -> str:
    if users is None:
        return ""
    low = "?" if users.at_least is None else users.at_least
    high = "?" if users.at_most is None else users.at_most
    return f"{low} to {high} ({users.basis})"
