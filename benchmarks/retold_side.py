"""Retold as its users call it."""

from __future__ import annotations

from uuid import UUID

from retold import Incident, open_store
from workload import Step


class Retold:
    """A store, and the few calls that are measured."""

    def __init__(self, url: str) -> None:
        """Open the store at `url`."""
        self.store = open_store(url, recorded_by="pager-bridge")

    def append(self, step: Step) -> None:
        """Append one event durably, views included."""
        self.store.append(step.incident_id, [step.entry])

    def command(self, step: Step) -> None:
        """Load an incident, decide to note something, append it."""
        event = step.entry.event
        note_of = {"text": getattr(event, "text", ""), "by": event.by}
        self.store.record(step.incident_id, Incident.note, at=event.occurred_at, **note_of)

    def log_after(self, position: int) -> list[tuple[int, UUID, int]]:
        """Return position, incident and version of what comes next in the log."""
        rows = self.store.backend.read_log(position, 1_000)
        return [(row.position, row.incident_id, row.version) for row in rows]

    def close(self) -> None:
        """Close the store."""
        self.store.close()
