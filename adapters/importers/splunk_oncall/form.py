"""The wire forms of a Splunk On-Call incident, as far as they are read, brought into one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from ....domain.values import EPOCH, Instant, Line, parse_instant, refusing_invalid
from ..wire import CamelWire, MaybeLine, MaybeText

_NO_TIME = ("0001-", "1970-01-01T00:00:00")
"""How texts begin that stand for no time; numbers that do are 0."""

_ACKED_AT = re.compile(
    r"(STATE|INCIDENT\.ACK_DATA\.ACKS\.[0-9]+|INCIDENT\.POLICIES_PAGED\.[0-9]+)\.ACKED_AT"
)


def _instant(value: object) -> datetime | None:
    """Read ISO 8601, or milliseconds since 1970 as a number or as text; zeros are no time."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    if isinstance(value, datetime):
        return value
    if value is None or value in ("", 0) or (isinstance(value, str) and value.startswith(_NO_TIME)):
        return None
    if isinstance(value, str):
        return parse_instant(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("expected an ISO 8601 time, or milliseconds since 1970")  # noqa: TRY004 - pydantic collects these
    try:
        return EPOCH + timedelta(milliseconds=value)
    except OverflowError:
        raise ValueError("is no time: milliseconds since 1970 are expected") from None


Moment = Annotated[Instant | None, BeforeValidator(_instant)]
Number = Annotated[
    Line, BeforeValidator(lambda number: str(number) if type(number) is int else number)
]


class Transition(CamelWire):
    """A change of an incident's state; the source promises none of its fields."""

    name: MaybeLine = None
    at: Moment = None
    by: MaybeLine = None
    manually: bool | None = None
    message: MaybeText = None
    alert_url: MaybeLine = None


class Incident(CamelWire):
    """One incident of the reporting API; the fields of version 1 that version 2 lacks are last."""

    incident_number: Number
    current_phase: MaybeLine = None
    entity_display_name: MaybeText = None
    entity_id: MaybeLine = None
    entity_state: MaybeLine = None
    service: MaybeLine = None
    start_time: Moment = None
    last_alert_time: Moment = None
    transitions: Annotated[
        tuple[Transition, ...], BeforeValidator(lambda told: () if told is None else told)
    ] = Field(default=(), strict=False)
    entity_disp_name: MaybeText = None
    ack_time: Moment = None
    ack_user_id: MaybeLine = None
    end_time: Moment = None

    @property
    def all_transitions(self) -> tuple[Transition, ...]:
        """The transitions, with those that version 1 tells by a field each."""
        more = []
        if self.ack_time:
            more.append(Transition(name="acknowledged", at=self.ack_time, by=self.ack_user_id))
        if self.end_time:
            more.append(Transition(name="resolved", at=self.end_time))
        return (*self.transitions, *more)


class _Webhook(CamelWire):
    """What an outgoing webhook tells beside acknowledgements."""

    incident_id: Annotated[Number | None, BeforeValidator(lambda text: text or None)] = Field(
        None, alias="INCIDENT.INCIDENT_ID"
    )
    incident_name: MaybeLine = Field(None, alias="INCIDENT.INCIDENT_NAME")
    state_name: MaybeLine = Field(None, alias="STATE.INCIDENT_NAME")
    phase: MaybeLine = Field(None, alias="INCIDENT.CURRENT_PHASE")
    title: MaybeText = Field(None, alias="INCIDENT.ENTITY_DISPLAY_NAME")
    service: MaybeLine = Field(None, alias="INCIDENT.SERVICE")
    entity_id: MaybeLine = Field(None, alias="STATE.ENTITY_ID")
    started_at: Moment = Field(None, alias="INCIDENT.INCIDENT_TIMESTAMP")
    state_started_at: Moment = Field(None, alias="STATE.INCIDENT_TIMESTAMP")
    message_type: MaybeLine = Field(None, alias="ALERT.message_type")
    alerted_at: Moment = Field(None, alias="ALERT.VO_ALERT_RCV_TIME")
    resolved_at: Moment = Field(None, alias="STATE.RESOLVED_AT")
    resolved_by: MaybeLine = Field(None, alias="STATE.RESOLVED_BY")

    @property
    def number(self) -> str:
        """The incident's number, which the reporting API gives without the sign."""
        return self.incident_id or (self.incident_name or self.state_name or "").removeprefix("#")


_PHASES = {"UNACKED": "triggered", "ACKED": "acknowledged", "RESOLVED": "resolved"}


def is_webhook(raw: Mapping[str, Any]) -> bool:
    """Tell whether the keys are those of an outgoing webhook."""
    return any(key.startswith(("INCIDENT.", "STATE.")) for key in raw)


def webhook_incident(raw: Mapping[str, Any]) -> Incident:
    """Return the incident that a webhook tells of, in the form of the reporting API."""
    told = _Webhook.model_validate(raw)
    resolved = Transition(name="resolved", at=told.resolved_at, by=told.resolved_by)
    return Incident.model_validate(
        {
            "incidentNumber": told.number,
            "currentPhase": _PHASES.get(told.phase or "", told.phase),
            "entityDisplayName": told.title,
            "entityId": told.entity_id,
            "entityState": told.message_type,
            "service": told.service,
            "startTime": told.started_at or told.state_started_at,
            "lastAlertTime": told.alerted_at,
            "transitions": [*_acknowledgements(raw), *([resolved] if resolved.at else [])],
        }
    )


def _acknowledgements(raw: Mapping[str, Any]) -> list[Transition]:
    found = []
    for key, at in raw.items():
        if _ACKED_AT.fullmatch(key):
            by = raw.get(key.removesuffix("AT") + "BY")
            with refusing_invalid(key.removesuffix(".ACKED_AT")):
                one = Transition.model_validate({"name": "acknowledged", "at": at, "by": by})
            found.append(one)
    return [one for one in found if one.at]
