"""Runs an import into a store: what is new goes in, the rest is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from ...domain.errors import ConcurrentChange, InvalidInput
from ...domain.events import EventCorrected, EventRetracted
from ...domain.records import Entry, Recorded, decode
from ..store import Store
from . import statuspage
from .reading import Found, Record, documents
from .snapshots import Snapshot, is_stale, news

AT_ONCE = 200
"""New incidents to a transaction."""

ATTEMPTS = 20
"""How often to look again at an incident that others keep writing to."""


class SnapshotSource(NamedTuple):
    """How to read a source that tells incidents as snapshots."""

    records: Callable[[Found], Iterator[Record]]
    snapshot: Callable[[Record], Snapshot | None]


SOURCES = {statuspage.SYSTEM: SnapshotSource(statuspage.records, statuspage.snapshot)}


class Imported(NamedTuple):
    """What came of an import. Events are counted but for `read`, `skipped` and `stale`."""

    read: int = 0
    """Records read: incidents in every document."""
    recorded: int = 0
    corrected: int = 0
    retracted: int = 0
    already_there: int = 0
    skipped: int = 0
    """Records that are no incidents, such as scheduled maintenance."""
    stale: int = 0
    """Records older than what the store has of their incident."""
    rejected: tuple[InvalidInput, ...] = ()


class _Placed(NamedTuple):
    """A snapshot and where it was read."""

    snapshot: Snapshot
    place: str


class Import:
    """One import under way: holds back new incidents until a transaction's worth is there."""

    def __init__(self, store: Store, source: str, progress: Callable[[int], object]) -> None:
        """Import into `store`; `progress` is called with the number of records read."""
        self._store = store
        self._source = SOURCES[source]
        self._progress = progress
        self._waiting: dict[UUID, tuple[_Placed, list[Entry]]] = {}
        self.done = Imported()

    def read(self, files: Iterable[str]) -> Imported:
        """Read files in their order; returns what came of it."""
        for file in files:
            try:
                for found in documents(file):
                    self._read_document(found)
            except InvalidInput as rejection:
                self._reject(rejection)
        self._flush()
        return self.done

    def _read_document(self, found: Found) -> None:
        if found.problem is not None:
            self._reject(InvalidInput(found.problem, found.place))
            return
        try:
            for record in self._source.records(found):
                self._read_record(record)
        except InvalidInput as rejection:
            self._reject(rejection)

    def _read_record(self, record: Record) -> None:
        self._count(read=1)
        self._progress(self.done.read)
        try:
            snapshot = self._source.snapshot(record)
        except InvalidInput as rejection:
            self._reject(rejection)
            return
        if snapshot is None:
            self._count(skipped=1)
        else:
            self._take(_Placed(snapshot, record.place))

    def _take(self, placed: _Placed) -> None:
        incident_id = placed.snapshot.incident_id
        if incident_id in self._waiting or len(self._waiting) >= AT_ONCE:
            self._flush()
        recorded = decode(self._store.backend.read(incident_id))
        if recorded:
            self._append(placed, recorded)
            return
        entries = self._news(placed, recorded)
        if entries:
            self._waiting[incident_id] = (placed, entries)

    def _flush(self) -> None:
        """Append the new incidents that wait, in one transaction."""
        waiting, self._waiting = self._waiting, {}
        try:
            self._store.append_all([(one, entries) for one, (_, entries) in waiting.items()])
        except (InvalidInput, ConcurrentChange):
            # One of them cannot be stored, or another import was first: each on its own.
            for incident_id, (placed, _) in waiting.items():
                self._append(placed, decode(self._store.backend.read(incident_id)))
            return
        for placed, entries in waiting.values():
            self._count_appended(placed.snapshot, entries)

    def _append(self, placed: _Placed, recorded: Sequence[Recorded]) -> None:
        """Append what is new to an incident as it stands, again if others write meanwhile."""
        snapshot = placed.snapshot
        for attempt in range(1, ATTEMPTS + 1):
            if is_stale(recorded, snapshot):
                self._count(stale=1)
                return
            entries = self._news(placed, recorded)
            if entries is None:
                return
            try:
                version = recorded[-1].version if recorded else 0
                self._store.append(snapshot.incident_id, entries, version)
            except InvalidInput as rejection:
                self._reject(InvalidInput(rejection.problem, placed.place))
                return
            except ConcurrentChange:
                if attempt == ATTEMPTS:
                    raise
                recorded = decode(self._store.backend.read(snapshot.incident_id))
                continue
            self._count_appended(snapshot, entries)
            return

    def _news(self, placed: _Placed, recorded: Sequence[Recorded]) -> list[Entry] | None:
        try:
            return news(recorded, placed.snapshot)
        except InvalidInput as rejection:
            where = f"{placed.place} {rejection.where}".strip()
            self._reject(InvalidInput(rejection.problem, where))
            return None

    def _count_appended(self, snapshot: Snapshot, entries: Sequence[Entry]) -> None:
        corrected = sum(isinstance(entry.event, EventCorrected) for entry in entries)
        retracted = sum(isinstance(entry.event, EventRetracted) for entry in entries)
        recorded = len(entries) - corrected - retracted
        self._count(recorded=recorded, corrected=corrected, retracted=retracted)
        self._count(already_there=len(snapshot.wanted) - recorded)

    def _reject(self, rejection: InvalidInput) -> None:
        self.done = self.done._replace(rejected=(*self.done.rejected, rejection))

    def _count(self, **more: int) -> None:
        counts = {name: getattr(self.done, name) + number for name, number in more.items()}
        self.done = self.done._replace(**counts)


def import_files(
    store: Store,
    source: str,
    files: Iterable[str],
    progress: Callable[[int], object] = int,
) -> Imported:
    """Import files of a source, all that can be read; what cannot is among the rejected.

    Raises `InvalidInput` for a source that is not known.
    """
    if source not in SOURCES:
        raise InvalidInput(f"unknown source {source!r}; known: {', '.join(SOURCES)}")
    return Import(store, source, progress).read(files)
