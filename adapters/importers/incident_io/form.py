"""The wire form of incident.io's v2 incidents and their updates, as far as it is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, Field

from ....domain.values import Line
from ..wire import MaybeLine, MaybeMoment, MaybeText, Moment, Wire, distinct, latest


class Named(Wire):
    """Anything that is read for its name alone."""

    name: Line


class Status(Wire):
    """A status, whose name is the organisation's own and whose category is incident.io's."""

    name: Line
    category: Line


class Alert(Wire):
    """An alert that opened an incident."""

    title: MaybeLine = None


class Actor(Wire):
    """Who did it: a person, an API key, a workflow or an alert."""

    user: Named | None = None
    api_key: Named | None = None
    workflow: Named | None = None
    alert: Alert | None = None

    @property
    def name(self) -> str | None:
        """The name of whoever or whatever it is."""
        named = self.user or self.api_key or self.workflow
        return named.name if named else self.alert.title if self.alert else None


class Timestamp(Wire):
    """A kind of moment that the organisation keeps of each incident."""

    id: Line
    name: Line


class Value(Wire):
    """A moment's time, where it is set."""

    value: MaybeMoment = None


class TimestampValue(Wire):
    """A moment of an incident."""

    incident_timestamp: Timestamp
    value: Value | None = None

    @property
    def id(self) -> str:
        """Which moment it is; an incident has each of them once."""
        return self.incident_timestamp.id


class RoleAssignment(Wire):
    """Who has a role now."""

    role: Named
    assignee: Named | None = None


class Option(Wire):
    """A choice of a select field."""

    value: Line


class FieldValue(Wire):
    """One value of a custom field, in one of the forms that name something."""

    value_option: Option | None = None
    value_catalog_entry: Named | None = None
    value_text: MaybeLine = None

    @property
    def name(self) -> str | None:
        """What the value names."""
        if self.value_option is not None:
            return self.value_option.value
        return self.value_catalog_entry.name if self.value_catalog_entry else self.value_text


class FieldEntry(Wire):
    """A custom field with its values."""

    custom_field: Named
    values: list[FieldValue] = Field(default_factory=list)


class Issue(Wire):
    """The issue in another tracker that the incident is linked to."""

    issue_permalink: MaybeLine = None


class Update(Wire):
    """One update of an incident, which is never changed afterwards."""

    id: Line
    incident_id: MaybeLine = None
    message: MaybeText = None
    new_incident_status: Status | None = None
    new_severity: Named | None = None
    merged_into_incident_id: MaybeLine = None
    updater: Actor = Actor()
    created_at: Moment


class Incident(Wire):
    """An incident as it stands now."""

    id: Line
    name: Line
    reference: MaybeLine = None
    summary: MaybeText = None
    mode: MaybeLine = None
    permalink: MaybeLine = None
    postmortem_document_url: MaybeLine = None
    external_issue_reference: Issue | None = None
    creator: Actor = Actor()
    incident_status: Status
    severity: Named | None = None
    incident_timestamp_values: Annotated[list[TimestampValue], distinct("timestamps")] | None = None
    incident_role_assignments: list[RoleAssignment] | None = None
    custom_field_entries: list[FieldEntry] | None = None
    created_at: Moment
    updated_at: Moment | None = None
    updates: Annotated[list[Update], distinct("updates")] | None = Field(
        default=None, validation_alias=AliasChoices("updates", "incident_updates")
    )

    @property
    def changed_at(self) -> datetime:
        """When the incident was last changed."""
        return latest(self.created_at, self.updated_at)

    @property
    def moments(self) -> Iterator[tuple[Timestamp, datetime]]:
        """The moments whose time is set."""
        for one in self.incident_timestamp_values or ():
            if one.value is not None and one.value.value is not None:
                yield one.incident_timestamp, one.value.value

    @property
    def links(self) -> tuple[str, ...]:
        """Where more is to be read."""
        issue = self.external_issue_reference
        found = (self.permalink, self.postmortem_document_url, issue and issue.issue_permalink)
        return tuple(link for link in found if link)


def unwrapped(raw: Any) -> Any:
    """Return the incident within the answer for a single one, or what is no such answer."""
    match raw:
        case {"incident": dict() as incident, **rest} if "incident_status" not in rest:
            return incident
        case _:
            return raw
