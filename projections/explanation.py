"""The events behind one number: what starts and ends it, with everything that corrected them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from ..domain.history import Effective
from .durations import DurationRow, measured
from .measures import Measure
from .milestones import Milestones
from .story import CorrectedField, Story, corrected_fields
from .timeline import describe


class Evidence(NamedTuple):
    """An event and the part it plays in a number."""

    role: str
    entry: Effective
    what: str
    corrected: tuple[CorrectedField, ...]


class Explanation(NamedTuple):
    """One measure of one incident, its definition in words, and its events in order."""

    duration: DurationRow
    definition: str
    evidence: tuple[Evidence, ...]


def explained(story: Story, measure: Measure) -> Explanation:
    """Explain what a measure of time says about an incident."""
    [duration] = measured(story.incident.incident_id, story.history, [measure])
    roles = {duration.start_event_id: "start", duration.end_event_id: "end"}
    if measure.form == "active":
        roles = _clock(story.history.entries)
    if duration.state == "excluded":
        roles |= dict.fromkeys(_endings(story.document.milestones), "excludes")
    return Explanation(duration, measure.definition, tuple(_evidence(story, roles)))


def counts(story: Story, measure: Measure) -> tuple[Evidence, ...]:
    """Return the events that a count counts."""
    counted = {
        entry.recorded.event_id: "counts"
        for entry in story.history.entries
        if measure.end.is_met_by(entry) and entry.retraction is None
    }
    return tuple(_evidence(story, counted))


def _evidence(story: Story, roles: dict[UUID | None, str] | dict[UUID, str]) -> Iterable[Evidence]:
    for entry in story.history.entries:
        role = dict(roles).get(entry.recorded.event_id)
        if role is not None:
            fields = corrected_fields(entry.corrections)
            yield Evidence(role, entry, describe(entry.event), fields)


def _clock(entries: Iterable[Effective]) -> dict[UUID | None, str]:
    """Return the events at which the clock of active time starts and stops."""
    roles: dict[UUID | None, str] = {}
    before = Milestones()
    for entry in entries:
        after = before.evolve(entry)
        if (before.active_since is None) != (after.active_since is None):
            role = "start" if before.active_since is None else "end"
            roles[entry.recorded.event_id] = role
        before = after
    return roles


def _endings(milestones: Milestones) -> list[UUID]:
    found = [
        milestones.find(kind, "in-force") for kind in ("incident-dismissed", "incident-merged")
    ]
    return [one.event_id for one in found if one is not None]
