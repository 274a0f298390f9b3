"""The log as an auditor reads it: event by event, with what each one changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast
from uuid import UUID

from ..domain.events import (
    AnyEvent,
    EventCorrected,
    EventRetracted,
    PersonalDataErased,
    StoryEvent,
)
from ..domain.history import Effective, effective_history, rewrites_history
from ..domain.records import Recorded
from .differences import said
from .document import EMPTY, Document
from .durations import DurationRow, durations
from .key_moments import offset_from
from .status import Status
from .views import IncidentRow, incident_row, replayed

HistoryOf = Callable[[UUID], Iterable[Recorded]]


class StatusChange(NamedTuple):
    """One field of an incident's row, and what it says before and after an event."""

    field: str
    before: Any
    after: Any


class DurationChange(NamedTuple):
    """One measure of an incident before and after an event; nothing before its first one."""

    measure: str
    before: DurationRow | None
    after: DurationRow


class Step(NamedTuple):
    """One event of the log, and what it changed.

    `incident` is the row that the event leads to. `about` are the events that it corrects,
    retracts or erases, where they are there. `is_out_of_order` says that it happened before what
    was recorded earlier.
    """

    recorded: Recorded
    incident: IncidentRow
    text: str
    about: tuple[Recorded, ...]
    status: tuple[StatusChange, ...]
    durations: tuple[DurationChange, ...]
    is_out_of_order: bool

    @property
    def offset_us(self) -> int | None:
        """When it happened, in microseconds from the incident's T0 as told so far."""
        return offset_from(self.incident.t_zero_at, self.recorded.event.occurred_at)


def steps(events: Iterable[Recorded], history_of: HistoryOf) -> Iterator[Step]:
    """Yield what each of `events` changed; of every incident they come in the order of versions.

    `history_of` returns an incident's events, later ones too; it is asked only where an incident
    must be told anew. Between events one `Document` an incident is kept, and no event.
    """
    documents: dict[UUID, Document] = {}
    for one in events:
        before = documents.get(one.incident_id, EMPTY)
        if _is_next_step(one, before):
            earlier, after = [], _stepped(before, one)
        else:
            earlier = [past for past in history_of(one.incident_id) if past.version < one.version]
            after = _told_anew([*earlier, one])
        documents[one.incident_id] = after
        yield _step(one, before, after, _about(one.event, earlier))


def status_fields(row: IncidentRow, status: Status) -> dict[str, Any]:
    """Return the fields of a row that a reader follows, with what its anomalies say.

    Left out is what a step says by itself, and what follows from the state.
    """
    fields = row._asdict() | {"anomalies": status.anomalies}
    return {name: value for name, value in fields.items() if name not in _NOT_FOLLOWED}


_NOT_FOLLOWED = frozenset({"incident_id", "version", "is_open"})


def told_of_nothing(incident_id: UUID) -> dict[str, Any]:
    """Return the fields that a reader follows as they are before an incident's first event."""
    return status_fields(incident_row(incident_id, EMPTY), EMPTY.status) | {"state": None}


def _is_next_step(one: Recorded, before: Document) -> bool:
    place = one.event.occurred_at, one.version
    return not rewrites_history(one.event) and before.can_step_to(place)


def _stepped(before: Document, one: Recorded) -> Document:
    return before.evolve(Effective(one, cast("StoryEvent", one.event)))


def _told_anew(recorded: Sequence[Recorded]) -> Document:
    return replayed(recorded[0].incident_id, effective_history(recorded)).document


def _is_out_of_order(one: Recorded, before: Document) -> bool:
    if before.last_at is None or rewrites_history(one.event):
        return False
    return (one.event.occurred_at, one.version) < (before.last_at, before.last_version)


def _about(event: AnyEvent, earlier: Iterable[Recorded]) -> tuple[Recorded, ...]:
    named = set(named_by(event))
    return tuple(one for one in earlier if one.event_id in named)


def named_by(event: AnyEvent) -> tuple[UUID, ...]:
    """Return the ids of the events that `event` corrects, retracts or erases."""
    match event:
        case EventCorrected():
            return (event.corrects,)
        case EventRetracted():
            return (event.retracts,)
        case PersonalDataErased():
            return event.erased
        case _:
            return ()


def _step(one: Recorded, before: Document, after: Document, about: tuple[Recorded, ...]) -> Step:
    return Step(
        recorded=one,
        incident=incident_row(one.incident_id, after),
        text=said(one.event),
        about=about,
        status=tuple(_status_changes(one.incident_id, before, after)),
        durations=tuple(_duration_changes(one.incident_id, before, after)),
        is_out_of_order=_is_out_of_order(one, before),
    )


def _status_changes(incident_id: UUID, before: Document, after: Document) -> Iterator[StatusChange]:
    old = told_of_nothing(incident_id)
    if before.version:
        old = status_fields(incident_row(incident_id, before), before.status)
    new = status_fields(incident_row(incident_id, after), after.status)
    for name, value in new.items():
        if old[name] != value:
            yield StatusChange(name, old[name], value)


def _duration_changes(
    incident_id: UUID, before: Document, after: Document
) -> Iterator[DurationChange]:
    old: Mapping[str, DurationRow] = {}
    if before.version:
        old = {row.measure: row for row in durations(incident_id, before)}
    for row in durations(incident_id, after):
        if old.get(row.measure) != row:
            yield DurationChange(row.measure, old.get(row.measure), row)
