"""What an entry of a PagerDuty incident's log says."""

from __future__ import annotations

from collections.abc import Iterator

from ....domain import events as ev
from ....domain.values import iso
from ..tellings import Wanted
from .facts import (
    ID,
    RESOLUTION,
    TITLE,
    TRIGGER,
    acknowledgement,
    fact,
    lines,
    name_of,
    note_by,
    resolved_status,
    written,
)
from .form import LogEntry, Reference

NOTES: dict[str, ev.NoteType] = {
    "assign": "action",
    "delegate": "action",
    "escalate": "action",
    "snooze": "action",
    "urgency_change": "action",
    "field_value_change": "action",
    "custom_field_value_change": "action",
    "notify": "communication",
}
"""Entries that tell of no milestone; those not named here are observations."""


def entry_facts(entry: LogEntry, incident: Reference) -> Iterator[Wanted]:
    """Yield what one entry of an incident's log says."""
    at, by = entry.created_at, name_of(entry.agent)
    match entry.action:
        case "acknowledge" | "acknowledgement":
            yield acknowledgement(at, entry.agent)
            if entry.note:
                yield note_by(at, entry.agent, entry.note)
        case "annotate":
            yield note_by(at, entry.agent, _text(entry))
        case "trigger":
            text = _trigger_text(entry, incident)
            note = ev.NoteAdded(occurred_at=at, by=by, text=text, status="triggered")
            yield Wanted(f"{entry.id}/{TRIGGER}", note, at)
        case "resolve":
            status, text = resolved_status(entry.agent), lines(_summary(entry), entry.note)
            note = ev.NoteAdded(occurred_at=at, by=by, text=text, status=status)
            yield Wanted(f"{entry.id}/{RESOLUTION}", note, at)
        case "unacknowledge":
            text = lines(_summary(entry), entry.note)
            note = ev.NoteAdded(occurred_at=at, by=by, text=text, status="triggered")
            yield fact("unacknowledged", note)
        case action:
            text = lines(_summary(entry), entry.note, *_changes(entry))
            kind = NOTES.get(action, "observation")
            note = ev.NoteAdded(occurred_at=at, by=by, text=text, note=kind)
            yield Wanted(f"{entry.id}/entry", note, at)


def _summary(entry: LogEntry) -> str:
    return (entry.summary or "").strip() or f"[{entry.action}]"


def _text(entry: LogEntry) -> str:
    channel = entry.channel
    in_channel = (channel.content or channel.summary) if channel else None
    return entry.note or in_channel or _summary(entry)


def _changes(entry: LogEntry) -> Iterator[str | None]:
    yield from entry.changeset or ()
    for one in entry.changed_actions or ():
        yield f"{one.type} at {iso(one.at)}"


def _trigger_text(entry: LogEntry, incident: Reference) -> str:
    agent = entry.agent if entry.agent and not entry.agent.is_person else None
    description = entry.event_details.description if entry.event_details else None
    return written(
        _summary(entry),
        {TITLE: incident.title, ID: incident.id, "service": name_of(entry.service or agent)},
        details=lines(description, entry.note),
    )
