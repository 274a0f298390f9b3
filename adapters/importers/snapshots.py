"""What is new in a snapshot of an incident, against what is recorded of it.

Some sources tell an incident as it stands, over and over. The wanted story of a snapshot is held
against the recorded one, slot by slot: what is missing is appended, what changed is corrected,
what the source no longer says is retracted. So the story is that of the newest snapshot, in
whatever order, however often and in however many files the snapshots come. It is held against
the source's own sayings only: what people or other sources recorded or corrected stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from ...domain.corrections import changes_between
from ...domain.events import AnyEvent, EventCorrected, EventRetracted, StoryEvent
from ...domain.history import Effective, effective_history
from ...domain.records import Entry, Recorded
from ...domain.values import Source, iso, refusing_invalid

NAMESPACE = UUID("6a7f5c0e-52b4-5a0b-9d4e-7265746f6c64")


class Wanted(NamedTuple):
    """One event that a snapshot asks for.

    `slot` is `piece/role`, or a role of the incident as a whole: its place in the source for
    ever, and of one kind for ever.
    """

    slot: str
    event: StoryEvent
    told_at: datetime
    changed_at: datetime
    """When the source last changed it."""


class Snapshot(NamedTuple):
    """One incident as its source told it at `revised_at`, last changed there at `changed_at`."""

    system: str
    ref: str
    revised_at: datetime
    changed_at: datetime
    wanted: tuple[Wanted, ...]

    @property
    def incident_id(self) -> UUID:
        """The incident's id, which follows from the source's own."""
        return uuid5(NAMESPACE, f"{self.system}:{self.ref}")

    @property
    def reporter(self) -> str:
        """Who corrects and retracts for this source."""
        return f"{self.system} import"


def is_stale(recorded: Sequence[Recorded], snapshot: Snapshot) -> bool:
    """Tell whether a newer snapshot has been recorded already."""
    seen = (one.source.revised_at for one in _said(recorded, snapshot) if one.source)
    return any(revised_at and revised_at > snapshot.revised_at for revised_at in seen)


def news(recorded: Sequence[Recorded], snapshot: Snapshot) -> list[Entry]:
    """Return the entries that make the recorded story read as the snapshot's.

    Raises `InvalidInput` for values that no event may have.
    """
    if is_stale(recorded, snapshot):
        return []
    said = _said(recorded, snapshot)
    with refusing_invalid():
        return [*_told(said, snapshot), *_untold(said, snapshot)]


def _said(recorded: Sequence[Recorded], snapshot: Snapshot) -> list[Recorded]:
    """Return what this source made us record of the incident."""
    return [
        one
        for one in recorded
        if one.source
        and one.source.part
        and (one.source.system, one.source.ref) == (snapshot.system, snapshot.ref)
    ]


def _told(recorded: Sequence[Recorded], snapshot: Snapshot) -> Iterator[Entry]:
    present = _by_slot(recorded)
    pieces = {_piece(slot) for slot in present}
    for wanted in snapshot.wanted:
        entry = present.get(wanted.slot)
        if entry is None:
            event_id = uuid5(snapshot.incident_id, wanted.slot)
            # What a known piece says anew was not told when the piece was.
            is_known = _piece(wanted.slot) in pieces
            told_at = snapshot.changed_at if is_known else wanted.told_at
            yield _entry(snapshot, wanted.slot, event_id, told_at, wanted.event)
            continue
        if entry.retraction is not None:
            yield _unretracted(snapshot, wanted, entry.retraction)
        if entry.event != wanted.event:
            yield _corrected(snapshot, wanted, entry)


def _untold(recorded: Sequence[Recorded], snapshot: Snapshot) -> Iterator[Entry]:
    wanted = {one.slot for one in snapshot.wanted}
    for slot, entry in _by_slot(recorded).items():
        if slot not in wanted and entry.retraction is None:
            retraction = EventRetracted(
                occurred_at=snapshot.changed_at,
                by=snapshot.reporter,
                retracts=entry.recorded.event_id,
                why=f"{snapshot.system} no longer says so",
            )
            yield _about_record(snapshot, slot, retraction)


def _corrected(snapshot: Snapshot, wanted: Wanted, entry: Effective) -> Entry:
    # A change that the source gives no later time came between two readings: by this one.
    said = [entry.recorded, *entry.corrections]
    later = [
        moment
        for moment in (wanted.changed_at, snapshot.changed_at)
        if all(moment > one.known_since for one in said)
    ]
    correction = EventCorrected(
        occurred_at=min(later, default=snapshot.revised_at),
        by=snapshot.reporter,
        corrects=entry.recorded.event_id,
        changes=changes_between(entry.event, wanted.event),
        why=f"{snapshot.system} now says otherwise",
    )
    return _about_record(snapshot, wanted.slot, correction)


def _unretracted(snapshot: Snapshot, wanted: Wanted, retraction: Recorded) -> Entry:
    again = EventRetracted(
        occurred_at=snapshot.changed_at,
        by=snapshot.reporter,
        retracts=retraction.event_id,
        why=f"{snapshot.system} says so again",
    )
    return _about_record(snapshot, wanted.slot, again)


def _about_record(snapshot: Snapshot, slot: str, event: EventCorrected | EventRetracted) -> Entry:
    content = f"{iso(snapshot.revised_at)} {event.model_dump_json()}"
    event_id = uuid5(uuid5(snapshot.incident_id, slot), content)
    return _entry(snapshot, slot, event_id, event.occurred_at, event)


def _entry(
    snapshot: Snapshot, slot: str, event_id: UUID, told_at: datetime, event: AnyEvent
) -> Entry:
    source = Source(
        system=snapshot.system, ref=snapshot.ref, part=slot, revised_at=snapshot.revised_at
    )
    return Entry(
        event_id=event_id,
        told_at=told_at,
        recorded_by=snapshot.reporter,
        source=source,
        event=event,
    )


def _by_slot(recorded: Sequence[Recorded]) -> dict[str, Effective]:
    return {
        entry.recorded.source.part: entry
        for entry in effective_history(recorded).entries
        if entry.recorded.source and entry.recorded.source.part
    }


def _piece(slot: str) -> str:
    piece, is_part, _ = slot.partition("/")
    return piece if is_part else ""
