"""The milestones of a response as a table of key moments, with those that are not recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ..domain.values import micros
from .milestones import Milestones, Occurrence


class KeyMoment(NamedTuple):
    """A milestone of the response; without `event_id` it is not recorded."""

    label: str
    kind: str
    event_id: UUID | None
    at: datetime | None
    offset_us: int | None
    """Microseconds from T0, negative before it."""


def offset_from(t_zero: datetime | None, at: datetime) -> int | None:
    """Return microseconds from T0 to `at`, negative before it; None without a T0."""
    return None if t_zero is None else micros(at) - micros(t_zero)


_ALWAYS: tuple[tuple[str, str, Occurrence], ...] = (
    ("Impact started", "impact-started", "first"),
    ("Detected", "incident-detected", "first"),
    ("Acknowledged", "incident-acknowledged", "first"),
    ("Declared", "incident-declared", "first"),
    ("Mitigated", "incident-mitigated", "in-force"),
    ("Resolved", "incident-resolved", "in-force"),
)
_WHERE_RECORDED: tuple[tuple[str, str, Occurrence], ...] = (
    ("Acknowledged by a machine", "incident-acknowledged-automatically", "first"),
    ("First resolved", "incident-resolved", "first"),
    ("Last reopened", "incident-reopened", "last"),
    ("Dismissed", "incident-dismissed", "in-force"),
    ("Merged", "incident-merged", "in-force"),
)


def key_moments(milestones: Milestones, t_zero: datetime | None) -> Iterator[KeyMoment]:
    """Yield the key moments: those every response should have, then others where recorded."""
    shown = set()
    for label, kind, occurrence in _ALWAYS + _WHERE_RECORDED:
        found = milestones.find(kind, occurrence)
        if found is not None and found.event_id not in shown:
            shown.add(found.event_id)
            yield KeyMoment(label, kind, found.event_id, found.at, offset_from(t_zero, found.at))
        elif found is None and (label, kind, occurrence) in _ALWAYS:
            yield KeyMoment(label, kind, None, None, None)
