"""What follows from Opsgenie's logs, reports and states, whichever of them were read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....domain import events as ev
from ..changes import Meaning, changes_said, lifecycle
from ..tellings import INFERRED, Said, Wanted
from .form import MACHINE

CHANGED = "change"
REPORTED_ACKNOWLEDGED = "report/acknowledged-note"
REPORTED_CLOSED = "report/closed-note"

MEANINGS: dict[str, Meaning] = {"open": "open", "resolved": "resolved", "closed": "resolved"}

BY_THEN = "it had ended by then; the export does not say when"


def infer(said: Sequence[Said]) -> Iterator[Wanted]:
    """Yield what no log tells: from the report, and where that is silent too, from the states."""
    by_slot = {one.slot: one for one in said}
    kinds = {one.event.kind for one in said}
    acknowledged, closed = by_slot.get(REPORTED_ACKNOWLEDGED), by_slot.get(REPORTED_CLOSED)
    if acknowledged and "incident-acknowledged" not in kinds:
        at, by = acknowledged.event.occurred_at, acknowledged.event.by
        event = ev.Acknowledged(occurred_at=at, by=by, automatic=by == MACHINE)
        yield Wanted(f"{INFERRED}report/acknowledged", event, at)
    if "incident-resolved" in kinds:
        return
    if closed:
        at, by = closed.event.occurred_at, closed.event.by
        resolved = ev.Resolved(occurred_at=at, by=by, automatic=by == MACHINE)
        yield Wanted(f"{INFERRED}report/resolved", resolved, at)
        return
    for wanted in lifecycle(changes_said(said, CHANGED), MEANINGS):
        yield wanted._replace(event=_without_a_time(wanted.event))


def _without_a_time(event: ev.StoryEvent) -> ev.StoryEvent:
    if isinstance(event, ev.Resolved):
        return event.model_copy(update={"summary": BY_THEN})
    return event
