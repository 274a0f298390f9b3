"""How long things took: measures as data, and their value for one incident.

A measure is two anchors with a name and a version. A released measure is never redefined, only
added to. Definitions follow the table in docs/measures.md.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from ..domain.values import Frozen, micros
from .document import Document
from .milestones import Milestone, Occurrence
from .status import Status

DurationState = Literal["observed", "censored", "missing", "excluded", "anomalous"]


class Anchor(Frozen):
    """A milestone's name and which of its occurrences counts."""

    name: str
    occurrence: Occurrence = "first"


class Measure(Frozen):
    """How to measure one duration. `active` measures sum open stretches instead of the span."""

    name: str
    version: int
    title: str
    start: Anchor
    end: Anchor
    form: Literal["span", "active"] = "span"


_IMPACT = Anchor(name="impact-started")
_DETECTED = Anchor(name="incident-detected")
_MITIGATED = Anchor(name="incident-mitigated", occurrence="in-force")
_RESOLVED = Anchor(name="incident-resolved", occurrence="in-force")


def _built_in(
    name: str, title: str, start: Anchor, end: Anchor, form: Literal["span", "active"] = "span"
) -> Measure:
    return Measure(name=name, version=1, title=title, start=start, end=end, form=form)


BUILT_IN = (
    _built_in("ttd", "time to detect", _IMPACT, _DETECTED),
    _built_in("tta", "time to acknowledge", _DETECTED, Anchor(name="incident-acknowledged")),
    _built_in("ttdeclare", "time to declare", _DETECTED, Anchor(name="incident-declared")),
    _built_in("ttm", "time to mitigate", _IMPACT, _MITIGATED),
    _built_in("ttm_detected", "time to mitigate, from detection", _DETECTED, _MITIGATED),
    _built_in("ttr", "time to resolve", _IMPACT, _RESOLVED),
    _built_in("ttr_detected", "time to resolve, from detection", _DETECTED, _RESOLVED),
    _built_in("ttr_first", "time to first resolve", _IMPACT, Anchor(name="incident-resolved")),
    _built_in(
        "breach_to_human",
        "time from a breached expectation to a human",
        Anchor(name="expectation-breached"),
        Anchor(name="human-engaged"),
    ),
    _built_in("active_time", "time spent open", _DETECTED, _RESOLVED, "active"),
)


class DurationRow(NamedTuple):
    """One measure of one incident, as in `v1_durations`. `duration_us` is whole microseconds."""

    incident_id: UUID
    measure: str
    measure_version: int
    start_event_id: UUID | None
    end_event_id: UUID | None
    started_at: datetime | None
    ended_at: datetime | None
    duration_us: int | None
    state: DurationState
    reason: str | None


def durations(
    incident_id: UUID, document: Document, measures: tuple[Measure, ...] = BUILT_IN
) -> tuple[DurationRow, ...]:
    """Measure one incident."""
    return tuple(_measured(incident_id, document, measure) for measure in measures)


def changed_durations(
    incident_id: UUID,
    before: Document,
    after: Document,
    moved: AbstractSet[str],
    measures: tuple[Measure, ...] = BUILT_IN,
) -> tuple[DurationRow, ...]:
    """Measure anew what a step from `before` to `after` may have changed.

    `moved` names the milestones that it set or undid.
    """
    if not before.version or _exclusion(before.status) != _exclusion(after.status):
        return durations(incident_id, after, measures)
    is_closing = before.status.is_closed != after.status.is_closed
    return tuple(
        _measured(incident_id, after, measure)
        for measure in measures
        if measure.start.name in moved
        or measure.end.name in moved
        or (is_closing and _lacks_end(measure, after))
    )


def _exclusion(status: Status) -> tuple[object, ...]:
    return status.dismissed, status.merged_into


def _lacks_end(measure: Measure, document: Document) -> bool:
    return document.milestones.find(measure.end.name, measure.end.occurrence) is None


def _measured(incident_id: UUID, document: Document, measure: Measure) -> DurationRow:
    start = document.milestones.find(measure.start.name, measure.start.occurrence)
    end = document.milestones.find(measure.end.name, measure.end.occurrence)
    taken = _taken(measure, document, start, end)
    state, reason = _judged(measure, document, start, end, taken)
    return DurationRow(
        incident_id,
        measure.name,
        measure.version,
        start.event_id if start else None,
        end.event_id if end else None,
        start.at if start else None,
        end.at if end else None,
        taken,
        state,
        reason,
    )


def _taken(
    measure: Measure, document: Document, start: Milestone | None, end: Milestone | None
) -> int | None:
    if start is None or end is None:
        return None
    if measure.form == "active":
        return document.milestones.active_us
    return micros(end.at) - micros(start.at)


def _judged(  # noqa: PLR0911 - one return a rule, in the order that they apply
    measure: Measure,
    document: Document,
    start: Milestone | None,
    end: Milestone | None,
    taken: int | None,
) -> tuple[DurationState, str | None]:
    status = document.status
    if status.merged_into is not None:
        return "excluded", f"merged into {status.merged_into}"
    if status.dismissed is not None:
        return "excluded", f"dismissed: {status.dismissed}"
    if start is None:
        return "missing", f"no {measure.start.name} recorded"
    if end is None and not status.is_closed:
        return "censored", "still open"
    if end is None or taken is None:
        return "missing", f"{status.state} without {measure.end.name}"
    if end.at < start.at:
        return "anomalous", "ends before it starts"
    if taken == 0:
        return "anomalous", "zero: both events carry the same time"
    return "observed", None
