"""What a PagerDuty webhook, version 3, says of an incident."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ....domain import events as ev
from ..tellings import Wanted
from .event_form import Event
from .facts import (
    BY_NOBODY,
    PRIORITY,
    PRIORITY_REMOVED,
    REOPENED,
    SYSTEM,
    acknowledgement,
    fact,
    name_of,
    second,
)
from .form import IncidentObject, Reference
from .incidents import detection, ending
from .webhook_parts import action

OfIncident = Callable[[Event, IncidentObject], Iterator[Wanted]]


def _nothing_more(_event: Event, _incident: IncidentObject) -> Iterator[Wanted]:
    yield from ()


def _triggered(event: Event, incident: IncidentObject) -> Iterator[Wanted]:
    if incident.priority is not None:
        yield from _priority_updated(event, incident)


def _acknowledged(event: Event, _incident: IncidentObject) -> Iterator[Wanted]:
    yield acknowledgement(event.occurred_at, event.agent)


def _unacknowledged(event: Event, _incident: IncidentObject) -> Iterator[Wanted]:
    by, at = name_of(event.agent), event.occurred_at
    note = ev.NoteAdded(occurred_at=at, by=by, text="Unacknowledged", status="triggered")
    yield fact("unacknowledged", note)


def _resolved(event: Event, incident: IncidentObject) -> Iterator[Wanted]:
    yield from ending(incident, event.occurred_at, event.agent, BY_NOBODY)


def _reopened(event: Event, incident: IncidentObject) -> Iterator[Wanted]:
    at, told = event.occurred_at, incident.reopened_at
    at = told if told is not None and second(told) != second(at) else at
    yield fact(REOPENED, ev.Reopened(occurred_at=at, by=name_of(event.agent)))


def _priority_updated(event: Event, incident: IncidentObject) -> Iterator[Wanted]:
    priority, by = name_of(incident.priority), name_of(event.agent)
    if priority is None:
        yield action(event, PRIORITY_REMOVED, "Priority taken away")
        return
    assessed = ev.SeverityAssessed(
        occurred_at=event.occurred_at,
        by=by,
        assessor=by or SYSTEM,
        severity=priority,
        basis="the priority that was set",
    )
    yield fact(PRIORITY, assessed)


def _reassigned(event: Event, incident: IncidentObject) -> Iterator[Wanted]:
    yield action(event, "reassigned", f"Reassigned to {_names(incident.assignees)}")


def _escalated(event: Event, incident: IncidentObject) -> Iterator[Wanted]:
    yield action(event, "escalated", f"Escalated to {_names(incident.assignees)}")


def _delegated(event: Event, incident: IncidentObject) -> Iterator[Wanted]:
    policy = name_of(incident.escalation_policy) or "nobody"
    yield action(event, "delegated", f"Delegated to {policy}")


def _service_updated(event: Event, incident: IncidentObject) -> Iterator[Wanted]:
    service = name_of(incident.service) or "none"
    yield action(event, "service", f"Service: {service}")


def _type_changed(event: Event, incident: IncidentObject) -> Iterator[Wanted]:
    name = incident.incident_type.name if incident.incident_type else None
    yield action(event, "type", f"Type of incident: {name or 'none'}")


def of_incident(event: Event, incident: IncidentObject) -> Iterator[Wanted]:
    """Yield what an event says whose data is the incident; raises `KeyError` for other types."""
    more = OF_INCIDENT[event.event_type]
    yield from detection(incident)
    yield from more(event, incident)


OF_INCIDENT: dict[str, OfIncident] = {
    "incident.triggered": _triggered,
    "incident.acknowledged": _acknowledged,
    "incident.unacknowledged": _unacknowledged,
    "incident.resolved": _resolved,
    "incident.reopened": _reopened,
    "incident.priority_updated": _priority_updated,
    "incident.reassigned": _reassigned,
    "incident.escalated": _escalated,
    "incident.delegated": _delegated,
    "incident.service_updated": _service_updated,
    "incident.incident_type.changed": _type_changed,
}


def _names(some: list[Reference] | None) -> str:
    return ", ".join(one.name for one in some or () if one.name) or "nobody"
