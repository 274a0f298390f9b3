"""What a record leaves open: moments nobody recorded, work not done, what does not agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from ..domain.events import FollowUpAdded, Resolved
from ..domain.values import micros
from .spans import ImpactSpan
from .story import MINUTE_US, Gap, Story

_NOT_RECORDED = {
    "impact-started": "When the impact started is not recorded.",
    "incident-detected": "When it was detected is not recorded.",
    "incident-acknowledged": "When a responder took it on is not recorded.",
    "incident-mitigated": "When users no longer suffered is not recorded.",
}
SILENCES_ASKED = 5
"""How many stretches without entries are asked about one by one; the table has them all."""

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
        return frozenset({"impact-started", "incident-acknowledged", "incident-mitigated"})
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
    if story.incident.state in ("dismissed", "merged"):
        return
    for span in story.impacts:
        if span.ended_at is None and span.start_event_id and not story.incident.is_open:
            what = f"When the impact on {span.service} ended is not recorded."
            yield Question("no-impact-ended", what, (span.start_event_id,))
        if span.started_at is None and span.end_event_id:
            what = f"When the impact on {span.service} started is not recorded."
            yield Question("no-impact-started", what, (span.end_event_id,))
        yield from _outlasting(story, span)


def _outlasting(story: Story, span: ImpactSpan) -> Iterator[Question]:
    resolved_at = story.incident.resolved_at
    if resolved_at is None or span.ended_at is None or span.end_event_id is None:
        return
    later_us = micros(span.ended_at) - micros(resolved_at)
    if later_us >= MINUTE_US:
        later = _time(later_us)
        what = f"The impact on {span.service} ended {later} after the resolution: was it over?"
        yield Question("impact-after-resolution", what, (span.end_event_id,))


def _gaps(story: Story) -> Iterator[Question]:
    """Ask about the longest silences one by one, and about the others together."""
    if story.incident.state == "dismissed":
        return
    phases = {one.row.event_id: one.row.phase for one in story.entries}
    gaps = [
        one
        for one in story.told
        if isinstance(one, Gap) and phases[one.after] in _WHILE_USERS_SUFFER
    ]
    longest = sorted(gaps, key=lambda one: -one.gap_us)[:SILENCES_ASKED]
    entries = {one.row.event_id: one for one in story.entries}
    for gap in (one for one in gaps if one in longest):
        first, last = entries[gap.after], entries[gap.before]
        rows = f"between rows {first.number} and {last.number}"
        what = f"What happened in the {_time(gap.gap_us)} {rows}, while {first.row.phase}?"
        yield Question("gap", what, (gap.after, gap.before))
    others = [one for one in gaps if one not in longest]
    if others:
        yield Question("more-gaps", _others(others))


def _others(gaps: list[Gap]) -> str:
    shortest, longest = (_time(pick(one.gap_us for one in gaps)) for pick in (min, max))
    how_long = shortest if shortest == longest else f"{shortest} to {longest}"
    stretches = "one more stretch" if len(gaps) == 1 else f"{len(gaps)} more stretches"
    return f"What happened in {stretches} without entries, of {how_long}, while users suffered?"


def _time(gap_us: int) -> str:
    """Say how long a gap is, in minutes up to two hours, in hours up to two days."""
    minutes = gap_us // MINUTE_US
    for unit, size in (("days", 1_440), ("hours", 60)):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _disagreement(story: Story) -> Iterator[Question]:
    if story.disagree:
        said = ", ".join(
            f"{one.assessor or 'somebody'} {one.severity}" for one in story.assessments
        )
        ids = tuple(one.event_id for one in story.assessments)
        yield Question("severity-differs", f"How bad was it? Assessors differ: {said}.", ids)


def _anomalies(story: Story) -> Iterator[Question]:
    was_detected = story.incident.detected_at is not None
    for one in story.document.status.anomalies:
        if one.code != "before-detection":
            yield Question(one.code, f"Odd in the record: {one.what}.", (one.event_id,))
        elif was_detected:  # else it is asked already when that was
            kind = one.what.split()[0].removeprefix("incident-")
            what = f"Odd in the record: it was {kind} and had not been detected by then."
            yield Question(one.code, what, (one.event_id,))


def _follow_ups(story: Story) -> Iterator[Question]:
    added = {
        entry.event.follow_up: entry
        for entry in story.history.entries
        if isinstance(entry.event, FollowUpAdded) and entry.retraction is None
    }
    incident = story.document.incident
    for name in (one for one in incident.follow_ups if one not in incident.follow_ups_done):
        event_ids = (added[name].recorded.event_id,) if name in added else ()
        yield Question("follow-up-open", f"The follow-up {name} is not done.", event_ids)
