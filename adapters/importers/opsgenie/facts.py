"""What Opsgenie tells entry by entry: alerts' logs and reports, and incidents' timelines."""

from __future__ import annotations

import hashlib

from ....domain import events as ev
from ....domain.values import iso
from ..slotted import once
from ..tellings import Wanted
from .form import MACHINE, Alert, Entry, Incident, Log
from .inferred import REPORTED_ACKNOWLEDGED, REPORTED_CLOSED


def timeline_wanted(incident: Incident) -> tuple[Wanted, ...]:
    """Return the entries of a timeline as notes: each version of one that was edited."""
    found = [_entry(one) for one in (*incident.timeline, *incident.entries)]
    return tuple({one.slot: one for one in found}.values())


def _entry(told: Entry) -> Wanted:
    content = told.description.content if told.description else None
    note = ev.NoteAdded(
        occurred_at=told.event_time,
        by=told.actor.name if told.actor else None,
        text=content or f"[{told.type or 'an entry without text'}]",
    )
    version = iso(told.edited_at) if told.edited_at else "as it was made"
    slot = f"timeline {told.id} {version}/entry"
    return Wanted(slot, note, told.edited_at or told.event_time)


def logs_wanted(alert: Alert) -> tuple[Wanted, ...]:
    """Return what the lines of an alert's log say."""
    return once(_log(one) for one in alert.logs)


def _log(told: Log) -> tuple[str, ev.StoryEvent]:
    """Return what a line says, with its slot: an acknowledgement, the end, or a note."""
    at, by, log = told.created_at, told.owner, told.log
    piece = f"log {told.offset or iso(at)} {hashlib.sha256(log.encode()).hexdigest()[:16]}"
    is_by_opsgenie, automatic = told.type == "system", by == MACHINE
    if is_by_opsgenie and log.startswith("Alert acknowledged via "):
        acknowledged = ev.Acknowledged(occurred_at=at, by=by, automatic=automatic)
        return f"{piece}/acknowledged", acknowledged
    if is_by_opsgenie and log.startswith("Alert closed via "):
        resolved = ev.Resolved(occurred_at=at, by=by, summary=log, automatic=automatic)
        return f"{piece}/resolved", resolved
    return f"{piece}/note", ev.NoteAdded(occurred_at=at, by=by, text=log)


def report_wanted(alert: Alert) -> tuple[Wanted, ...]:
    """Return notes of what an alert's report says; they count where its log does not say it."""
    report = alert.report
    if report is None:
        return ()
    told = (
        (REPORTED_ACKNOWLEDGED, "acknowledged", report.ack_time, report.acknowledged_by),
        (REPORTED_CLOSED, "closed", report.close_time, report.closed_by),
    )
    wanted = []
    for role, what, milliseconds, by in told:
        at = alert.after(milliseconds)
        if at is not None:
            text = f"[{what} {milliseconds} ms after its creation, says the report]"
            note = ev.NoteAdded(occurred_at=at, by=by, text=text)
            # Of its own moment: of two reports who and when must not be mixed.
            wanted.append(Wanted(f"report {iso(at)}/{role}", note, at))
    return tuple(wanted)
