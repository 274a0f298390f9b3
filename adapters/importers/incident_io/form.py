"""The wire form of incident.io's v2 incidents and their updates, as far as it is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from ....domain.values import Line
from ..statuspage.form import Body, Moment

SERVICE_FIELDS = frozenset(
    f"{which}{word}" for which in ("", "affected ", "impacted ") for word in ("service", "services")
)
"""Names of custom fields that list the services which an incident affects."""


def _nothing(value: object) -> object:
    return None if value == "" else value


Word = Annotated[Line | None, BeforeValidator(_nothing)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Named(_Wire):
    """Anything that is read for its name alone."""

    name: Line


class Status(_Wire):
    """A status, whose name is the organisation's own and whose category is incident.io's."""

    name: Line
    category: Line


class Alert(_Wire):
    """An alert that opened an incident."""

    title: Word = None


class Actor(_Wire):
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


class Timestamp(_Wire):
    """A kind of moment that the organisation keeps of each incident."""

    id: Line
    name: Line


class Value(_Wire):
    """A moment's time, where it is set."""

    value: Annotated[Moment | None, BeforeValidator(_nothing)] = None


class TimestampValue(_Wire):
    """A moment of an incident."""

    incident_timestamp: Timestamp
    value: Value | None = None


class RoleAssignment(_Wire):
    """Who has a role now."""

    role: Named
    assignee: Named | None = None


class Option(_Wire):
    """A choice of a select field."""

    value: Line


class FieldValue(_Wire):
    """One value of a custom field, in one of the forms that name something."""

    value_option: Option | None = None
    value_catalog_entry: Named | None = None
    value_text: Word = None

    @property
    def name(self) -> str | None:
        """What the value names."""
        if self.value_option is not None:
            return self.value_option.value
        return self.value_catalog_entry.name if self.value_catalog_entry else self.value_text


class FieldEntry(_Wire):
    """A custom field with its values."""

    custom_field: Named
    values: list[FieldValue] = []


class Issue(_Wire):
    """The issue in another tracker that the incident is linked to."""

    issue_permalink: Word = None


class Update(_Wire):
    """One update of an incident, which is never changed afterwards."""

    id: Line
    incident_id: Word = None
    message: Body = None
    new_incident_status: Status | None = None
    new_severity: Named | None = None
    merged_into_incident_id: Word = None
    updater: Actor = Actor()
    created_at: Moment


def _distinct_moments(values: list[TimestampValue]) -> list[TimestampValue]:
    if len({one.incident_timestamp.id for one in values}) < len(values):
        raise ValueError("two timestamps have the same id")
    return values


def _distinct_updates(updates: list[Update]) -> list[Update]:
    if len({one.id for one in updates}) < len(updates):
        raise ValueError("two updates have the same id")
    return updates


Moments = Annotated[list[TimestampValue], AfterValidator(_distinct_moments)]
Updates = Annotated[list[Update], AfterValidator(_distinct_updates)]


class Incident(_Wire):
    """An incident as it stands now."""

    id: Line
    name: Line
    reference: Word = None
    summary: Body = None
    mode: Word = None
    permalink: Word = None
    postmortem_document_url: Word = None
    external_issue_reference: Issue | None = None
    creator: Actor = Actor()
    incident_status: Status
    severity: Named | None = None
    incident_timestamp_values: Moments | None = None
    incident_role_assignments: list[RoleAssignment] | None = None
    custom_field_entries: list[FieldEntry] | None = None
    created_at: Moment
    updated_at: Moment | None = None
    updates: Updates | None = Field(
        default=None, validation_alias=AliasChoices("updates", "incident_updates")
    )

    @property
    def changed_at(self) -> datetime:
        """When the incident was last changed."""
        return max(self.created_at, self.updated_at or self.created_at)

    @property
    def moments(self) -> Iterator[tuple[Timestamp, datetime]]:
        """The moments whose time is set."""
        for one in self.incident_timestamp_values or ():
            if one.value is not None and one.value.value is not None:
                yield one.incident_timestamp, one.value.value

    @property
    def services(self) -> tuple[str, ...]:
        """What the custom fields for affected services name, in alphabetical order."""
        entries = self.custom_field_entries or ()
        named = [
            value.name
            for entry in entries
            if entry.custom_field.name.strip().casefold() in SERVICE_FIELDS
            for value in entry.values
        ]
        return tuple(sorted({name for name in named if name}))

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
