"""An incident's document: every fold of its story side by side."""

from __future__ import annotations

from ..domain.history import Effective, History, Order
from ..domain.incident import NOTHING_YET, Incident
from ..domain.values import Frozen, Instant
from .milestones import Milestones
from .status import Status, told_first


class Document(Frozen):
    """What replaying an incident up to `version` leads to, and what its next event needs to know.

    `last_at` and `last_version` are the place in effective order of the last event folded in:
    an event that comes after it is one more step, any other means replaying. `adrift` counts
    corrections and retractions whose event is not there: when it comes, they must be applied.
    """

    version: int = 0
    last_at: Instant | None = None
    last_version: int = 0
    adrift: int = 0
    incident: Incident = NOTHING_YET
    status: Status = Status()
    milestones: Milestones = Milestones()

    def evolve(self, entry: Effective, more: tuple[str, ...] = ()) -> Document:
        """Return the document after `entry`, which must come after all before it.

        `more` names milestones that it sets besides those of its kind.
        """
        version = entry.recorded.version
        return self.but(
            {
                "version": max(self.version, version),
                "last_at": entry.event.occurred_at,
                "last_version": version,
                "incident": self.incident.evolve(entry),
                "status": self.status.evolve(entry),
                "milestones": self.milestones.evolve(entry, more),
            }
        )

    def as_json(self) -> str:
        """Return the document as it is stored; what is None is left out."""
        serializer = type(self).__pydantic_serializer__  # what wraps it costs as much as it does
        return serializer.to_json(self, exclude_none=True).decode()

    def can_step_to(self, order: Order) -> bool:
        """Tell whether an event at `order` is one more step, so that nothing must be replayed."""
        comes_last = self.last_at is None or (self.last_at, self.last_version) < order
        return comes_last and not self.adrift


def beginning(history: History) -> Document:
    """Return the document before the first event of `history`."""
    if not history.adrift:
        return EMPTY.but({"version": history.version})
    adrift = len(history.adrift)
    return Document(version=history.version, adrift=adrift, status=told_first(history))


EMPTY = Document()
