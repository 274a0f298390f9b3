"""Many records at once: one look at what is recorded, one transaction for what is new."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from ...domain.errors import ConcurrentChange, InvalidInput
from ...domain.records import Entry, Recorded, provisional
from ...domain.values import EPOCH
from ..backend import RawRecord
from ..writer import Addition
from .accounts import Outcome, Rejection
from .news import is_stale, news
from .present import Present
from .raw_records import raw_record, with_raw
from .reading.records import Record
from .sayings import Infer
from .tellings import Copied, Telling

ATTEMPTS = 20
"""How often to look again at incidents that others keep writing to."""


class Sink(Protocol):
    """Where an import goes: a store, or a dry run beside one."""

    def histories_of(self, incident_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Recorded]]:
        """Return what is recorded of those incidents; those without anything may be missing."""
        ...

    def incidents_of(self, event_ids: Sequence[UUID]) -> Mapping[UUID, UUID]:
        """Return by event the incident it belongs to; events that are not there are left out."""
        ...

    def extend_all(
        self, additions: Sequence[Addition], raw_records: Sequence[RawRecord] = ()
    ) -> None:
        """Append in one transaction; raises `ConcurrentChange` if others wrote meanwhile."""
        ...


class Taken(NamedTuple):
    """A record that was understood, and what it tells."""

    record: Record
    tellings: Sequence[Telling]


class Appended(NamedTuple):
    """What became of a batch: an outcome a record, and the entries that went in."""

    outcomes: list[Outcome]
    entries: list[Entry]


def append_batch(
    sink: Sink, batch: Sequence[Taken], infer: Infer | None, *, keep_raw: bool
) -> Appended:
    """Append what is new in a batch of records, each record whole or not at all.

    Raises `ConcurrentChange` where others keep writing to the same incidents.
    """
    for attempt in range(ATTEMPTS):
        work = _Work(sink, batch, infer, keep_raw=keep_raw)
        if attempt:
            work.look_for_copies()
        try:
            return work.append()
        except ConcurrentChange:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(random.uniform(0, 0.01 * attempt))  # noqa: S311 - spreads retries
        except InvalidInput as error:
            # Something in it cannot be stored: each on its own, to find which.
            if len(batch) > 1:
                return _one_by_one(sink, batch, infer, keep_raw=keep_raw)
            return Appended([Rejection(batch[0].record, error.where, error.problem)], [])
    raise AssertionError("unreachable")


def _one_by_one(
    sink: Sink, batch: Sequence[Taken], infer: Infer | None, *, keep_raw: bool
) -> Appended:
    done = [append_batch(sink, [one], infer, keep_raw=keep_raw) for one in batch]
    return Appended(
        [outcome for one in done for outcome in one.outcomes],
        [entry for one in done for entry in one.entries],
    )


class _Work:
    """One attempt at a batch: histories grow in memory as record follows record."""

    def __init__(
        self, sink: Sink, batch: Sequence[Taken], infer: Infer | None, *, keep_raw: bool
    ) -> None:
        self._sink = sink
        self._batch = batch
        self._infer = infer
        self._keep_raw = keep_raw
        ids = {telling.incident_id for one in batch for telling in one.tellings}
        self._recorded = sink.histories_of(sorted(ids))
        self._incident_of: dict[UUID, UUID] = {}
        self._new: dict[UUID, list[Entry]] = {}
        self._grown: dict[UUID, list[Recorded]] = {}
        self._raw: list[RawRecord] = []
        self._known: dict[UUID, Present] = {}

    def look_for_copies(self) -> None:
        """Look which copied events stand in another incident: perhaps that is the conflict."""
        copied = {one.entry.event_id for taken in self._batch for one in _copies(taken)}
        self._incident_of.update(self._sink.incidents_of(sorted(copied)))

    def append(self) -> Appended:
        """Append what is new; see `append_batch`."""
        outcomes = [self._taken(one) for one in self._batch]
        additions = [
            Addition(incident_id, self._recorded.get(incident_id, ()), entries)
            for incident_id, entries in self._new.items()
        ]
        if additions:
            self._sink.extend_all(additions, self._raw)
        return Appended(outcomes, [entry for one in additions for entry in one.entries])

    def _taken(self, taken: Taken) -> Outcome:
        """Take what one record tells; nothing of a refused one is left."""
        new: dict[UUID, list[Entry]] = {}
        stale = 0
        try:
            self._check_copies(taken)
            for telling in taken.tellings:
                incident_id = telling.incident_id
                history = self._history(incident_id, new.get(incident_id, ()))
                entries = news(history, telling, self._infer, self._known)
                stale += not entries and is_stale(history, telling)
                new.setdefault(incident_id, []).extend(entries)
            if not any(new.values()):
                return "stale" if stale else "already there"
            raw = self._raw_record(taken)
        except InvalidInput as error:
            self._known.clear()
            return Rejection(taken.record, error.where, error.problem)
        for incident_id, entries in new.items():
            self._grow(incident_id, with_raw(entries, raw))
        return "recorded"

    def _check_copies(self, taken: Taken) -> None:
        """Refuse an id that another incident's event has: only copies bring ids of their own."""
        for one in _copies(taken):
            belongs_to = self._incident_of.setdefault(one.entry.event_id, one.incident_id)
            if belongs_to != one.incident_id:
                raise InvalidInput(f"is recorded of another incident, {belongs_to}", "event_id")

    def _raw_record(self, taken: Taken) -> RawRecord | None:
        if not self._keep_raw or _copies(taken):
            return None
        self._raw.append(raw_record(taken.record))
        return self._raw[-1]

    def _history(self, incident_id: UUID, new: Sequence[Entry] = ()) -> Sequence[Recorded]:
        before = self._grown.get(incident_id) or self._recorded.get(incident_id, ())
        if not new:
            return before
        after = before[-1].version if before else 0
        return [*before, *provisional(incident_id, new, after=after, now=EPOCH)]

    def _grow(self, incident_id: UUID, entries: Sequence[Entry]) -> None:
        if entries:
            self._grown[incident_id] = list(self._history(incident_id, entries))
            self._new.setdefault(incident_id, []).extend(entries)


def _copies(taken: Taken) -> list[Copied]:
    return [one for one in taken.tellings if isinstance(one, Copied)]
