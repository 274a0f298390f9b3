"""The wire forms of PagerDuty's webhooks, version 3, as far as they are read."""

from __future__ import annotations

from typing import Any

from ....domain.values import Line
from ..wire import MaybeLine, MaybeText, Wire
from .form import Identified, Moment, Reference


class Event(Wire):
    """What a webhook tells; `data` is of a form that follows from the type."""

    event_type: Line
    occurred_at: Moment
    agent: Reference | None = None
    data: dict[str, Any]


class Field_(Wire):  # noqa: N801 - pydantic's own `Field` has the name
    """A custom field with its value."""

    name: Line
    value: Any = None


class RoleAssignment(Wire):
    """Who has a role of an incident now, and who had it before."""

    incident: Identified
    role: Identified
    assignee: Reference | None = None
    old_assignee: Reference | None = None
    status: MaybeLine = None


class ConferenceNumber(Wire):
    """A number by which a conference can be joined."""

    number: MaybeLine = None


class EventData(Wire):
    """What a webhook says of a part of an incident: a note, a task, a reply."""

    id: MaybeLine = None
    incident: Identified | None = None
    content: MaybeText = None
    message: MaybeText = None
    name: MaybeText = None
    description: MaybeText = None
    status: MaybeLine = None
    state: MaybeLine = None
    user: Reference | None = None
    escalation_policy: Reference | None = None
    assignees: list[Reference] | None = None
    action: Reference | None = None
    incident_workflow: Reference | None = None
    conference_numbers: list[ConferenceNumber] | None = None
    conference_url: MaybeLine = None
    custom_fields: list[Field_] | None = None
    changed_custom_fields: list[Field_] | None = None
    incident_role_assignments: list[RoleAssignment] | None = None
