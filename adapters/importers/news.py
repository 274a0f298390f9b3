"""What is new in what a source says of an incident, against what is recorded of it.

What is said is held against the recorded story slot by slot: what is missing is appended, what
changed is corrected, what a snapshot no longer says is retracted, and what follows from the whole
is inferred anew. So the story does not hang on the order, the number or the files in which a
source's records come. It is held against the source's own sayings only: what people or other
sources recorded or corrected stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from ...domain.errors import InvalidInput
from ...domain.events import StoryEvent
from ...domain.records import Entry, Recorded, is_recording_of, provisional
from ...domain.values import EPOCH, refusing_invalid
from .erased import as_erased
from .present import Present
from .sayings import Infer, Sayings
from .tellings import Copied, Facts, Snapshot, Telling


def is_stale(recorded: Sequence[Recorded], telling: Telling) -> bool:
    """Tell whether a newer snapshot has been recorded already.

    Of two different ones of the same revision the fuller is the newer, for histories grow; of
    two as full, either: the same one in any order of reading.
    """
    if not isinstance(telling, Snapshot):
        return False
    said = _said(recorded, telling)
    seen = [one.source.revised_at for one in said if one.source and one.source.revised_at]
    latest = max(seen, default=None)
    if latest is None or latest != telling.revised_at:
        return latest is not None and latest > telling.revised_at
    present = Present.of(said, len(recorded))
    told = {one.slot: as_erased(one.event, present.by_slot.get(one.slot)) for one in telling.wanted}
    there = Sayings(telling, present).in_force(telling.speaks_for)
    return told != there and _rank(told) < _rank(there)


def _rank(events: Mapping[str, StoryEvent]) -> tuple[int, list[str]]:
    return len(events), sorted(f"{slot} {one.model_dump_json()}" for slot, one in events.items())


def news(
    recorded: Sequence[Recorded],
    telling: Telling,
    infer: Infer | None = None,
    known: dict[UUID, Present] | None = None,
) -> list[Entry]:
    """Return the entries that make the recorded story read as it is told now.

    `known` keeps by incident what was found out here, for the next telling of the same incident:
    it holds if these entries are recorded next, and nothing else. Raises `InvalidInput` for
    values that no event may have.
    """
    if isinstance(telling, Copied):
        return _copied(recorded, telling.entry)
    if is_stale(recorded, telling):
        return []
    known = {} if known is None else known
    present = known.pop(telling.incident_id, None)
    if present is None or present.upto != len(recorded):
        present = Present.of(_said(recorded, telling), len(recorded))
    version = recorded[-1].version if recorded else 0
    with refusing_invalid():
        entries = list(Sayings(telling, present).news())
        before = present
        present = present.plus(_provisional(telling, entries, version))
        if infer is not None:
            more = list(Sayings(telling, present).inferences(infer, before))
            present = present.plus(_provisional(telling, more, version + len(entries)))
            entries += more
    known[telling.incident_id] = present
    return entries


def _provisional(telling: Telling, entries: Sequence[Entry], after: int) -> list[Recorded]:
    return provisional(telling.incident_id, entries, after=after, now=EPOCH)


def _copied(recorded: Sequence[Recorded], entry: Entry) -> list[Entry]:
    there = next((one for one in recorded if one.event_id == entry.event_id), None)
    if there is None:
        return [entry]
    # A copy knows since when its event was known, where the first recording was that moment.
    if is_recording_of(there.but({"told_at": there.known_since}), entry):
        return []
    raise InvalidInput("is recorded with other contents", "event_id")


def _said(recorded: Sequence[Recorded], telling: Snapshot | Facts) -> list[Recorded]:
    """Return what this source made us record of the incident."""
    return [
        one
        for one in recorded
        if one.source
        and one.source.part
        and (one.source.system, one.source.ref) == (telling.system, telling.ref)
    ]
