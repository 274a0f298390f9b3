"""Everything that readers' tables hold of one incident, from a replay or from one step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from ..domain.history import Effective, History
from ..domain.values import iso
from .document import Document, beginning
from .durations import DurationRow, changed_durations, durations
from .milestones import moved_by
from .status import State, Status
from .timeline import TimelineRow, row_of

SNAPSHOT_EVERY = 8
"""Events from one snapshot to the next: reading so many takes about as long as reading one."""


class IncidentRow(NamedTuple):
    """Where one incident stands, as in `v1_incidents`."""

    incident_id: UUID
    title: str | None
    state: State
    is_open: bool
    severity: str | None
    services: tuple[str, ...]
    source: str | None
    source_ref: str | None
    detected_at: datetime | None
    acknowledged_at: datetime | None
    declared_at: datetime | None
    mitigated_at: datetime | None
    resolved_at: datetime | None
    dismissed: str | None
    merged_into: UUID | None
    t_zero_at: datetime | None
    reopens: int
    anomalies: int
    version: int
    restricted_to: str | None

    def by_detection(self) -> tuple[str, UUID]:
        """Sort key: time of detection, then id; what was never detected comes first."""
        return iso(self.detected_at) if self.detected_at else "", self.incident_id


class Views(NamedTuple):
    """What to write: the incident's row and document, and the rows that are new or changed.

    `earlier` is the incident's row before the step that led here; None where it was told anew.
    `is_snapshot_due` says that the document should be kept, to save folding all events again.
    """

    incident: IncidentRow
    document: Document
    durations: tuple[DurationRow, ...]
    timeline: tuple[TimelineRow, ...]
    earlier: IncidentRow | None = None
    is_snapshot_due: bool = False


def replayed(incident_id: UUID, history: History) -> Views:
    """Tell a whole history anew."""
    document, timeline = _told(beginning(history), history.entries)
    return Views(
        incident_row(incident_id, document), document, durations(incident_id, document), timeline
    )


def stepped(incident_id: UUID, before: Document, entries: Sequence[Effective]) -> Views:
    """Tell newly recorded events that come last, one after the other; only what changes."""
    document, timeline = _told(before, entries)
    moved = frozenset(chain.from_iterable(moved_by(entry.event) for entry in entries))
    return Views(
        incident_row(incident_id, document),
        document,
        changed_durations(incident_id, before, document, moved),
        timeline,
        earlier=incident_row(incident_id, before) if before.version else None,
        is_snapshot_due=document.version // SNAPSHOT_EVERY > before.version // SNAPSHOT_EVERY,
    )


def _told(
    document: Document, entries: Sequence[Effective]
) -> tuple[Document, tuple[TimelineRow, ...]]:
    timeline = []
    for entry in entries:
        document = document.evolve(entry)
        timeline.append(row_of(entry, document.status))
    return document, tuple(timeline)


def incident_row(incident_id: UUID, document: Document) -> IncidentRow:
    """Return the row of one incident."""
    status: Status = document.status
    return IncidentRow(
        incident_id,
        status.title,
        status.state,
        not status.is_closed,
        status.severity,
        status.services,
        status.source,
        status.source_ref,
        status.detected_at,
        status.acknowledged_at,
        status.declared_at,
        status.mitigated_at,
        status.resolved_at,
        status.dismissed,
        status.merged_into,
        status.t_zero_at,
        status.reopens,
        len(status.anomalies),
        document.version,
        status.restricted_to,
    )
