"""A backend in front of another: what it does not do its own way, it passes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from ..domain.records import StoredRow
from ..projections.cohorts import Measurement
from ..projections.durations import DurationRow
from ..projections.measures import Cohort
from ..projections.timeline import TimelineRow
from ..projections.views import IncidentRow, Views
from .backend import Append, Backend, Check, RawRecord, Stamp
from .trees import Tree


class Wrapped:
    """Every verb of `Backend`, passed on as it is to `inner`."""

    def __init__(self, inner: Backend) -> None:
        """Stand in front of `inner`."""
        self.inner = inner

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        """Store a batch; see `Backend`."""
        return self.inner.append(batch)

    def read(self, incident_id: UUID) -> list[StoredRow]:
        """Return an incident's rows; see `Backend`."""
        return self.inner.read(incident_id)

    def read_several(self, incident_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return the rows of several incidents; see `Backend`."""
        return self.inner.read_several(incident_ids)

    def read_log(self, after: int, limit: int) -> list[StoredRow]:
        """Return rows after a position; see `Backend`."""
        return self.inner.read_log(after, limit)

    def read_incidents(self) -> Iterator[list[StoredRow]]:
        """Yield every incident's rows; see `Backend`."""
        return self.inner.read_incidents()

    def stored(self, event_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return those of the events that the log has; see `Backend`."""
        return self.inner.stored(event_ids)

    def last_position(self, recorded_by: datetime | None = None) -> int:
        """Return the last position; see `Backend`."""
        return self.inner.last_position(recorded_by)

    def since_snapshot(self, incident_id: UUID) -> tuple[str | None, list[StoredRow]]:
        """Return the incident's snapshot and its rows since then; see `Backend`."""
        return self.inner.since_snapshot(incident_id)

    @property
    def tree(self) -> Tree:
        """The audit's tree over the log."""
        return self.inner.tree

    def event_ids(self, after: int, limit: int) -> list[str | None]:
        """Return the ids under which the log files rows; see `Backend`."""
        return self.inner.event_ids(after, limit)

    def find(self, reference: str) -> list[UUID]:
        """Return incidents by reference; see `Backend`."""
        return self.inner.find(reference)

    def incidents(
        self, incident_id: UUID | None = None, *, only_open: bool = False
    ) -> list[IncidentRow]:
        """Return incidents' rows; see `Backend`."""
        return self.inner.incidents(incident_id, only_open=only_open)

    def durations(self, measures: Sequence[str]) -> list[DurationRow]:
        """Return the durations of those measures."""
        return self.inner.durations(measures)

    def restricted(self) -> dict[UUID, str]:
        """Return the restricted incidents and their groups; see `Backend`."""
        return self.inner.restricted()

    def hidden(self) -> int:
        """Return how many incidents are not shown."""
        return self.inner.hidden()

    def touched_since(self, moment: datetime) -> dict[UUID, bool]:
        """Return the incidents with events recorded after `moment`; see `Backend`."""
        return self.inner.touched_since(moment)

    def definitions(self) -> dict[tuple[str, int], str]:
        """Return the measures that the store remembers."""
        return self.inner.definitions()

    def define(self, definitions: Mapping[tuple[str, int], str]) -> None:
        """Remember measures; see `Backend`."""
        self.inner.define(definitions)

    def keep_raw(self, records: Sequence[RawRecord]) -> None:
        """Keep records that events were read from; see `Backend`."""
        self.inner.keep_raw(records)

    def raw_record(self, sha256: str) -> RawRecord | None:
        """Return a kept record."""
        return self.inner.raw_record(sha256)

    def measurements(
        self, measure: str, clock: Cohort, since: datetime | None, until: datetime | None
    ) -> list[Measurement]:
        """Return what a built-in measure says; see `Backend`."""
        return self.inner.measurements(measure, clock, since, until)

    def timelines(self, incident_id: UUID | None = None) -> Iterator[TimelineRow]:
        """Yield the rows behind the timelines; see `Backend`."""
        return self.inner.timelines(incident_id)

    def raw_records(self) -> Iterator[RawRecord]:
        """Yield all kept records."""
        return self.inner.raw_records()

    def rebuild(self, views: Iterable[Views]) -> int:
        """Replace all view rows; see `Backend`."""
        return self.inner.rebuild(views)

    def wait(self, seconds: float) -> None:
        """Wait until something may have been appended, at most so long."""
        self.inner.wait(seconds)

    def health(self) -> list[Check]:
        """Return what `doctor` reports."""
        return self.inner.health()

    def close(self) -> None:
        """Close every connection."""
        self.inner.close()
