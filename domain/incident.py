"""The rules for people acting live: what an incident's state allows, decided as pure functions.

A decision returns the event to record or raises `RuleBroken`. Evolving never fails: imported
history is told as it was, and what is odd about it is for `projections.status` to surface.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeVar
from uuid import UUID

from . import events as ev
from .errors import RuleBroken
from .history import Effective
from .values import Frozen, Instant, Line, iso, refusing_invalid

Ending = Literal["resolved", "dismissed", "merged"]
DecidedEvent = TypeVar("DecidedEvent", bound=ev.Event)


class OpenImpact(Frozen):
    """A service that fails its users now, by what the events say."""

    service: Line
    concern: Line | None
    started_at: Instant


class Incident(Frozen):
    """What the rules need to know of one incident, and nothing else."""

    detected_at: Instant | None = None
    acknowledged: bool = False
    declared: bool = False
    mitigated: bool = False
    ending: Ending | None = None
    ended_at: Instant | None = None
    impacts: tuple[OpenImpact, ...] = ()
    roles: tuple[tuple[str, str], ...] = ()
    follow_ups: tuple[str, ...] = ()
    follow_ups_done: tuple[str, ...] = ()
    restricted_to: str | None = None

    # Decisions. `at` is when the fact was true in the world; it may lie in the past.

    def detect(self, at: datetime, **facts: Any) -> ev.Detected:
        """It was noticed: the first event of an incident."""
        if self.detected_at is not None:
            raise RuleBroken(f"already detected at {iso(self.detected_at)}")
        return _made(ev.Detected, at, facts)

    def acknowledge(self, at: datetime, **facts: Any) -> ev.Acknowledged:
        """A responder takes it on, once until it is reopened."""
        self._must_be_open("acknowledge")
        self._must_not(self.acknowledged, "already acknowledged")
        return self._after_detection(ev.Acknowledged, at, facts)

    def declare(self, at: datetime, **facts: Any) -> ev.Declared:
        """It is called an incident, once; how bad it is may be assessed again and again."""
        self._must_be_open("declare")
        self._must_not(self.declared, "already declared; to change the severity, assess it")
        return self._after_detection(ev.Declared, at, facts)

    def mitigate(self, at: datetime, **facts: Any) -> ev.Mitigated:
        """Users no longer suffer."""
        self._must_be_open("mitigate")
        self._must_not(self.mitigated, "already mitigated")
        return self._after_detection(ev.Mitigated, at, facts)

    def resolve(self, at: datetime, **facts: Any) -> ev.Resolved:
        """It is over."""
        self._must_be_open("resolve")
        return self._after_detection(ev.Resolved, at, facts)

    def reopen(self, at: datetime, **facts: Any) -> ev.Reopened:
        """It was not over after all."""
        self._must_exist()
        if self.ending == "merged":
            raise RuleBroken("it was merged: retract the merge, or reopen the other incident")
        if self.ending is None or self.ended_at is None:
            raise RuleBroken("it is open; only what was resolved or dismissed can be reopened")
        reopened = _made(ev.Reopened, at, facts)
        self._must_not_precede(reopened, self.ended_at, f"it was {self.ending}")
        return reopened

    def dismiss(self, at: datetime, **facts: Any) -> ev.Dismissed:
        """It does not count."""
        self._must_be_open("dismiss")
        return self._after_detection(ev.Dismissed, at, facts)

    def merge(self, at: datetime, this: UUID, into: UUID, **facts: Any) -> ev.Merged:
        """Its story goes on in another incident."""
        self._must_be_open("merge")
        if this == into:
            raise RuleBroken("an incident cannot be merged into itself")
        return self._after_detection(ev.Merged, at, facts | {"into": into})

    def start_impact(self, at: datetime, **facts: Any) -> ev.ImpactStarted:
        """A service began to fail its users, perhaps before anybody noticed."""
        self._must_exist()
        started = _made(ev.ImpactStarted, at, facts)
        self._must_not(
            self._impact(started.service, started.concern) is not None,
            f"the impact on {started.service} has already started",
        )
        return started

    def end_impact(self, at: datetime, **facts: Any) -> ev.ImpactEnded:
        """A service no longer fails its users."""
        self._must_exist()
        ended = _made(ev.ImpactEnded, at, facts)
        impact = self._impact(ended.service, ended.concern)
        if impact is None:
            raise RuleBroken(f"no impact on {ended.service} is open")
        self._must_not_precede(ended, impact.started_at, "the impact started")
        return ended

    def assign_role(self, at: datetime, **facts: Any) -> ev.RoleAssigned:
        """Somebody takes a role."""
        self._must_exist()
        assigned = _made(ev.RoleAssigned, at, facts)
        held = (assigned.role, assigned.holder) in self.roles
        self._must_not(held, f"{assigned.holder} is {assigned.role} already")
        return assigned

    def release_role(self, at: datetime, **facts: Any) -> ev.RoleReleased:
        """Somebody gives a role back."""
        self._must_exist()
        released = _made(ev.RoleReleased, at, facts)
        held = (released.role, released.holder) in self.roles
        self._must_not(not held, f"{released.holder} is not {released.role}")
        return released

    def add_follow_up(self, at: datetime, **facts: Any) -> ev.FollowUpAdded:
        """Something is to be done afterwards."""
        self._must_exist()
        added = _made(ev.FollowUpAdded, at, facts)
        known = added.follow_up in self.follow_ups + self.follow_ups_done
        self._must_not(known, f"the follow-up {added.follow_up!r} is there already")
        return added

    def complete_follow_up(self, at: datetime, **facts: Any) -> ev.FollowUpCompleted:
        """A follow-up is done."""
        self._must_exist()
        completed = _made(ev.FollowUpCompleted, at, facts)
        is_open = completed.follow_up in self.follow_ups
        self._must_not(not is_open, f"no follow-up {completed.follow_up!r} is open")
        return completed

    def restrict(self, at: datetime, **facts: Any) -> ev.AccessRestricted:
        """From now on only one group may see it."""
        self._must_exist()
        restricted = _made(ev.AccessRestricted, at, facts)
        is_so = restricted.group == self.restricted_to
        self._must_not(is_so, f"it is restricted to {self.restricted_to} already")
        return restricted

    def lift_restriction(self, at: datetime, **facts: Any) -> ev.AccessOpened:
        """Everybody may see it again."""
        self._must_exist()
        self._must_not(self.restricted_to is None, "it is not restricted")
        return _made(ev.AccessOpened, at, facts)

    # What may be said at any time

    def note(self, at: datetime, **facts: Any) -> ev.NoteAdded:
        """Add a piece of the story."""
        self._must_exist()
        return _made(ev.NoteAdded, at, facts)

    def assess(self, at: datetime, **facts: Any) -> ev.SeverityAssessed:
        """Say how bad one person thinks it is."""
        self._must_exist()
        return _made(ev.SeverityAssessed, at, facts)

    def note_surprise(self, at: datetime, **facts: Any) -> ev.SurpriseNoted:
        """Say what was expected and what was seen instead."""
        self._must_exist()
        return _made(ev.SurpriseNoted, at, facts)

    def breach(self, at: datetime, **facts: Any) -> ev.ExpectationBreached:
        """Say which expectation was not met."""
        self._must_exist()
        return _made(ev.ExpectationBreached, at, facts)

    def engage(self, at: datetime, **facts: Any) -> ev.ResponderEngaged:
        """Say that a human came in."""
        self._must_exist()
        return _made(ev.ResponderEngaged, at, facts)

    # Evolving

    def evolve(self, entry: Effective) -> Incident:
        """Return the state after `entry`; retracted entries change nothing."""
        if entry.retraction is not None or isinstance(entry.event, _BESIDE_THE_RULES):
            return self
        updates = self._updates(entry.event)
        return self.but(updates) if updates else self

    def _updates(self, event: ev.StoryEvent) -> dict[str, Any]:  # noqa: PLR0911, PLR0912, C901 - one arm a kind
        at = event.occurred_at
        match event:
            case ev.Detected():
                return {"detected_at": self.detected_at or at}
            case ev.Acknowledged():
                return {"acknowledged": True}
            case ev.Declared():
                return {"declared": True}
            case ev.Mitigated():
                return {"mitigated": True}
            case ev.Resolved():
                return {"ending": "resolved", "ended_at": at}
            case ev.Dismissed():
                return {"ending": "dismissed", "ended_at": at}
            case ev.Merged():
                return {"ending": "merged", "ended_at": at}
            case ev.Reopened():
                reset: dict[str, Any] = {"acknowledged": False, "mitigated": False}
                return reset | {"ending": None, "ended_at": None}
            case ev.ImpactStarted(service=service, concern=concern):
                if self._impact(service, concern) is not None:
                    return {}
                impact = OpenImpact(service=service, concern=concern, started_at=at)
                return {"impacts": (*self.impacts, impact)}
            case ev.ImpactEnded(service=service, concern=concern):
                ended = self._impact(service, concern)
                return {"impacts": tuple(one for one in self.impacts if one is not ended)}
            case ev.RoleAssigned(role=role, holder=holder):
                return {"roles": (*self.roles, (role, holder))}
            case ev.RoleReleased(role=role, holder=holder):
                return {"roles": tuple(one for one in self.roles if one != (role, holder))}
            case ev.FollowUpAdded(follow_up=name):
                return {"follow_ups": (*self.follow_ups, name)}
            case ev.FollowUpCompleted(follow_up=name):
                left = tuple(one for one in self.follow_ups if one != name)
                return {"follow_ups": left, "follow_ups_done": (*self.follow_ups_done, name)}
            case ev.AccessRestricted(group=group):
                return {"restricted_to": group}
            case ev.AccessOpened():
                return {"restricted_to": None}
            case _:
                return {}

    # The rules, each by its name

    def _must_exist(self) -> None:
        if self.detected_at is None:
            raise RuleBroken("nothing was detected yet")

    def _must_be_open(self, verb: str) -> None:
        self._must_exist()
        if self.ending is not None:
            raise RuleBroken(f"cannot {verb} it: it was {self.ending}")

    def _must_not(self, broken: bool, message: str) -> None:
        if broken:
            raise RuleBroken(message)

    def _must_not_precede(self, event: ev.Event, earlier: datetime, what: str) -> None:
        if event.occurred_at < earlier:
            raise RuleBroken(f"{iso(event.occurred_at)} is before {what}, at {iso(earlier)}")

    def _after_detection(
        self, event_class: type[DecidedEvent], at: datetime, facts: dict[str, Any]
    ) -> DecidedEvent:
        event = _made(event_class, at, facts)
        if self.detected_at is not None:
            self._must_not_precede(event, self.detected_at, "it was detected")
        return event

    def _impact(self, service: str, concern: str | None) -> OpenImpact | None:
        for impact in self.impacts:
            if (impact.service, impact.concern) == (service, concern):
                return impact
        return None


NOTHING_YET = Incident()

_BESIDE_THE_RULES = (ev.NoteAdded, ev.SeverityAssessed, ev.SurpriseNoted)
"""What may be said at any time, and most of what is said."""


def _made(event_class: type[DecidedEvent], at: datetime, facts: dict[str, Any]) -> DecidedEvent:
    with refusing_invalid():
        return event_class(occurred_at=at, **facts)
