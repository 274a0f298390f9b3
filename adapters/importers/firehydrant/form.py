"""The wire form of FireHydrant's v1 incidents and their events, as far as it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from ....domain.values import Line
from ..statuspage.form import Body, Moment


def _nothing(value: object) -> object:
    return None if value == "" else value


Word = Annotated[Line | None, BeforeValidator(_nothing)]
When = Annotated[Moment | None, BeforeValidator(_nothing)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Named(_Wire):
    """Anything that is read for its name alone."""

    name: Word = None


class Milestone(_Wire):
    """A milestone, of either list: under `milestones` it has a `type`, in a phase a `slug`."""

    slug: Line = Field(validation_alias=AliasChoices("slug", "type"))
    name: Word = None
    occurred_at: When = None
    created_at: When = None
    updated_at: When = None


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


class Phase(_Wire):
    """A phase of the lifecycle with its milestones, those not reached among them."""

    milestones: list[Milestone] | None = None


class Impact(_Wire):
    """A service, functionality, environment or kind of customer that is affected, and how."""

    type: Word = None
    impact: Named | None = None
    condition: Named | None = None


class RoleAssignment(_Wire):
    """Who took a role, and who gave it back."""

    id: Line
    status: Word = None
    created_at: Moment
    updated_at: When = None
    incident_role: Named | None = None
    user: Named | None = None


class EventData(_Wire):
    """What an event says, as far as it is text."""

    body: Body = None
    created_at: When = None


class IncidentEvent(_Wire):
    """One entry of an incident's timeline."""

    id: Line
    incident_id: Word = None
    type: Word = None
    occurred_at: Moment
    visibility: Word = None
    author: Named | None = None
    data: EventData | None = None


def _distinct_roles(roles: list[RoleAssignment]) -> list[RoleAssignment]:
    if len({one.id for one in roles}) < len(roles):
        raise ValueError("two role assignments have the same id")
    return roles


def _distinct_events(events: list[IncidentEvent]) -> list[IncidentEvent]:
    if len({one.id for one in events}) < len(events):
        raise ValueError("two events have the same id")
    return events


class Incident(_Wire):
    """An incident as it stands now."""

    id: Line
    name: Line
    created_at: Moment
    started_at: When = None
    discarded_at: When = None
    updated_at: When = None
    summary: Body = None
    current_milestone: Word = None
    severity: Word = None
    severity_condition: Word = None
    severity_impact: Word = None
    incident_url: Word = None
    created_by: Named | None = None
    milestones: list[Milestone] | None = None
    lifecycle_phases: list[Phase] | None = None
    services: list[Named] | None = None
    functionalities: list[Named] | None = None
    impacts: list[Impact] | None = None
    role_assignments: Annotated[list[RoleAssignment], AfterValidator(_distinct_roles)] | None = None
    events: Annotated[list[IncidentEvent], AfterValidator(_distinct_events)] | None = None

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
        times = (self.created_at, self.updated_at, self.discarded_at, *milestones, *roles)
        return max(time for time in times if time is not None)


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
