"""The moments that durations run between: per kind the first, the last, and the one in force."""

from __future__ import annotations

from typing import Literal, NamedTuple, assert_never
from uuid import UUID

from pydantic import Field

from ..domain import events as ev
from ..domain.history import Effective
from ..domain.values import Frozen, Instant, micros

Occurrence = Literal["first", "last", "in-force"]


class Milestone(NamedTuple):
    """A moment and the event that says it."""

    event_id: UUID
    at: Instant


class Milestones(Frozen):
    """Milestones by name: the event kinds, and the names that `names_of` adds.

    `last` holds those that came again, `in_force` those that a reopening can undo: of
    mitigations the last, of others the first since then. `active_us` sums the finished stretches
    in which the incident was open; `active_since` is where the running one started.
    """

    first: dict[str, Milestone] = Field(default_factory=dict)
    last: dict[str, Milestone] = Field(default_factory=dict)
    in_force: dict[str, Milestone] = Field(default_factory=dict)
    active_us: int = 0
    active_since: Instant | None = None

    def evolve(self, entry: Effective, more: tuple[str, ...] = ()) -> Milestones:
        """Return the milestones after `entry`; retracted entries change nothing.

        `more` names milestones that it sets besides those of its kind.
        """
        if entry.retraction is not None:
            return self
        event = entry.event
        milestone = Milestone(entry.recorded.event_id, event.occurred_at)
        first, last, in_force = self.first, self.last, self.in_force
        names = names_of(event) + more
        for name in names:
            if name in first:
                last = last | {name: milestone}
            else:
                first = first | {name: milestone}
        if event.kind in UNDONE:
            in_force = self._in_force(event, dict.fromkeys(names, milestone))
        changed: dict[str, object] = {"first": first, "last": last, "in_force": in_force}
        if event.kind in _CLOCK:
            changed |= self._activity(event)
        return self.but(changed)

    def find(self, name: str, occurrence: Occurrence) -> Milestone | None:
        """Return the milestone of that name and occurrence, if there is one."""
        match occurrence:
            case "last":
                return self.last.get(name) or self.first.get(name)
            case "in-force" if name.partition("[")[0] in UNDONE:
                return self.in_force.get(name)
            case "first" | "in-force":
                return self.first.get(name)
            case other:
                assert_never(other)

    def _in_force(self, event: ev.StoryEvent, new: dict[str, Milestone]) -> dict[str, Milestone]:
        if isinstance(event, ev.Reopened):
            return new
        if isinstance(event, ev.Mitigated):
            return self.in_force | new
        return new | self.in_force

    def _activity(self, event: ev.StoryEvent) -> dict[str, object]:
        since = self.active_since
        match event:
            case ev.Detected() if since is None and not self.first.keys() & ENDINGS:
                return {"active_since": event.occurred_at}
            case ev.Reopened() if since is None:
                return {"active_since": event.occurred_at}
            case ev.Resolved() | ev.Dismissed() | ev.Merged() if since is not None:
                passed = micros(event.occurred_at) - micros(since)
                return {"active_us": self.active_us + passed, "active_since": None}
            case _:
                return {}


UNDONE = frozenset(
    {"incident-mitigated", "incident-resolved", "incident-dismissed", "incident-reopened"}
)
"""What a reopening takes back; a reopening is itself in force only until the next one."""

HUMAN_ENGAGED = "human-engaged"
"""A human came in: by acknowledging, or as a responder."""

ENDINGS = frozenset({"incident-resolved", "incident-dismissed", "incident-merged"})

_CLOCK = ENDINGS | {"incident-detected", "incident-reopened"}
"""What starts or stops the clock of active time."""


def names_of(event: ev.StoryEvent) -> tuple[str, ...]:
    """Return the milestones that `event` sets: its kind, and for humans coming in `human-engaged`.

    A machine's acknowledgement is a milestone of its own, so that none counts for a human's.
    """
    match event:
        case ev.Acknowledged(automatic=True):
            return ("incident-acknowledged-automatically",)
        case ev.Acknowledged() | ev.ResponderEngaged():
            return (event.kind, HUMAN_ENGAGED)
        case _:
            return (event.kind,)


def moved_by(event: ev.StoryEvent) -> frozenset[str]:
    """Return the milestones that `event` sets or undoes."""
    names = frozenset(names_of(event))
    return names | UNDONE if isinstance(event, ev.Reopened) else names
