"""The durations of a document: what each measure took, between which events, or why not."""

from __future__ import annotations

from collections.abc import Collection
from typing import assert_never

from ..projections.built_in import BY_NAME
from ..projections.durations import DurationRow
from ..projections.story import Story
from .timeline_parts import Paragraph, Row, Section, Table, event_ids, fixed, said
from .wording import duration


def durations(story: Story, only: Collection[str] = ()) -> Section:
    """Return the table of durations, each with its two events.

    Those named in `only`, if any are; else all that say something of their own.
    """
    rows = [
        Row((
            fixed(f"{BY_NAME[row.measure].title} ({row.measure})"),
            fixed(_took(row)),
            said(_state(row)),
            event_ids(row.start_event_id),
            event_ids(row.end_event_id),
        ))
        for row in story.views.durations
        if _is_told(row, story, only)
    ]  # fmt: skip
    heads = tuple(map(fixed, ("measure", "took", "state", "from event", "to event")))
    part = Table(heads, tuple(rows)) if rows else _why_none(story)
    return Section("durations", fixed("Durations"), (part,))


def _why_none(story: Story) -> Paragraph:
    """Say why no duration is told: of what counts, the standard measures always are."""
    is_dismissed = story.incident.state == "dismissed"
    why = "dismissed" if is_dismissed else "merged into another incident"
    return Paragraph(fixed(f"It was {why}, so nothing of it counts as a duration."))


def _state(row: DurationRow) -> str:
    reason = (row.reason or "").removeprefix("zero: ")
    match row.state:
        case "observed":
            return ""
        case "censored":
            return reason
        case "missing":
            return f"missing: {in_words(reason)}"
        case "excluded":
            return f"excluded: {_of_dismissal(reason)}"
        case "anomalous":
            return f"anomalous: {reason}"
        case other:
            assert_never(other)


def _of_dismissal(reason: str) -> str:
    dismissed, _, why = reason.partition(": ")
    what = why.replace("-", " ")
    return f"{dismissed} as {what if what.startswith('not') else f'a {what}'}" if why else reason


def in_words(told: str) -> str:
    """Return what a measure's definition or reason says, with its ends called as people do."""
    for kind, words in _IN_WORDS.items():
        told = told.replace(kind, words)
    return told


_IN_WORDS = {
    "expectation-breached": "breached expectation",
    "human-engaged": "human who came in",
    "impact-started": "start of an impact",
    "incident-acknowledged": "acknowledgement",
    "incident-declared": "declaration",
    "incident-detected": "detection",
    "incident-mitigated": "mitigation",
    "incident-resolved": "resolution",
}
"""How the ends of measures are called, most often in the reasons why one is missing."""


def _is_told(row: DurationRow, story: Story, only: Collection[str]) -> bool:
    """Tell whether it is asked for, and tells of the incident what no other measure does."""
    if row.state == "excluded" and row.duration_us is None:
        return False
    if only:
        return row.measure in only
    if row.measure == "breach_to_human":
        return row.start_event_id is not None
    return row.measure not in _ONCE_REOPENED or story.incident.reopens > 0


_ONCE_REOPENED = ("ttr_first", "active_time")
"""What says the same as other measures unless the incident was reopened."""


def _took(row: DurationRow) -> str:
    return "-" if row.duration_us is None else duration(row.duration_us)
