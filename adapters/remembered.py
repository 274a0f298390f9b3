"""Documents of incidents lately written, to save reading them before the next append."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from uuid import UUID

from ..projections.document import Document

MOST = 1_024


class Remembered:
    """The last documents by incident. Thread-safe.

    One may be out of date: then the append that stands on it meets a taken version, and nothing
    is stored. So a refusal that stands on one must be decided again on what the store has.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._documents: OrderedDict[UUID, Document] = OrderedDict()
        self._lock = Lock()

    def get(self, incident_id: UUID) -> Document | None:
        """Return what is remembered of an incident."""
        return self._documents.get(incident_id)

    def put(self, incident_id: UUID, document: Document) -> None:
        """Remember, and forget the one that was written longest ago."""
        with self._lock:
            self._documents[incident_id] = document
            self._documents.move_to_end(incident_id)
            if len(self._documents) > MOST:
                self._documents.popitem(last=False)

    def forget(self, incident_id: UUID) -> bool:
        """Forget an incident; tells whether anything was remembered of it."""
        with self._lock:
            return self._documents.pop(incident_id, None) is not None
