"""What follows from an incident.io incident's updates, its timestamps and how it stands.

Updates say only which status an incident has now. That it was resolved, reopened, dismissed or
judged otherwise follows from those before, in whatever order they are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, assert_never

from ....domain import events as ev
from ..tellings import INFERRED, Said, Wanted

SYSTEM = "incident-io"
STATE = "state"
UPDATE = "update"
CLOSED = "closed"

Phase = Literal["open", "over", "dismissed"]

PHASES: dict[str, Phase] = {
    "learning": "over",
    "closed": "over",
    "declined": "dismissed",
    "canceled": "dismissed",
}
"""Where an incident is in a status of that category; in any other it is open."""

_SEVERITY = "; severity: "


def standing(category: str | None, status: str | None, severity: str | None) -> str | None:
    """Return in one line how an incident stands, for `_point` to read."""
    said = f"{category}: {status}" if category and status else ""
    return f"{said}{_SEVERITY}{severity}" if severity else said or None


class Point(NamedTuple):
    """How an incident stood from a moment on; `key` puts those of one moment in order."""

    key: str
    at: datetime
    told_at: datetime
    by: str | None
    category: str
    severity: str

    @property
    def phase(self) -> Phase:
        """Where the incident is."""
        return PHASES.get(self.category, "open")


def inferred(said: Sequence[Said]) -> Iterator[Wanted]:
    """Yield the severities, resolutions, dismissals and reopenings that follow from all."""
    points = _points(said)
    yield from _severities(points)
    yield from _lifecycle(points, said)


def _points(said: Sequence[Said]) -> list[Point]:
    points = [point for one in said if (point := _point(one)) is not None]
    # What changed with an update is read at the same moment, and told by the update.
    return sorted(points, key=lambda point: (point.at, point.key == STATE, point.key))


def _point(one: Said) -> Point | None:
    key, _, role = one.slot.rpartition("/")
    is_point = role in {STATE, UPDATE}
    if not is_point or not isinstance(one.event, ev.NoteAdded) or one.event.status is None:
        return None
    status, _, severity = one.event.status.partition(_SEVERITY)
    category = status.partition(": ")[0]
    at, by = one.event.occurred_at, one.event.by
    # How it stands is one note that is corrected: what it says now was not told with the first.
    return Point(key or STATE, at, max(one.told_at, at), by, category, severity)


def _severities(points: Sequence[Point]) -> Iterator[Wanted]:
    severity = ""
    for point in points:
        if point.severity and point.severity != severity:
            severity = point.severity
            assessed = ev.SeverityAssessed(
                occurred_at=point.at,
                by=point.by,
                assessor=point.by or SYSTEM,
                severity=severity,
                basis="as it stands" if point.key == STATE else "an update",
            )
            yield Wanted(f"{INFERRED}{point.key}/severity", assessed, point.told_at)


def _lifecycle(points: Sequence[Point], said: Sequence[Said]) -> Iterator[Wanted]:
    timed = _Timed.of(said)
    phase: Phase = "open"
    since: datetime | None = None
    for index, point in enumerate(points):
        if not point.category or point.phase == phase:
            continue
        if phase != "open":
            since = point.at
            reopened = ev.Reopened(occurred_at=point.at, by=point.by)
            yield Wanted(f"{INFERRED}{point.key}/reopened", reopened, point.told_at)
        phase = point.phase
        until = next(
            (one.at for one in points[index:] if one.category and one.phase != phase), None
        )
        yield from _entered(point, timed.within(since, until))


def _entered(point: Point, timed: _Timed) -> Iterator[Wanted]:
    """Yield what a phase means, unless a timestamp tells it at a time of its own."""
    at, by = point.at, point.by
    match point.phase:
        case "over" if not timed.resolved:
            if point.category == "closed" and timed.closed:
                at = timed.closed[-1]
            resolved = ev.Resolved(occurred_at=at, by=by)
            yield Wanted(f"{INFERRED}{point.key}/resolved", resolved, point.told_at)
        case "dismissed" if not timed.dismissed:
            why = point.category
            dismissed = ev.Dismissed(occurred_at=at, by=by, reason="not-an-incident", why=why)
            yield Wanted(f"{INFERRED}{point.key}/dismissed", dismissed, point.told_at)
        case "over" | "dismissed" | "open":
            pass
        case other:
            assert_never(other)


class _Timed(NamedTuple):
    """When timestamps say that an incident was resolved, closed or dismissed."""

    resolved: tuple[datetime, ...]
    closed: tuple[datetime, ...]
    dismissed: tuple[datetime, ...]

    @classmethod
    def of(cls, said: Sequence[Said]) -> _Timed:
        """Return the times that stand in timestamps' slots."""

        def times(role: str) -> tuple[datetime, ...]:
            found = [one.event.occurred_at for one in said if one.slot.endswith(f"/{role}")]
            return tuple(sorted(found))

        return cls(times("resolved"), times(CLOSED), times("dismissed"))

    def within(self, since: datetime | None, until: datetime | None) -> _Timed:
        """Return the times of one stretch between two reopenings."""

        def inside(times: tuple[datetime, ...]) -> tuple[datetime, ...]:
            after = [at for at in times if since is None or at >= since]
            return tuple(at for at in after if until is None or at <= until)

        return _Timed(*(inside(times) for times in self))
