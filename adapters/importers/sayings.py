"""What is recorded of a source's sayings on an incident, slot by slot, against what is told now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property, partial
from uuid import UUID, uuid5

from ...domain.corrections import changes_between
from ...domain.events import AnyEvent, EventCorrected, EventRetracted, StoryEvent
from ...domain.history import Effective
from ...domain.records import Entry, Recorded
from ...domain.values import Source, iso
from .erased import as_erased, as_it_stands, erased_fields
from .joining import check_kinds, each_once, joined
from .present import Present
from .tellings import INFERRED, Facts, Said, Snapshot, Wanted

Infer = Callable[[Sequence[Said]], Iterable[Wanted]]
"""What follows from all that a source said of an incident, worked out in any order of it."""


class Sayings:
    """One source's sayings on one incident."""

    def __init__(self, telling: Snapshot | Facts, present: Present) -> None:
        """Hold `telling` against what the source is recorded to have said."""
        self._telling = telling
        self._count = len(present.said)
        self._incident_id = telling.incident_id
        self._all = present
        self._present = present.by_slot

    def in_force(self, speaks_for: Callable[[str], bool]) -> dict[str, StoryEvent]:
        """Return what the source said last, of the slots that a snapshot speaks for."""
        return {
            slot: entry.event
            for slot, entry in self._present.items()
            if entry.retraction is None and speaks_for(slot)
        }

    def news(self) -> Iterator[Entry]:
        """Yield what makes the recorded slots read as told."""
        telling = self._telling
        for wanted in each_once(telling.wanted):
            yield from self._told(wanted)
        if isinstance(telling, Snapshot):
            yield from self._untold(telling.wanted, telling.speaks_for)

    def inferences(self, infer: Infer, before: Present) -> Iterator[Entry]:
        """Yield what makes the inferred slots follow from all others.

        Where something was erased, all that followed from it stands, and only what follows
        otherwise than from what was there `before` this telling is news.
        """
        wanted = tuple(infer(self._all.to_infer_from))
        if not self._is_partly_erased:
            for one in wanted:
                yield from self._told(one)
            yield from self._untold(wanted, lambda slot: slot.startswith(INFERRED))
            return
        followed = {one.slot: one.event for one in infer(before.to_infer_from)}
        for one in wanted:
            if followed.get(one.slot) != one.event:
                event = as_it_stands(one.event, followed.get(one.slot), self._present.get(one.slot))
                yield from self._told(one._replace(event=event))

    def _told(self, wanted: Wanted) -> Iterator[Entry]:
        entry = self._present.get(wanted.slot)
        if entry is None:
            event_id = uuid5(self._incident_id, wanted.slot)
            yield self._entry(wanted.slot, event_id, self._first_told_at(wanted), wanted.event)
            return
        check_kinds(wanted.slot, entry.event, wanted.event)
        if entry.retraction is not None:
            yield self._unretracted(wanted, entry, entry.retraction)
        event = as_erased(wanted.event, entry)
        is_fact = isinstance(self._telling, Facts) and not wanted.slot.startswith(INFERRED)
        if is_fact and entry.event != event:
            event = joined(entry.event, event, partial(self._is_newer, entry))
        if entry.event != event:
            yield self._corrected(wanted._replace(event=event), entry)

    def _first_told_at(self, wanted: Wanted) -> datetime:
        # What a snapshot says anew of something known was told after that was: if the source
        # names no such time, when it last changed the whole.
        if isinstance(self._telling, Snapshot):
            known = self._known_since.get(_piece(wanted.slot))
            if known is not None and wanted.told_at <= known:
                return self._telling.changed_at
        return wanted.told_at

    @property
    def _is_partly_erased(self) -> bool:
        """Tell whether something cannot be read any more, from which things were inferred."""
        return any(erased_fields(entry) for entry in self._present.values())

    @cached_property
    def _known_since(self) -> dict[str, datetime]:
        """Since when the last of each piece was known."""
        known: dict[str, datetime] = {}
        for slot, entry in self._present.items():
            piece, since = _piece(slot), entry.recorded.known_since
            known[piece] = max(known.get(piece, since), since)
        return known

    def _is_newer(self, entry: Effective, field: str) -> bool | None:
        """Tell whether what is told now is of a later revision than what a field says."""
        before, now = _revision(entry, field), self._telling.revised_at
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
            # Two facts contradict each other from when the later of them was told. What was
            # inferred is taken back since then, too, however late the record was changed.
            told = [one.told_at for one in telling.wanted]
            revised_at = telling.revised_at if wanted is not None else None
            return max([*said, *told, *filter(None, [revised_at])])
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


def _revision(entry: Effective, field: str) -> datetime | None:
    """Return the revision of the telling that a field's value comes from."""
    revised_at = None
    for one in (entry.recorded, *entry.corrections):
        fields = [change.field for change in getattr(one.event, "changes", ())]
        if one.source and (not fields or field in fields):
            revised_at = one.source.revised_at
    return revised_at


def _piece(slot: str) -> str:
    piece, is_part, _ = slot.partition("/")
    return piece if is_part else ""
