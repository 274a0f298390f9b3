"""What a record leaves open: moments nobody recorded, work not done, what does not agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from ..domain.events import FollowUpAdded, Resolved
from .story import Gap, Story

_NOT_RECORDED = {
    "impact-started": "When the impact started is not recorded.",
    "incident-detected": "When it was detected is not recorded.",
    "incident-acknowledged": "When a responder took it on is not recorded.",
    "incident-mitigated": "When users no longer suffered is not recorded.",
}
_WHILE_USERS_SUFFER = ("unacknowledged", "unmitigated")


class Question(NamedTuple):
    """One thing that the record does not answer, and the events that raise it."""

    code: str
    text: str
    event_ids: tuple[UUID, ...] = ()


def open_questions(story: Story) -> tuple[Question, ...]:
    """Return what the record leaves open, in an order of its own: moments, impact, views, work."""
    return (
        *_missing_moments(story),
        *_endless_impacts(story),
        *_gaps(story),
        *_disagreement(story),
        *_anomalies(story),
        *_follow_ups(story),
    )


def _missing_moments(story: Story) -> Iterator[Question]:
    is_known = _known_otherwise(story)
    for moment in story.moments:
        is_absent = moment.event_id is None and moment.kind in _NOT_RECORDED
        if is_absent and moment.kind not in is_known:
            yield Question(f"no-{moment.kind}", _NOT_RECORDED[moment.kind])
    if story.incident.is_open:
        is_mitigated = story.incident.mitigated_at is not None
        what = "mitigated, but not resolved" if is_mitigated else "neither mitigated nor resolved"
        yield Question("still-open", f"It is still open: {what}.")


def _known_otherwise(story: Story) -> frozenset[str]:
    """Return the kinds of moments that nobody need ask for, though they are not recorded."""
    if story.incident.state in ("dismissed", "merged"):
        return frozenset({"incident-acknowledged", "incident-mitigated"})
    if story.incident.is_open:
        return frozenset({"incident-mitigated"})
    ends = [span.ended_at for span in story.impacts]
    by_machine = any(
        isinstance(one.event, Resolved) and one.event.automatic and one.retraction is None
        for one in story.history.entries
    )
    return frozenset(
        (["incident-mitigated"] if ends and None not in ends else [])
        + (["incident-acknowledged"] if by_machine else [])
    )


def _endless_impacts(story: Story) -> Iterator[Question]:
    for span in story.impacts:
        if span.ended_at is None and span.start_event_id and not story.incident.is_open:
            what = f"When the impact on {span.service} ended is not recorded."
            yield Question("no-impact-ended", what, (span.start_event_id,))
        if span.started_at is None and span.end_event_id:
            what = f"When the impact on {span.service} started is not recorded."
            yield Question("no-impact-started", what, (span.end_event_id,))


def _gaps(story: Story) -> Iterator[Question]:
    entries = {one.row.event_id: one for one in story.entries}
    for gap in story.told:
        if not isinstance(gap, Gap):
            continue
        first, last = entries[gap.after], entries[gap.before]
        if first.row.phase in _WHILE_USERS_SUFFER:
            rows = f"between rows {first.number} and {last.number}"
            what = f"What happened in the {_time(gap.gap_us)} {rows}, while {first.row.phase}?"
            yield Question("gap", what, (gap.after, gap.before))


def _time(gap_us: int) -> str:
    """Say how long a gap is, in minutes up to two hours, in hours up to two days."""
    minutes = gap_us // 60_000_000
    for unit, size in (("days", 1_440), ("hours", 60)):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}"
    return f"{minutes} minutes"


def _disagreement(story: Story) -> Iterator[Question]:
    if story.disagree:
        said = ", ".join(
            f"{one.assessor or 'somebody'} {one.severity}" for one in story.assessments
        )
        ids = tuple(one.event_id for one in story.assessments)
        yield Question("severity-differs", f"How bad was it? Assessors differ: {said}.", ids)


def _anomalies(story: Story) -> Iterator[Question]:
    for one in story.document.status.anomalies:
        yield Question(one.code, f"Odd in the record: {one.what}", (one.event_id,))


def _follow_ups(story: Story) -> Iterator[Question]:
    added = {
        entry.event.follow_up: entry
        for entry in story.history.entries
        if isinstance(entry.event, FollowUpAdded) and entry.retraction is None
    }
    for name in story.document.incident.follow_ups:
        event_ids = (added[name].recorded.event_id,) if name in added else ()
        yield Question("follow-up-open", f"The follow-up {name} is not done.", event_ids)
