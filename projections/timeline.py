"""What happened: one row per event of the story, with the phase it fell in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple, assert_never
from uuid import UUID

from ..domain import events as ev
from ..domain.history import Effective
from ..domain.values import UsersAffected
from .assessments import assessment_of
from .status import Status

Phase = Literal[
    "lead-up", "undetected", "unacknowledged", "unmitigated", "mitigated",
    "resolved", "dismissed", "merged",
]  # fmt: skip

KEY_MOMENTS = frozenset(
    event_class.model_fields["kind"].default
    for event_class in (
        ev.ImpactStarted, ev.Detected, ev.Acknowledged, ev.Declared,
        ev.Mitigated, ev.Resolved, ev.Reopened, ev.Dismissed, ev.Merged,
    )
)  # fmt: skip


class TimelineRow(NamedTuple):
    """One event of the story, as in `v1_timeline`.

    `occurred_at` is the effective time; `first_said_at` the time first recorded where a
    correction moved it. A retracted event keeps its row, marked. `position` is 0 on the way into
    the log, which gives it. What follows `retracted` makes `v1_assessments`.
    """

    incident_id: UUID
    event_id: UUID
    version: int
    position: int
    occurred_at: datetime
    first_said_at: datetime | None
    phase: Phase
    kind: str
    who: str | None
    text: str
    link: str | None
    key_moment: bool
    corrections: int
    retracted: bool
    assessor: str | None
    severity: str | None
    confidence: str | None
    basis: str | None


def row_of(entry: Effective, status_after: Status) -> TimelineRow:
    """Return the row of one event, given the status that it led to."""
    event, recorded = entry.event, entry.recorded
    moved = recorded.event.occurred_at != event.occurred_at
    return TimelineRow(
        recorded.incident_id,
        recorded.event_id,
        recorded.version,
        recorded.position,
        event.occurred_at,
        recorded.event.occurred_at if moved else None,
        phase_of(status_after),
        event.kind,
        event.by,
        describe(event),
        event.links[0] if isinstance(event, ev.NoteAdded) and event.links else None,
        event.kind in KEY_MOMENTS,
        len(entry.corrections),
        entry.retraction is not None,
        *assessment_of(event),
    )


def phase_of(status: Status) -> Phase:
    """Return the phase of the response that a status means."""
    if status.detected_at is None and not status.is_closed:
        return "lead-up" if status.impact_started_at is None else "undetected"
    match status.state:
        case "detected":
            return "unacknowledged"
        case "acknowledged" | "declared":
            return "unmitigated"
        case "mitigated" | "resolved" | "dismissed" | "merged":
            return status.state
        case other:
            assert_never(other)


def describe(event: ev.StoryEvent) -> str:  # noqa: PLR0911, C901, PLR0912 - one arm a kind
    """Say in words what an event says."""
    match event:
        case ev.NoteAdded():  # first, as most events are notes
            return event.text
        case ev.Detected():
            return _sentence("Detected", event.title, _also("signal", event.signal))
        case ev.Acknowledged():
            return "Acknowledged automatically" if event.automatic else "Acknowledged"
        case ev.Declared():
            return _sentence("Declared", event.severity, event.why)
        case ev.Mitigated():
            return _sentence("Mitigated", event.how)
        case ev.Resolved():
            verb = "Resolved automatically" if event.automatic else "Resolved"
            return _sentence(verb, event.summary)
        case ev.Reopened():
            return _sentence("Reopened", event.why)
        case ev.Dismissed():
            return _sentence("Dismissed", event.reason.replace("-", " "), event.why)
        case ev.Merged():
            return _sentence("Merged", f"into {event.into}", event.why)
        case ev.ImpactStarted():
            users = _users(event.users)
            return _sentence("Impact", event.service, event.concern, event.level, users)
        case ev.ImpactEnded():
            return _sentence("Impact ended", event.service, event.concern)
        case ev.ExpectationBreached():
            return _sentence(
                "Expectation breached", event.expectation, event.indicator,
                _also("threshold", event.threshold), _also("observed", event.observed),
            )  # fmt: skip
        case ev.ResponderEngaged():
            return _sentence("Engaged", event.responder, event.how)
        case ev.RoleAssigned():
            return _sentence(f"{event.role} is now", event.holder)
        case ev.RoleReleased():
            return _sentence(f"No longer {event.role}", event.holder)
        case ev.SeverityAssessed():
            sure = _also("confidence", event.confidence)
            return _sentence(f"{event.assessor} assesses", event.severity, sure, event.basis)
        case ev.SurpriseNoted():
            return f"Surprise: expected {event.expected}; saw {event.observed}"
        case ev.FollowUpAdded():
            owner = _also("owner", event.owner)
            return _sentence(f"Follow-up {event.follow_up}", event.text, owner)
        case ev.FollowUpCompleted():
            return _sentence("Follow-up done", event.follow_up)
        case ev.AccessRestricted():
            return _sentence(f"Restricted to {event.group}", event.why)
        case ev.AccessOpened():
            return _sentence("Restriction lifted", event.why)
        case other:
            assert_never(other)


def _sentence(verb: str, *parts: str | None) -> str:
    said = [part for part in parts if part]
    return f"{verb}: {' · '.join(said)}" if said else verb


def _also(label: str, value: str | None) -> str | None:
    return f"{label} {value}" if value else None


def _users(users: UsersAffected | None) -> str | None:
    if users is None:
        return None
    low = "?" if users.at_least is None else users.at_least
    high = "?" if users.at_most is None else users.at_most
    return f"{low} to {high} users ({users.basis})"
