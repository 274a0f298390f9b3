"""Deciding to correct or to retract what was recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from .errors import InvalidInput, RuleBroken
from .events import STORY, Change, EventCorrected, EventRetracted, StoryEvent
from .history import Effective, effective_history, retractions_in_force
from .records import Recorded
from .values import refusing_invalid


def changes_between(old: StoryEvent, new: StoryEvent) -> tuple[Change, ...]:
    """Return the changes that make `old` read as `new`; both are of one kind."""
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    return tuple(
        Change(field=field, old=before[field], new=after[field])
        for field in before
        if before[field] != after[field]
    )


def correction_of(
    event_id: UUID,
    recorded: Sequence[Recorded],
    new_values: Mapping[str, object],
    **facts: Any,
) -> EventCorrected:
    """Decide to correct an event: its fields in `new_values`, in their JSON form, read anew.

    Raises `InvalidInput` for an event that is no part of the story, for a field that it does not
    have, for a value that does not fit, and when nothing would change.
    """
    target = _in_story(event_id, recorded)
    fields = target.event.model_dump(mode="json")
    for field in new_values:
        if field not in fields or field == "kind":
            known = ", ".join(name for name in fields if name != "kind")
            raise InvalidInput(f"{target.event.kind} has no field {field!r}; it has {known}")
    after_fields = _json(fields | dict(new_values))
    with refusing_invalid():
        after = STORY.validate_json(after_fields)
        changes = changes_between(target.event, after)
        if not changes:
            raise InvalidInput("the correction would change nothing")
        return EventCorrected(corrects=event_id, changes=changes, **facts)


def retraction_of(event_id: UUID, recorded: Sequence[Recorded], **facts: Any) -> EventRetracted:
    """Decide to retract an event, a correction or a retraction.

    Raises `RuleBroken` if it is retracted already.
    """
    struck_by = retractions_in_force(recorded).get(event_id)
    if struck_by is not None:
        raise RuleBroken(f"already retracted by event {struck_by.event_id}")
    with refusing_invalid():
        return EventRetracted(retracts=event_id, **facts)


def _json(fields: Mapping[str, object]) -> str:
    try:
        return json.dumps(fields, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"not a value in JSON form: {error}") from None


def _in_story(event_id: UUID, recorded: Sequence[Recorded]) -> Effective:
    for entry in effective_history(recorded).entries:
        if entry.recorded.event_id == event_id:
            return entry
    raise InvalidInput(
        f"event {event_id} is a correction or retraction: retract it and record it anew"
    )
