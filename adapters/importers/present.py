"""What is recorded of a source's sayings on an incident, slot by slot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from ...domain.events import StoryEvent
from ...domain.history import Effective, effective_history, rewrites_history
from ...domain.records import Recorded
from .tellings import INFERRED, Said


class Present(NamedTuple):
    """How a source's sayings read now; `upto` is the length of the history that they are from."""

    said: tuple[Recorded, ...]
    by_slot: dict[str, Effective]
    is_whole: bool
    upto: int

    @property
    def to_infer_from(self) -> list[Said]:
        """What the source itself said and has not taken back, in the order of when it was true."""
        return [
            Said(slot, entry.event, entry.recorded.known_since)
            for slot, entry in sorted(self.by_slot.items(), key=lambda item: item[1].order)
            if not slot.startswith(INFERRED) and entry.retraction is None
        ]

    @classmethod
    def of(cls, said: Sequence[Recorded], upto: int) -> Present:
        """Return how those sayings read; each must name its part of the source."""
        history = effective_history(said)
        by_slot = {_slot(entry.recorded): entry for entry in history.entries}
        return cls(tuple(said), by_slot, not history.adrift, upto)

    def plus(self, new: Sequence[Recorded]) -> Present:
        """Return the same with more said, told anew only where that changes what was said."""
        said, upto = (*self.said, *new), self.upto + len(new)
        if not self.is_whole or any(rewrites_history(one.event) for one in new):
            return Present.of(said, upto)
        more = {_slot(one): Effective(one, cast("StoryEvent", one.event)) for one in new}
        return Present(said, self.by_slot | more, is_whole=True, upto=upto)


def _slot(recorded: Recorded) -> str:
    return (recorded.source and recorded.source.part) or ""
