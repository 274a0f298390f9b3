"""What an incident.io incident's timestamps mean, by their names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, assert_never

from ....domain import events as ev
from ..tellings import Wanted
from .form import Incident, Timestamp
from .inferred import CLOSED
from .services import services

NO_SERVICE = "[no service named]"

Meaning = Literal[
    "impact", "detected", "declared", "acknowledged", "mitigated", "resolved", "closed",
    "dismissed", "other",
]  # fmt: skip

MEANINGS: dict[str, Meaning] = {
    "impact started": "impact",
    "detected": "detected",
    "reported": "detected",
    "declared": "declared",
    "accepted": "declared",
    "acknowledged": "acknowledged",
    "fixed": "mitigated",
    "mitigated": "mitigated",
    "resolved": "resolved",
    "closed": "closed",
    "declined": "dismissed",
    "canceled": "dismissed",
    "cancelled": "dismissed",
}
"""What a timestamp means by its name without "at"; of two that mean the same, the first counts."""


def first(incident: Incident, meaning: Meaning) -> datetime | None:
    """Return when that was, by the first name in the table that is set."""
    chosen = _chosen(incident, meaning)
    return chosen and chosen[1]


def _chosen(incident: Incident, meaning: Meaning) -> tuple[Timestamp, datetime] | None:
    """Return the timestamp that is set and whose name comes first in the table for a meaning."""
    names = [name for name, means in MEANINGS.items() if means == meaning]
    found = [one for one in incident.moments if _plain(one[0]) in names]
    return min(found, key=lambda one: names.index(_plain(one[0])), default=None)


def moments(incident: Incident) -> Iterator[Wanted]:
    """Yield what the timestamps tell that the opening does not."""
    told = [_chosen(incident, "detected"), _chosen(incident, "declared")]
    for timestamp, at in incident.moments:
        if (timestamp, at) in told:
            continue
        meaning = MEANINGS.get(_plain(timestamp), "other")
        for role, event in _moment(incident, meaning, timestamp, at):
            # When a time was set is not said: not before it was so, nor before the incident.
            told_at = max(incident.created_at, at)
            yield Wanted(f"timestamp {timestamp.id}/{role}", event, told_at, incident.changed_at)


def _moment(
    incident: Incident, meaning: Meaning, timestamp: Timestamp, at: datetime
) -> Iterator[tuple[str, ev.StoryEvent]]:
    match meaning:
        case "impact":
            for service in services(incident) or (NO_SERVICE,):
                started = ev.ImpactStarted(occurred_at=at, service=service)
                yield f"impact-started/{service}", started
        case "acknowledged":
            yield meaning, ev.Acknowledged(occurred_at=at)
        case "mitigated":
            yield meaning, ev.Mitigated(occurred_at=at, how=timestamp.name)
        case "resolved":
            yield meaning, ev.Resolved(occurred_at=at)
        case "dismissed":
            why = timestamp.name
            yield meaning, ev.Dismissed(occurred_at=at, reason="not-an-incident", why=why)
        case "closed":
            yield CLOSED, ev.NoteAdded(occurred_at=at, text=timestamp.name)
        case "detected" | "declared" | "other":
            yield "note", ev.NoteAdded(occurred_at=at, text=timestamp.name)
        case other:
            assert_never(other)


def _plain(timestamp: Timestamp) -> str:
    return timestamp.name.strip().casefold().removesuffix(" at")
