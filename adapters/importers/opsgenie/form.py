"""The wire forms of Opsgenie's incidents and alerts, as far as they are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ....domain.errors import InvalidInput
from ....domain.values import Line, Text
from ..wire import CamelWire, MaybeLine, MaybeText, Moment, MomentOrYearOne, latest

SYSTEM = "opsgenie"
MACHINE = "System"
"""Whom Opsgenie names where it did something by itself."""


def _or_empty(value: object) -> object:
    return () if value is None else value


def _entries(value: object) -> object:
    """Return the entries of a timeline, out of the API's answer if need be."""
    page = unwrapped(value)
    return _or_empty(page.get("entries") if isinstance(page, dict) else page)


class _Told(CamelWire):
    """What incidents and alerts have in common."""

    id: Line
    message: Text
    description: MaybeText = None
    status: Line
    priority: MaybeLine = None
    created_at: Moment
    updated_at: MomentOrYearOne = None

    @property
    def changed_at(self) -> datetime:
        """When it was last changed."""
        return latest(self.created_at, self.updated_at)


class Actor(CamelWire):
    """Who made a timeline entry."""

    name: MaybeLine = None


class Description(CamelWire):
    """What a timeline entry says."""

    content: MaybeText = None


class LastEdit(CamelWire):
    """When a timeline entry was last changed."""

    edit_time: MomentOrYearOne = None


class Entry(CamelWire):
    """An entry of an incident's timeline."""

    id: Line
    type: MaybeLine = None
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
    impact_start_date: MomentOrYearOne = None
    impact_end_date: MomentOrYearOne = None
    timeline: Entries = ()
    entries: Entries = ()


class Log(CamelWire):
    """A line of an alert's log, which does not name its alert."""

    log: Text
    type: MaybeLine = None
    owner: MaybeLine = None
    created_at: Moment
    offset: MaybeLine = None


Milliseconds = Annotated[int, Field(ge=0)]


class Report(CamelWire):
    """How long after its creation an alert was acknowledged and closed, in milliseconds."""

    ack_time: Milliseconds | None = None
    close_time: Milliseconds | None = None
    acknowledged_by: MaybeLine = None
    closed_by: MaybeLine = None


class Alert(_Told):
    """One alert; its log is read where an export puts it beside the other fields."""

    acknowledged: bool | None = None
    source: MaybeLine = None
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
