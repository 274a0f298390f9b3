"""Splunk On-Call (VictorOps): reports and webhooks, each transition as a fact of its own.

The mapping is written out in docs/importing-splunk-oncall.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from ....domain import events as ev
from ....domain.errors import InvalidInput
from ....domain.values import refusing_invalid
from ..formats import Format, Options, Told
from ..reading.records import Record
from ..slotted import once
from ..tellings import INFERRED, Facts, Said, Skipped, Wanted
from ..titles import Noticed, detection, detections_by_name
from .form import Incident, Transition, is_webhook, webhook_incident

SYSTEM = "splunk-oncall"
TRIGGERED = "triggered"
MACHINE = "SYSTEM"
"""Whom webhooks name where no person acted."""

ALARMING = frozenset({"critical", "warning"})
NO_INCIDENT = Skipped("a webhook that names no incident")
OTHER_WEBHOOKS = ("ALERT.", "CHAT.", "PAGE.", "ONCALL.", "USER.")


def recognises(record: Record) -> bool:
    """Tell whether a record looks like a reported incident, a page of them, or a webhook."""
    raw = record.raw
    if not isinstance(raw, dict):
        return False
    is_page = isinstance(raw.get("incidents"), list) and {"offset", "limit", "total"} <= raw.keys()
    is_other = any(key.startswith(OTHER_WEBHOOKS) for key in raw)
    return is_page or "incidentNumber" in raw or is_webhook(raw) or is_other


def read(record: Record, _options: Options) -> Told:
    """Return the facts that a record tells: of one incident, or of those of a page in an array."""
    raw = record.raw
    if not isinstance(raw, dict):
        raise InvalidInput("is no object, so no incident")
    if not is_webhook(raw) and any(key.startswith(OTHER_WEBHOOKS) for key in raw):
        return NO_INCIDENT
    with refusing_invalid():
        told: dict[str, list[Facet]] = {}
        for incident in _incidents(raw):
            facets = _told(incident, _started_at(incident))
            told.setdefault(incident.incident_number, []).extend(facets)
        return [Facts(SYSTEM, number, once(facets)) for number, facets in told.items()]


def _incidents(raw: dict[str, Any]) -> list[Incident]:
    listed = raw.get("incidents")
    if is_webhook(raw):
        return [webhook_incident(raw)]
    if isinstance(listed, list) and "incidentNumber" not in raw:
        return [Incident.model_validate(one) for one in listed]
    return [Incident.model_validate(raw)]


def _started_at(incident: Incident) -> datetime:
    triggered = [one.at for one in incident.transitions if one.at and one.name == "triggered"]
    started_at = incident.start_time or min(triggered, default=None)
    if started_at is None:
        raise InvalidInput("nothing says when the incident began", "startTime")
    return started_at


Facet = tuple[str, ev.StoryEvent]
"""An event with its slot; what belongs to a moment has that, to the second, as its piece."""


def _told(incident: Incident, started_at: datetime) -> Iterator[Facet]:
    yield from _opening(incident, started_at)
    for one in incident.all_transitions:
        yield from _transition(one, started_at)
    phase, last_at = incident.current_phase, incident.last_alert_time or started_at
    names = {one.name for one in incident.all_transitions if one.at}
    if phase in ("acknowledged", "resolved") and phase not in names:
        text = f"[the phase is {phase}; the record does not say since when]"
        note = ev.NoteAdded(occurred_at=last_at, text=text, status=phase)
        yield f"{_second(last_at)}/phase {phase}", note


def _opening(incident: Incident, started_at: datetime) -> Iterator[Facet]:
    title, service = incident.entity_display_name or incident.entity_disp_name, incident.service
    noticed = Noticed(
        started_at,
        title,
        name=service,
        which=f"#{incident.incident_number}",
        # Incidents that people open have their title as their service.
        service=service if service != title else None,
        signal=incident.entity_id,
    )
    yield from detection("detected", noticed)
    state, at = (incident.entity_state or "").lower(), incident.last_alert_time
    if state in ALARMING and at:
        basis = "the state that the alert told"
        assessed = ev.SeverityAssessed(occurred_at=at, assessor=SYSTEM, severity=state, basis=basis)
        yield f"{_second(at)}/severity", assessed


def _transition(told: Transition, started_at: datetime) -> Iterator[Facet]:
    at, by, message = told.at, told.by, told.message
    if at is None:
        text = f"[without a time] {told.name or 'a transition'}: {message or 'no text'}"
        note = ev.NoteAdded(occurred_at=started_at, by=by, text=text, links=_links(told))
        yield f"{_digest(told)}/untimed", note
        return
    second, piece = _second(at), f"{_second(at)} {_digest(told)}"
    automatic = told.manually is False or by == MACHINE
    match told.name:
        case "acknowledged":
            acknowledged = ev.Acknowledged(occurred_at=at, by=by, automatic=automatic)
            yield f"{second}/acknowledged", acknowledged
            if message:
                note = ev.NoteAdded(occurred_at=at, by=by, text=message, note="communication")
                yield f"{piece}/message", note
        case "resolved":
            resolved = ev.Resolved(occurred_at=at, by=by, summary=message, automatic=automatic)
            yield f"{second}/resolved", resolved
        case name:
            text = message or f"[{name or 'a transition without a name'}]"
            role = name if name == TRIGGERED else "note"
            yield (
                f"{piece}/{role}",
                ev.NoteAdded(occurred_at=at, by=by, text=text, links=_links(told), status=name),
            )


def _links(told: Transition) -> tuple[str, ...]:
    return (told.alert_url,) if told.alert_url else ()


def _second(at: datetime) -> str:
    # Reports cut to the second what webhooks tell to the millisecond.
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _digest(told: Transition) -> str:
    return hashlib.sha256(told.model_dump_json().encode()).hexdigest()[:16]


def infer(said: Sequence[Said]) -> Iterator[Wanted]:
    """Yield a detection that no telling has a title for, and reopenings.

    It is reopened wherever it is triggered after it was resolved.
    """
    yield from detections_by_name(said)
    is_resolved = False
    for at, _, role in sorted(_turns(said)):
        if role == TRIGGERED and is_resolved:
            reopened = ev.Reopened(occurred_at=at, why="triggered after it was resolved")
            yield Wanted(f"{INFERRED}{_second(at)}/reopened", reopened, at)
        is_resolved = role != TRIGGERED


def _turns(said: Iterable[Said]) -> Iterator[tuple[datetime, int, str]]:
    for one in said:
        role = one.slot.rpartition("/")[2]
        if role in (TRIGGERED, "resolved"):
            # Of the two in one second the trigger came first, as far as anybody can tell.
            yield one.event.occurred_at.replace(microsecond=0), role == "resolved", role


FORMAT = Format(
    SYSTEM,
    "the reporting API's incidents (version 2 or 1), or JSON Lines of outgoing webhooks",
    recognises,
    read,
    lists=("incidents",),
    infer=infer,
)
