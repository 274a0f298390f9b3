"""FireHydrant's v1 incidents as snapshots, and the events of their timelines as facts.

The mapping is written out in docs/importing-firehydrant.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ....domain import events as ev
from ....domain.errors import InvalidInput
from ....domain.values import refusing_invalid
from ..formats import Format, Options, Told
from ..reading.records import Record
from ..tellings import INFERRED, Facts, Skipped, Snapshot, Wanted
from .form import Incident, IncidentEvent, Reached

SYSTEM = "firehydrant"
EVENT = "event"
NO_SERVICE = "[no service named]"
UNSET, GAMEDAY, MAINTENANCE = "UNSET", "GAMEDAY", "MAINTENANCE"
"""FireHydrant's own severities, which are none: a test, a planned outage, and not known yet."""

BEFORE_THE_END = frozenset(
    {"started", "detected", "acknowledged", "investigating", "identified", "mitigated"}
)
PUBLIC = frozenset({"open_to_public", "internal_status_page"})


def recognises(record: Record) -> bool:
    """Tell whether a record looks like an incident or an event of its timeline."""
    raw = record.raw
    if not isinstance(raw, dict):
        return False
    return raw.keys() >= {"current_milestone", "created_at"} or _is_event(raw)


def _is_event(raw: Any) -> bool:
    return isinstance(raw, dict) and raw.keys() >= {"incident_id", "type", "occurred_at"}


def read(record: Record, _options: Options) -> Told:
    """Return the snapshot of an incident, or the fact that one event tells."""
    with refusing_invalid():
        if _is_event(record.raw):
            event = IncidentEvent.model_validate(record.raw)
            if event.incident_id is None:
                raise InvalidInput("the event names no incident", "incident_id")
            return [Facts(SYSTEM, event.incident_id, (_event(event),))]
        incident = Incident.model_validate(record.raw)
        if incident.severity == MAINTENANCE:
            return Skipped("planned maintenance")
        wanted = (*_opening(incident), *_impacts(incident), *_milestones(incident))
        wanted = (*wanted, *_roles(incident), *map(_event, incident.events or ()))
    at = incident.changed_at
    return [Snapshot(SYSTEM, incident.id, at, at, wanted, _is_of_the_incident)]


def _is_of_the_incident(slot: str) -> bool:
    """Tell whether an incident by itself speaks for a slot: events may be read elsewhere."""
    return not slot.startswith((f"{EVENT} ", INFERRED))


def _opening(incident: Incident) -> Iterator[Wanted]:
    created_at, changed_at = incident.created_at, incident.changed_at
    by = incident.created_by.name if incident.created_by else None
    detected_at, told_at = _detected(incident)
    detected = ev.Detected(
        occurred_at=detected_at, title=incident.name, services=tuple(incident.affected)
    )
    yield Wanted("detected", detected, told_at, changed_at)
    declared = ev.Declared(occurred_at=created_at, by=by, why=incident.summary)
    yield Wanted("declared", declared, created_at, changed_at)
    if incident.severity == GAMEDAY:
        drill = ev.Dismissed(occurred_at=created_at, by=by, reason="drill", why=GAMEDAY)
        yield Wanted("drill", drill, created_at, changed_at)
    elif incident.severity not in {None, UNSET}:
        yield Wanted("severity", _severity(incident, incident.severity), created_at, changed_at)
    if incident.discarded_at is not None:
        at = incident.discarded_at
        archived = ev.Dismissed(occurred_at=at, reason="not-an-incident", why="archived")
        yield Wanted("archived", archived, at)


def _detected(incident: Incident) -> tuple[datetime, datetime]:
    """Return when it was noticed, and when that was told.

    Without that milestone it was by the first that follows from noticing, or by the opening.
    """
    reached = incident.reached
    detected = reached.get("detected")
    if detected is not None:
        return detected.at, detected.told_at(incident.created_at)
    acted = [one.at for key, one in reached.items() if key != "started"]
    return min([incident.created_at, *acted]), incident.created_at


def _severity(incident: Incident, severity: str) -> ev.SeverityAssessed:
    parts = {"impact": incident.severity_impact, "condition": incident.severity_condition}
    said = [f"{name}: {value}" for name, value in parts.items() if value]
    return ev.SeverityAssessed(
        occurred_at=incident.created_at,
        assessor=SYSTEM,
        severity=severity,
        basis="; ".join(said) or "as it stands",
    )


def _impacts(incident: Incident) -> Iterator[Wanted]:
    started = incident.reached.get("started")
    at = started.at if started else incident.started_at
    if at is None:
        return
    created_at = incident.created_at
    told_at = started.told_at(created_at) if started else max(created_at, at)
    for service, level in (incident.affected or {NO_SERVICE: None}).items():
        impact = ev.ImpactStarted(occurred_at=at, service=service, level=level)
        changed_at = started.updated_at if started else None
        yield Wanted(f"impact-started {service}", impact, told_at, changed_at)


def _milestones(incident: Incident) -> Iterator[Wanted]:
    resolved_at: datetime | None = None
    for key, milestone in incident.reached.items():
        if key in {"started", "detected"}:
            continue
        role, event = _milestone(milestone)
        resolved_at = milestone.at if role == "resolved" else resolved_at
        told_at = milestone.told_at(incident.created_at)
        yield Wanted(f"milestone {key}/{role}", event, told_at, milestone.updated_at)
    if resolved_at is not None and incident.current_milestone in BEFORE_THE_END:
        yield _reopened(incident, resolved_at)


def _milestone(milestone: Reached) -> tuple[str, ev.StoryEvent]:
    at = milestone.at
    match milestone.slug:
        case "acknowledged":
            return "acknowledged", ev.Acknowledged(occurred_at=at)
        case "mitigated":
            return "mitigated", ev.Mitigated(occurred_at=at)
        case "resolved":
            return "resolved", ev.Resolved(occurred_at=at)
        case slug:
            return "note", ev.NoteAdded(occurred_at=at, text=milestone.name, status=slug)


def _reopened(incident: Incident, resolved_at: datetime) -> Wanted:
    """Return the reopening of what stands at a milestone before its resolution."""
    current = incident.reached.get(incident.current_milestone or "")
    told = (current.at, current.updated_at) if current else ()
    later = [time for time in told if time is not None and time > resolved_at]
    at = min(later, default=max(incident.changed_at, resolved_at))
    why = f"it stands at {incident.current_milestone}"
    return Wanted("reopened", ev.Reopened(occurred_at=at, why=why), at)


def _roles(incident: Incident) -> Iterator[Wanted]:
    for one in incident.role_assignments or ():
        role, holder = one.incident_role and one.incident_role.name, one.user and one.user.name
        if not role or not holder:
            continue
        assigned = ev.RoleAssigned(occurred_at=one.created_at, role=role, holder=holder)
        yield Wanted(f"role {one.id}/assigned", assigned, one.created_at, one.updated_at)
        if one.status == "inactive" and one.updated_at is not None:
            released = ev.RoleReleased(occurred_at=one.updated_at, role=role, holder=holder)
            yield Wanted(f"role {one.id}/released", released, one.updated_at)


def _event(event: IncidentEvent) -> Wanted:
    data = event.data
    note = ev.NoteAdded(
        occurred_at=event.occurred_at,
        by=event.author.name if event.author else None,
        text=(data and data.body) or f"[{event.type or EVENT}]",
        note="communication" if event.visibility in PUBLIC else "observation",
    )
    told_at = (data and data.created_at) or event.occurred_at
    return Wanted(f"{EVENT} {event.id}/note", note, told_at)


FORMAT = Format(
    SYSTEM,
    "FireHydrant's /v1/incidents and /v1/incidents/{id}/events",
    recognises,
    read,
    lists=("data",),
)
