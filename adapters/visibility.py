"""A store as some readers see it: without the incidents that are restricted to others."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from ..domain.errors import IncidentNotFound, InvalidInput
from ..domain.records import StoredRow
from ..domain.values import GroupName, refusing_invalid
from ..projections.cohorts import Measurement
from ..projections.durations import DurationRow
from ..projections.measures import Cohort
from ..projections.timeline import TimelineRow
from ..projections.views import IncidentRow, Views
from .backend import MOST_FOUND, Append, Backend, RawRecord, Stamp, Taken, is_meant
from .trees import Tree
from .wrapped import Wrapped

Item = TypeVar("Item")
Key = TypeVar("Key")

PAGE = 250
"""Incidents to a query, where what was read from their records is looked for."""


class VisibleTo(Wrapped):
    """A backend that knows of another only what the readers of some groups may see.

    What is restricted now is hidden, whatever cut is asked for. Rows are read first, and then what
    is hidden: so what was restricted meanwhile is left out, too.
    """

    def __init__(self, inner: Backend, groups: Collection[str]) -> None:
        """Show of `inner` what is not restricted, and what is restricted to one of `groups`.

        Raises `InvalidInput` for what is no name of a group, and for a text in place of names.
        """
        super().__init__(inner)
        with refusing_invalid():
            self._groups = _NAMES.validate_python(groups)

    def restricted(self) -> dict[UUID, str]:
        """Return the restricted incidents that these readers may see, and their groups."""
        found = self.inner.restricted().items()
        return {one: group for one, group in found if group in self._groups}

    def hidden(self) -> int:
        """Return how many incidents are not shown."""
        return len(self._hidden())

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        """Store a batch; raises `IncidentNotFound` for what these readers do not see."""
        # Restricting it meanwhile takes the version that the append would have.
        hidden = self._hidden()
        for one in batch:
            if one.incident_id in hidden:
                raise IncidentNotFound(f"no incident {one.incident_id}")
        try:
            return self.inner.append(batch)
        except Taken:
            if len(batch) == 1:  # Of several, whoever appends tries each alone.
                self._refuse_ids_of_hidden(batch[0])
            raise

    def read(self, incident_id: UUID) -> list[StoredRow]:
        """Return an incident's rows; see `Backend`."""
        return self._seen(self.inner.read(incident_id))

    def read_several(self, incident_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return the rows of several incidents; see `Backend`."""
        return self._seen(self.inner.read_several(incident_ids))

    def read_log(self, after: int, limit: int) -> list[StoredRow]:
        """Return rows after a position: none only where there are none to see."""
        while rows := self.inner.read_log(after, limit):
            if seen := self._seen(rows):
                return seen
            after = rows[-1].position
        return []

    def read_incidents(self) -> Iterator[list[StoredRow]]:
        """Yield every incident's rows; see `Backend`."""
        return _without(self._hidden, self.inner.read_incidents(), lambda rows: rows[0].incident_id)

    def stored(self, event_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return those of the events that the log has; see `Backend`."""
        return self._seen(self.inner.stored(event_ids))

    def since_snapshot(self, incident_id: UUID) -> tuple[str | None, list[StoredRow]]:
        """Return the incident's snapshot and its rows since then; see `Backend`."""
        found = self.inner.since_snapshot(incident_id)
        return (None, []) if incident_id in self._hidden() else found

    @property
    def tree(self) -> Tree:
        """Refuse: an audit of some of the events would prove nothing."""
        raise InvalidInput(f"an audit {_TAKES_ALL}")

    def event_ids(self, after: int, limit: int) -> list[str | None]:
        """Refuse, as of the audit's tree."""
        raise InvalidInput(f"an audit {_TAKES_ALL}")

    def find(self, reference: str) -> list[UUID]:
        """Return incidents by reference; see `Backend`."""
        found = self.inner.find(reference)
        hidden = self._hidden()
        if len(found) == MOST_FOUND and not hidden.isdisjoint(found):
            # Those in front of others that these readers do see.
            every = (row for row in self.inner.incidents() if is_meant(row, reference))
            found = [row.incident_id for row in every]
        return [one for one in found if one not in hidden][:MOST_FOUND]

    def incidents(
        self, incident_id: UUID | None = None, *, only_open: bool = False
    ) -> list[IncidentRow]:
        """Return incidents' rows; see `Backend`."""
        rows = self.inner.incidents(incident_id, only_open=only_open)
        return [row for row in rows if row.restricted_to in self._groups | {None}]

    def durations(self, measures: Sequence[str]) -> list[DurationRow]:
        """Return the durations of those measures."""
        rows = self.inner.durations(measures)
        hidden = self._hidden()
        return [row for row in rows if row.incident_id not in hidden]

    def touched_since(self, moment: datetime) -> dict[UUID, bool]:
        """Return the incidents with events recorded after `moment`; see `Backend`."""
        touched = self.inner.touched_since(moment)
        hidden = self._hidden()
        return {one: is_all for one, is_all in touched.items() if one not in hidden}

    def measurements(
        self, measure: str, clock: Cohort, since: datetime | None, until: datetime | None
    ) -> list[Measurement]:
        """Return what a built-in measure says; see `Backend`."""
        found = self.inner.measurements(measure, clock, since, until)
        hidden = self._hidden()
        return [one for one in found if one.incident_id not in hidden] if hidden else found

    def raw_record(self, sha256: str) -> RawRecord | None:
        """Return a kept record; one that tells of several incidents is hidden with any of them."""
        record = self.inner.raw_record(sha256)
        return None if sha256 in self._hidden_records() else record

    def raw_records(self) -> Iterator[RawRecord]:
        """Yield the kept records that `raw_record` returns."""
        return _without(self._hidden_records, self.inner.raw_records(), lambda one: one.sha256)

    def timelines(self, incident_id: UUID | None = None) -> Iterator[TimelineRow]:
        """Yield the rows behind the timelines; see `Backend`."""
        rows = self.inner.timelines(incident_id)
        return _without(self._hidden, rows, lambda row: row.incident_id)

    def rebuild(self, views: Iterable[Views]) -> int:
        """Refuse: what these readers do not see would be lost to all others."""
        raise InvalidInput(f"rebuilding the views {_TAKES_ALL}")

    def _refuse_ids_of_hidden(self, append: Append) -> None:
        # To whoever does not see what has the id, it would look as if others kept writing.
        hidden = {str(one) for one in self._hidden()}
        for event in append.events:
            if any(row.incident in hidden for row in self.inner.stored([event.event_id])):
                raise InvalidInput(f"event id {event.event_id} belongs to a different event")

    def _hidden(self) -> frozenset[UUID]:
        found = self.inner.restricted().items()
        return frozenset(one for one, group in found if group not in self._groups)

    def _hidden_records(self) -> frozenset[str]:
        hidden = sorted(self._hidden())
        pages = (hidden[start : start + PAGE] for start in range(0, len(hidden), PAGE))
        states = (row.state for page in pages for row in self.inner.read_several(page))
        # Whatever looks like a hash: to hide too much is safe, also where an event is unreadable.
        return frozenset(found.decode() for state in states for found in _HASH.findall(state))

    def _seen(self, rows: list[StoredRow]) -> list[StoredRow]:
        hidden = {str(one) for one in self._hidden()}
        return [row for row in rows if row.incident not in hidden] if hidden else rows


def _without(
    hidden: Callable[[], Container[Key]], items: Iterator[Item], key: Callable[[Item], Key]
) -> Iterator[Item]:
    left_out: Container[Key] | None = None
    for one in items:
        if left_out is None:  # the snapshot that is read from has begun by now
            left_out = hidden()
        if key(one) not in left_out:
            yield one


_NAMES: TypeAdapter[frozenset[str]] = TypeAdapter(frozenset[GroupName])
_HASH = re.compile(rb"[0-9a-f]{64}")
_TAKES_ALL = "takes a store that is opened for every group: leave out `groups`"
