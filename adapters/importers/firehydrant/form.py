"""The wire form of FireHydrant's v1 incidents and their events, as far as it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import AliasChoices, Field

from ....domain.values import Line
from ..wire import MaybeLine, MaybeMoment, MaybeText, Moment, Wire, distinct, latest


class Named(Wire):
    """Anything that is read for its name alone."""

    name: MaybeLine = None


class Milestone(Wire):
    """A milestone, of either list: under `milestones` it has a `type`, in a phase a `slug`."""

    slug: Line = Field(validation_alias=AliasChoices("slug", "type"))
    name: MaybeLine = None
    occurred_at: MaybeMoment = None
    created_at: MaybeMoment = None
    updated_at: MaybeMoment = None


class Reached(NamedTuple):
    """A milestone that was reached, and when that was told and changed, where it is said."""

    at: datetime
    slug: str
    name: str
    created_at: datetime | None
    updated_at: datetime | None

    def told_at(self, incident_created_at: datetime) -> datetime:
        """Return when it was put on record: not before it was so, nor before the incident."""
        return self.created_at or self.updated_at or max(incident_created_at, self.at)


class Phase(Wire):
    """A phase of the lifecycle with its milestones, those not reached among them."""

    milestones: list[Milestone] | None = None


class Impact(Wire):
    """A service, functionality, environment or kind of customer that is affected, and how."""

    type: MaybeLine = None
    impact: Named | None = None
    condition: Named | None = None


class RoleAssignment(Wire):
    """Who took a role, and who gave it back."""

    id: Line
    status: MaybeLine = None
    created_at: Moment
    updated_at: MaybeMoment = None
    incident_role: Named | None = None
    user: Named | None = None


class EventData(Wire):
    """What an event says, as far as it is text."""

    body: MaybeText = None
    created_at: MaybeMoment = None


class IncidentEvent(Wire):
    """One entry of an incident's timeline."""

    id: Line
    incident_id: MaybeLine = None
    type: MaybeLine = None
    occurred_at: Moment
    visibility: MaybeLine = None
    author: Named | None = None
    data: EventData | None = None


class Incident(Wire):
    """An incident as it stands now."""

    id: Line
    name: Line
    created_at: Moment
    started_at: MaybeMoment = None
    discarded_at: MaybeMoment = None
    updated_at: MaybeMoment = None
    summary: MaybeText = None
    current_milestone: MaybeLine = None
    severity: MaybeLine = None
    severity_condition: MaybeLine = None
    severity_impact: MaybeLine = None
    incident_url: MaybeLine = None
    created_by: Named | None = None
    milestones: list[Milestone] | None = None
    lifecycle_phases: list[Phase] | None = None
    services: list[Named] | None = None
    functionalities: list[Named] | None = None
    impacts: list[Impact] | None = None
    role_assignments: Annotated[list[RoleAssignment], distinct("role assignments")] | None = None
    events: Annotated[list[IncidentEvent], distinct("events")] | None = None

    @property
    def reached(self) -> dict[str, Reached]:
        """The milestones that were reached, in their order, by slug; a second one is numbered.

        The two lists of a document tell the same milestones: only `milestones` says when one was
        put on record, only a phase says its name.
        """
        phases = [one for phase in self.lifecycle_phases or () for one in phase.milestones or ()]
        older, newer = _by_slug(self.milestones or ()), _by_slug(phases)
        found = {
            key: one._replace(created_at=older[key].created_at) if key in older else one
            for key, one in {**older, **newer}.items()
        }
        return dict(sorted(found.items(), key=lambda item: (item[1].at, item[0])))

    @property
    def affected(self) -> dict[str, str | None]:
        """What is affected, by name and in alphabetical order, and in what condition."""
        named = [*(self.services or ()), *(self.functionalities or ())]
        levels: dict[str, str | None] = {one.name: None for one in named if one.name}
        for one in self.impacts or ():
            if one.type in {"service", "functionality"} and one.impact and one.impact.name:
                levels[one.impact.name] = one.condition.name if one.condition else None
        return dict(sorted(levels.items()))

    @property
    def changed_at(self) -> datetime:
        """When the incident was last changed, as far as any of its parts says."""
        milestones = [
            time for one in self.reached.values() for time in (one.created_at, one.updated_at)
        ]
        roles = [
            time for one in self.role_assignments or () for time in (one.created_at, one.updated_at)
        ]
        own = (self.created_at, self.updated_at, self.discarded_at)
        return latest(*own, *milestones, *roles)


def _by_slug(milestones: Iterable[Milestone]) -> dict[str, Reached]:
    reached = [
        Reached(one.occurred_at, one.slug, one.name or one.slug, one.created_at, one.updated_at)
        for one in milestones
        if one.occurred_at is not None
    ]
    found: dict[str, Reached] = {}
    seen = Counter[str]()
    for one in sorted(reached, key=lambda one: one.at):
        seen[one.slug] += 1
        number = seen[one.slug]
        found[one.slug if number == 1 else f"{one.slug} #{number}"] = one
    return found
