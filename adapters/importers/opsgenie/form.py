"""The wire forms of Opsgenie's incidents and alerts, as far as they are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from ....domain.errors import InvalidInput
from ....domain.values import Instant, Line, Text, parse_instant

MACHINE = "System"
"""Whom Opsgenie names where it did something by itself."""


def _instant(value: object) -> datetime | None:
    if value is None or value == "" or (isinstance(value, str) and value.startswith("0001-")):
        return None
    if not isinstance(value, str):
        raise ValueError("expected an ISO 8601 time")  # noqa: TRY004 - pydantic collects these
    return parse_instant(value)


def _given(value: datetime | None) -> datetime:
    if value is None:
        raise ValueError("the time is missing")
    return value


def _or_none(value: object) -> object:
    return value or None


def _or_empty(value: object) -> object:
    return () if value is None else value


def _entries(value: object) -> object:
    """Return the entries of a timeline, out of the API's answer if need be."""
    page = unwrapped(value)
    return _or_empty(page.get("entries") if isinstance(page, dict) else page)


MaybeMoment = Annotated[Instant | None, BeforeValidator(_instant)]
Moment = Annotated[Instant, BeforeValidator(lambda value: _given(_instant(value)))]
Words = Annotated[Line | None, BeforeValidator(_or_none)]
Body = Annotated[Text | None, BeforeValidator(_or_none)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, alias_generator=to_camel)


class _Told(_Wire):
    """What incidents and alerts have in common."""

    id: Line
    message: Line
    description: Body = None
    status: Line
    priority: Words = None
    created_at: Moment
    updated_at: MaybeMoment = None

    @property
    def changed_at(self) -> datetime:
        """When it was last changed."""
        return max(self.created_at, self.updated_at or self.created_at)


class Actor(_Wire):
    """Who made a timeline entry."""

    name: Words = None


class Description(_Wire):
    """What a timeline entry says."""

    content: Body = None


class LastEdit(_Wire):
    """When a timeline entry was last changed."""

    edit_time: MaybeMoment = None


class Entry(_Wire):
    """An entry of an incident's timeline."""

    id: Line
    type: Words = None
    event_time: Moment
    actor: Actor | None = None
    description: Description | None = None
    last_edit: LastEdit | None = None

    @property
    def edited_at(self) -> datetime | None:
        """When it was last changed, if ever."""
        return self.last_edit.edit_time if self.last_edit else None


Entries = Annotated[tuple[Entry, ...], BeforeValidator(_entries), Field(strict=False)]


class Incident(_Told):
    """One incident; its timeline is read where an export puts it beside the other fields."""

    impacted_services: Annotated[
        tuple[Line, ...], BeforeValidator(_or_empty), Field(strict=False)
    ] = ()
    impact_start_date: MaybeMoment = None
    impact_end_date: MaybeMoment = None
    timeline: Entries = ()
    entries: Entries = ()


class Log(_Wire):
    """A line of an alert's log, which does not name its alert."""

    log: Text
    type: Words = None
    owner: Words = None
    created_at: Moment
    offset: Words = None


class Report(_Wire):
    """How long after its creation an alert was acknowledged and closed, in milliseconds."""

    ack_time: int | None = None
    close_time: int | None = None
    acknowledged_by: Words = None
    closed_by: Words = None


class Alert(_Told):
    """One alert; its log is read where an export puts it beside the other fields."""

    acknowledged: bool | None = None
    source: Words = None
    report: Report | None = None
    logs: Annotated[tuple[Log, ...], BeforeValidator(_or_empty), Field(strict=False)] = ()

    def after(self, milliseconds: int | None) -> datetime | None:
        """Return the moment so long after the creation; 0 stands for never."""
        if not milliseconds:
            return None
        try:
            return self.created_at + timedelta(milliseconds=milliseconds)
        except OverflowError:
            raise InvalidInput("is no number of milliseconds", "report") from None


Kind = Literal["incident", "alert", "log", "entry", "else"]


def kind_of(raw: Mapping[str, Any]) -> Kind:
    """Tell by its fields what an object is."""
    keys = raw.keys()
    if "tinyId" in keys and keys & {"impactedServices", "impactStartDate", "ownerTeam"}:
        return "incident"
    if "tinyId" in keys and keys & {"alias", "acknowledged", "isSeen", "logs"}:
        return "alert"
    if keys >= {"log", "type", "createdAt"}:
        return "log"
    if keys >= {"eventTime", "type"} and keys & {"actor", "description"}:
        return "entry"
    return "else"


def unwrapped(raw: Any) -> Any:
    """Return what an answer of the API is about, or the object itself."""
    inner = raw.get("data") if isinstance(raw, dict) else None
    return inner if isinstance(inner, dict) else raw
