"""What a site tells of one incident beside the incident's own page, and of all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple
from uuid import UUID

from ...domain.history import PRESENT, Cut
from ...projections.actors import Actors
from ...projections.board import BoardRow
from ...projections.durations import DurationRow
from ...projections.story import Story
from ...projections.views import IncidentRow
from ..provenance import Kept

FROM_IMPACT, FROM_DETECTION = ("ttm", "ttr"), ("ttm_detected", "ttr_detected")
"""The measures of mitigating and of resolving."""


class Asked(NamedTuple):
    """Which incidents a site is of, and how they are told.

    The period, from `since` to before `until`, goes by detection.
    """

    title: str = "Incidents"
    cut: Cut = PRESENT
    zone: tzinfo | None = None
    actors: Actors = "names"
    since: datetime | None = None
    until: datetime | None = None
    store: str = "SQLite"
    """The kind of the database."""
    checkpoint: Kept | None = None

    def has(self, incident: IncidentRow) -> bool:
        """Tell whether an incident is in the period; without detection it is in no bounded one."""
        at = incident.detected_at
        if at is None:
            return self.since is None and self.until is None
        return not ((self.since and at < self.since) or (self.until and at >= self.until))


class Listed(NamedTuple):
    """One incident in the list, with how long it took to mitigate and to resolve it."""

    incident: IncidentRow
    took: Mapping[str, DurationRow]
    disagree: bool


class Found(NamedTuple):
    """What was read for a site."""

    rows: Sequence[Listed]
    board: Sequence[BoardRow]
    moment: datetime
    """When the board is of: what is open is as old as it was then."""
    position: int
    """Of the last event in the whole log that the cut lets through."""
    hidden: int
    """Incidents that are restricted to others."""
    undetected: int
    """Incidents that are in no period, as their detection is not recorded."""
    open_elsewhere: int
    """Open incidents that were detected outside of the period."""

    @property
    def identities(self) -> frozenset[UUID]:
        """The incidents that have a page."""
        return frozenset(row.incident.incident_id for row in self.rows)


def listed(story: Story) -> Listed:
    """Return the row of an incident in the list of all."""
    wanted = {*FROM_IMPACT, *FROM_DETECTION}
    took = {row.measure: row for row in story.views.durations if row.measure in wanted}
    return Listed(story.incident, took, story.disagree)


def told_measures(rows: Sequence[Listed]) -> tuple[str, str]:
    """Return the measures to tell: from the first impact, unless more is known from detection."""
    return max(FROM_IMPACT, FROM_DETECTION, key=lambda names: _observed(names, rows))


def _observed(names: tuple[str, str], rows: Sequence[Listed]) -> int:
    return sum(row.took[name].state == "observed" for row in rows for name in names)


def page_of(incident_id: UUID) -> str:
    """Return the name of an incident's page within a site."""
    return f"incidents/{incident_id}.html"
