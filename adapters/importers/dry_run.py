"""An import that records nothing: what it would append goes into a store beside, soon gone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from ...domain.errors import ConcurrentChange
from ...domain.records import Recorded
from ..backend import RawRecord
from ..opening import open_store
from ..reader import Reader
from ..store import Store
from ..writer import Addition


class DryRun:
    """Reads from a store and appends to a file beside it, so that memory does not grow."""

    def __init__(self, store: Reader, beside: Store) -> None:
        """Leave `store` as it is; `beside` begins empty and may be of any size."""
        self._store = store
        self._beside = beside

    def histories_of(self, incident_ids: Sequence[UUID]) -> dict[UUID, list[Recorded]]:
        """Return what is recorded of those incidents, and what would be by now."""
        histories = self._store.histories_of(incident_ids)
        for incident_id, more in self._beside.histories_of(incident_ids).items():
            histories.setdefault(incident_id, []).extend(more)
        return histories

    def incidents_of(self, event_ids: Sequence[UUID]) -> dict[UUID, UUID]:
        """Return the incidents that events belong to, and would belong to by now."""
        return self._store.incidents_of(event_ids) | self._beside.incidents_of(event_ids)

    def extend_all(
        self, additions: Sequence[Addition], raw_records: Sequence[RawRecord] = ()
    ) -> None:
        """Append beside; see `Store.extend_all`."""
        ids = [entry.event_id for one in additions for entry in one.entries]
        if self._store.incidents_of(ids):
            raise ConcurrentChange("events of these ids stand in the store already")
        self._beside.extend_all(additions, raw_records)


@contextmanager
def dry_run(store: Reader) -> Iterator[DryRun]:
    """Give a place to import to, from which `store` gets nothing."""
    with (
        tempfile.TemporaryDirectory(prefix="retold-dry-run-") as folder,
        open_store(str(Path(folder) / "beside.db")) as beside,
    ):
        yield DryRun(store, beside)
