"""Effective history: what the recorded events, corrections and retractions together tell."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from pydantic import ValidationError

from .events import (
    AnyEvent,
    Change,
    EventCorrected,
    EventRetracted,
    PersonalDataErased,
    StoryEvent,
)
from .records import Recorded
from .values import Frozen, Instant


class Cut(Frozen):
    """Which history to tell; None everywhere tells all of it.

    `recorded_at` keeps what this store had by then, `known_at` what people had said by then in
    whatever system, `as_of` what had happened by then.
    """

    recorded_at: Instant | None = None
    known_at: Instant | None = None
    as_of: Instant | None = None


PRESENT = Cut()

Order = tuple[datetime, int]


class Effective(NamedTuple):
    """One event of the story as it now reads, with everything that made it read so."""

    recorded: Recorded
    event: StoryEvent
    corrections: tuple[Recorded, ...] = ()
    unfitting: tuple[Recorded, ...] = ()
    """Corrections that could not be applied; the event reads as before them."""
    retraction: Recorded | None = None

    @property
    def order(self) -> Order:
        """The place in the story: when it happened, then the order of recording."""
        return self.event.occurred_at, self.recorded.version


class History(NamedTuple):
    """An incident's story in effective order, retracted events included and marked."""

    entries: tuple[Effective, ...]
    adrift: tuple[Recorded, ...] = ()
    """Corrections and retractions of events that are not in this history."""
    version: int = 0
    """The last recorded version that the cut let through."""


def effective_history(recorded: Iterable[Recorded], cut: Cut = PRESENT) -> History:
    """Tell the story of one incident from all its recorded events, in the order of versions.

    Corrections are applied in the order they were recorded, field by field; a retracted
    correction does not count, and a retracted retraction neither. It never fails: what cannot
    be applied is kept and marked.
    """
    visible = [one for one in recorded if is_on_record(one, cut)]
    nothing_is_missing = {None, *(one.event_id for one in visible)}
    retractions = retractions_in_force(visible)
    corrections = _corrections(visible, retractions)
    entries = [
        _read(one, corrections.get(one.event_id, ()), retractions.get(one.event_id))
        for one in visible
        if not isinstance(one.event, EventCorrected | EventRetracted | PersonalDataErased)
    ]
    if cut.as_of is not None:
        entries = [entry for entry in entries if entry.event.occurred_at <= cut.as_of]
    entries.sort(key=lambda entry: entry.order)
    adrift = tuple(one for one in visible if target_of(one.event) not in nothing_is_missing)
    return History(tuple(entries), adrift, visible[-1].version if visible else 0)


def within(recorded: Iterable[Recorded], cut: Cut) -> list[Recorded]:
    """Return those of an incident's events that a cut is told from; the rest do not matter to it.

    What happened after `as_of` is left out with what speaks about it.
    """
    visible = [one for one in recorded if is_on_record(one, cut)]
    told = {entry.recorded.event_id for entry in effective_history(visible, cut).entries}
    by_id = {one.event_id: one for one in visible}
    subjects = [(one, _subject(one, by_id)) for one in visible]
    return [one for one, of in subjects if of.event_id in told or rewrites_history(of.event)]


def is_on_record(one: Recorded, cut: Cut) -> bool:
    """Tell whether `recorded_at` and `known_at` of a cut let an event through."""
    return _is_recorded_by(one, cut) and _is_known_by(one, cut)


def _subject(one: Recorded, by_id: Mapping[UUID, Recorded]) -> Recorded:
    """Follow corrections and retractions to the event that they are in the end about."""
    passed = {one.event_id}
    while (target := target_of(one.event)) in by_id and target not in passed:
        one = by_id[cast("UUID", target)]
        passed.add(one.event_id)
    return one


def retractions_in_force(recorded: Sequence[Recorded]) -> dict[UUID, Recorded]:
    """Return by the id of each retracted event the retraction that strikes it."""
    # From the last backwards, so that a retraction is known to be struck before it strikes.
    in_force: dict[UUID, Recorded] = {}
    for one in reversed(recorded):
        if isinstance(one.event, EventRetracted) and one.event_id not in in_force:
            in_force[one.event.retracts] = one
    return in_force


def target_of(event: AnyEvent) -> UUID | None:
    """Return the id of the event that a correction or retraction speaks about, else None."""
    match event:
        case EventCorrected():
            return event.corrects
        case EventRetracted():
            return event.retracts
        case _:
            return None


def rewrites_history(event: AnyEvent) -> bool:
    """Tell whether `event` changes how earlier ones read."""
    return isinstance(event, EventCorrected | EventRetracted | PersonalDataErased)


def corrected(event: StoryEvent, changes: Sequence[Change]) -> StoryEvent:
    """Return `event` with `changes` applied.

    Raises pydantic's `ValidationError` if the outcome would be no valid event.
    """
    fields = event.model_dump(mode="json") | {change.field: change.new for change in changes}
    # By its own class: a correction cannot make one kind of event into another.
    return type(event).model_validate_json(json.dumps(fields))


def _is_recorded_by(one: Recorded, cut: Cut) -> bool:
    return cut.recorded_at is None or one.recorded_at <= cut.recorded_at


def _is_known_by(one: Recorded, cut: Cut) -> bool:
    return cut.known_at is None or one.known_since <= cut.known_at


def _corrections(
    visible: Sequence[Recorded], retractions: dict[UUID, Recorded]
) -> dict[UUID, tuple[Recorded, ...]]:
    in_force: dict[UUID, tuple[Recorded, ...]] = {}
    for one in visible:
        if isinstance(one.event, EventCorrected) and one.event_id not in retractions:
            earlier = in_force.get(one.event.corrects, ())
            in_force[one.event.corrects] = (*earlier, one)
    return in_force


def _read(
    one: Recorded, corrections: tuple[Recorded, ...], retraction: Recorded | None
) -> Effective:
    event = cast("StoryEvent", one.event)
    if not corrections:
        return Effective(one, event, retraction=retraction)
    applied, unfitting = [], []
    for correction in corrections:
        try:
            event = corrected(event, cast("EventCorrected", correction.event).changes)
            applied.append(correction)
        except ValidationError:
            unfitting.append(correction)
    return Effective(one, event, tuple(applied), tuple(unfitting), retraction)
