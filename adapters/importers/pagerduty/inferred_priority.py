"""What follows from the priorities that an incident shows: a severity, since when it is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from ....domain import events as ev
from ....domain.values import parse_instant
from ..tellings import Said, Wanted
from .analytics import ANALYTICS
from .causes import caused_by, cut, fields_of, is_note
from .facts import PRIORITY, PRIORITY_REMOVED, SHOWN_PRIORITY, SYSTEM


def priorities(said: Sequence[Said]) -> Iterator[Wanted]:
    """Yield each priority that is shown and was not told before."""
    changes = [one for one in said if _is_change(one)]
    shown = [one for one in said if is_note(one, SHOWN_PRIORITY)]
    if not changes and not shown:
        yield from _of_analytics(said)
    # A shown time is cut to its second, so a change within that second came before.
    words = sorted([*changes, *shown], key=lambda one: cut(one.event.occurred_at))
    current, is_first = None, True
    for one in words:
        priority = _priority(one)
        if one in shown and priority and priority != current:
            told_otherwise = any(_priority(change) != priority for change in changes)
            since_creation = is_first and not told_otherwise
            yield _assessed(one, priority, since_creation=since_creation)
        current, is_first = priority, False


def _is_change(one: Said) -> bool:
    return isinstance(one.event, ev.SeverityAssessed) or is_note(one, PRIORITY_REMOVED)


def _priority(one: Said) -> str | None:
    is_assessed = isinstance(one.event, ev.SeverityAssessed)
    return one.event.severity if is_assessed else fields_of(one).get("priority")  # type: ignore[union-attr] # judged above


def _assessed(shown: Said, priority: str, *, since_creation: bool) -> Wanted:
    at = parse_instant(fields_of(shown)["created"]) if since_creation else shown.event.occurred_at
    role = f"{PRIORITY}-since-creation" if since_creation else PRIORITY
    return caused_by(shown, role, _severity(at, priority, "the priority that the incident shows"))


def _of_analytics(said: Sequence[Said]) -> Iterator[Wanted]:
    for one in said:
        fields = fields_of(one) if is_note(one, ANALYTICS) else {}
        if "priority" in fields:
            at, basis = one.event.occurred_at, "the priority in PagerDuty's analytics"
            yield caused_by(one, PRIORITY, _severity(at, fields["priority"], basis))


def _severity(at: datetime, priority: str, basis: str) -> ev.SeverityAssessed:
    return ev.SeverityAssessed(occurred_at=at, assessor=SYSTEM, severity=priority, basis=basis)
