"""The facts that an incident's history is made of: one frozen class each, a closed union.

`kind` is a fact's stored name for ever: classes may be renamed, kinds may not.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import Field, TypeAdapter

from .values import (
    Concern,
    Confidence,
    Frozen,
    GroupName,
    Instant,
    Json,
    Line,
    Severity,
    Text,
    UsersAffected,
)


class Event(Frozen):
    """What every fact says: when it was true in the world, and who did it, where known."""

    occurred_at: Instant
    by: Line | None = None


# Lifecycle


class Detected(Event):
    """Somebody or something noticed a disruption."""

    kind: Literal["incident-detected"] = "incident-detected"
    title: Line
    services: tuple[Line, ...] = ()
    signal: Line | None = None


class Acknowledged(Event):
    """A responder took it on. `automatic` marks a machine's acknowledgement."""

    kind: Literal["incident-acknowledged"] = "incident-acknowledged"
    automatic: bool = False


class Declared(Event):
    """It was called an incident."""

    kind: Literal["incident-declared"] = "incident-declared"
    severity: Severity | None = None
    why: Text | None = None


class Mitigated(Event):
    """Users no longer suffer, though the cause may still be there."""

    kind: Literal["incident-mitigated"] = "incident-mitigated"
    how: Text | None = None


class Resolved(Event):
    """It is over. `automatic` marks a machine's resolution."""

    kind: Literal["incident-resolved"] = "incident-resolved"
    summary: Text | None = None
    automatic: bool = False


class Reopened(Event):
    """It was not over after all; takes back resolution and mitigation."""

    kind: Literal["incident-reopened"] = "incident-reopened"
    why: Text | None = None


class Dismissed(Event):
    """It does not count: a false alarm, a drill, or not an incident."""

    kind: Literal["incident-dismissed"] = "incident-dismissed"
    reason: Literal["false-alarm", "drill", "not-an-incident"]
    why: Text | None = None


class Merged(Event):
    """It is a part of another incident, where the story goes on."""

    kind: Literal["incident-merged"] = "incident-merged"
    into: UUID
    why: Text | None = None


# Impact


class ImpactStarted(Event):
    """A service began to fail its users, or to fail them at another `level`."""

    kind: Literal["impact-started"] = "impact-started"
    service: Line
    concern: Concern | None = None
    level: Line | None = None
    users: UsersAffected | None = None


class ImpactEnded(Event):
    """A service no longer fails its users."""

    kind: Literal["impact-ended"] = "impact-ended"
    service: Line
    concern: Concern | None = None


class ExpectationBreached(Event):
    """A service level expectation was not met: when a human should come in."""

    kind: Literal["expectation-breached"] = "expectation-breached"
    expectation: Line
    indicator: Line | None = None
    threshold: Line | None = None
    observed: Line | None = None


# People


class ResponderEngaged(Event):
    """A human came in: paged, by noticing it, or because somebody told them."""

    kind: Literal["responder-engaged"] = "responder-engaged"
    responder: Line
    how: Literal["paged", "noticed", "told"]


class RoleAssigned(Event):
    """Somebody took a role, such as commander or scribe."""

    kind: Literal["role-assigned"] = "role-assigned"
    role: Line
    holder: Line


class RoleReleased(Event):
    """Somebody gave a role back."""

    kind: Literal["role-released"] = "role-released"
    role: Line
    holder: Line


# Judgement


class SeverityAssessed(Event):
    """One person's view of how bad it is; several may stand side by side."""

    kind: Literal["severity-assessed"] = "severity-assessed"
    assessor: Line
    severity: Severity
    confidence: Confidence | None = None
    basis: Text | None = None


class SurpriseNoted(Event):
    """What was expected, and what was seen instead."""

    kind: Literal["surprise-noted"] = "surprise-noted"
    expected: Text
    observed: Text


# Narrative

NoteType = Literal["observation", "hypothesis", "decision", "action", "communication"]


class NoteAdded(Event):
    """A piece of the story; `status` is what its source called the incident's state with it."""

    kind: Literal["note-added"] = "note-added"
    text: Text
    note: NoteType = "observation"
    links: tuple[Line, ...] = ()
    status: Line | None = None


class FollowUpAdded(Event):
    """Something to do afterwards; `follow_up` is its short name within the incident."""

    kind: Literal["follow-up-added"] = "follow-up-added"
    follow_up: Line
    text: Text
    owner: Line | None = None


class FollowUpCompleted(Event):
    """A follow-up was done."""

    kind: Literal["follow-up-completed"] = "follow-up-completed"
    follow_up: Line


# Access


class AccessRestricted(Event):
    """From now on only readers of `group` may see the incident; it takes the place of any other."""

    kind: Literal["access-restricted"] = "access-restricted"
    group: GroupName
    why: Text | None = None


class AccessOpened(Event):
    """Every reader may see the incident again."""

    kind: Literal["access-opened"] = "access-opened"
    why: Text | None = None


# Correction: these speak about the record, not about the incident, and take no place in its story.


class Change(Frozen):
    """One corrected field: its value before and after, in the event's JSON form."""

    field: Line
    old: Json = None
    new: Json = None


class EventCorrected(Event):
    """An earlier event was recorded wrongly; it now reads `changes[…].new`."""

    kind: Literal["event-corrected"] = "event-corrected"
    corrects: UUID
    changes: Annotated[tuple[Change, ...], Field(min_length=1, max_length=50)]
    why: Text


class EventRetracted(Event):
    """An earlier event should not have been recorded at all."""

    kind: Literal["event-retracted"] = "event-retracted"
    retracts: UUID
    why: Text


class PersonalDataErased(Event):
    """Personal data in earlier events can no longer be read, as these keys were destroyed.

    `why` stays readable for ever: it must hold no personal data.
    """

    kind: Literal["personal-data-erased"] = "personal-data-erased"
    erased: tuple[UUID, ...]
    keys: tuple[UUID, ...] | None = None
    why: Text


StoryEvent = (
    Detected
    | Acknowledged
    | Declared
    | Mitigated
    | Resolved
    | Reopened
    | Dismissed
    | Merged
    | ImpactStarted
    | ImpactEnded
    | ExpectationBreached
    | ResponderEngaged
    | RoleAssigned
    | RoleReleased
    | SeverityAssessed
    | SurpriseNoted
    | NoteAdded
    | FollowUpAdded
    | FollowUpCompleted
    | AccessRestricted
    | AccessOpened
)
"""Facts about the incident: what its story is made of."""

RecordEvent = EventCorrected | EventRetracted | PersonalDataErased
"""Facts about the record: they change how the story reads."""

AnyEvent = StoryEvent | RecordEvent

STORY: TypeAdapter[StoryEvent] = TypeAdapter(Annotated[StoryEvent, Field(discriminator="kind")])

EVENT_CLASSES: dict[str, type[AnyEvent]] = {
    event_class.model_fields["kind"].default: event_class
    for event_class in (*get_args(StoryEvent), *get_args(RecordEvent))
}
"""The closed table from stored kind to class: a stored name is looked up here, never imported."""
