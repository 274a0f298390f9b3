"""What the writers of the fault tests append, and how they tell what was acknowledged."""

import json
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self
from uuid import UUID, uuid5

from retold.domain import events as ev
from retold.domain.events import AnyEvent
from retold.domain.records import Entry, Recorded, encode
from retold.domain.values import iso

NAMES = UUID("7f1d4c3e-52a0-4b0e-9a37-0d7a3f1c5b11")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Acknowledgement(NamedTuple):
    """What a writer was told of one event once its append had returned."""

    event_id: str
    incident_id: str
    version: int
    position: int
    recorded_at: str
    state: str

    @classmethod
    def of(cls, recorded: Recorded) -> Self:
        """Note what was recorded, with the bytes that must be in the log."""
        facts = {name: getattr(recorded, name) for name in Entry.model_fields}
        return cls(
            str(recorded.event_id),
            str(recorded.incident_id),
            recorded.version,
            recorded.position,
            iso(recorded.recorded_at),
            encode(Entry.model_construct(**facts)).decode(),
        )

    def line(self) -> bytes:
        """Return it as a line of JSON."""
        return json.dumps(self).encode() + b"\n"


def acknowledged_in(lines: bytes) -> list[Acknowledgement]:
    """Read lines back; a last one that its writer did not live to finish does not count."""
    return [Acknowledgement(*json.loads(line)) for line in lines.split(b"\n")[:-1]]


def incident(number: int) -> UUID:
    """Return the id of one of the incidents that all writers share."""
    return uuid5(NAMES, f"incident {number}")


def event_id(name: str) -> UUID:
    """Return the event id that belongs to a name."""
    return uuid5(NAMES, name)


def detection(name: str) -> Entry:
    """Return the beginning of an incident."""
    return Entry(event_id=event_id(name), event=ev.Detected(occurred_at=START, title=name))


def notes(name: str, size: int = 1, at: datetime = START) -> list[Entry]:
    """Return the notes of one append; each says of how many, so that half of it would show."""
    return [
        Entry(
            event_id=event_id(f"{name} {number}"),
            event=ev.NoteAdded(occurred_at=at, text=f"append {name} of {size}"),
        )
        for number in range(size)
    ]


def any_entries(name: str, dice: random.Random) -> Sequence[Entry]:
    """Return what one append holds, by the dice: mostly in order, at times late."""
    at = START + timedelta(seconds=dice.randrange(86_400))
    if dice.random() < 0.5:
        return notes(name, dice.randrange(1, 5), at)
    event = dice.choice(_EVENTS)(at, dice)
    entries = [Entry(event_id=event_id(name), event=event)]
    if dice.random() < 0.2:
        change_of_mind = ev.EventRetracted(
            occurred_at=at, retracts=event_id(name), why="it was another service"
        )
        entries.append(Entry(event_id=event_id(f"{name} taken back"), event=change_of_mind))
    return entries


_EVENTS: tuple[Callable[[datetime, random.Random], AnyEvent], ...] = (
    lambda at, _: ev.Detected(occurred_at=at, title="Checkout answers slowly"),
    lambda at, _: ev.Acknowledged(occurred_at=at, by="ana"),
    lambda at, dice: ev.Declared(occurred_at=at, severity=dice.choice(("sev1", "sev2"))),
    lambda at, _: ev.Mitigated(occurred_at=at, how="rolled back"),
    lambda at, _: ev.Resolved(occurred_at=at),
    lambda at, _: ev.Reopened(occurred_at=at),
    lambda at, dice: ev.SeverityAssessed(
        occurred_at=at, assessor=dice.choice(("ana", "ben")), severity="sev3"
    ),
    lambda at, dice: ev.ImpactStarted(occurred_at=at, service=dice.choice(("api", "web"))),
)
