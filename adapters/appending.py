"""From entries to an append: versions given, bytes encoded, views told one step on or anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from ..domain.events import StoryEvent
from ..domain.history import Effective, effective_history, rewrites_history
from ..domain.records import Entry, Recorded, encode, provisional
from ..projections.document import Document
from ..projections.views import Views, replayed, stepped
from .backend import Append, NewEvent


def planned(
    incident_id: UUID,
    document: Document,
    entries: Sequence[Entry],
    now: datetime,
    read_history: Callable[[], Sequence[Recorded]],
) -> tuple[Append, list[Recorded]]:
    """Plan to append `entries` after what `document` has folded.

    `read_history` is called only where an entry is late, corrects or retracts, so that the
    incident must be replayed. Returns the plan, and the events as they will be recorded but for
    position and time. Raises `InvalidInput` for what cannot be stored.
    """
    recorded = provisional(incident_id, entries, after=document.version, now=now)
    events = tuple(
        NewEvent(entry.event_id, one.version, entry.event.kind, encode(entry))
        for entry, one in zip(entries, recorded, strict=True)
    )
    views = _views(incident_id, document, recorded, read_history)
    return Append(incident_id, events, views), recorded


def _views(
    incident_id: UUID,
    document: Document,
    recorded: Sequence[Recorded],
    read_history: Callable[[], Sequence[Recorded]],
) -> Views:
    if not any(rewrites_history(one.event) for one in recorded):
        new = sorted(
            (Effective(one, cast("StoryEvent", one.event)) for one in recorded),
            key=lambda entry: entry.order,
        )
        if document.can_step_to(new[0].order):
            return stepped(incident_id, document, new)
    earlier = [one for one in read_history() if one.version <= document.version]
    history = effective_history([*earlier, *recorded])
    # A snapshot from before would not know of what this changes in the past.
    return replayed(incident_id, history)._replace(is_snapshot_due=True)
