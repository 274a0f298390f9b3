"""What the store asks of a database: one port, kept by memory, SQLite and PostgreSQL alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from ..domain.records import StoredRow
from ..projections.cohorts import Measurement
from ..projections.durations import DurationRow
from ..projections.measures import Cohort
from ..projections.timeline import TimelineRow
from ..projections.views import IncidentRow, Views
from .trees import Tree


class NewEvent(NamedTuple):
    """One event to append, in its stored form."""

    event_id: UUID
    version: int
    kind: str
    state: bytes


class Append(NamedTuple):
    """Events of one incident with the views they lead to: stored together or not at all."""

    incident_id: UUID
    events: tuple[NewEvent, ...]
    views: Views


class RawRecord(NamedTuple):
    """A source's record as it was read: its text, and the SHA-256 of that in UTF-8, in hex."""

    sha256: str
    text: str


class Stamp(NamedTuple):
    """What the log gave an appended event."""

    position: int
    recorded_at: datetime


class Check(NamedTuple):
    """One line of what `doctor` reports."""

    name: str
    value: str
    is_fine: bool
    advice: str = ""


def first_position(found: int | None) -> Check:
    """Report on the first position of a log, None without any.

    Reading begins behind position 0: an event from before it is seen by SQL alone.
    """
    advice = "an event was put in where Retold puts none, behind its back"
    is_fine = found is None or found > 0
    return Check("first position", "none" if found is None else str(found), is_fine, advice)


def contract_views(changed: Sequence[str] | None) -> Check:
    """Report on the views of the SQL contract that are not as they were made, None if unknown."""
    if changed is None:
        return Check(CONTRACT_VIEWS, UNKNOWN, is_fine=True)
    advice = "somebody changed what reports by SQL are told: see how, then run `retold rebuild`"
    return Check(CONTRACT_VIEWS, ", ".join(changed) or "as made", not changed, advice)


CONTRACT_VIEWS = "contract views"
UNKNOWN = "not compared: that takes the right to make temporary views"


class Taken(Exception):
    """An event id or an incident's version is in the log already; nothing was stored."""


def ids_beginning_with(reference: str) -> tuple[UUID, UUID] | None:
    """Return the first and the last id that begin so; None if no id can."""
    digits = reference.replace("-", "")
    if not re.fullmatch(r"[0-9a-fA-F]{1,32}", digits):
        return None
    first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    return (first, last) if str(first).startswith(reference.lower()) else None


def is_meant(row: IncidentRow, reference: str) -> bool:
    """Return whether an incident's id begins so, or the reference is its `source:reference`."""
    ids = ids_beginning_with(reference)
    is_id = ids is not None and ids[0] <= row.incident_id <= ids[1]
    return is_id or reference == f"{row.source}:{row.source_ref}"


MOST_FOUND = 10
"""Incidents that `find` returns: enough to tell that a reference is not unique."""


def parted(found: Sequence[tuple[Any, ...]]) -> tuple[str | None, list[StoredRow]]:
    """Part what was found since a snapshot: it stands behind the row of its version, the first."""
    rows = [StoredRow._make(row[:-1]) for row in found]
    snapshot = found[0][-1] if found else None
    return (snapshot, rows) if snapshot is None else (snapshot, rows[1:])


class Backend(Protocol):
    """A log with its views.

    Every method raises `StorageUnavailable` when the database does not answer; no driver's error
    ever leaves it.
    """

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        """Store a batch in one durable transaction, views included; incidents must differ.

        MUST return only after all of it is durable, and MUST stamp positions and `recorded_at`
        in commit order. MUST store nothing when it raises `Taken`. When it raises
        `StorageUnavailable`, the batch is stored whole or not at all, and appending it again
        tells which.
        """
        ...

    def read(self, incident_id: UUID) -> list[StoredRow]:
        """Return an incident's log rows in the order of versions; none if there is no such."""
        ...

    def read_several(self, incident_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return the log rows of those incidents, each incident's in the order of versions."""
        ...

    def read_log(self, after: int, limit: int) -> list[StoredRow]:
        """Return up to `limit` rows after that position, in the order of positions."""
        ...

    def read_incidents(self) -> Iterator[list[StoredRow]]:
        """Yield every incident's rows, incident by incident, from one consistent snapshot."""
        ...

    def stored(self, event_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return those of the events that the log has."""
        ...

    def last_position(self, recorded_by: datetime | None = None) -> int:
        """Return the position of the last event, recorded by some moment; 0 if there is none."""
        ...

    def since_snapshot(self, incident_id: UUID) -> tuple[str | None, list[StoredRow]]:
        """Return the incident's snapshot, if it has one, and its log rows since then."""
        ...

    @property
    def tree(self) -> Tree:
        """The audit's tree over the log; `append` adds the leaves of what it stores."""
        ...

    def event_ids(self, after: int, limit: int) -> list[str | None]:
        """Return the ids under which the log files up to `limit` rows after that position."""
        ...

    def find(self, reference: str) -> list[UUID]:
        """Return up to `MOST_FOUND` incidents: by `source:reference` or the beginning of an id."""
        ...

    def incidents(
        self, incident_id: UUID | None = None, *, only_open: bool = False
    ) -> list[IncidentRow]:
        """Return incidents' rows, by time of detection, then id."""
        ...

    def durations(self, measures: Sequence[str]) -> list[DurationRow]:
        """Return the durations of those measures."""
        ...

    def restricted(self) -> dict[UUID, str]:
        """Return the incidents that only readers of a group may see now, and that group."""
        ...

    def hidden(self) -> int:
        """Return how many incidents there are that this backend does not show."""
        ...

    def touched_since(self, moment: datetime) -> dict[UUID, bool]:
        """Return the incidents with events recorded after `moment`, and whether all are."""
        ...

    def definitions(self) -> dict[tuple[str, int], str]:
        """Return the measures that the store remembers, by name and version."""
        ...

    def define(self, definitions: Mapping[tuple[str, int], str]) -> None:
        """Remember measures; what is remembered already stays as it is."""
        ...

    def keep_raw(self, records: Sequence[RawRecord]) -> None:
        """Keep records that events were read from; what is kept already stays as it is."""
        ...

    def raw_record(self, sha256: str) -> RawRecord | None:
        """Return a kept record."""
        ...

    def measurements(
        self, measure: str, clock: Cohort, since: datetime | None, until: datetime | None
    ) -> list[Measurement]:
        """Return what a built-in measure says of the incidents placed in a period by that clock.

        From `since` to before `until`; what has no such time is among them.
        """
        ...

    def rebuild(self, views: Iterable[Views]) -> int:
        """Replace all view rows in one transaction; return how many incidents were written.

        `views` is consumed within the transaction, which keeps writers out.
        """
        ...

    def timelines(self, incident_id: UUID | None = None) -> Iterator[TimelineRow]:
        """Yield the rows behind the timelines, incident by incident, in the order of versions.

        Of an event that the log does not have, incident and event id are nil.
        """
        ...

    def raw_records(self) -> Iterator[RawRecord]:
        """Yield all kept records."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait until something may have been appended, at most so long."""
        ...

    def health(self) -> list[Check]:
        """Return what `doctor` reports."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


def log_rows(backend: Backend, page: int = 2_000) -> Iterator[StoredRow]:
    """Yield every row of the log in the order of positions, read page by page."""
    after = 0
    while rows := backend.read_log(after, page):
        yield from rows
        after = rows[-1].position
