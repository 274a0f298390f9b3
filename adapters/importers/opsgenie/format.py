"""Opsgenie's incidents and alerts: what they are as snapshots, their logs and states as facts.

The mapping is written out in docs/importing-opsgenie.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from ....domain import events as ev
from ....domain.errors import InvalidInput
from ....domain.values import MAX_LINE, iso, refusing_invalid
from ..changes import Change, change_wanted
from ..formats import Format, Options, Told
from ..reading.records import Record
from ..tellings import Facts, Skipped, Snapshot, Wanted
from ..titles import whole_title
from .facts import logs_wanted, report_wanted, timeline_wanted
from .form import SYSTEM, Alert, Incident, kind_of, unwrapped
from .inferred import CHANGED, DETECTED, infer

LOG = Skipped("a log entry that does not name its alert")
ENTRY = Skipped("a timeline entry that does not name its incident")
ELSE = Skipped("neither an incident nor an alert")


def recognises(record: Record) -> bool:
    """Tell whether a record looks like an incident or an alert, or like what belongs to one."""
    raw = unwrapped(record.raw)
    if not isinstance(raw, dict):
        return False
    is_timeline = isinstance(raw.get("entries"), list) and "nextOffset" in raw
    return kind_of(raw) != "else" or is_timeline


def read(record: Record, _options: Options) -> Told:
    """Return what a record tells of one incident or alert."""
    raw = unwrapped(record.raw)
    if not isinstance(raw, dict):
        raise InvalidInput("is no object, so no incident and no alert")
    with refusing_invalid():
        match kind_of(raw):
            case "incident":
                return _incident(Incident.model_validate(raw))
            case "alert":
                return _alert(Alert.model_validate(raw))
            case "log":
                return LOG
            case "entry":
                return ENTRY
            case "else":
                return ENTRY if isinstance(raw.get("entries"), list) else ELSE
            case other:
                assert_never(other)


def _incident(told: Incident) -> Told:
    fields = {"status": told.status, "priority": told.priority or ""}
    wanted = (*_opening(told, None), *_declared(told), *_impacts(told))
    facts = (_state(told, fields), *timeline_wanted(told))
    return [_snapshot(told, wanted), Facts(SYSTEM, told.id, facts)]


def _alert(told: Alert) -> Told:
    fields = {
        "status": told.status,
        "priority": told.priority or "",
        "acknowledged": "" if told.acknowledged is None else str(told.acknowledged).lower(),
    }
    facts = (_state(told, fields), *logs_wanted(told), *report_wanted(told))
    return [_snapshot(told, _opening(told, told.source)), Facts(SYSTEM, told.id, facts)]


def _snapshot(told: Incident | Alert, wanted: tuple[Wanted, ...]) -> Snapshot:
    at = told.changed_at
    return Snapshot(SYSTEM, told.id, at, at, wanted, speaks_for=_is_header)


def _is_header(slot: str) -> bool:
    return slot in HEADER or slot.startswith("impact ")


HEADER = frozenset({DETECTED, "title", "declared"})
"""The slots that a snapshot speaks for, beside those of impacts."""


def _state(told: Incident | Alert, fields: dict[str, str]) -> Wanted:
    """Return the note of how it stood when it was last changed."""
    at = told.changed_at
    return change_wanted(Change(iso(at), at, at, None, told.status, fields), CHANGED)


def _opening(told: Incident | Alert, signal: str | None) -> tuple[Wanted, ...]:
    at = told.created_at
    services = tuple(sorted(set(told.impacted_services))) if isinstance(told, Incident) else ()
    title = told.message[:MAX_LINE]
    detected = ev.Detected(occurred_at=at, title=title, services=services, signal=signal)
    opening = [Wanted(DETECTED, detected, at)]
    opening += [Wanted("title", note, at) for note in whole_title(told.message, at)]
    return tuple(opening)


def _declared(told: Incident) -> Iterator[Wanted]:
    declared = ev.Declared(occurred_at=told.created_at, why=told.description)
    yield Wanted("declared", declared, told.created_at)


def _impacts(told: Incident) -> Iterator[Wanted]:
    """Yield when the impact began and ended: on each service, or as notes where none is named."""
    for role, at in (("started", told.impact_start_date), ("ended", told.impact_end_date)):
        if at is None:
            continue
        if not told.impacted_services:
            text = f"[the impact {role}; no service is named]"
            note = ev.NoteAdded(occurred_at=at, text=text)
            yield Wanted(f"impact note/{role}", note, told.changed_at)
        for service in sorted(set(told.impacted_services)):
            event = _impact(role, at, service)
            yield Wanted(f"impact on {service}/{role}", event, told.changed_at)


def _impact(role: str, at: datetime, service: str) -> ev.StoryEvent:
    if role == "started":
        return ev.ImpactStarted(occurred_at=at, service=service)
    return ev.ImpactEnded(occurred_at=at, service=service)


FORMAT = Format(
    SYSTEM,
    "incidents and alerts of Opsgenie's API, with their timelines and logs beside their fields",
    recognises,
    read,
    lists=("data",),
    infer=infer,
)
