"""The same events for everyone: incidents of 8 events, about 310 bytes an event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from retold import Entry
from retold.domain import events as ev
from retold.domain.records import encode

START = datetime(2026, 1, 1, tzinfo=UTC)
FILLING = "The cause is not known yet; the last deployment is being looked at by the team on call."


class Line(NamedTuple):
    """One event: as Retold takes it, and as bytes for those who store bytes."""

    incident_id: UUID
    version: int
    entry: Entry
    state: bytes


def incident(number: int, *, is_open: bool = False) -> list[Line]:
    """Return one incident's 8 events."""
    incident_id = uuid4()
    story = list(_story(START + timedelta(minutes=7 * number), number))
    if is_open:
        story[-1] = ev.NoteAdded(occurred_at=story[-1].occurred_at, text=FILLING)
    lines = []
    for version, event in enumerate(story, start=1):
        entry = Entry(event_id=uuid4(), recorded_by="benchmark", event=event)
        lines.append(Line(incident_id, version, entry, encode(entry)))
    return lines


def incidents(count: int) -> list[list[Line]]:
    """Return that many incidents, 1 of 100 of them open."""
    return [incident(number, is_open=number % 100 == 0) for number in range(count)]


def note(at: int = 100) -> Entry:
    """Return one more event for any incident."""
    event = ev.NoteAdded(occurred_at=START + timedelta(days=9999, seconds=at), text=FILLING)
    return Entry(event_id=uuid4(), recorded_by="benchmark", event=event)


def _story(at: datetime, number: int) -> Iterator[ev.StoryEvent]:
    def minutes(more: float) -> datetime:
        return at + timedelta(minutes=more, microseconds=number)

    service = f"service-{number % 20}"
    yield ev.Detected(
        occurred_at=minutes(0), title=f"{service} answers slowly", services=(service,),
        signal="the alert on the 99th percentile of latency over five minutes",
    )  # fmt: skip
    yield ev.Acknowledged(occurred_at=minutes(3), by="the first responder on call this week")
    yield ev.Declared(occurred_at=minutes(5), severity=f"sev{number % 4}", why=FILLING)
    yield ev.ImpactStarted(occurred_at=minutes(6), service=service, concern="latency")
    yield ev.NoteAdded(occurred_at=minutes(9), text=FILLING, note="hypothesis")
    yield ev.NoteAdded(occurred_at=minutes(14), text=FILLING, note="action")
    yield ev.Mitigated(occurred_at=minutes(20), how=FILLING)
    yield ev.Resolved(occurred_at=minutes(45), summary=FILLING)
