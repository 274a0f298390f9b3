"""incident.io's v2 incidents as snapshots, and their updates as facts.

The mapping is written out in docs/importing-incident-io.md.
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
from ..tellings import INFERRED, Facts, Snapshot, Wanted, incident_id_of
from .form import Incident, Update, unwrapped
from .inferred import STATE, SYSTEM, UPDATE, inferred, standing
from .moments import first, moments
from .services import services

UPDATES = "incident_updates"
DRILLS = frozenset({"test", "tutorial"})
UNDECLARED = frozenset({"triage", "declined"})


def recognises(record: Record) -> bool:
    """Tell whether a record looks like an incident or an update of one."""
    raw = unwrapped(record.raw)
    if not isinstance(raw, dict):
        return False
    return raw.keys() >= {"id", "incident_status", "mode"} or _is_update(raw)


def _is_update(raw: Any) -> bool:
    return isinstance(raw, dict) and raw.keys() >= {"incident_id", "new_incident_status"}


def read(record: Record, _options: Options) -> Told:
    """Return the snapshot of an incident, or the facts of one update."""
    around = record.context
    with refusing_invalid():
        if record.key == UPDATES and "incident_status" in around:
            # A single incident with its updates reads like a page of updates.
            return [_snapshot(Incident.model_validate({**around, "updates": [record.raw]}))]
        raw = unwrapped(record.raw)
        if record.key != UPDATES and not _is_update(raw):
            return [_snapshot(Incident.model_validate(raw))]
        update = Update.model_validate(raw)
        if update.incident_id is None:
            raise InvalidInput("the update names no incident", "incident_id")
        return [Facts(SYSTEM, update.incident_id, tuple(_update(update)))]


def _snapshot(incident: Incident) -> Snapshot:
    wanted = (
        *_opening(incident),
        *moments(incident),
        *(one for update in incident.updates or () for one in _update(update)),
    )
    at = incident.changed_at
    return Snapshot(SYSTEM, incident.id, at, at, wanted, _is_of_the_incident)


def _is_of_the_incident(slot: str) -> bool:
    """Tell whether an incident by itself speaks for a slot: updates may be read elsewhere."""
    return not slot.startswith((f"{UPDATE} ", INFERRED))


def _opening(incident: Incident) -> Iterator[Wanted]:
    created_at, changed_at, by = incident.created_at, incident.changed_at, incident.creator.name
    detected = ev.Detected(
        occurred_at=first(incident, "detected") or created_at,
        by=by,
        title=incident.name,
        services=services(incident),
        signal=incident.creator.alert.title if incident.creator.alert else None,
    )
    yield Wanted("detected", detected, created_at, changed_at)
    declared_at = _declared_at(incident)
    if declared_at is not None:
        declared = ev.Declared(occurred_at=declared_at, by=by)
        yield Wanted("declared", declared, max(created_at, declared_at), changed_at)
    if incident.mode in DRILLS:
        drill = ev.Dismissed(occurred_at=created_at, by=by, reason="drill", why=incident.mode)
        yield Wanted("drill", drill, created_at, changed_at)
    yield Wanted(STATE, _state(incident), changed_at, changed_at)


def _declared_at(incident: Incident) -> datetime | None:
    undeclared = incident.incident_status.category in UNDECLARED
    is_told_as_it_goes = incident.mode != "retrospective" and not undeclared
    return first(incident, "declared") or (incident.created_at if is_told_as_it_goes else None)


def _state(incident: Incident) -> ev.NoteAdded:
    """Return how the incident stood when it was last changed, from which more is inferred."""
    status, severity = incident.incident_status, incident.severity
    roles = [
        f"{one.role.name}: {one.assignee.name}"
        for one in incident.incident_role_assignments or ()
        if one.assignee is not None
    ]
    name = f"{incident.reference or 'The incident'}, as it stands: {status.name}"
    return ev.NoteAdded(
        occurred_at=incident.changed_at,
        text="\n".join([name, *sorted(roles), *filter(None, [incident.summary])]),
        links=incident.links,
        status=standing(status.category, status.name, severity.name if severity else None),
    )


def _update(update: Update) -> Iterator[Wanted]:
    status, severity, by = update.new_incident_status, update.new_severity, update.updater.name
    stands = standing(
        status.category if status else None,
        status.name if status else None,
        severity.name if severity else None,
    )
    text = update.message or f"[{status.name if status else 'update'}, no message]"
    note = ev.NoteAdded(
        occurred_at=update.created_at, by=by, text=text, note="communication", status=stands
    )
    yield Wanted(f"{UPDATE} {update.id}/{UPDATE}", note, update.created_at)
    if update.merged_into_incident_id is not None:
        into = incident_id_of(SYSTEM, update.merged_into_incident_id)
        merged = ev.Merged(occurred_at=update.created_at, by=by, into=into, why=update.message)
        yield Wanted(f"{UPDATE} {update.id}/merged", merged, update.created_at)


FORMAT = Format(
    SYSTEM,
    "incident.io's /v2/incidents and /v2/incident_updates",
    recognises,
    read,
    lists=("incidents", UPDATES),
    infer=inferred,
)
