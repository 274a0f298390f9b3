"""Events by their slots, each slot once."""

from __future__ import annotations

from collections.abc import Iterable

from ...domain.events import StoryEvent
from .joining import joined
from .tellings import Wanted


def once(told: Iterable[tuple[str, StoryEvent]]) -> tuple[Wanted, ...]:
    """Return facts that were told when they occurred; what one slot is told twice is joined."""
    wanted: dict[str, Wanted] = {}
    for slot, event in told:
        before = wanted.get(slot)
        whole = joined(before.event, event) if before else event
        wanted[slot] = Wanted(slot, whole, whole.occurred_at)
    return tuple(wanted.values())
