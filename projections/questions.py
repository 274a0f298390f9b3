"""What a record leaves open: moments nobody recorded, work not done, what does not agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from ..domain.events import FollowUpAdded
from .story import Gap, Story

_NOT_RECORDED = {
    "impact-started": "When the impact started is not recorded.",
    "incident-detected": "When it was detected is not recorded.",
    "incident-acknowledged": "When a responder took it on is not recorded.",
    "incident-mitigated": "When users no longer suffered is not recorded.",
    "incident-resolved": "That it is over is not recorded.",
}
_OF_THOSE_THAT_COUNT = ("incident-acknowledged", "incident-mitigated", "incident-resolved")
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
    does_not_count = story.incident.state in ("dismissed", "merged")
    for moment in story.moments:
        if moment.event_id is not None or moment.kind not in _NOT_RECORDED:
            continue
        if not (does_not_count and moment.kind in _OF_THOSE_THAT_COUNT):
            yield Question(f"no-{moment.kind}", _NOT_RECORDED[moment.kind])


def _endless_impacts(story: Story) -> Iterator[Question]:
    for span in story.impacts:
        if span.ended_at is None and span.start_event_id and not story.incident.is_open:
            what = f"When the impact on {span.service} ended is not recorded."
            yield Question("no-impact-ended", what, (span.start_event_id,))
        if span.started_at is None and span.end_event_id:
            what = f"When the impact on {span.service} started is not recorded."
            yield Question("no-impact-started", what, (span.end_event_id,))


def _gaps(story: Story) -> Iterator[Question]:
    phases = {one.row.event_id: one.row.phase for one in story.entries}
    for gap in story.told:
        if isinstance(gap, Gap) and phases[gap.after] in _WHILE_USERS_SUFFER:
            minutes = gap.gap_us // 60_000_000
            what = f"What happened in {minutes} minutes without entries, while {phases[gap.after]}?"
            yield Question("gap", what, (gap.after, gap.before))


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
