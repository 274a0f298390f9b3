"""The library's door: record, read, follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

from ..domain.errors import IncidentNotFound, InvalidInput
from ..domain.events import AnyEvent
from ..domain.history import (
    PRESENT,
    Cut,
    History,
    correction_of,
    effective_history,
    retraction_of,
)
from ..domain.incident import Incident
from ..domain.records import Entry, Recorded, decode
from ..domain.values import Source, refusing_invalid
from ..projections.durations import DurationRow, durations
from ..projections.timeline import TimelineRow
from ..projections.views import IncidentRow, Views, replayed
from .backend import Backend, Check
from .writer import Ground, Writer

PAGE = 2_000

Decision = Callable[..., AnyEvent]
"""A decision method of `Incident`, such as `Incident.resolve`: (state, at=…, **facts) -> event."""


class Store:
    """Incident histories in one database. Thread-safe; use it as a context manager.

    Every time given must carry a zone; every time returned is in UTC. Reading methods take a
    `Cut` that says which history to tell; the default is all of it. Every method raises
    `StorageUnavailable` when the database does not answer.
    """

    def __init__(
        self,
        backend: Backend,
        clock: Callable[[], datetime],
        recorded_by: str | None = None,
        new_id: Callable[[], UUID] = uuid4,
    ) -> None:
        """Work over an opened backend; `open_store` makes both."""
        self.backend = backend
        self._clock = clock
        self._recorded_by = recorded_by
        self._new_id = new_id
        self._writer = Writer(backend, clock)

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

    # Recording

    def detect(
        self,
        title: str,
        *,
        at: datetime | None = None,
        incident_id: UUID | None = None,
        **facts: Any,
    ) -> Recorded:
        """Begin an incident: somebody or something noticed a disruption.

        `facts` are the fields of `Detected` and the options of `record`, which see.
        """
        identity = incident_id or self._new_id()
        return self.record(identity, Incident.detect, at=at, title=title, **facts)

    def record(
        self,
        incident_id: UUID,
        decide: Decision,
        *,
        at: datetime | None = None,
        event_id: UUID | None = None,
        told_at: datetime | None = None,
        source: Source | None = None,
        expected_version: int | None = None,
        **facts: Any,
    ) -> Recorded:
        """Decide on the incident's present state and record the event.

        `decide` is a method of `Incident`, as in `store.record(i, Incident.resolve, by="ana")`.
        `at` is when it was true in the world, by default now. Giving `event_id` makes the call
        safe to repeat: the second time changes nothing and returns what was recorded.
        If others write meanwhile, the decision is made again on what they left, unless
        `expected_version` says on which version it must stand.

        Raises `IncidentNotFound`, `RuleBroken`, `InvalidInput`, `ConcurrentChange`.
        """

        def entry_from(ground: Ground) -> Entry:
            event = decide(ground.incident, at=ground.moment, **facts)
            return self._entry(event, event_id, told_at, source)

        return self._writer.decide(
            incident_id,
            entry_from,
            at=at,
            event_id=event_id,
            expected_version=expected_version,
            begins=decide is Incident.detect,
        )

    def correct(
        self,
        event_id: UUID,
        new_values: Mapping[str, object],
        *,
        why: str,
        by: str | None = None,
        at: datetime | None = None,
        correction_id: UUID | None = None,
    ) -> Recorded:
        """Record that an event was recorded wrongly, with its new values in JSON form.

        `store.correct(e, {"occurred_at": "2026-03-01T14:02:00Z"}, why="the clock was off")`.
        Raises `IncidentNotFound` for an unknown event, and `InvalidInput` for a field that it
        does not have and when nothing would change.
        """

        def entry_from(ground: Ground) -> Entry:
            told = {"why": why, "by": by, "occurred_at": ground.moment}
            correction = correction_of(event_id, ground.recorded(), new_values, **told)
            return self._entry(correction, correction_id)

        return self._writer.decide(
            self.incident_of(event_id),
            entry_from,
            at=at,
            event_id=correction_id,
        )

    def retract(
        self,
        event_id: UUID,
        *,
        why: str,
        by: str | None = None,
        at: datetime | None = None,
        retraction_id: UUID | None = None,
    ) -> Recorded:
        """Record that an event, a correction or a retraction should not have been recorded.

        Raises `IncidentNotFound` for an unknown event and `RuleBroken` if it is retracted.
        """

        def entry_from(ground: Ground) -> Entry:
            told = {"why": why, "by": by, "occurred_at": ground.moment}
            retraction = retraction_of(event_id, ground.recorded(), **told)
            return self._entry(retraction, retraction_id)

        return self._writer.decide(
            self.incident_of(event_id),
            entry_from,
            at=at,
            event_id=retraction_id,
        )

    def append(
        self, incident_id: UUID, entries: Sequence[Entry], expected_version: int | None = None
    ) -> list[Recorded]:
        """Append ready entries in one transaction, as importers do: no rule is asked.

        Entries that are stored already change nothing and come back as they are stored. Raises
        `InvalidInput` if an event id belongs to a different event, and `ConcurrentChange` if the
        incident is not at `expected_version`.
        """
        return self._writer.append(incident_id, entries, expected_version) if entries else []

    def append_all(self, batch: Sequence[tuple[UUID, Sequence[Entry]]]) -> list[list[Recorded]]:
        """Append to several different incidents in one transaction; in all else as `append`."""
        return self._writer.append_all([(one, entries) for one, entries in batch if entries])

    def rebuild(self, progress: Callable[[int], object] = int) -> int:
        """Make all views again from the log, keeping writers out; return how many incidents.

        `progress` is called with the number of incidents done so far.
        """

        def views() -> Iterator[Views]:
            for done, rows in enumerate(self.backend.read_incidents(), start=1):
                yield replayed(rows[0].incident_id, effective_history(decode(rows)))
                progress(done)

        return self.backend.rebuild(views())

    # Reading

    def find(self, reference: str) -> UUID:
        """Return the incident whose id begins so, or that has it as `source:reference`.

        Raises `IncidentNotFound`, and `InvalidInput` if several incidents answer.
        """
        found = self.backend.find(reference)
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

    def recorded(self, incident_id: UUID) -> list[Recorded]:
        """Return an incident's events as recorded; raises `IncidentNotFound`."""
        rows = self.backend.read(incident_id)
        if not rows:
            raise IncidentNotFound(f"no incident {incident_id}")
        return decode(rows)

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
        document = self.backend.document(incident_id) if cut == PRESENT else None
        if document is not None:
            return durations(incident_id, document)
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
        return [row for row in rows if not (only_open and row.is_closed)]

    def measured(
        self, measures: Sequence[str], cut: Cut = PRESENT
    ) -> list[tuple[IncidentRow, DurationRow]]:
        """Return those measures of every incident, each beside its incident."""
        if cut == PRESENT:
            incidents = {row.incident_id: row for row in self.backend.incidents()}
            rows = self.backend.durations(measures)
            return [(incidents[row.incident_id], row) for row in rows]
        return [
            (views.incident, row)
            for views in self.replay(cut)
            for row in views.durations
            if row.measure in measures
        ]

    def replay(self, cut: Cut = PRESENT) -> Iterator[Views]:
        """Replay every incident of which the cut leaves anything."""
        for rows in self.backend.read_incidents():
            history = effective_history(decode(rows), cut)
            if history.entries:
                yield replayed(rows[0].incident_id, history)

    def events(self, after: int = 0) -> Iterator[Recorded]:
        """Yield the log in the order of positions, from after that position to its present end."""
        while rows := self.backend.read_log(after, PAGE):
            yield from decode(rows)
            after = rows[-1].position

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

    def _entry(
        self,
        event: AnyEvent,
        event_id: UUID | None,
        told_at: datetime | None = None,
        source: Source | None = None,
    ) -> Entry:
        with refusing_invalid():
            return Entry(
                event_id=event_id or self._new_id(),
                told_at=told_at,
                recorded_by=self._recorded_by,
                source=source,
                event=event,
            )
