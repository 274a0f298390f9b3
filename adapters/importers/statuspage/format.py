"""Atlassian Statuspage's public `/api/v2/incidents.json`: each incident as a snapshot.

The mapping is written out in docs/importing-statuspage.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from ....domain import events as ev
from ....domain.values import refusing_invalid
from ..formats import Format, Options, Told
from ..reading.records import Record
from ..tellings import Skipped, Snapshot, Wanted
from .form import Page, PageIncident, Update

SYSTEM = "statuspage"
MAINTENANCES = "scheduled_maintenances"
MAINTENANCE = Skipped("scheduled maintenance")
FAILING_NOT = "operational"


def recognises(record: Record) -> bool:
    """Tell whether a record looks like an incident of a page."""
    return isinstance(record.raw, dict) and record.raw.keys() >= {"incident_updates", "status"}


def read(record: Record, _options: Options) -> Told:
    """Return the snapshot of one incident."""
    if record.key == MAINTENANCES:
        return MAINTENANCE
    with refusing_invalid():
        page = Page.model_validate(record.context.get("page") or {})
        incident = PageIncident.model_validate(record.raw)
        if incident.is_maintenance:
            return MAINTENANCE
        wanted = (*_opening(incident, page.name or SYSTEM), *_updates(incident))
    changed_at = incident.changed_at
    revised_at = max(changed_at, page.updated_at or changed_at)
    return [Snapshot(SYSTEM, incident.id, revised_at, changed_at, wanted)]


def _opening(incident: PageIncident, page: str) -> Iterator[Wanted]:
    started_at = incident.started_at or incident.created_at
    names = incident.service_names
    # Sorted, because the page's order may change where nothing else does.
    services = tuple(sorted({names[one.key] for one in incident.components or ()}))
    detected = ev.Detected(occurred_at=started_at, title=incident.name, services=services)
    yield Wanted("detected", detected, incident.created_at, incident.changed_at)
    if incident.impact is not None:
        assessed = ev.SeverityAssessed(
            occurred_at=max(started_at, incident.created_at),
            assessor=page,
            severity=incident.impact,
            basis="the impact that the page shows",
        )
        yield Wanted("impact", assessed, incident.created_at, incident.changed_at)


def _updates(incident: PageIncident) -> Iterator[Wanted]:
    names = incident.service_names
    status, failing = "", dict[str, str]()
    for index, update in enumerate(incident.in_order):
        said = _said(update, status, is_first=index == 0)
        for role, event in (*said, *_impacts(update, failing, names)):
            yield Wanted(f"{update.id}/{role}", event, update.created_at, update.changed_at)
        if update.status != "postmortem":
            status = update.status


Role = Literal["declared", "mitigated", "resolved", "reopened", "note"]


def _said(update: Update, before: str, *, is_first: bool) -> list[tuple[Role, ev.StoryEvent]]:
    """Return what an update says, given the status before it."""
    at, body = update.shown_at, update.body
    text = body or f"[{update.status}, no text]"
    if update.status == "postmortem":
        return [("note", _note(at, text))]
    said: list[tuple[Role, ev.StoryEvent]] = []
    if is_first or not before:
        said.append(("declared", ev.Declared(occurred_at=at, why=body)))
    if before == "resolved" and update.status != "resolved":
        said.append(("reopened", ev.Reopened(occurred_at=at, why=body)))
    if update.status == "monitoring" and before != "monitoring":
        said.append(("mitigated", ev.Mitigated(occurred_at=at, how=body)))
    if update.status == "resolved" and before != "resolved":
        said.append(("resolved", ev.Resolved(occurred_at=at, summary=body)))
    if update.status == "identified" and said:
        # Its text is said already; that the cause was known by then would be lost.
        text = f"[{update.status}]"
    elif said:
        return said
    return [*said, ("note", _note(at, text, update.status))]


def _note(at: datetime, text: str, status: str | None = None) -> ev.NoteAdded:
    return ev.NoteAdded(occurred_at=at, text=text, note="communication", status=status)


def _impacts(
    update: Update, failing: dict[str, str], names: Mapping[str, str]
) -> Iterator[tuple[str, ev.StoryEvent]]:
    """Yield the impacts that an update starts, changes or ends; keeps `failing` up to date."""
    at = update.shown_at
    for change in {one.key: one for one in update.affected_components or ()}.values():
        key, level, service = change.key, change.new_status, names[change.key]
        if level == FAILING_NOT:
            if failing.pop(key, None) or change.old_status != FAILING_NOT:
                yield f"impact-ended/{key}", ev.ImpactEnded(occurred_at=at, service=service)
        elif failing.get(key) != level:
            failing[key] = level
            started = ev.ImpactStarted(occurred_at=at, service=service, level=level)
            yield f"impact-started/{key}", started


FORMAT = Format(
    SYSTEM,
    "/api/v2/incidents.json, or JSON Lines of such pages",
    recognises,
    read,
    lists=("incidents", MAINTENANCES),
)
