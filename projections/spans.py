"""What lasted: who held which role, which service failed, which phase the response was in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ..domain.events import ImpactEnded, ImpactStarted, RoleAssigned, RoleReleased
from ..domain.history import Effective
from ..domain.values import UsersAffected
from .timeline import Phase, TimelineRow


class RoleSpan(NamedTuple):
    """Somebody held a role; an end that is None is not recorded, and neither is such a start."""

    role: str
    holder: str | None
    started_at: datetime | None
    ended_at: datetime | None
    start_event_id: UUID | None
    end_event_id: UUID | None


class ImpactSpan(NamedTuple):
    """A service failed its users at one level; an end that is None is not recorded."""

    service: str
    concern: str | None
    level: str | None
    users: UsersAffected | None
    started_at: datetime | None
    ended_at: datetime | None
    start_event_id: UUID | None
    end_event_id: UUID | None


class PhaseSpan(NamedTuple):
    """The response was in one phase, from the event that led there to the one that led on.

    The last phase ends with the last event told.
    """

    phase: Phase
    started_at: datetime
    ended_at: datetime


def role_spans(entries: Iterable[Effective]) -> tuple[RoleSpan, ...]:
    """Return who held which role from when to when, by the events that were not retracted."""
    spans: list[RoleSpan] = []
    for entry in entries:
        event, event_id = entry.event, entry.recorded.event_id
        if entry.retraction or not isinstance(event, RoleAssigned | RoleReleased):
            continue
        held = _last_open(spans, (event.role, event.holder))
        if isinstance(event, RoleReleased):
            if held is None:
                held = len(spans)
                spans.append(RoleSpan(event.role, event.holder, None, None, None, None))
            spans[held] = spans[held]._replace(ended_at=event.occurred_at, end_event_id=event_id)
        elif held is None:
            at = event.occurred_at
            spans.append(RoleSpan(event.role, event.holder, at, None, event_id, None))
    return tuple(spans)


def impact_spans(entries: Iterable[Effective]) -> tuple[ImpactSpan, ...]:
    """Return which service failed how from when to when, by the events that were not retracted.

    A start at another level ends the span before it; one at the same level adds nothing.
    """
    spans: list[ImpactSpan] = []
    for entry in entries:
        event, event_id = entry.event, entry.recorded.event_id
        if entry.retraction or not isinstance(event, ImpactStarted | ImpactEnded):
            continue
        at, subject = event.occurred_at, (event.service, event.concern)
        found = _last_open(spans, subject)
        if isinstance(event, ImpactStarted):
            if found is not None and spans[found].level == event.level:
                continue
            more = ImpactSpan(*subject, event.level, event.users, at, None, event_id, None)
        else:
            more = ImpactSpan(*subject, None, None, None, at, None, event_id)
        if found is not None:
            spans[found] = spans[found]._replace(ended_at=at, end_event_id=event_id)
        if found is None or isinstance(event, ImpactStarted):
            spans.append(more)
    return tuple(spans)


def phase_spans(rows: Iterable[TimelineRow]) -> tuple[PhaseSpan, ...]:
    """Return the phases that a timeline went through, in order."""
    spans: list[PhaseSpan] = []
    for row in rows:
        if row.retracted:
            continue
        if spans:
            spans[-1] = spans[-1]._replace(ended_at=row.occurred_at)
        if not spans or spans[-1].phase != row.phase:
            spans.append(PhaseSpan(row.phase, row.occurred_at, row.occurred_at))
    return tuple(spans)


def _last_open(
    spans: list[RoleSpan] | list[ImpactSpan], subject: tuple[str, str | None]
) -> int | None:
    for index in range(len(spans) - 1, -1, -1):
        if spans[index].end_event_id is None and spans[index][:2] == subject:
            return index
    return None
