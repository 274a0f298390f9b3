"""How long things took: what measures say about one incident."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Literal, NamedTuple
from uuid import UUID

from ..domain.history import History
from ..domain.values import micros
from .built_in import TIMED
from .document import Document, beginning
from .measures import Anchor, Measure
from .milestones import Milestone, Milestones
from .status import Status
from .working_time import working_us

DurationState = Literal["observed", "censored", "missing", "excluded", "anomalous"]


class DurationRow(NamedTuple):
    """One measure of one incident, as in `v1_durations`.

    `duration_us` is whole microseconds, and so is `paused_us`: how long the incident was closed
    since it started, where that does not count.
    """

    incident_id: UUID
    measure: str
    measure_version: int
    start_event_id: UUID | None
    end_event_id: UUID | None
    started_at: datetime | None
    ended_at: datetime | None
    duration_us: int | None
    paused_us: int
    state: DurationState
    reason: str | None


def durations(
    incident_id: UUID, document: Document, measures: Sequence[Measure] = TIMED
) -> tuple[DurationRow, ...]:
    """Measure one incident."""
    return tuple(_measured(incident_id, document, measure) for measure in measures)


def measured(
    incident_id: UUID, history: History, measures: Sequence[Measure]
) -> tuple[DurationRow, ...]:
    """Measure one incident anew from its history, by whatever measures of time."""
    conditions = tuple(one for measure in measures for one in measure.conditions)
    document = beginning(history)
    for entry in history.entries:
        met = tuple(dict.fromkeys(one.name for one in conditions if one.is_met_by(entry)))
        document = document.evolve(entry, met)
    return durations(incident_id, document, measures)


def counted(history: History, measure: Measure) -> int:
    """Return how often what a measure counts occurred; retracted events do not count."""
    return sum(
        measure.end.is_met_by(entry) for entry in history.entries if entry.retraction is None
    )


def changed_durations(
    incident_id: UUID,
    before: Document,
    after: Document,
    moved: frozenset[str],
) -> tuple[DurationRow, ...]:
    """Measure anew what a step from `before` to `after` may have changed, of the built-in measures.

    `moved` names the milestones that it set or undid.
    """
    if not before.version or _exclusion(before.status) != _exclusion(after.status):
        return durations(incident_id, after)
    is_closing = before.status.is_closed != after.status.is_closed
    is_ticking_otherwise = _clock(before.milestones) != _clock(after.milestones)
    between_moved = _between(moved)
    return tuple(
        _measured(incident_id, after, measure)
        for measure in TIMED
        if measure.name in between_moved
        or (is_ticking_otherwise and measure.form == "active")
        or (is_closing and _lacks_end(measure, after))
    )


@cache
def _between(milestones: frozenset[str]) -> frozenset[str]:
    """Return the names of the built-in measures that run from or to one of the milestones."""
    return frozenset(one.name for one in TIMED if not milestones.isdisjoint(names_of(one)))


def _clock(milestones: Milestones) -> tuple[object, ...]:
    return milestones.active_us, milestones.active_since


def _exclusion(status: Status) -> tuple[object, ...]:
    return status.dismissed, status.merged_into


def names_of(measure: Measure) -> tuple[str, ...]:
    """Return the names of the milestones that a measure runs between."""
    return tuple(anchor.name for anchor in (measure.start, measure.end) if anchor is not None)


def _lacks_end(measure: Measure, document: Document) -> bool:
    return _found(measure.end, document) is None


def _found(anchor: Anchor | None, document: Document) -> Milestone | None:
    if anchor is None:
        return None
    return document.milestones.find(anchor.name, anchor.occurrence)


def _measured(incident_id: UUID, document: Document, measure: Measure) -> DurationRow:
    start, end = _found(measure.start, document), _found(measure.end, document)
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
        _paused(measure, document.milestones, start, end),
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
    if measure.calendar is not None:
        return working_us(measure.calendar, start.at, end.at)
    return micros(end.at) - micros(start.at)


def _paused(
    measure: Measure, milestones: Milestones, start: Milestone | None, end: Milestone | None
) -> int:
    until = end.at if end is not None else milestones.active_since
    if measure.form != "active" or start is None or until is None:
        return 0
    return max(0, micros(until) - micros(start.at) - milestones.active_us)


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
        return "missing", f"no {names_of(measure)[0]} recorded"
    if end is None and not status.is_closed:
        return "censored", "still open"
    if end is None or taken is None:
        return "missing", f"{status.state} without {measure.end.name}"
    if end.at < start.at:
        return "anomalous", "ends before it starts"
    if taken == 0 and measure.calendar is None:
        return "anomalous", "zero: both events carry the same time"
    return "observed", None
