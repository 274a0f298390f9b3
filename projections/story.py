"""An incident's story as its documents tell it: key moments, gaps, late and corrected entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, cast
from uuid import UUID

from pydantic import JsonValue

from ..domain.events import EventCorrected, EventRetracted, NoteAdded, NoteType
from ..domain.history import PRESENT, Cut, Effective, History, effective_history
from ..domain.records import Recorded, Tombstone
from ..domain.values import micros
from .document import Document
from .key_moments import KeyMoment, key_moments, offset_from
from .severity_history import Assessed, severity_history
from .spans import ImpactSpan, RoleSpan, impact_spans, role_spans
from .timeline import OVER, TimelineRow
from .views import IncidentRow, Views, replayed

MINUTE_US = 60_000_000
GAP_US = 30 * MINUTE_US
"""From this length on, a stretch without entries is shown as a gap."""

LATE_US = 60 * MINUTE_US
"""An entry put on record longer than this after it happened is called late."""


class CorrectedField(NamedTuple):
    """One field that a correction changed: both values in JSON form, who did it, when, and why."""

    correction_id: UUID
    field: str
    old: JsonValue
    new: JsonValue
    by: str | None
    why: str
    corrected_at: datetime
    recorded_at: datetime


class Retraction(NamedTuple):
    """What struck an entry: who did it and why."""

    retraction_id: UUID
    by: str | None
    why: str
    recorded_at: datetime


class StoryEntry(NamedTuple):
    """One row of the timeline with what a reader must know about its recording."""

    number: int
    """Its place in the whole story, from 1; it keeps it where others are left out."""
    row: TimelineRow
    offset_us: int | None
    known_since: datetime
    late_us: int | None
    """How long after it happened it was put on record, where that is over an hour."""
    corrected: tuple[CorrectedField, ...]
    retraction: Retraction | None
    note: NoteType | None = None
    """What sort of note it is, if it is one."""
    links: tuple[str, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    """What of it cannot be read."""


class Gap(NamedTuple):
    """A stretch of at least half an hour between two entries, not after the incident was over."""

    after: UUID
    before: UUID
    gap_us: int


class Story(NamedTuple):
    """All that a timeline document says of one incident."""

    incident: IncidentRow
    position: int
    """Of the last event told, in the whole log."""
    history: History
    views: Views
    t_zero_is: Literal["impact", "detection"] | None
    moments: tuple[KeyMoment, ...]
    told: tuple[StoryEntry | Gap, ...]
    assessments: tuple[TimelineRow, ...]
    """The rows with the last assessment of each assessor."""
    severities: tuple[Assessed, ...]
    roles: tuple[RoleSpan, ...]
    impacts: tuple[ImpactSpan, ...]

    @property
    def document(self) -> Document:
        """What replaying the history led to."""
        return self.views.document

    @property
    def entries(self) -> tuple[StoryEntry, ...]:
        """The entries without the gaps between them."""
        return tuple(one for one in self.told if isinstance(one, StoryEntry))

    @property
    def lasts_us(self) -> int:
        """Microseconds from the first entry to the last."""
        first, last = self.history.entries[0], self.history.entries[-1]
        return micros(last.event.occurred_at) - micros(first.event.occurred_at)

    @property
    def only_key(self) -> Story:
        """The same story with the entries of key moments alone."""
        return self._replace(
            told=tuple(one for one in self.entries if one.row.key_moment and not one.row.retracted)
        )

    @property
    def disagree(self) -> bool:
        """Whether assessors who spoke last differ on how bad it is."""
        return len({one.severity for one in self.assessments}) > 1


def story_of(recorded: Sequence[Recorded], cut: Cut = PRESENT) -> Story | None:
    """Tell the story of one incident from its events; None where the cut leaves nothing."""
    history = effective_history(recorded, cut)
    if not history.entries:
        return None
    views = replayed(recorded[0].incident_id, history)
    t_zero = views.incident.t_zero_at
    rows = enumerate(zip(history.entries, views.timeline, strict=True), start=1)
    return Story(
        incident=views.incident,
        position=next(one.position for one in recorded if one.version == history.version),
        history=history,
        views=views,
        t_zero_is=_t_zero_is(views),
        moments=tuple(key_moments(views.document.milestones, t_zero)),
        told=tuple(_with_gaps(_entry(number, *one, t_zero) for number, one in rows)),
        assessments=_standing(views.timeline),
        severities=severity_history(views.timeline, t_zero),
        roles=role_spans(history.entries),
        impacts=impact_spans(history.entries),
    )


def corrected_fields(corrections: Iterable[Recorded]) -> tuple[CorrectedField, ...]:
    """Return what corrections changed, field by field, in the order they were recorded."""
    return tuple(
        CorrectedField(
            correction.event_id, change.field, change.old, change.new,
            event.by, event.why, event.occurred_at, correction.recorded_at,
        )
        for correction in corrections
        for event in (cast("EventCorrected", correction.event),)
        for change in event.changes
    )  # fmt: skip


def _t_zero_is(views: Views) -> Literal["impact", "detection"] | None:
    if views.incident.t_zero_at is None:
        return None
    return "impact" if views.document.status.impact_started_at else "detection"


def _entry(number: int, entry: Effective, row: TimelineRow, t_zero: datetime | None) -> StoryEntry:
    known_since = entry.recorded.known_since
    late_us = micros(known_since) - micros(row.occurred_at)
    note = entry.event if isinstance(entry.event, NoteAdded) else None
    return StoryEntry(
        number=number,
        row=row,
        offset_us=offset_from(t_zero, row.occurred_at),
        known_since=known_since,
        late_us=late_us if late_us > LATE_US else None,
        corrected=corrected_fields(entry.corrections),
        retraction=_retraction(entry.retraction),
        note=note.note if note else None,
        links=note.links if note else (),
        tombstones=entry.recorded.tombstones,
    )


def _retraction(recorded: Recorded | None) -> Retraction | None:
    if recorded is None:
        return None
    event = cast("EventRetracted", recorded.event)
    return Retraction(recorded.event_id, event.by, event.why, recorded.recorded_at)


def _with_gaps(entries: Iterable[StoryEntry]) -> Iterator[StoryEntry | Gap]:
    entries = tuple(entries)
    over_after = _last_while_open(entries)
    before: StoryEntry | None = None
    for entry in entries:
        if not entry.row.retracted:
            # Nobody expects entries once it is over for good.
            if before is not None and before.number <= over_after:
                gap_us = micros(entry.row.occurred_at) - micros(before.row.occurred_at)
                if gap_us >= GAP_US:
                    yield Gap(before.row.event_id, entry.row.event_id, gap_us)
            before = entry
        yield entry


def _last_while_open(entries: Sequence[StoryEntry]) -> int:
    """Return the number of the last entry while it was not over, or 0."""
    told = [one for one in entries if not one.row.retracted and one.row.phase not in OVER]
    return told[-1].number if told else 0


def _standing(rows: Iterable[TimelineRow]) -> tuple[TimelineRow, ...]:
    assessments = [row for row in rows if row.severity is not None and not row.retracted]
    return tuple({row.assessor: row for row in assessments}.values())
