"""What a PagerDuty incident says of itself, and what its log entries and notes say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ....domain import events as ev
from ....domain.values import iso
from ..tellings import Wanted, incident_id_of
from .facts import (
    AUTOMATICALLY,
    CREATION,
    DETECTED,
    ID,
    MERGED,
    REOPENED,
    RESOLUTION,
    RESOLVED,
    SHOWN_PRIORITY,
    SYSTEM,
    acknowledgement,
    asked,
    came_in,
    fact,
    name_of,
    note_by,
    resolved_status,
    second,
    written,
)
from .form import IncidentObject, Reference, Responder, line
from .log import entry_facts


def incident_facts(incident: IncidentObject) -> Iterator[Wanted]:
    """Yield all that an incident of the REST API says."""
    yield from detection(incident)
    yield from _priority(incident)
    yield from _acknowledgements(incident)
    if incident.ended_at is not None:
        agent = incident.last_status_change_by if incident.status == RESOLVED else None
        yield from ending(incident, incident.ended_at, agent, RESOLVED)
    for responder in incident.incidents_responders or ():
        yield from _responder(responder)
    for entry in incident.log_entries or ():
        yield from entry_facts(entry, entry.incident or _as_reference(incident))
    for note in incident.notes or ():
        yield note_by(note.created_at, note.user, note.content)


def detection(incident: IncidentObject) -> Iterator[Wanted]:
    """Yield that it was detected, and reopened where it says so."""
    yield from _creation(incident)
    if incident.reopened_at is not None:
        yield fact(REOPENED, ev.Reopened(occurred_at=incident.reopened_at))


def _creation(incident: IncidentObject) -> Iterator[Wanted]:
    at, whole, service = incident.created_at, incident.shown_title, name_of(incident.service)
    title = line(whole)
    if whole is None or title is None:
        # An id for want of a title must not displace the title that another telling has.
        text = written("Created", {ID: incident.id, "service": service})
        yield Wanted(f"incident/{CREATION}", ev.NoteAdded(occurred_at=at, text=text), at)
        return
    trigger = incident.first_trigger_log_entry
    detected = ev.Detected(
        occurred_at=at,
        title=title,
        services=(service,) if service else (),
        signal=line(trigger.summary) if trigger else None,
    )
    yield Wanted(DETECTED, detected, at)
    if title != whole:
        yield Wanted("incident/title", ev.NoteAdded(occurred_at=at, text=whole), at)


def ending(
    incident: IncidentObject, at: datetime, agent: Reference | None, nobody: str
) -> Iterator[Wanted]:
    """Yield that it was resolved, or merged into another.

    A resolution that names nobody is a note, as another telling may name them; `nobody` is its
    status.
    """
    by, reason = name_of(agent), incident.resolve_reason
    summary = None
    if reason is not None and reason.type == "merge_resolve_reason":
        target = reason.incident
        if target is not None and target.id not in (None, incident.id):
            into = incident_id_of(SYSTEM, str(target.id))
            yield fact(MERGED, ev.Merged(occurred_at=at, by=by, into=into, why=target.summary))
            return
        summary = "Merged into an incident that PagerDuty does not name."
    if by is None and summary is None:
        note = ev.NoteAdded(occurred_at=at, text="Resolved", status=nobody)
        yield Wanted(f"{second(at)}/{nobody}/{RESOLUTION}", note, at)
        return
    is_automatic = resolved_status(agent) == AUTOMATICALLY
    resolved = ev.Resolved(occurred_at=at, by=by, summary=summary, automatic=is_automatic)
    yield fact(RESOLVED, resolved)


def _priority(incident: IncidentObject) -> Iterator[Wanted]:
    priority, at = name_of(incident.priority), incident.shown_at
    if priority is not None:
        text = written(
            "The incident as it is shown:",
            {"priority": priority, "created": iso(incident.created_at)},
        )
        yield fact(SHOWN_PRIORITY, ev.NoteAdded(occurred_at=at, text=text))


def _acknowledgements(incident: IncidentObject) -> Iterator[Wanted]:
    if incident.status != "acknowledged":
        return  # PagerDuty lists acknowledgements only while they are in force
    for one in incident.acknowledgements or ():
        yield acknowledgement(one.at, one.acknowledger)
    agent, at = incident.last_status_change_by, incident.last_status_change_at
    if not incident.acknowledgements and agent is not None and at is not None:
        yield acknowledgement(at, agent)


def _responder(responder: Responder) -> Iterator[Wanted]:
    user = responder.user
    if user is None:
        return
    if responder.requested_at is not None:
        by = name_of(responder.requester)
        yield asked(responder.requested_at, user, by, responder.message)
    if responder.state == "joined" and responder.updated_at is not None:
        yield came_in(responder.updated_at, user)


def _as_reference(incident: IncidentObject) -> Reference:
    return Reference(id=incident.id, summary=incident.shown_title or None)
