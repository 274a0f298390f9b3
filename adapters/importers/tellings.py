"""What one record of a source says of one incident, in Retold's words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from ...domain.events import StoryEvent
from ...domain.records import Entry

NAMESPACE = UUID("6a7f5c0e-52b4-5a0b-9d4e-7265746f6c64")

INFERRED = "inferred:"
"""Begins the slots of what follows from other slots, and is worked out again whenever they change.
"""


def incident_id_of(system: str, ref: str) -> UUID:
    """Return the id of a source's incident, which follows from the source's own."""
    return uuid5(NAMESPACE, f"{system}:{ref}")


class Wanted(NamedTuple):
    """One event that a source asks for.

    `slot` is `piece/role`, or a role of the incident as a whole: its place in the source for
    ever, and of one kind of event for ever.
    """

    slot: str
    event: StoryEvent
    told_at: datetime
    changed_at: datetime | None = None
    """When the source last changed it, where it says so."""


def _all_slots(slot: str) -> bool:
    return not slot.startswith(INFERRED)


class Snapshot(NamedTuple):
    """One incident as its source told it at `revised_at`, last changed there at `changed_at`.

    It speaks for all slots that `speaks_for` names: what is not wanted there is said no longer.
    """

    system: str
    ref: str
    revised_at: datetime
    changed_at: datetime
    wanted: tuple[Wanted, ...]
    speaks_for: Callable[[str], bool] = _all_slots

    @property
    def incident_id(self) -> UUID:
        """The incident's id, which follows from the source's own."""
        return incident_id_of(self.system, self.ref)


class Facts(NamedTuple):
    """Things that a source tells of an incident one by one, and never takes back.

    The same slot told again adds what was missing; where two tellings contradict each other, the
    one of the later `revised_at` stands, and without any the greater value, so that the outcome
    does not hang on the order of reading.
    """

    system: str
    ref: str
    wanted: tuple[Wanted, ...]
    revised_at: datetime | None = None

    @property
    def incident_id(self) -> UUID:
        """The incident's id, which follows from the source's own."""
        return incident_id_of(self.system, self.ref)


class Copied(NamedTuple):
    """An event that another store of ours recorded, to be recorded as it is."""

    incident_id: UUID
    entry: Entry


Telling = Snapshot | Facts | Copied


class Skipped(NamedTuple):
    """A record that tells of no incident, and why."""

    why: str


class Said(NamedTuple):
    """What a source said of an incident, slot by slot, to infer from."""

    slot: str
    event: StoryEvent
    told_at: datetime
