"""The log and its views in memory, gone when closed: for tests and for trying things out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from threading import Condition, RLock
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder

from ..domain.history import effective_history
from ..domain.records import StoredRow, decode
from ..domain.values import iso, micros
from ..projections.built_in import BY_NAME, REOPENS
from ..projections.cohorts import Measurement, counted_of, measurement_of
from ..projections.durations import DurationRow, durations
from ..projections.measures import Cohort
from ..projections.timeline import TimelineRow
from ..projections.views import IncidentRow, Views, replayed
from .backend import MOST_FOUND, Append, Check, RawRecord, Stamp, Taken, is_meant
from .log import LogNotification, notification_of
from .memory_tree import MemoryTree


class MemoryLog(POPOApplicationRecorder):
    """A recorder of the library's kind and a `Backend`, over lists and dicts."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Begin empty."""
        super().__init__()
        self._clock = clock
        self._rows: list[StoredRow] = []
        self.tree = MemoryTree()
        self._by_event: dict[UUID, StoredRow] = {}
        self._by_incident: dict[UUID, list[StoredRow]] = {}
        self._views: dict[UUID, Views] = {}
        self._raw: dict[str, RawRecord] = {}
        self._definitions: dict[tuple[str, int], str] = {}
        self._appended = Condition(RLock())

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        """Store a batch; see `Backend`."""
        with self._appended:
            self._check(batch)
            now = self._clock()
            stamps = [self._store(append, now) for append in batch]
            self._appended.notify_all()
        self._notify_listeners()
        return stamps

    def _check(self, batch: Sequence[Append]) -> None:
        ids = [event.event_id for append in batch for event in append.events]
        if len(set(ids)) < len(ids) or not self._by_event.keys().isdisjoint(ids):
            raise Taken("an event id")
        last = {one.incident_id: len(self._by_incident.get(one.incident_id, ())) for one in batch}
        for append in batch:
            if any(event.version <= last[append.incident_id] for event in append.events):
                raise Taken(f"a version of {append.incident_id}")
            last[append.incident_id] += len(append.events)

    def _store(self, append: Append, now: datetime) -> list[Stamp]:
        for event in append.events:
            row = StoredRow(
                len(self._rows) + 1, str(append.incident_id), event.version,
                event.kind, event.state, iso(now),
            )  # fmt: skip
            self._log(row)
            self._by_event[event.event_id] = row
        self._views[append.incident_id] = append.views
        first = len(self._rows) - len(append.events) + 1
        return [Stamp(first + index, now) for index in range(len(append.events))]

    def _log(self, row: StoredRow) -> None:
        self._rows.append(row)
        self._by_incident.setdefault(row.incident_id, []).append(row)
        self.tree.add(row)

    def read(self, incident_id: UUID) -> list[StoredRow]:
        """Return an incident's rows; see `Backend`."""
        with self._appended:
            return list(self._by_incident.get(incident_id, ()))

    def read_several(self, incident_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return the rows of several incidents; see `Backend`."""
        return [row for incident_id in incident_ids for row in self.read(incident_id)]

    def read_log(self, after: int, limit: int) -> list[StoredRow]:
        """Return rows after a position; see `Backend`."""
        with self._appended:
            return self._rows[after : after + limit]

    def read_incidents(self) -> Iterator[list[StoredRow]]:
        """Yield every incident's rows; see `Backend`."""
        with self._appended:
            histories = [list(rows) for rows in self._by_incident.values()]
        yield from sorted(histories, key=lambda rows: rows[0].incident)

    def stored(self, event_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return those of the events that the log has; see `Backend`."""
        with self._appended:
            return [self._by_event[one] for one in event_ids if one in self._by_event]

    def last_position(self, recorded_by: datetime | None = None) -> int:
        """Return the last position; see `Backend`."""
        if recorded_by is None:
            return len(self._rows)
        with self._appended:
            found = [row.position for row in self._rows if row.recorded_at <= iso(recorded_by)]
        return max(found, default=0)

    def event_ids(self, after: int, limit: int) -> list[str | None]:
        """Return the ids under which the log files rows; see `Backend`."""
        by_position = {row.position: str(event) for event, row in self._by_event.items()}
        return [by_position.get(row.position) for row in self.read_log(after, limit)]

    def since_snapshot(self, incident_id: UUID) -> tuple[str | None, list[StoredRow]]:
        """Return the incident's rows: memory needs no snapshots."""
        return None, self.read(incident_id)

    def find(self, reference: str) -> list[UUID]:
        """Return incidents by reference; see `Backend`."""
        with self._appended:
            rows = [views.incident for views in self._views.values()]
        return [row.incident_id for row in rows if is_meant(row, reference)][:MOST_FOUND]

    def incidents(
        self, incident_id: UUID | None = None, *, only_open: bool = False
    ) -> list[IncidentRow]:
        """Return incidents' rows; see `Backend`."""
        with self._appended:
            rows = [views.incident for views in self._views.values()]
        wanted = [
            row
            for row in rows
            if incident_id in (None, row.incident_id) and (row.is_open or not only_open)
        ]
        return sorted(wanted, key=IncidentRow.by_detection)

    def durations(self, measures: Sequence[str]) -> list[DurationRow]:
        """Return the durations of those measures."""
        with self._appended:
            views = list(self._views.values())
        return [
            row
            for one in views
            for row in durations(one.incident.incident_id, one.document)
            if row.measure in measures
        ]

    def measurements(
        self, measure: str, clock: Cohort, since: datetime | None, until: datetime | None
    ) -> list[Measurement]:
        """Return what a built-in measure says; see `Backend`."""
        with self._appended:
            views = list(self._views.values())
        if measure == REOPENS:
            found = [counted_of(one.incident, one.incident.reopens) for one in views]
        else:
            wanted = [BY_NAME[measure]]
            found = [
                measurement_of(one.incident, row, clock)
                for one in views
                for row in durations(one.incident.incident_id, one.document, wanted)
            ]
        first = -math.inf if since is None else micros(since)
        end = math.inf if until is None else micros(until)
        return [one for one in found if one.placed_us is None or first <= one.placed_us < end]

    def restricted(self) -> dict[UUID, str]:
        """Return the restricted incidents and their groups; see `Backend`."""
        rows = ((row.incident_id, row.restricted_to) for row in self.incidents())
        return {incident: group for incident, group in rows if group is not None}

    def hidden(self) -> int:
        """Return 0: it shows everything."""
        return 0

    def touched_since(self, moment: datetime) -> dict[UUID, bool]:
        """Return the incidents with events recorded after `moment`; see `Backend`."""
        with self._appended:
            histories = list(self._by_incident.items())
        return {
            incident: rows[0].recorded_at > iso(moment)
            for incident, rows in histories
            if any(row.recorded_at > iso(moment) for row in rows)
        }

    def definitions(self) -> dict[tuple[str, int], str]:
        """Return the measures that the store remembers."""
        return dict(self._definitions)

    def define(self, definitions: Mapping[tuple[str, int], str]) -> None:
        """Remember measures; see `Backend`."""
        self._definitions = dict(definitions) | self._definitions

    def keep_raw(self, records: Sequence[RawRecord]) -> None:
        """Keep records that events were read from; see `Backend`."""
        self._raw = {one.sha256: one for one in records} | self._raw

    def raw_record(self, sha256: str) -> RawRecord | None:
        """Return a kept record."""
        return self._raw.get(sha256)

    def timelines(self, incident_id: UUID | None = None) -> Iterator[TimelineRow]:
        """Yield the timelines' rows, told anew: here are no tables behind them."""
        for rows in self.read_incidents():
            if incident_id in (None, rows[0].incident_id):
                history = effective_history(decode(rows))
                told = replayed(rows[0].incident_id, history).timeline
                yield from sorted(told, key=lambda row: row.version)

    def raw_records(self) -> Iterator[RawRecord]:
        """Yield all kept records."""
        return iter(list(self._raw.values()))

    def rebuild(self, views: Iterable[Views]) -> int:
        """Replace all views; see `Backend`."""
        with self._appended:
            self._views = {one.incident.incident_id: one for one in views}
            return len(self._views)

    def wait(self, seconds: float) -> None:
        """Wait for an append, at most so long."""
        with self._appended:
            self._appended.wait(seconds)

    def health(self) -> list[Check]:
        """Return what `doctor` reports."""
        return [Check("storage", "memory", is_fine=True)]

    def close(self) -> None:
        """Forget nothing: whoever still holds the store may read on."""

    # The library's verbs, for its own tools; Retold does not write through them

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Insert bare log rows without views: for the library's tests and tools only."""
        with self._appended:
            seen = {(row.incident_id, row.version) for row in self._rows}
            new = [(one.originator_id, one.originator_version) for one in stored_events]
            if seen & set(new) or len(set(new)) < len(new):
                raise IntegrityError(f"already recorded: {new}")
            positions = []
            for one in stored_events:
                row = StoredRow(
                    len(self._rows) + 1, str(one.originator_id), one.originator_version,
                    one.topic, one.state, iso(self._clock()),
                )  # fmt: skip
                self._log(row)
                positions.append(row.position)
            self._appended.notify_all()
        self._notify_listeners()
        return positions

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[LogNotification]:
        """Return one incident's rows in the library's form."""
        rows = [
            row
            for row in self.read(UUID(str(originator_id)))
            if (gt is None or row.version > gt) and (lte is None or row.version <= lte)
        ]
        return [notification_of(row) for row in (rows[::-1] if desc else rows)[:limit]]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[LogNotification]:
        """Return rows of the whole log in the library's form."""
        after = 0 if start is None else max(start - 1 if inclusive_of_start else start, 0)
        with self._appended:
            rows = self._rows[after:stop]
        wanted = [row for row in rows if not topics or row.kind in topics]
        return [notification_of(row) for row in wanted[:limit]]

    def max_notification_id(self) -> int | None:
        """Return the last position, or None for an empty log."""
        return self.last_position() or None
