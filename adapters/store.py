"""The library's door: a reader that records, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from ..domain.corrections import correction_of, retraction_of
from ..domain.events import AnyEvent
from ..domain.history import PRESENT, Cut, effective_history
from ..domain.incident import Incident
from ..domain.records import Entry, Recorded, decode
from ..domain.values import Source, refusing_invalid
from ..projections.cohorts import Dimension
from ..projections.measures import Cohort, Measure
from ..projections.views import Views, replayed
from .backend import Backend, RawRecord
from .collector import collector_off
from .reader import Reader
from .reporting import report_of
from .reports import Query, Report
from .writer import Addition, Ground, Writer

Decision = Callable[..., AnyEvent]
"""A decision method of `Incident`, such as `Incident.resolve`: (state, at=…, **facts) -> event."""


class Store(Reader):
    """Records incident histories, and reads them as `Reader` does.

    Every time given must carry a zone. Threads may share a store, and processes a database.
    """

    def __init__(
        self,
        backend: Backend,
        clock: Callable[[], datetime],
        recorded_by: str | None = None,
        new_id: Callable[[], UUID] = uuid4,
        measures: Sequence[Measure] = (),
    ) -> None:
        """Work over an opened backend; `open_store` makes both."""
        super().__init__(backend, measures)
        self._clock = clock
        self._recorded_by = recorded_by
        self._new_id = new_id
        self._writer = Writer(backend, clock)

    def report(
        self,
        *measures: str,
        by: Sequence[Dimension] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        compare: tuple[datetime, datetime] | None = None,
        clock: Cohort | None = None,
        zone: str = "UTC",
        seed: int | None = None,
        scale: Sequence[str] = (),
        cut: Cut = PRESENT,
    ) -> Report:
        """Sum up measures over all incidents, by default every measure.

        `since` and `until` bound a period, the last moment excluded, and `compare` another to
        hold it against; `by` names groups; `clock`
        is the time that places an incident in either, by default each measure's own; `zone` is
        where days and hours are those of; a `seed` asks for the simulation of no change;
        `scale` names severities, worst first, for the highest that an incident had.

        Raises `InvalidInput` for an unknown measure, group or zone, and for a period that ends
        before it begins.
        """
        with refusing_invalid():
            query = Query(
                measures=measures or tuple(self.measures),
                by=tuple(by),
                since=since,
                until=until,
                compare=compare,
                clock=clock,
                zone=zone,
                seed=seed,
                scale=tuple(scale),
            )
        return report_of(self, query, cut, self._clock())

    # Recording

    def detect(
        self,
        title: str,
        *,
        at: datetime | None = None,
        incident_id: UUID | None = None,
        event_id: UUID | None = None,
        **facts: Any,
    ) -> Recorded:
        """Begin an incident: somebody or something noticed a disruption.

        `facts` are the fields of `Detected` and the options of `record`, which see.
        """
        if incident_id is None:
            # From a given event id follows the incident's, so that the call is safe to repeat.
            incident_id = uuid5(event_id, "incident") if event_id else self._new_id()
        return self.record(
            incident_id, Incident.detect, at=at, event_id=event_id, title=title, **facts
        )

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
        """Append to several different incidents in one transaction; in all else as `append`.

        Where something of it is stored already, each incident is appended on its own.
        """
        return self._writer.append_all([(one, entries) for one, entries in batch if entries])

    def extend_all(
        self, additions: Sequence[Addition], raw_records: Sequence[RawRecord] = ()
    ) -> None:
        """Append to several different incidents in one transaction, as bulk imports do.

        Each addition says all that is recorded of its incident, as `histories_of` returns it.
        `raw_records`, what the events were read from, are kept before. Raises `InvalidInput`,
        and `ConcurrentChange` if something was appended to one of the incidents since.
        """
        if raw_records:
            self.backend.keep_raw(raw_records)
        self._writer.extend_all(additions)

    def rebuild(self, progress: Callable[[int], object] = int) -> int:
        """Make all views again from the log, keeping writers out; return how many incidents.

        `progress` is called with the number of incidents done so far.
        """

        def views() -> Iterator[Views]:
            for done, rows in enumerate(self.backend.read_incidents(), start=1):
                yield replayed(rows[0].incident_id, effective_history(decode(rows)))
                progress(done)

        with collector_off():
            return self.backend.rebuild(views())

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
