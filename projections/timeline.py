"""What happened: one row per event of the story, with the phase it fell in."""

from __future__ import annotations

from collections.abc import Mapping
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

OVER: frozenset[Phase] = frozenset(("resolved", "dismissed", "merged"))
"""The phases in which an incident is over."""

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
            users = how_many(event.users, "users") if event.users else None
            return _sentence("Impact", event.service, event.concern, event.level, users)
        case ev.ImpactEnded():
            return _sentence("Impact ended", event.service, event.concern)
        case ev.ExpectationBreached():
            return _sentence(
                "Expectation breached", event.expectation, event.indicator,
                _also("threshold", event.threshold), _also("observed", event.observed),
            )  # fmt: skip
        case ev.ResponderEngaged():
            return f"{event.responder} {_ENGAGED[event.how]}"
        case ev.RoleAssigned():
            return f"{event.holder} takes the role {event.role}"
        case ev.RoleReleased():
            return f"{event.holder} gives up the role {event.role}"
        case ev.SeverityAssessed():
            whose = "" if event.assessor == event.by else f", says {event.assessor}"
            sure = _also("confidence", event.confidence)
            return " · ".join(
                filter(None, (f"Severity {event.severity}{whose}", sure, event.basis))
            )
        case ev.SurpriseNoted():
            return f"Surprise. Expected: {event.expected} · Seen: {event.observed}"
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
    return f"{label}: {value}" if value else None


_ENGAGED: Mapping[str, str] = {
    "paged": "was paged",
    "noticed": "noticed it",
    "told": "was told",
}


def how_many(users: UsersAffected, noun: str = "") -> str:
    """Say how many users were affected and how that is known: `900 to 1,200 (estimated)`."""
    match users.at_least, users.at_most:
        case None, None:
            number = "unknown"
        case None, int(most):
            number = f"at most {most:,}"
        case int(least), None:
            number = f"at least {least:,}"
        case int(least), int(most):
            number = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    counted = f"{number} {noun}" if noun else number
    return f"{counted} ({users.basis})"
