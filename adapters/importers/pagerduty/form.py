"""The wire forms of PagerDuty's objects, as far as they are read; other fields are ignored."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo

from ....domain.values import MAX_LINE, Instant, Line, Text, parse_instant
from ..wire import MaybeLine, MaybeText, Wire, latest

_NUMBER = re.compile(r"^\[#\d+\]\s*")


def _instant(value: object, info: ValidationInfo) -> datetime:
    if not isinstance(value, str):
        raise ValueError("expected an ISO 8601 time")  # noqa: TRY004 - pydantic collects these
    zone: tzinfo | None = (info.context or {}).get("zone")
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return parse_instant(value)
    if moment.tzinfo is not None:
        return parse_instant(value)
    if zone is None:
        raise ValueError(f"{value!r} has no time zone: give --tz")
    return moment.replace(tzinfo=zone)


Moment = Annotated[Instant, BeforeValidator(_instant)]
"""A time; one without a zone is read in the zone that `context` gives."""


def _cut(value: object) -> object:
    is_text = isinstance(value, str)
    return value[:MAX_LINE] or None if is_text else value  # type: ignore[index] # it is a text


MaybeCut = Annotated[Line | None, BeforeValidator(_cut)]
"""A name that may be missing, and is cut where it is too long for a line."""


def line(text: str | None) -> str | None:
    """Return a text as a line: cut where it is too long, None where it is blank."""
    return (text or "").strip()[:MAX_LINE].rstrip() or None


class Reference(Wire):
    """A person, service, policy or incident that is referred to."""

    id: MaybeLine = None
    type: MaybeLine = None
    summary: MaybeText = None

    @property
    def name(self) -> str | None:
        """What it is called, else its id."""
        return line(self.summary) or self.id

    @property
    def title(self) -> str | None:
        """The whole summary without the number that PagerDuty puts before it."""
        return _NUMBER.sub("", self.summary or "").strip() or None

    @property
    def is_person(self) -> bool:
        """Whether it is a user; services, integrations and bots are none."""
        return self.type is None or self.type.startswith("user")


class Identified(Reference):
    """A reference that must say to what."""

    id: Line


class Channel(Wire):
    """The way by which an entry came; that of a note has its text."""

    type: MaybeLine = None
    summary: MaybeText = None
    content: MaybeText = None


class EventDetails(Wire):
    """What the event that triggered an incident said of itself."""

    description: MaybeText = None


class PendingAction(Wire):
    """What PagerDuty will do by itself at some time."""

    type: Line
    at: Moment


class LogEntry(Wire):
    """One entry of an incident's log."""

    id: Line
    type: Line
    summary: MaybeText = None
    created_at: Moment
    agent: Reference | None = None
    service: Reference | None = None
    incident: Identified | None = None
    note: MaybeText = None
    channel: Channel | None = None
    event_details: EventDetails | None = None
    changeset: list[MaybeText] | None = None
    changed_actions: list[PendingAction] | None = None

    @property
    def action(self) -> str:
        """What was done: the type without the words that all types share."""
        return self.type.removesuffix("_reference").removesuffix("_log_entry")


class Note(Wire):
    """A note of an incident."""

    id: Line
    content: Text
    created_at: Moment
    user: Reference | None = None


class Acknowledgement(Wire):
    """An acknowledgement in force."""

    at: Moment
    acknowledger: Reference | None = None


class ResolveReason(Wire):
    """Why an incident was resolved; the only reason there is is a merge."""

    type: MaybeLine = None
    incident: Reference | None = None


class Responder(Wire):
    """A person who was asked to respond."""

    state: MaybeLine = None
    user: Reference | None = None
    requester: Reference | None = None
    requested_at: Moment | None = None
    updated_at: Moment | None = None
    message: MaybeText = None


class IncidentType(Wire):
    """The type of an incident, as the account defines it."""

    name: MaybeCut = None


class IncidentObject(Wire):
    """An incident as the REST API and webhooks show it."""

    id: Line
    title: MaybeText = None
    summary: MaybeText = None
    status: MaybeLine = None
    created_at: Moment
    updated_at: Moment | None = None
    service: Reference | None = None
    first_trigger_log_entry: Reference | None = None
    priority: Reference | None = None
    acknowledgements: list[Acknowledgement] | None = None
    last_status_change_at: Moment | None = None
    last_status_change_by: Reference | None = None
    resolved_at: Moment | None = None
    reopened_at: Moment | None = None
    resolve_reason: ResolveReason | None = None
    incidents_responders: list[Responder] | None = None
    assignees: list[Reference] | None = None
    escalation_policy: Reference | None = None
    incident_type: IncidentType | None = None
    log_entries: list[LogEntry] | None = None
    notes: list[Note] | None = None

    @property
    def shown_title(self) -> str | None:
        """The whole title, else the summary without its number."""
        return (self.title or "").strip() or Reference(summary=self.summary).title

    @property
    def ended_at(self) -> datetime | None:
        """When it was resolved, where it says so."""
        is_resolved = self.status == "resolved"
        return self.resolved_at or (self.last_status_change_at if is_resolved else None)

    @property
    def shown_at(self) -> datetime:
        """When it was as it is shown: the last change, else the latest time that it shows."""
        times = (self.created_at, self.last_status_change_at, self.resolved_at, self.reopened_at)
        return latest(self.updated_at, *times)
