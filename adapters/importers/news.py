"""What is new in what a source says of an incident, against what is recorded of it.

What is said is held against the recorded story slot by slot: what is missing is appended, what
changed is corrected, what a snapshot no longer says is retracted, and what follows from the whole
is inferred anew. So the story does not hang on the order, the number or the files in which a
source's records come. It is held against the source's own sayings only: what people or other
sources recorded or corrected stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from ...domain.corrections import changes_between
from ...domain.errors import InvalidInput
from ...domain.events import AnyEvent, EventCorrected, EventRetracted
from ...domain.history import Effective, effective_history
from ...domain.records import Entry, Recorded, provisional
from ...domain.values import EPOCH, Source, iso, refusing_invalid
from .joining import joined
from .tellings import INFERRED, Copied, Facts, Said, Snapshot, Telling, Wanted

Infer = Callable[[Sequence[Said]], Iterable[Wanted]]
"""What follows from all that a source said of an incident, worked out in any order of it."""


def is_stale(recorded: Sequence[Recorded], telling: Telling) -> bool:
    """Tell whether a newer snapshot has been recorded already."""
    if not isinstance(telling, Snapshot):
        return False
    seen = (one.source.revised_at for one in _said(recorded, telling) if one.source)
    return any(revised_at and revised_at > telling.revised_at for revised_at in seen)


def news(recorded: Sequence[Recorded], telling: Telling, infer: Infer | None = None) -> list[Entry]:
    """Return the entries that make the recorded story read as it is told now.

    Raises `InvalidInput` for values that no event may have.
    """
    if isinstance(telling, Copied):
        return _copied(recorded, telling.entry)
    if is_stale(recorded, telling):
        return []
    said = _said(recorded, telling)
    with refusing_invalid():
        entries = list(_Sayings(telling, said).news())
        if infer is not None:
            after = recorded[-1].version if recorded else 0
            new = provisional(telling.incident_id, entries, after=after, now=EPOCH)
            entries += _Sayings(telling, [*said, *new]).inferences(infer)
    return entries


def _copied(recorded: Sequence[Recorded], entry: Entry) -> list[Entry]:
    there = next((one for one in recorded if one.event_id == entry.event_id), None)
    if there is None:
        return [entry]
    # A copy knows since when its event was known, where the first recording was that moment.
    same = there.event, there.known_since, there.source, there.recorded_by
    if same == (entry.event, entry.told_at, entry.source, entry.recorded_by):
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


class _Sayings:
    """What is recorded of a source's sayings on an incident, by slot, and what is told now."""

    def __init__(self, telling: Snapshot | Facts, said: Sequence[Recorded]) -> None:
        self._telling = telling
        self._count = len(said)
        self._incident_id = telling.incident_id
        self._present = {
            entry.recorded.source.part: entry
            for entry in effective_history(said).entries
            if entry.recorded.source and entry.recorded.source.part
        }
        self._pieces = {_piece(slot) for slot in self._present}

    def news(self) -> Iterator[Entry]:
        telling = self._telling
        for wanted in telling.wanted:
            yield from self._told(wanted)
        if isinstance(telling, Snapshot):
            yield from self._untold(telling.wanted, telling.speaks_for)

    def inferences(self, infer: Infer) -> Iterator[Entry]:
        """Yield what makes the inferred slots follow from all others."""
        said = [
            Said(slot, entry.event, entry.recorded.known_since)
            for slot, entry in self._present.items()
            if not slot.startswith(INFERRED) and entry.retraction is None
        ]
        wanted = tuple(infer(said))
        for one in wanted:
            yield from self._told(one)
        yield from self._untold(wanted, lambda slot: slot.startswith(INFERRED))

    def _told(self, wanted: Wanted) -> Iterator[Entry]:
        entry = self._present.get(wanted.slot)
        if entry is None:
            event_id = uuid5(self._incident_id, wanted.slot)
            yield self._entry(wanted.slot, event_id, self._first_told_at(wanted), wanted.event)
            return
        if entry.retraction is not None:
            yield self._unretracted(wanted, entry, entry.retraction)
        event = wanted.event
        is_fact = isinstance(self._telling, Facts) and not wanted.slot.startswith(INFERRED)
        if is_fact and entry.event != event:
            event = joined(entry.event, event, is_newer=self._is_newer(entry))
        if entry.event != event:
            yield self._corrected(wanted._replace(event=event), entry)

    def _first_told_at(self, wanted: Wanted) -> datetime:
        # What a known piece of a snapshot says anew was not told when the piece was.
        if isinstance(self._telling, Snapshot) and _piece(wanted.slot) in self._pieces:
            return self._telling.changed_at
        return wanted.told_at

    def _is_newer(self, entry: Effective) -> bool | None:
        """Tell whether what is told now is of a later revision; None where neither is later."""
        sources = [one.source for one in (entry.recorded, *entry.corrections)]
        before = max((one.revised_at for one in sources if one and one.revised_at), default=None)
        now = self._telling.revised_at
        if before == now:
            return None
        return now is not None and (before is None or now > before)

    def _untold(
        self, wanted: Sequence[Wanted], speaks_for: Callable[[str], bool]
    ) -> Iterator[Entry]:
        slots = {one.slot for one in wanted}
        for slot, entry in self._present.items():
            if slot not in slots and entry.retraction is None and speaks_for(slot):
                retraction = EventRetracted(
                    occurred_at=self._moment(entry),
                    by=self._reporter,
                    retracts=entry.recorded.event_id,
                    why=f"{self._telling.system} no longer says so",
                )
                yield self._about_record(slot, retraction)

    def _corrected(self, wanted: Wanted, entry: Effective) -> Entry:
        correction = EventCorrected(
            occurred_at=self._moment(entry, wanted),
            by=self._reporter,
            corrects=entry.recorded.event_id,
            changes=changes_between(entry.event, wanted.event),
            why=f"{self._telling.system} now says otherwise",
        )
        return self._about_record(wanted.slot, correction)

    def _unretracted(self, wanted: Wanted, entry: Effective, retraction: Recorded) -> Entry:
        again = EventRetracted(
            occurred_at=self._moment(entry),
            by=self._reporter,
            retracts=retraction.event_id,
            why=f"{self._telling.system} says so again",
        )
        return self._about_record(wanted.slot, again)

    def _moment(self, entry: Effective, wanted: Wanted | None = None) -> datetime:
        """Return when the source came to say otherwise, as far as it tells."""
        telling = self._telling
        said = [one.known_since for one in (entry.recorded, *entry.corrections)]
        if isinstance(telling, Facts):
            # Two facts contradict each other from when the later of them was told.
            told = [one.told_at for one in telling.wanted]
            return max([*said, *told, *filter(None, [telling.revised_at])])
        if wanted is None:
            return telling.changed_at
        # A change that the source gives no later time came between two readings: by this one.
        changed = (wanted.changed_at, telling.changed_at)
        later = [one for one in changed if one and one > max(said)]
        return min(later, default=telling.revised_at)

    def _about_record(self, slot: str, event: EventCorrected | EventRetracted) -> Entry:
        # Numbered, so that taking the same back a second time is another event.
        content = f"{self._count} {event.model_dump_json()}"
        if self._telling.revised_at is not None:
            content = f"{iso(self._telling.revised_at)} {content}"
        event_id = uuid5(uuid5(self._incident_id, slot), content)
        return self._entry(slot, event_id, event.occurred_at, event)

    def _entry(self, slot: str, event_id: UUID, told_at: datetime, event: AnyEvent) -> Entry:
        telling = self._telling
        source = Source(
            system=telling.system, ref=telling.ref, part=slot, revised_at=telling.revised_at
        )
        return Entry(
            event_id=event_id,
            told_at=told_at,
            recorded_by=self._reporter,
            source=source,
            event=event,
        )

    @property
    def _reporter(self) -> str:
        """Who corrects and retracts for this source."""
        return f"{self._telling.system} import"


def _piece(slot: str) -> str:
    piece, is_part, _ = slot.partition("/")
    return piece if is_part else ""
