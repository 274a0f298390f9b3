"""Facts whose sources put them on record as they happened."""

from __future__ import annotations

from collections.abc import Iterable

from ...domain.events import StoryEvent
from .joining import each_once
from .tellings import Wanted


def once(told: Iterable[tuple[str, StoryEvent]]) -> tuple[Wanted, ...]:
    """Return facts that were told when they occurred; what one slot is told twice is joined."""
    joined = each_once(Wanted(slot, event, event.occurred_at) for slot, event in told)
    return tuple(one._replace(told_at=one.event.occurred_at) for one in joined)
