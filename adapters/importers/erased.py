"""What a source says of values that were erased here: it is not taken up again."""

from __future__ import annotations

from typing import cast

from ...domain.events import EventCorrected, StoryEvent
from ...domain.history import Effective
from ...domain.records import Recorded, path_of


def as_erased(told: StoryEvent, entry: Effective | None) -> StoryEvent:
    """Return an event that a source tells, with what cannot be read of it here as it reads here.

    `entry` is how it is recorded, if it is; a source that tells another kind of event is left to
    be refused.
    """
    if entry is None or type(told) is not type(entry.event):
        return told
    fields = erased_fields(entry)
    return told.but({field: getattr(entry.event, field) for field in fields}) if fields else told


def as_it_stands(
    follows: StoryEvent, followed: StoryEvent | None, entry: Effective | None
) -> StoryEvent:
    """Return what follows now, but as it is recorded wherever it followed so before.

    Then the difference to what is recorded comes of what was erased, and is no news.
    """
    if entry is None or not type(follows) is type(followed) is type(entry.event):
        return follows
    fields = type(follows).model_fields
    stands = [one for one in fields if getattr(follows, one) == getattr(followed, one)]
    return follows.but({field: getattr(entry.event, field) for field in stands})


def erased_fields(entry: Effective) -> frozenset[str]:
    """Return the fields of an event that cannot be read as they now stand, corrections applied."""
    fields = {str(path[1]) for path in _unreadable(entry.recorded) if path[0] == "event"}
    for correction in entry.corrections:
        changes = cast("EventCorrected", correction.event).changes
        fields -= {change.field for change in changes}
        for path in _unreadable(correction):
            match path:
                case ("event", "changes", int(index), "new", *_):
                    fields.add(changes[index].field)
    return frozenset(fields & type(entry.event).model_fields.keys())


def _unreadable(recorded: Recorded) -> list[tuple[str | int, ...]]:
    return [path_of(one.field) for one in recorded.tombstones]
