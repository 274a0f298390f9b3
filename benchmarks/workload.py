"""What is measured with: made-up incidents of 8 events, about 310 bytes an event as stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

from retold.domain import events as ev
from retold.domain.records import Entry, encode

EVENTS = 8
OPEN_SHARE = 100
"""One incident in so many is still open."""

_FIRST = datetime(2024, 1, 1, tzinfo=UTC)
_SERVICES = [f"service-{number:02}" for number in range(20)]
_TEXT = (
    "The error rate of the gateway rose after the release of this morning, and requests time out"
    " at the database: all connections of the pool wait for one long lock."
)


class Step(NamedTuple):
    """One event on its way in: for Retold as an entry, for the others as the bytes it becomes."""

    incident_id: UUID
    version: int
    entry: Entry
    state: bytes


class Story(NamedTuple):
    """One incident's events, in order."""

    incident_id: UUID
    entries: list[Entry]

    def steps(self) -> list[Step]:
        """Return the events one by one."""
        return [
            Step(self.incident_id, version, entry, encode(entry))
            for version, entry in enumerate(self.entries, start=1)
        ]


def stories(count: int, seed: object) -> Iterator[Story]:
    """Yield incidents; the same seed yields the same."""
    chance = Random(str(seed))
    for number in range(count):
        yield _story(chance, is_open=number % OPEN_SHARE == 0)


def steps(incidents: int, seed: object) -> list[Step]:
    """Return the events of so many incidents, one incident after the other."""
    return [step for story in stories(incidents, seed) for step in story.steps()]


def note(at: datetime, number: int) -> ev.NoteAdded:
    """Return a note to add to a story."""
    return ev.NoteAdded(occurred_at=at, by="robin", text=f"{number}: {_TEXT}")


def entry_of(chance: Random, event: ev.AnyEvent) -> Entry:
    """Put an event into its envelope, with an id of its own."""
    return Entry(event_id=_id(chance), recorded_by="pager-bridge", event=event)


def _story(chance: Random, *, is_open: bool) -> Story:
    start = _FIRST + timedelta(seconds=chance.randrange(2 * 365 * 86_400))
    service = chance.choice(_SERVICES)
    severity = chance.choice(["sev1", "sev2", "sev3"])

    def after(minutes: int) -> datetime:
        return start + timedelta(minutes=minutes, milliseconds=chance.randrange(60_000))

    told: list[ev.AnyEvent] = [
        ev.ImpactStarted(
            occurred_at=start, service=service, concern="availability", level="degraded"
        ),
        ev.Detected(
            occurred_at=after(3),
            by="alerting",
            title=f"Requests to {service} time out",
            services=(service,),
            signal="gateway-5xx-ratio",
        ),
        ev.Acknowledged(occurred_at=after(5), by="robin"),
        ev.Declared(occurred_at=after(9), by="robin", severity=severity, why=_TEXT),
        ev.RoleAssigned(occurred_at=after(12), by="robin", role="commander", holder="kim"),
        note(after(20), 1),
        ev.Mitigated(occurred_at=after(40), by="kim", how=f"Rolled {service} back. {_TEXT}"),
        note(after(60), 2)
        if is_open
        else ev.Resolved(occurred_at=after(60), by="kim", summary=_TEXT),
    ]
    return Story(_id(chance), [entry_of(chance, event) for event in told])


def _id(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
