"""What moved a number from one cut of history to another: incident by incident, event by event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from ..domain.events import AnyEvent, EventCorrected, EventRetracted, PersonalDataErased
from ..domain.history import Cut, History, effective_history
from ..domain.records import Recorded
from .durations import DurationRow, measured
from .measures import Measure
from .timeline import describe
from .views import IncidentRow, replayed


class Difference(NamedTuple):
    """One measure of one incident that reads otherwise, and the events that lie in between.

    A side is None where its cut leaves nothing of the incident.
    """

    incident: IncidentRow
    measure: str
    before: DurationRow | None
    after: DurationRow | None
    between: tuple[Recorded, ...]


def differences(
    incident_id: UUID,
    recorded: Sequence[Recorded],
    measures: Sequence[Measure],
    first: Cut,
    second: Cut,
) -> list[Difference]:
    """Return the measures of one incident that read otherwise under the second cut."""
    before, after = (effective_history(recorded, cut) for cut in (first, second))
    if before == after or not (before.entries or after.entries):
        return []
    incident = replayed(incident_id, after if after.entries else before).incident
    between = _between(recorded, first, second)
    rows = zip(
        measures,
        _measured(incident_id, before, measures),
        _measured(incident_id, after, measures),
        strict=True,
    )
    return [
        Difference(incident, measure.name, old, new, between)
        for measure, old, new in rows
        if old != new
    ]


def said(event: AnyEvent) -> str:
    """Say in words what an event says, be it of the story or of the record."""
    match event:
        case EventCorrected():
            changes = "; ".join(
                f"{one.field} was {one.old!r}, is {one.new!r}" for one in event.changes
            )
            return f"Corrects {event.corrects}: {changes}: {event.why}"
        case EventRetracted():
            return f"Retracts {event.retracts}: {event.why}"
        case PersonalDataErased():
            return f"Erases personal data of {len(event.erased)} events: {event.why}"
        case _:
            return describe(event)


def _between(recorded: Sequence[Recorded], first: Cut, second: Cut) -> tuple[Recorded, ...]:
    return tuple(one for one in recorded if _is_seen(one, second) and not _is_seen(one, first))


def _is_seen(one: Recorded, cut: Cut) -> bool:
    return (cut.recorded_at is None or one.recorded_at <= cut.recorded_at) and (
        cut.known_at is None or one.known_since <= cut.known_at
    )


def _measured(
    incident_id: UUID, history: History, measures: Sequence[Measure]
) -> Sequence[DurationRow | None]:
    if not history.entries:
        return [None] * len(measures)
    return measured(incident_id, history, measures)
