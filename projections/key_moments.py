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


class _Sought(NamedTuple):
    label: str
    kind: str
    occurrence: Occurrence
    is_expected: bool = False
    """Whether every response should have it, so that its absence is told."""


_IN_ORDER = (
    _Sought("Impact started", "impact-started", "first", is_expected=True),
    _Sought("Detected", "incident-detected", "first", is_expected=True),
    _Sought("Acknowledged by a machine", "incident-acknowledged-automatically", "first"),
    _Sought("Acknowledged", "incident-acknowledged", "first", is_expected=True),
    _Sought("Declared", "incident-declared", "first", is_expected=True),
    _Sought("First mitigated", "incident-mitigated", "first"),
    _Sought("First resolved", "incident-resolved", "first"),
    _Sought("Last reopened", "incident-reopened", "last"),
    _Sought("Mitigated", "incident-mitigated", "in-force", is_expected=True),
    _Sought("Resolved", "incident-resolved", "in-force", is_expected=True),
    _Sought("Dismissed", "incident-dismissed", "in-force"),
    _Sought("Merged", "incident-merged", "in-force"),
)
"""In the order in which a response goes, whatever the times are."""


def key_moments(milestones: Milestones, t_zero: datetime | None) -> Iterator[KeyMoment]:
    """Yield the key moments: those every response should have, and others where recorded."""
    found = [(sought, milestones.find(sought.kind, sought.occurrence)) for sought in _IN_ORDER]
    expected = {one.event_id for sought, one in found if one and sought.is_expected}
    for (label, kind, _, is_expected), one in found:
        if one is None:
            if is_expected:
                yield KeyMoment(label, kind, None, None, None)
        elif is_expected or one.event_id not in expected:
            yield KeyMoment(label, kind, one.event_id, one.at, offset_from(t_zero, one.at))
