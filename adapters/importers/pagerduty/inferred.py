"""What follows from all that PagerDuty said of an incident.

Log entries and analytics say less than the incident itself: a resolve entry may be a merge,
a trigger entry may be the first or a later one. So they are kept as notes, and what they come
to follows from what else is known. Its place names the note that it follows from, so that it is
known since then whatever was read first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....domain import events as ev
from ....domain.values import parse_instant
from ..tellings import Said, Wanted
from .analytics import ANALYTICS, FIRST_ACKNOWLEDGED, FIRST_ACKNOWLEDGED_BY
from .causes import ONE_SECOND, caused_by, fields_of, head_of, is_near, is_note
from .facts import ACKNOWLEDGED, ACKNOWLEDGEMENT, CREATION, DETECTED, ID, TITLE, TRIGGER
from .form import line
from .inferred_endings import reopenings, resolutions
from .inferred_priority import priorities


def infer(said: Sequence[Said]) -> Iterator[Wanted]:
    """Yield what follows from all that was said of one incident."""
    in_order = sorted(said, key=lambda one: (one.event.occurred_at, one.slot))
    yield from _detection(in_order)
    yield from _unnamed_acknowledgements(in_order)
    yield from _first_acknowledgement(in_order)
    yield from priorities(in_order)
    resolved = list(resolutions(in_order))
    yield from resolved
    yield from reopenings(in_order, resolved)


_OF_THE_BEGINNING = (TRIGGER, CREATION, ANALYTICS)


def _detection(said: Sequence[Said]) -> Iterator[Wanted]:
    told = [one for one in said if any(is_note(one, role) for role in _OF_THE_BEGINNING)]
    if not told or any(one.slot == DETECTED for one in said):
        return
    cause = min((one for one in told if is_near(told[0], one)), key=lambda one: one.told_at)
    titled = [one for one in (cause, *told) if TITLE in fields_of(one)]
    name = titled[0] if titled else cause
    fields, of_name = fields_of(cause), fields_of(name)
    title, service = line(of_name.get(TITLE) or of_name.get(ID)), line(fields.get("service"))
    if title is None:
        return
    detected = ev.Detected(
        occurred_at=cause.event.occurred_at,
        by=cause.event.by,
        title=title,
        services=(service,) if service else (),
        signal=line(head_of(cause)) if is_note(cause, TRIGGER) else None,
    )
    yield caused_by(cause, DETECTED, detected, name)


def _unnamed_acknowledgements(said: Sequence[Said]) -> Iterator[Wanted]:
    named = [one for one in said if isinstance(one.event, ev.Acknowledged)]
    for one in said:
        if is_note(one, ACKNOWLEDGEMENT) and not any(is_near(one, other) for other in named):
            acknowledged = ev.Acknowledged(occurred_at=one.event.occurred_at)
            yield caused_by(one, ACKNOWLEDGED, acknowledged)


def _first_acknowledgement(said: Sequence[Said]) -> Iterator[Wanted]:
    for one in said:
        fields = fields_of(one) if is_note(one, ANALYTICS) else {}
        if FIRST_ACKNOWLEDGED not in fields:
            continue
        at = parse_instant(fields[FIRST_ACKNOWLEDGED])
        if any(
            _acknowledges(other) and other.event.occurred_at <= at + ONE_SECOND for other in said
        ):
            continue
        acknowledged = ev.Acknowledged(occurred_at=at, by=fields.get(FIRST_ACKNOWLEDGED_BY))
        yield caused_by(one, "first-acknowledged", acknowledged)


def _acknowledges(one: Said) -> bool:
    return isinstance(one.event, ev.Acknowledged) or is_note(one, ACKNOWLEDGEMENT)
