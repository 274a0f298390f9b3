"""A backend in front of another, which stores personal data in envelopes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Lock
from uuid import UUID

from ...domain.errors import InvalidInput, StoreMismatch
from ...domain.records import StoredRow
from ...projections.views import Views
from ..backend import Append, Backend, Check, RawRecord, Stamp, Taken
from ..wrapped import Wrapped
from .keys import SUBJECT, Keys
from .mark import MARKED_AS
from .states import Clear, Read

AT_ONCE = 64
"""Incidents to one question for keys, when all are read."""


class Sealed(Wrapped):
    """Seals what is appended, opens what is read; all above it sees clear text.

    What was sealed with a key that is not there reads as a text that says so. Without keys it
    reads so altogether, and nothing can be written.
    """

    def __init__(
        self, inner: Backend, keys: Keys | None, begin: Callable[[], Keys] | None = None
    ) -> None:
        """Stand in front of the log of those keys.

        Where nothing is sealed yet, `begin` gives the keys when something is, and not before:
        reading alone must leave no trace.
        """
        super().__init__(inner)
        self.keys = keys
        self._begin = begin
        self._lock = Lock()

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        """Store a batch, its personal data sealed; see `Backend`.

        New keys are durable before, so that nothing is ever stored that no key opens.
        """
        keys = self.needed_keys()
        clear = [[Clear.of(event) for event in append.events] for append in batch]
        owners = {owner for some in clear for one in some for owner in one.owners}
        if any(owner.startswith(SUBJECT) for owner in owners - keys.of(owners).keys()):
            self._refuse_repetition(batch)
        found = keys.made_for(owners)
        if any(key.secret is None for key in found.values()):
            self._refuse_repetition(batch)
            raise InvalidInput("the texts of this event were erased: it is not recorded again")
        return self.inner.append(
            [
                append._replace(events=tuple(one.sealed(append.incident_id, found) for one in some))
                for append, some in zip(batch, clear, strict=True)
            ]
        )

    def rebuild(self, views: Iterable[Views]) -> int:
        """Replace all view rows; see `Backend`."""
        if self._begin is None:
            self.needed_keys()
        return self.inner.rebuild(views)

    def keep_raw(self, records: Sequence[RawRecord]) -> None:
        """Refuse: the records as they were read would hold all that is sealed."""
        if records:
            raise InvalidInput("this store seals personal data, so it keeps no raw records")

    def read(self, incident_id: UUID) -> list[StoredRow]:
        """Return an incident's rows; see `Backend`."""
        return self.opened(self.inner.read(incident_id))

    def read_several(self, incident_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return the rows of several incidents; see `Backend`."""
        return self.opened(self.inner.read_several(incident_ids))

    def read_log(self, after: int, limit: int) -> list[StoredRow]:
        """Return rows after a position; see `Backend`."""
        return self.opened(self.inner.read_log(after, limit))

    def read_incidents(self) -> Iterator[list[StoredRow]]:
        """Yield every incident's rows; see `Backend`."""
        return (opened for _, opened in self.stored_and_opened())

    def stored_and_opened(self) -> Iterator[tuple[list[StoredRow], list[StoredRow]]]:
        """Yield every incident's rows as they are stored and as they are read."""
        incidents = self.inner.read_incidents()
        while some := list(itertools.islice(incidents, AT_ONCE)):
            rows = iter(self.opened(list(itertools.chain.from_iterable(some))))
            for one in some:
                yield one, list(itertools.islice(rows, len(one)))

    def stored(self, event_ids: Sequence[UUID]) -> list[StoredRow]:
        """Return those of the events that the log has; see `Backend`."""
        return self.opened(self.inner.stored(event_ids))

    def since_snapshot(self, incident_id: UUID) -> tuple[str | None, list[StoredRow]]:
        """Return the incident's snapshot and its rows since then; see `Backend`."""
        snapshot, rows = self.inner.since_snapshot(incident_id)
        return snapshot, self.opened(rows)

    def opened(self, rows: Sequence[StoredRow]) -> list[StoredRow]:
        """Return stored rows with what was sealed in them; raises `UnreadableEvent`."""
        read = [Read.of(row) for row in rows]
        kids = {one.kid for some in read if some for one in some.envelopes}
        if kids and self._begin is not None:  # somebody else has begun to seal
            self.needed_keys()
        keys = self.keys.by_id(kids) if self.keys and kids else {}
        return [
            row if some is None else some.opened(keys) for row, some in zip(rows, read, strict=True)
        ]

    def definitions(self) -> dict[tuple[str, int], str]:
        """Return the measures that the store remembers."""
        known = self.inner.definitions()
        return {key: definition for key, definition in known.items() if key != MARKED_AS}

    def health(self) -> list[Check]:
        """Return what `doctor` reports."""
        if self.keys is not None:
            private = Check("keys are private", "", self.keys.is_private(), "shut all others out")
            destroyed = Check("keys destroyed", str(len(self.keys.destroyed())), is_fine=True)
            return [*self.inner.health(), destroyed, private]
        if self._begin is not None:
            return [*self.inner.health(), Check("keys", "not used yet", is_fine=True)]
        advice = "give them with --keys: without them views and log cannot agree"
        return [*self.inner.health(), Check("keys", "not given", is_fine=False, advice=advice)]

    def close(self) -> None:
        """Close every connection."""
        self.inner.close()
        if self.keys is not None:
            self.keys.close()

    def needed_keys(self) -> Keys:
        """Return the keys, beginning to seal if need be; raises `StoreMismatch` without any."""
        with self._lock:
            if self._begin is not None:
                self.keys, self._begin = self._begin(), None
        if self.keys is None:
            raise StoreMismatch(
                "this store seals personal data: give its keys to write (--keys or RETOLD_KEYS)"
            )
        return self.keys

    def _refuse_repetition(self, batch: Sequence[Append]) -> None:
        """Raise `Taken` for what is stored already: no key may be made for an erased name again."""
        if self.inner.stored([event.event_id for append in batch for event in append.events]):
            raise Taken("an event id")
