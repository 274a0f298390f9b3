"""What follows from Opsgenie's logs, reports and states, whichever of them were read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....domain import events as ev
from ..changes import Change, Meaning, changes_said, lifecycle
from ..tellings import INFERRED, Said, Wanted
from .form import MACHINE, SYSTEM

CHANGED = "change"
DETECTED = "detected"
REPORTED_ACKNOWLEDGED = "acknowledged-note"
REPORTED_CLOSED = "closed-note"

MEANINGS: dict[str, Meaning] = {"open": "open", "resolved": "resolved", "closed": "resolved"}

BY_THEN = "it had ended by then; the export does not say when"


def infer(said: Sequence[Said]) -> Iterator[Wanted]:
    """Yield priorities, and what no log tells: from the report, else from the states."""
    changes = changes_said(said, CHANGED)
    yield from _priorities(said, changes)
    kinds = {one.event.kind for one in said}
    acknowledged, closed = _reported(said, REPORTED_ACKNOWLEDGED), _reported(said, REPORTED_CLOSED)
    if acknowledged and "incident-acknowledged" not in kinds:
        at, by = acknowledged[0].occurred_at, acknowledged[0].by
        event = ev.Acknowledged(occurred_at=at, by=by, automatic=by == MACHINE)
        yield Wanted(f"{INFERRED}report/acknowledged", event, at)
    if "incident-resolved" in kinds:
        return
    if closed:
        at, by = closed[-1].occurred_at, closed[-1].by
        resolved = ev.Resolved(occurred_at=at, by=by, automatic=by == MACHINE)
        yield Wanted(f"{INFERRED}report/resolved", resolved, at)
        return
    for wanted in lifecycle(changes, MEANINGS):
        yield wanted._replace(event=_without_a_time(wanted.event))


def _priorities(said: Sequence[Said], changes: Sequence[Change]) -> Iterator[Wanted]:
    """Yield the priority of the first state as that of the creation, and each change of it."""
    created_at = next((one.event.occurred_at for one in said if one.slot == DETECTED), None)
    before = ""
    for change in changes:
        now = change.fields.get("priority", "")
        if not now or now == before:
            continue
        assessed = ev.SeverityAssessed(
            occurred_at=change.at if before else created_at or change.at,
            assessor=SYSTEM,
            severity=now,
            basis="the priority in Opsgenie",
        )
        yield Wanted(f"{INFERRED}{change.number}/priority", assessed, change.told_at)
        before = now


def _reported(said: Sequence[Said], role: str) -> list[ev.StoryEvent]:
    """Return what reports tell of one sort, the earliest first."""
    found = [one.event for one in said if one.slot.endswith(f"/{role}")]
    return sorted(found, key=lambda event: event.occurred_at)


def _without_a_time(event: ev.StoryEvent) -> ev.StoryEvent:
    if isinstance(event, ev.Resolved):
        return event.model_copy(update={"summary": BY_THEN})
    return event
