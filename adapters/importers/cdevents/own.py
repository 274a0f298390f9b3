"""The event that Retold wrote into a CDEvent of its own, taken back out as it is."""

from __future__ import annotations

import json

from ....domain import events as ev
from ....domain.errors import InvalidInput
from ....domain.values import parse_instant, refusing_invalid
from ...cdevents import OWN, REPORTED, predicate_of
from ..tellings import Wanted, incident_id_of
from .form import SYSTEM, CDEvent

SLOT = "/retold"
"""Ends the slots of events of our own: by their id alone, for a ticket may be linked later."""

_WHERE = f"customData.{OWN}"


def is_own(cdevent: CDEvent) -> bool:
    """Tell whether Retold wrote it."""
    own = cdevent.custom.get(OWN)
    return isinstance(own, dict) and "event" in own


def own(predicate: str, cdevent: CDEvent) -> Wanted:
    """Return its event; raises `InvalidInput` where the CDEvent around it says otherwise."""
    match cdevent.custom.get(OWN):
        case {"event": dict(raw), "told_at": str(told)}:
            event = _read(raw)
            told_at = parse_instant(told, f"{_WHERE}.told_at")
        case _:
            raise InvalidInput("holds no event with its told_at", _WHERE)
    predicates = {predicate_of(event.kind)}
    if isinstance(event, ev.Declared):
        predicates.add(REPORTED)
    if predicate not in predicates or event.occurred_at != cdevent.context.timestamp:
        raise InvalidInput("says other than the CDEvent around it", f"{_WHERE}.event")
    if isinstance(event, ev.Merged):
        # The other incident has another id here too, as all of them have.
        into = incident_id_of(SYSTEM, cdevent.ref_of(str(event.into)))
        event = event.model_copy(update={"into": into})
    return Wanted(f"{cdevent.event_ref}{SLOT}", event, told_at)


def _read(raw: object) -> ev.StoryEvent:
    try:
        text = json.dumps(raw)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"cannot be read as JSON: {error}", f"{_WHERE}.event") from None
    with refusing_invalid(f"{_WHERE}.event"):
        return ev.STORY.validate_json(text)
