"""What follows from all that PagerDuty said of an incident.

Log entries and analytics say less than the incident itself: a resolve entry may be a merge,
a trigger entry may be the first or a later one. So they are kept as notes, and what they come
to follows from what else is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ....domain import events as ev
from ....domain.values import parse_instant
from ..tellings import INFERRED, Said, Wanted
from .analytics import (
    ANALYTICS,
    BY_ITSELF,
    FIRST_ACKNOWLEDGED,
    FIRST_ACKNOWLEDGED_BY,
    RESOLVED_AT,
    RESOLVED_BY,
)
from .facts import (
    AUTOMATICALLY,
    DETECTED,
    PRIORITY,
    REOPENED,
    RESOLUTION,
    RESOLVED,
    SYSTEM,
    TRIGGER,
    read_fields,
    second,
)

ONE_SECOND = timedelta(seconds=1)
"""How far apart one moment may be told: one form cuts it to the second, another rounds it."""


def infer(said: Sequence[Said]) -> Iterator[Wanted]:
    """Yield what follows from all that was said of one incident."""
    in_order = sorted(said, key=lambda one: (one.event.occurred_at, one.slot))
    yield from _detection(in_order)
    yield from _first_acknowledgement(in_order)
    yield from _priority(in_order)
    resolutions = list(_resolutions(in_order))
    yield from resolutions
    yield from _reopenings(in_order, [one.event.occurred_at for one in resolutions])


def _detection(said: Sequence[Said]) -> Iterator[Wanted]:
    if any(one.slot == DETECTED for one in said):
        return
    for one in said:
        fields = _fields(one, TRIGGER) or _fields(one, ANALYTICS)
        if not fields.get("incident"):
            continue
        service, is_entry = fields.get("service"), one.slot != ANALYTICS
        detected = ev.Detected(
            occurred_at=one.event.occurred_at,
            by=one.event.by,
            title=fields["incident"],
            services=(service,) if service else (),
            signal=_head(one)[:1000] if is_entry else None,
        )
        yield Wanted(f"{INFERRED}{DETECTED}", detected, one.told_at)
        return


def _first_acknowledgement(said: Sequence[Said]) -> Iterator[Wanted]:
    for one in said:
        fields = _fields(one, ANALYTICS)
        if FIRST_ACKNOWLEDGED not in fields:
            continue
        at = parse_instant(fields[FIRST_ACKNOWLEDGED])
        if any(_is_acknowledged_by(other, at + ONE_SECOND) for other in said):
            continue
        acknowledged = ev.Acknowledged(occurred_at=at, by=fields.get(FIRST_ACKNOWLEDGED_BY))
        yield Wanted(f"{INFERRED}first-acknowledged", acknowledged, one.told_at)


def _is_acknowledged_by(one: Said, at: datetime) -> bool:
    return isinstance(one.event, ev.Acknowledged) and one.event.occurred_at <= at


def _priority(said: Sequence[Said]) -> Iterator[Wanted]:
    if any(isinstance(one.event, ev.SeverityAssessed) for one in said):
        return
    for one in said:
        fields = _fields(one, ANALYTICS)
        if "priority" in fields:
            assessed = ev.SeverityAssessed(
                occurred_at=one.event.occurred_at,
                assessor=SYSTEM,
                severity=fields["priority"],
                basis="the priority in PagerDuty's analytics",
            )
            yield Wanted(f"{INFERRED}{PRIORITY}", assessed, one.told_at)


class _Resolution(NamedTuple):
    """That it was resolved, as a note says."""

    at: datetime
    by: str | None
    automatic: bool
    told_at: datetime


def _resolutions(said: Sequence[Said]) -> Iterator[Wanted]:
    """Yield the resolutions that notes say, but for those that were told otherwise."""
    ended = [one.event.occurred_at for one in said if isinstance(one.event, _ENDINGS)]
    for one in sorted(filter(None, map(_resolution, said)), key=lambda one: one.at):
        if any(abs(one.at - at) <= ONE_SECOND for at in ended):
            continue
        ended.append(one.at)
        resolved = ev.Resolved(occurred_at=one.at, by=one.by, automatic=one.automatic)
        yield Wanted(f"{INFERRED}{second(one.at)}/{RESOLVED}", resolved, one.told_at)


_ENDINGS = (ev.Resolved, ev.Merged)


def _resolution(one: Said) -> _Resolution | None:
    event = one.event
    if one.slot.endswith(f"/{RESOLUTION}") and isinstance(event, ev.NoteAdded):
        is_automatic = event.status == AUTOMATICALLY
        return _Resolution(event.occurred_at, event.by, is_automatic, one.told_at)
    fields = _fields(one, ANALYTICS)
    if RESOLVED_AT not in fields:
        return None
    at, by = parse_instant(fields[RESOLVED_AT]), fields.get(RESOLVED_BY)
    is_automatic = by == BY_ITSELF
    return _Resolution(at, None if is_automatic else by, is_automatic, one.told_at)


def _reopenings(said: Sequence[Said], resolved: Iterable[datetime]) -> Iterator[Wanted]:
    """Yield a reopening for each stretch after a resolution in which it went on untold."""
    seconds = {_cut(one.event.occurred_at) for one in said if isinstance(one.event, ev.Resolved)}
    ends = sorted(seconds | {_cut(at) for at in resolved})
    told = [_cut(one.event.occurred_at) for one in said if isinstance(one.event, ev.Reopened)]
    for end, following in zip(ends, [*ends[1:], None], strict=False):
        if any(_lies_between(at, end, following) for at in told):
            continue
        later = (one for one in said if end < _cut(one.event.occurred_at))
        cause = next(filter(_goes_on, later), None)
        if cause and _lies_between(_cut(cause.event.occurred_at), end, following):
            yield _reopening(end, cause)


def _lies_between(at: datetime, end: datetime, following: datetime | None) -> bool:
    return end <= at and (following is None or at <= following)


def _reopening(end: datetime, cause: Said) -> Wanted:
    what = "acknowledged" if isinstance(cause.event, ev.Acknowledged) else "triggered"
    reopened = ev.Reopened(
        occurred_at=cause.event.occurred_at,
        by=cause.event.by,
        why=f"{what} after it was resolved",
    )
    return Wanted(f"{INFERRED}{second(end)}/{REOPENED}", reopened, cause.told_at)


def _goes_on(one: Said) -> bool:
    return isinstance(one.event, ev.Acknowledged) or one.slot.endswith(f"/{TRIGGER}")


def _cut(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _fields(one: Said, role: str) -> dict[str, str]:
    is_meant = one.slot == role or one.slot.endswith(f"/{role}")
    event = one.event
    return read_fields(event.text) if is_meant and isinstance(event, ev.NoteAdded) else {}


def _head(one: Said) -> str:
    assert isinstance(one.event, ev.NoteAdded)  # noqa: S101 - `_fields` read it
    return one.event.text.splitlines()[0]
