"""What follows from notes of resolutions, and from what goes on after a resolution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from ....domain import events as ev
from ....domain.values import parse_instant
from ..tellings import Said, Wanted
from .analytics import ANALYTICS, BY_ITSELF, RESOLVED_AT, RESOLVED_BY
from .causes import ONE_SECOND, caused_by, cut, fields_of, is_note
from .facts import (
    ACKNOWLEDGEMENT,
    AUTOMATICALLY,
    BY_NOBODY,
    REOPENED,
    RESOLUTION,
    RESOLVED,
    TRIGGER,
)


class _Resolution(NamedTuple):
    """That it was resolved, as a note says."""

    at: datetime
    by: str | None
    by_machine: bool
    note: Said

    @property
    def by_person(self) -> bool:
        return self.by is not None and not self.by_machine


def resolutions(said: Sequence[Said]) -> Iterator[Wanted]:
    """Yield the resolutions that notes say, but for those that were told otherwise."""
    ended = [one.event.occurred_at for one in said if isinstance(one.event, _ENDINGS)]
    noted = sorted(filter(None, map(_resolution, said)), key=lambda one: (one.note.told_at, one.at))
    for one in noted:
        if any(abs(one.at - at) <= ONE_SECOND for at in ended):
            continue
        ended.append(one.at)
        same = [other for other in noted if abs(one.at - other.at) <= ONE_SECOND]
        yield caused_by(one.note, RESOLVED, _resolved(one, same))


_ENDINGS = (ev.Resolved, ev.Merged)


def _resolved(first: _Resolution, same: Sequence[_Resolution]) -> ev.Resolved:
    is_automatic = any(one.by_machine for one in same) and not any(one.by_person for one in same)
    # Who it was is known only from what was told at once, not a day later.
    at_once = [one for one in same if one.note.told_at <= first.note.told_at + ONE_SECOND]
    names = [one.by for one in at_once if one.by and one.by_machine == is_automatic]
    return ev.Resolved(occurred_at=first.at, by=names[0] if names else None, automatic=is_automatic)


def _resolution(one: Said) -> _Resolution | None:
    event = one.event
    if is_note(one, RESOLUTION) and isinstance(event, ev.NoteAdded):
        return _Resolution(event.occurred_at, event.by, event.status in _BY_MACHINES, one)
    fields = fields_of(one) if is_note(one, ANALYTICS) else {}
    if RESOLVED_AT not in fields:
        return None
    at, by = parse_instant(fields[RESOLVED_AT]), fields.get(RESOLVED_BY)
    return _Resolution(at, by, BY_ITSELF in fields, one)


_BY_MACHINES = (AUTOMATICALLY, BY_NOBODY)


def reopenings(said: Sequence[Said], resolved: Sequence[Wanted]) -> Iterator[Wanted]:
    """Yield a reopening for each stretch after a resolution in which it went on untold."""
    ends = _ends(said, resolved)
    told = [cut(one.event.occurred_at) for one in said if isinstance(one.event, ev.Reopened)]
    for end, following in zip(ends, [*list(ends)[1:], None], strict=False):
        if any(_lies_between(at, end, following) for at in told):
            continue
        later = (one for one in said if end < cut(one.event.occurred_at))
        cause = next(filter(_goes_on, later), None)
        if cause and _lies_between(cut(cause.event.occurred_at), end, following):
            yield _reopening(cause, ends[end])


def _ends(said: Sequence[Said], resolved: Sequence[Wanted]) -> dict[datetime, Said | Wanted]:
    """Return the resolutions by their seconds, in order; of several the one told first."""
    told: list[Said | Wanted] = [one for one in said if isinstance(one.event, ev.Resolved)]
    ends: dict[datetime, Said | Wanted] = {}
    for one in sorted((*told, *resolved), key=_second_and_telling):
        ends.setdefault(cut(one.event.occurred_at), one)
    return ends


def _second_and_telling(one: Said | Wanted) -> tuple[datetime, datetime]:
    return cut(one.event.occurred_at), one.told_at


def _lies_between(at: datetime, end: datetime, following: datetime | None) -> bool:
    return end <= at and (following is None or at <= following)


def _reopening(cause: Said, end: Said | Wanted) -> Wanted:
    what = "triggered" if is_note(cause, TRIGGER) else "acknowledged"
    reopened = ev.Reopened(
        occurred_at=cause.event.occurred_at,
        by=cause.event.by,
        why=f"{what} after it was resolved",
    )
    return caused_by(cause, REOPENED, reopened, end)


def _goes_on(one: Said) -> bool:
    is_acknowledged = isinstance(one.event, ev.Acknowledged) or is_note(one, ACKNOWLEDGEMENT)
    return is_acknowledged or is_note(one, TRIGGER)
