"""The one loop of every append: load, decide, store; again where others wrote meanwhile."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

from ..domain.errors import ConcurrentChange, IncidentNotFound, InvalidInput, RuleBroken
from ..domain.history import effective_history
from ..domain.incident import Incident
from ..domain.records import Entry, Recorded, decode, is_recording_of
from ..projections.document import EMPTY, Document
from ..projections.views import replayed
from .appending import planned
from .backend import Append, Backend, Stamp, Taken
from .group_commit import GroupCommit
from .loading import load_document
from .remembered import Remembered

ATTEMPTS = 50


class Addition(NamedTuple):
    """All that is recorded of one incident, and what is to be appended to it."""

    incident_id: UUID
    recorded: Sequence[Recorded]
    entries: Sequence[Entry]


class Ground(NamedTuple):
    """What a decision stands on: the state, the moment, and what is recorded, if it asks."""

    incident: Incident
    moment: datetime
    recorded: Callable[[], Sequence[Recorded]]


class Writer:
    """Appends to a backend, each entry once for ever."""

    def __init__(self, backend: Backend, clock: Callable[[], datetime]) -> None:
        """Write to `backend`; threads that append at once share a commit."""
        self._backend = backend
        self._clock = clock
        self._group = GroupCommit(backend.append)
        self._remembered = Remembered()

    def decide(
        self,
        incident_id: UUID,
        entry_from: Callable[[Ground], Entry],
        *,
        at: datetime | None,
        event_id: UUID | None,
        expected_version: int | None = None,
        begins: bool = False,
    ) -> Recorded:
        """Append what `entry_from` makes of the present; only what `begins` an incident needs none.

        With an `event_id` that is stored already, the call is a repetition: the state that it
        decided on has passed, and the stored event is the answer.
        """
        _check_id(incident_id)
        moment = at or self._clock()
        for attempt in range(ATTEMPTS):
            try:
                document = self._document(incident_id)
                if document is None and not begins:
                    raise IncidentNotFound(f"no incident {incident_id}")
                document = document or EMPTY
                _check_version(incident_id, document, expected_version)
                entry = entry_from(Ground(document.incident, moment, self._reader(incident_id)))
                return self._append_after(incident_id, document, [entry])[0]
            except (RuleBroken, InvalidInput, ConcurrentChange):
                if self._remembered.forget(incident_id):
                    continue
                repeated = self._repetition(incident_id, entry_from, at, event_id)
                if repeated is None:
                    raise
                return repeated
            except Taken:
                self._remembered.forget(incident_id)
                # Perhaps by this very entry, whose answer was lost and which was sent again.
                repeated = self._repetition(incident_id, entry_from, at, entry.event_id)
                if repeated is not None:
                    return repeated
                _pause(attempt)
        raise _too_busy(incident_id)

    def append(
        self, incident_id: UUID, entries: Sequence[Entry], expected_version: int | None
    ) -> list[Recorded]:
        """Append entries in one transaction, leaving out those that are stored already."""
        _check_id(incident_id)
        entries = _each_once(entries)
        for attempt in range(ATTEMPTS):
            known = self._known(incident_id, entries) if attempt else {}
            fresh = [entry for entry in entries if entry.event_id not in known]
            if fresh:
                try:
                    document = self._document(incident_id) or EMPTY
                    _check_version(incident_id, document, expected_version)
                    stored = self._append_after(incident_id, document, fresh)
                except Taken:
                    self._remembered.forget(incident_id)
                    _pause(attempt)
                    continue
                except ConcurrentChange:
                    # Perhaps another writer, perhaps these very entries, moved the version on.
                    if self._remembered.forget(incident_id) or not attempt:
                        continue
                    raise
                known |= {one.event_id: one for one in stored}
            return [known[entry.event_id] for entry in entries]
        raise _too_busy(incident_id)

    def append_all(self, batch: Sequence[tuple[UUID, Sequence[Entry]]]) -> list[list[Recorded]]:
        """Append to several different incidents in one transaction; in all else as `append`.

        Where something of it is stored already, each incident is appended on its own.
        """
        for incident_id, _ in batch:
            _check_id(incident_id)
        plans = [
            self._planned(
                incident_id,
                load_document(self._backend, incident_id) or EMPTY,
                _each_once(entries),
            )
            for incident_id, entries in batch
        ]
        try:
            stamps = self._backend.append([plan for plan, _ in plans])
        except Taken:
            return [self.append(incident_id, entries, None) for incident_id, entries in batch]
        return [_stamped(recorded, some) for (_, recorded), some in zip(plans, stamps, strict=True)]

    def extend_all(self, additions: Sequence[Addition]) -> None:
        """Append to several different incidents, all known, in one transaction.

        Raises `ConcurrentChange` if something was appended to one of them since.
        """
        now = self._clock()
        plans = []
        for incident_id, recorded, entries in additions:
            self._remembered.forget(incident_id)
            document = EMPTY
            if recorded:
                document = replayed(incident_id, effective_history(recorded)).document
            history: Callable[[], list[Recorded]] = partial(list, recorded)
            plans.append(planned(incident_id, document, entries, now, history)[0])
        try:
            self._backend.append(plans)
        except Taken:
            raise ConcurrentChange("others wrote to the same incidents: read them again") from None

    def _append_after(
        self, incident_id: UUID, document: Document, entries: Sequence[Entry]
    ) -> list[Recorded]:
        plan, recorded = self._planned(incident_id, document, entries)
        stamps = self._group.append(plan)
        self._remembered.put(incident_id, plan.views.document)
        return _stamped(recorded, stamps)

    def _document(self, incident_id: UUID) -> Document | None:
        return self._remembered.get(incident_id) or load_document(self._backend, incident_id)

    def _planned(
        self, incident_id: UUID, document: Document, entries: Sequence[Entry]
    ) -> tuple[Append, list[Recorded]]:
        return planned(incident_id, document, entries, self._clock(), self._reader(incident_id))

    def _reader(self, incident_id: UUID) -> Callable[[], list[Recorded]]:
        return lambda: decode(self._backend.read(incident_id))

    def _known(self, incident_id: UUID, entries: Sequence[Entry]) -> dict[UUID, Recorded]:
        rows = self._backend.stored([entry.event_id for entry in entries])
        by_id = {entry.event_id: entry for entry in entries}
        known = {}
        for recorded in decode(rows):
            entry = by_id[recorded.event_id]
            if recorded.incident_id != incident_id or not is_recording_of(recorded, entry):
                raise InvalidInput(f"event id {recorded.event_id} belongs to a different event")
            known[recorded.event_id] = recorded
        return known

    def _repetition(
        self,
        incident_id: UUID,
        entry_from: Callable[[Ground], Entry],
        at: datetime | None,
        event_id: UUID | None,
    ) -> Recorded | None:
        """Return the stored event of that id, if the same decision on the past makes it again."""
        rows = self._backend.stored([event_id]) if event_id else []
        if not rows:
            return None
        stored = decode(rows)[0]
        before = [one for one in self._reader(incident_id)() if one.version < stored.version]
        state = replayed(incident_id, effective_history(before)).document.incident
        ground = Ground(state, at or stored.event.occurred_at, lambda: before)
        try:
            is_same = is_recording_of(stored, entry_from(ground).event)
        except (RuleBroken, InvalidInput):
            is_same = False
        if stored.incident_id != incident_id or not is_same:
            raise InvalidInput(f"event id {event_id} belongs to a different event")
        return stored


def _stamped(recorded: Sequence[Recorded], stamps: Sequence[Stamp]) -> list[Recorded]:
    return [
        one.but({"position": stamp.position, "recorded_at": stamp.recorded_at})
        for one, stamp in zip(recorded, stamps, strict=True)
    ]


def _each_once(entries: Sequence[Entry]) -> list[Entry]:
    if len(entries) == 1:
        return list(entries)
    distinct = {entry.event_id: entry for entry in entries}
    for entry in entries:
        if distinct[entry.event_id] != entry:
            raise InvalidInput(f"event id {entry.event_id} is given to two different events")
    return list(distinct.values())


def _check_id(incident_id: object) -> None:
    # SQLite would take any text, and then no reader could read the incident.
    if not isinstance(incident_id, UUID):
        raise InvalidInput(f"{incident_id!r} is no UUID", "incident_id")


def _check_version(incident_id: UUID, document: Document, expected: int | None) -> None:
    if expected is not None and document.version != expected:
        raise ConcurrentChange(
            f"incident {incident_id} is at version {document.version}, not {expected}:"
            " read it again and decide again"
        )


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, min(0.001 * 2**attempt, 0.1)))  # noqa: S311 - spreads retries


def _too_busy(incident_id: UUID) -> ConcurrentChange:
    return ConcurrentChange(
        f"others keep writing to incident {incident_id}: read it again and decide again"
    )
