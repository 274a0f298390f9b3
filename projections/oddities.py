"""What is odd about an incident's record, for people to look into: told, never mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from ..domain.values import micros
from .timeline import TimelineRow
from .views import Views

SILENCE_US = 30 * 24 * 3_600_000_000
"""An open incident without an entry for so long was more likely forgotten than worked on."""


class Oddity(NamedTuple):
    """One oddity, the event that shows it, and when that happened."""

    incident_id: UUID
    title: str | None
    code: str
    what: str
    event_id: UUID | None
    occurred_at: datetime | None


def oddities(views: Views) -> Iterator[Oddity]:
    """Yield what is odd about one incident: its story's order, its durations, its silences."""
    incident_id, title = views.incident.incident_id, views.incident.title
    times = {row.event_id: row.occurred_at for row in views.timeline}
    for anomaly in views.document.status.anomalies:
        at = times.get(anomaly.event_id)
        yield Oddity(incident_id, title, anomaly.code, anomaly.what, anomaly.event_id, at)
    for row in views.durations:
        if row.state == "anomalous":
            what = f"{row.measure}: {row.reason}"
            yield Oddity(
                incident_id, title, "anomalous-duration", what, row.end_event_id, row.ended_at
            )
    for before, after in _silences(views.timeline):
        days = (micros(after.occurred_at) - micros(before.occurred_at)) // (24 * 3_600_000_000)
        what = f"open, and nothing on record for {days} days"
        yield Oddity(incident_id, title, "silence", what, after.event_id, after.occurred_at)


def _silences(rows: tuple[TimelineRow, ...]) -> Iterator[tuple[TimelineRow, TimelineRow]]:
    told = [row for row in rows if not row.retracted]
    for before, after in pairwise(told):
        if before.phase in _OVER:
            continue
        if micros(after.occurred_at) - micros(before.occurred_at) >= SILENCE_US:
            yield before, after


_OVER = frozenset({"resolved", "dismissed", "merged"})
