"""Everything that can be asked of a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self
from uuid import UUID

from ..domain.errors import IncidentNotFound, InvalidInput
from ..domain.history import (
    PRESENT,
    Cut,
    History,
    effective_history,
    is_on_record,
    within,
)
from ..domain.records import Recorded, decode
from ..projections.built_in import BY_NAME
from ..projections.differences import Difference, differences
from ..projections.durations import DurationRow, measured
from ..projections.measures import Measure
from ..projections.story import Story, story_of
from ..projections.timeline import TimelineRow
from ..projections.views import IncidentRow, Views, replayed
from .backend import Backend, Check, RawRecord

PAGE = 250
"""Rows to a query: objects kept alive cost the garbage collector more than queries cost."""


class Reader:
    """Reads incident histories. Thread-safe; use it as a context manager.

    Every time returned is in UTC. Reading methods take a `Cut` that says which history to tell;
    the default is all of it. Every method raises `StorageUnavailable` when the database does not
    answer, and `UnreadableEvent` where the log holds what this version cannot read.
    """

    def __init__(self, backend: Backend, measures: Sequence[Measure] = ()) -> None:
        """Read from an opened backend; `measures` are known beside the built-in ones."""
        self.backend = backend
        self.measures = BY_NAME | {measure.name: measure for measure in measures}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; what was returned as recorded stays so."""
        self.backend.close()

    def find(self, reference: str) -> UUID:
        """Return the incident whose id begins so, or that has it as `source:reference`.

        Raises `IncidentNotFound`, and `InvalidInput` if several incidents answer.
        """
        # What cannot be printed is no part of any reference, and no database's business.
        found = sorted(self.backend.find(reference)) if reference.isprintable() else []
        if not found:
            raise IncidentNotFound(f"no incident answers to {reference!r}")
        if len(found) > 1:
            some = ", ".join(str(one) for one in found[:5])
            raise InvalidInput(f"{reference!r} is not unique: {some}")
        return found[0]

    def incident_of(self, event_id: UUID) -> UUID:
        """Return the incident that an event belongs to; raises `IncidentNotFound`."""
        rows = self.backend.stored([event_id])
        if not rows:
            raise IncidentNotFound(f"no event {event_id}")
        return rows[0].incident_id

    def incidents_of(self, event_ids: Sequence[UUID]) -> dict[UUID, UUID]:
        """Return by event the incident it belongs to; events that are not there are left out."""
        rows = self.backend.stored(event_ids)
        return {one.event_id: one.incident_id for one in decode(rows)}

    def recorded(self, incident_id: UUID) -> list[Recorded]:
        """Return an incident's events as recorded; raises `IncidentNotFound`."""
        rows = self.backend.read(incident_id)
        if not rows:
            raise IncidentNotFound(f"no incident {incident_id}")
        return decode(rows)

    def histories_of(self, incident_ids: Sequence[UUID]) -> dict[UUID, list[Recorded]]:
        """Return several incidents' events as recorded; those without any are left out."""
        found: dict[UUID, list[Recorded]] = {}
        for start in range(0, len(incident_ids), PAGE):
            some = incident_ids[start : start + PAGE]
            for one in decode(self.backend.read_several(some)):
                found.setdefault(one.incident_id, []).append(one)
        return found

    def raw_record(self, sha256: str) -> RawRecord | None:
        """Return the record that an event of that `source.raw_sha256` was read from, if kept."""
        return self.backend.raw_record(sha256)

    def history(self, incident_id: UUID, cut: Cut = PRESENT) -> History:
        """Return an incident's effective history; raises `IncidentNotFound`."""
        return effective_history(self.recorded(incident_id), cut)

    def views(self, incident_id: UUID, cut: Cut = PRESENT) -> Views:
        """Replay an incident: its status, durations, timeline; raises `IncidentNotFound`.

        Also raises it where the cut leaves nothing of the incident.
        """
        history = self.history(incident_id, cut)
        if not history.entries:
            raise IncidentNotFound(f"nothing of incident {incident_id} lies within the cut")
        return replayed(incident_id, history)

    def status(self, incident_id: UUID, cut: Cut = PRESENT) -> IncidentRow:
        """Return where an incident stands; raises `IncidentNotFound`."""
        if cut != PRESENT:
            return self.views(incident_id, cut).incident
        rows = self.backend.incidents(incident_id)
        if not rows:
            raise IncidentNotFound(f"no incident {incident_id}")
        return rows[0]

    def durations(self, incident_id: UUID, cut: Cut = PRESENT) -> tuple[DurationRow, ...]:
        """Return how long an incident's phases took; raises `IncidentNotFound`."""
        return self.views(incident_id, cut).durations

    def timeline(self, incident_id: UUID, cut: Cut = PRESENT) -> tuple[TimelineRow, ...]:
        """Return what happened, in effective order; raises `IncidentNotFound`."""
        return self.views(incident_id, cut).timeline

    def incidents(self, cut: Cut = PRESENT, *, only_open: bool = False) -> list[IncidentRow]:
        """Return where all incidents stand, by time of detection."""
        if cut == PRESENT:
            return self.backend.incidents(only_open=only_open)
        rows = [views.incident for views in self.replay(cut)]
        rows.sort(key=IncidentRow.by_detection)
        return [row for row in rows if row.is_open or not only_open]

    def hidden(self) -> int:
        """Return how many incidents are not shown, being restricted to other groups of readers."""
        return self.backend.hidden()

    def measure(self, name: str) -> Measure:
        """Return a measure by its name; raises `InvalidInput`."""
        if name not in self.measures:
            known = ", ".join(self.measures)
            raise InvalidInput(f"no measure is called {name!r}; there are {known}")
        return self.measures[name]

    def measured(
        self, measures: Sequence[str], cut: Cut = PRESENT
    ) -> list[tuple[IncidentRow, DurationRow]]:
        """Return those measures of time of every incident beside it, by detection, then as asked.

        Built-in measures of the present are in the tables; all else is told from the log.
        """
        if cut == PRESENT and all(BY_NAME.get(name) for name in measures):
            # Durations first: every incident that has one by then is among those read after it.
            rows = self.backend.durations(measures)
            incidents = {row.incident_id: row for row in self.backend.incidents()}
            # All but what was restricted in between, where some are not shown.
            found = [
                (incidents[row.incident_id], row) for row in rows if row.incident_id in incidents
            ]
        else:
            wanted = [self.measure(name) for name in measures]
            found = [
                (replayed(incident_id, history).incident, row)
                for incident_id, history in self.histories(cut)
                for row in measured(incident_id, history, wanted)
            ]
        found.sort(key=lambda pair: (pair[0].by_detection(), measures.index(pair[1].measure)))
        return found

    def differences(self, measures: Sequence[str], first: Cut, second: Cut) -> Iterator[Difference]:
        """Yield the measures that read otherwise under the second cut, incident by incident.

        Raises `InvalidInput` for an unknown measure, and for a count.
        """
        wanted = [self.measure(name) for name in measures]
        for measure in wanted:
            if measure.form == "count":
                raise InvalidInput(f"{measure.name} is a count, which names no two events")
        for rows in self.backend.read_incidents():
            yield from differences(rows[0].incident_id, decode(rows), wanted, first, second)

    def replay(self, cut: Cut = PRESENT) -> Iterator[Views]:
        """Replay every incident of which the cut leaves anything."""
        for incident_id, history in self.histories(cut):
            yield replayed(incident_id, history)

    def histories(self, cut: Cut = PRESENT) -> Iterator[tuple[UUID, History]]:
        """Yield the effective history of every incident of which the cut leaves anything."""
        for rows in self.backend.read_incidents():
            history = effective_history(decode(rows), cut)
            if history.entries:
                yield rows[0].incident_id, history

    def events(self, after: int = 0) -> Iterator[Recorded]:
        """Yield the log in the order of positions, from after that position to its present end."""
        while rows := self.backend.read_log(after, PAGE):
            yield from decode(rows)
            after = rows[-1].position

    def events_within(self, cut: Cut = PRESENT) -> Iterator[Recorded]:
        """Yield the events that a cut is told from, as recorded, in the order of positions."""
        if cut.as_of is None:
            yield from (one for one in self.events() if is_on_record(one, cut))
            return
        # When something happened takes all that is known of its incident to say.
        kept = [one for rows in self.backend.read_incidents() for one in within(decode(rows), cut)]
        yield from sorted(kept, key=lambda one: one.position)

    def stories(self, cut: Cut = PRESENT) -> Iterator[Story]:
        """Yield the story of every incident of which the cut leaves anything."""
        for rows in self.backend.read_incidents():
            story = story_of(decode(rows), cut)
            if story is not None:
                yield story

    def follow(
        self, after: int = 0, *, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[Recorded]:
        """Yield the log from after that position on, and then every new event, once, in order.

        Waits between events for as long as `stop` answers False; it is asked at least every
        second.
        """
        while not stop():
            for recorded in self.events(after):
                yield recorded
                after = recorded.position
            self.backend.wait(1.0)

    def health(self) -> list[Check]:
        """Return what there is to say about the database and its settings."""
        return self.backend.health()
