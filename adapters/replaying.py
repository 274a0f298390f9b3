"""Reading a store's log or one incident event by event, with what each event changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import takewhile
from uuid import UUID

from ..domain.errors import IncidentNotFound
from ..domain.history import PRESENT, Cut, is_on_record, within
from ..domain.records import Recorded, decode
from ..projections.replaying import Step, steps
from .reader import Reader

Until = int | datetime | None
"""A position, the last to be told; or a time, after which nothing was recorded that is told."""


def replayed_log(reader: Reader, cut: Cut = PRESENT, until: Until = None) -> Iterator[Step]:
    """Yield what each event of the log changed, in the order of positions.

    The log is read up to where it ends when this begins. In memory is one document an incident,
    and with `as_of` in the cut one position an event. Raises `UnreadableEvent`.
    """
    last = reader.backend.last_position()

    def history_of(incident_id: UUID) -> list[Recorded]:
        return _told_from(reader.recorded(incident_id), cut, last)

    events = takewhile(lambda one: one.position <= last, _log_within(reader, cut, last))
    return steps(_up_to(events, until), history_of)


def replayed_incident(
    reader: Reader, incident_id: UUID, cut: Cut = PRESENT, until: Until = None
) -> Iterator[Step]:
    """Yield what each event of one incident changed, in the order of positions.

    Raises `IncidentNotFound`, also where the cut or `until` leaves nothing of it, and
    `UnreadableEvent`.
    """
    events = within(reader.recorded(incident_id), cut)
    told = list(_up_to(events, until))
    if not told:
        raise IncidentNotFound(f"nothing of incident {incident_id} lies within the cut")
    return steps(told, lambda _: events)


def _log_within(reader: Reader, cut: Cut, last: int) -> Iterator[Recorded]:
    if cut.as_of is None:
        return (one for one in reader.events() if is_on_record(one, cut))
    # When something happened takes all that is known of its incident to say.
    kept = {
        one.position
        for rows in reader.backend.read_incidents()
        for one in _told_from(decode(rows), cut, last)
    }
    return (one for one in reader.events() if one.position in kept)


def _told_from(recorded: Iterable[Recorded], cut: Cut, last: int) -> list[Recorded]:
    return within((one for one in recorded if one.position <= last), cut)


def _up_to(events: Iterable[Recorded], until: Until) -> Iterator[Recorded]:
    match until:
        case None:
            return iter(events)
        case datetime():
            return takewhile(lambda one: one.recorded_at <= until, events)
        case _:
            return takewhile(lambda one: one.position <= until, events)
