"""The wire form of a Statuspage incident, as far as it is read; other fields are ignored."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from ....domain.values import Line
from ..wire import MaybeText, Moment, Wire, distinct, latest

MAINTENANCE = frozenset({"scheduled", "in_progress", "in progress", "verifying", "completed"})


class ComponentChange(Wire):
    """A component's status before and after an update; `name` begins with its group's name."""

    name: Line
    code: Line | None = None
    old_status: Line
    new_status: Line

    @property
    def key(self) -> str:
        """What is the same for one component throughout the incident."""
        return self.code or self.name


class Component(Wire):
    """A component that the incident affects."""

    name: Line
    id: Line | None = None

    @property
    def key(self) -> str:
        """What is the same for one component throughout the incident."""
        return self.id or self.name


class Update(Wire):
    """One update of an incident."""

    id: Line
    status: Line
    body: MaybeText = None
    created_at: Moment
    updated_at: Moment | None = None
    display_at: Moment | None = None
    affected_components: list[ComponentChange] | None = None

    @property
    def shown_at(self) -> datetime:
        """The time that the page shows, which may be given later."""
        return self.display_at or self.created_at

    @property
    def changed_at(self) -> datetime:
        """When the update was last changed."""
        return latest(self.created_at, self.updated_at)


class Page(Wire):
    """The page that tells the incidents; `updated_at` is the time of its answer."""

    name: Line | None = None
    updated_at: Moment | None = None


class PageIncident(Wire):
    """One incident of a page."""

    id: Line
    name: Line
    status: Line
    impact: Line | None = None
    created_at: Moment
    updated_at: Moment | None = None
    started_at: Moment | None = None
    incident_updates: Annotated[list[Update], distinct("updates")] = Field(default_factory=list)
    components: list[Component] | None = None

    @property
    def in_order(self) -> list[Update]:
        """The updates as they follow each other.

        The page lists the newest first; among equal times its order is the only one there is.
        """
        oldest_first = self.incident_updates[::-1]
        return sorted(oldest_first, key=lambda update: update.shown_at)

    @property
    def service_names(self) -> dict[str, str]:
        """Components' names by key, with their group's name where an update tells it.

        Without it, "Droplets - NYC3" and "Volumes - NYC3" would be one service.
        """
        names = {one.key: one.name for one in self.components or ()}
        for update in self.in_order:
            names |= {change.key: change.name for change in update.affected_components or ()}
        return names

    @property
    def changed_at(self) -> datetime:
        """When the incident or one of its updates was last changed."""
        changed = [update.changed_at for update in self.incident_updates]
        return latest(self.created_at, self.updated_at, *changed)

    @property
    def is_maintenance(self) -> bool:
        """Whether it is scheduled maintenance, which is no incident."""
        statuses = {self.status, *(update.status for update in self.incident_updates)}
        return self.impact == "maintenance" or bool(statuses & MAINTENANCE)
