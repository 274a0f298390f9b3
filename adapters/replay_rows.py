"""A replay's steps as rows for programs."""

from __future__ import annotations

from datetime import tzinfo

from ..domain.events import EventCorrected, EventRetracted, PersonalDataErased
from ..domain.records import Recorded
from ..domain.values import Frozen
from ..projections.durations import DurationRow
from ..projections.replaying import DurationChange, StatusChange, Step
from .flat_forms import Row
from .wording import json_row, with_local_times

KEYS = (
    "position", "event_id", "incident_id", "title", "version", "kind", "occurred_at", "offset_us",
    "told_at", "recorded_at", "by", "recorded_by", "source", "source_ref", "source_part", "text",
    "unreadable", "about", "corrected", "why", "out_of_order", "status", "durations",
)  # fmt: skip
"""What a row says, in this order, in every form."""


def replay_row(step: Step, zone: tzinfo | None = None) -> dict[str, object]:
    """Return a step with values as JSON has them, and local times of `zone` beside those in UTC."""
    recorded, source = step.recorded, step.recorded.source
    event = recorded.event
    row: Row = {
        "position": recorded.position,
        "event_id": recorded.event_id,
        "incident_id": recorded.incident_id,
        "title": step.incident.title,
        "version": recorded.version,
        "kind": event.kind,
        "occurred_at": event.occurred_at,
        "offset_us": step.offset_us,
        "told_at": recorded.known_since,
        "recorded_at": recorded.recorded_at,
        "by": event.by,
        "recorded_by": recorded.recorded_by,
        "source": source.system if source else None,
        "source_ref": source.ref if source else None,
        "source_part": source.part if source else None,
        "text": step.text,
        "unreadable": [
            {"field": one.field, "is_erased": one.is_erased} for one in recorded.tombstones
        ],
        "about": [_reference(one) for one in step.about],
        "corrected": _corrected(recorded),
        "why": why_of(recorded),
        "out_of_order": step.is_out_of_order,
        "status": [_status(one, zone) for one in step.status],
        "durations": [_duration(one, zone) for one in step.durations],
    }
    return with_local_times(json_row(row), zone)


def why_of(recorded: Recorded) -> str | None:
    """Return why the record was changed, of an event that changes it."""
    match recorded.event:
        case EventCorrected() | EventRetracted() | PersonalDataErased() as event:
            return event.why
        case _:
            return None


def _reference(one: Recorded) -> Row:
    return {"event_id": one.event_id, "position": one.position, "kind": one.event.kind}


def _corrected(recorded: Recorded) -> list[Row]:
    if not isinstance(recorded.event, EventCorrected):
        return []
    return [
        {"field": one.field, "before": one.old, "after": one.new} for one in recorded.event.changes
    ]


def _status(change: StatusChange, zone: tzinfo | None) -> Row:
    sides = json_row({"before": plain(change.before), "after": plain(change.after)})
    if change.field.endswith("_at"):
        # Under such a name a time gets its local one beside it.
        named = with_local_times({f"{side}_at": at for side, at in sides.items()}, zone)
        sides = {key.replace("_at", "", 1): at for key, at in named.items()}
    return {"field": change.field, **sides}


def plain(value: object) -> object:
    """Return a status value with what is a model, such as an anomaly, as a mapping."""
    match value:
        case Frozen():
            return dict(value)
        case tuple():
            return [plain(one) for one in value]
        case _:
            return value


def _duration(change: DurationChange, zone: tzinfo | None) -> Row:
    return {
        "measure": change.measure,
        "measure_version": change.after.measure_version,
        "before": None if change.before is None else _reading(change.before, zone),
        "after": _reading(change.after, zone),
    }


def _reading(row: DurationRow, zone: tzinfo | None) -> Row:
    values = with_local_times(json_row(row._asdict()), zone)
    return {key: value for key, value in values.items() if key not in _OF_ALL_READINGS}


_OF_ALL_READINGS = frozenset({"incident_id", "measure", "measure_version"})
