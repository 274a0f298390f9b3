"""Google Cloud's public `incidents.json`: each incident as a snapshot.

The mapping is written out in docs/importing-google-cloud.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ....domain import events as ev
from ....domain.errors import InvalidInput
from ....domain.values import refusing_invalid
from ..formats import Format, Options, Told
from ..reading.records import Record
from ..tellings import Snapshot, Wanted
from .form import AVAILABLE, PageIncident, Update

SYSTEM = "google-cloud"
SHAPE = frozenset({"begin", "external_desc", "updates"})


def recognises(record: Record) -> bool:
    """Tell whether a record looks like an incident of the page."""
    return isinstance(record.raw, dict) and record.raw.keys() >= SHAPE


def read(record: Record, _options: Options) -> Told:
    """Return the snapshot of one incident."""
    with refusing_invalid():
        incident = PageIncident.model_validate(record.raw)
        if not incident.ref:
            raise InvalidInput("the incident has neither an id nor a uri", "id")
        wanted = (*_opening(incident), *_updates(incident), *_impacts(incident), *_end(incident))
    return [Snapshot(SYSTEM, incident.ref, incident.changed_at, incident.changed_at, tuple(wanted))]


def _opening(incident: PageIncident) -> Iterator[Wanted]:
    told_at, changed_at = incident.created, incident.changed_at
    title = incident.external_desc or incident.service_name or "[no description]"
    # Sorted, because the page's order may change where nothing else does.
    services = tuple(sorted({one.title for one in incident.products}))
    detected = ev.Detected(occurred_at=incident.begin, title=title, services=services)
    yield Wanted("detected", detected, told_at, changed_at)
    if incident.severity is not None:
        impact = incident.status_impact
        assessed = ev.SeverityAssessed(
            occurred_at=max(incident.begin, incident.created),
            assessor=SYSTEM,
            severity=incident.severity,
            basis=f"status_impact: {impact}" if impact else "the severity that the page shows",
        )
        yield Wanted("severity", assessed, told_at, changed_at)


def _updates(incident: PageIncident) -> Iterator[Wanted]:
    locations: tuple[str, ...] = ()
    for index, (key, update) in enumerate(incident.in_order):
        at = update.shown_at
        if index == 0:
            declared = ev.Declared(occurred_at=at, why=update.text)
            yield Wanted(f"{key}/declared", declared, update.created, update.changed_at)
        else:
            text = update.text or f"[{update.status or 'update'}, no text]"
            note = _note(at, text, update.status)
            yield Wanted(f"{key}/note", note, update.created, update.changed_at)
        if update.locations and update.locations != locations:
            locations = update.locations
            note = _note(at, f"Affected locations: {'; '.join(locations)}", update.status)
            yield Wanted(f"{key}/locations", note, update.created, update.changed_at)


def _note(at: datetime, text: str, status: str | None) -> ev.NoteAdded:
    return ev.NoteAdded(occurred_at=at, text=text, note="communication", status=status)


def _impacts(incident: PageIncident) -> Iterator[Wanted]:
    """Yield how badly the products failed, from `begin` until it says AVAILABLE or until `end`.

    What an update says after `end` is about the past: by then nothing fails any more.
    """
    updates = incident.in_order
    first = updates[0][1] if updates else None
    level = first.status if first and first.status != AVAILABLE else incident.status_impact
    failing = True
    told_at = first.created if first else incident.created
    yield from _started(incident, "begin", incident.begin, level, told_at)
    for key, update in updates:
        at, status = update.shown_at, update.status
        if status is None or (incident.end is not None and at >= incident.end):
            continue
        if status == AVAILABLE and failing:
            failing = False
            yield from _ended(incident, key, at, update.created)
        elif status != AVAILABLE and (not failing or status != level):
            failing, level = True, status
            yield from _started(incident, key, at, level, update.created)
    if failing and incident.end is not None:
        yield from _ended(incident, "end", incident.end, _end_told_at(incident, incident.end))


def _started(
    incident: PageIncident, key: str, at: datetime, level: str | None, told_at: datetime
) -> Iterator[Wanted]:
    for product in incident.products:
        started = ev.ImpactStarted(occurred_at=at, service=product.title, level=level)
        yield Wanted(f"{key}/impact-started/{product.key}", started, told_at)


def _ended(incident: PageIncident, key: str, at: datetime, told_at: datetime) -> Iterator[Wanted]:
    for product in incident.products:
        ended = ev.ImpactEnded(occurred_at=at, service=product.title)
        yield Wanted(f"{key}/impact-ended/{product.key}", ended, told_at)


def _end(incident: PageIncident) -> Iterator[Wanted]:
    if incident.end is not None:
        told_at = _end_told_at(incident, incident.end)
        resolved = ev.Resolved(occurred_at=incident.end)
        yield Wanted("end/resolved", resolved, told_at, incident.changed_at)


def _end_told_at(incident: PageIncident, end: datetime) -> datetime:
    """Return when the page told the end, for which it keeps no time of its own."""
    updates = [update for _, update in incident.in_order]
    available = [_said_over(update, end) for update in updates if update.status == AVAILABLE]
    after = [update.created for update in updates if update.created >= end]
    return min(available or after, default=incident.changed_at)


def _said_over(update: Update, end: datetime) -> datetime:
    return max(update.created, end)


FORMAT = Format(SYSTEM, "incidents.json of the Google Cloud status page", recognises, read)
