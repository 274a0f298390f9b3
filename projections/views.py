"""Everything that readers' tables hold of one incident, from a replay or from one step."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ..domain.history import Effective, History
from ..domain.values import iso
from .assessments import AssessmentRow, assessment_of
from .document import Document, beginning
from .durations import DurationRow, changed_durations, durations
from .status import CLOSED, State, Status
from .timeline import TimelineRow, row_of


class IncidentRow(NamedTuple):
    """Where one incident stands, as in `v1_incidents`."""

    incident_id: UUID
    title: str | None
    state: State
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

    @property
    def is_closed(self) -> bool:
        """Whether an ending is in force: resolved, dismissed or merged."""
        return self.state in CLOSED

    def by_detection(self) -> tuple[str, UUID]:
        """Sort key: time of detection, then id; what was never detected comes first."""
        return iso(self.detected_at) if self.detected_at else "", self.incident_id


class Views(NamedTuple):
    """What to write: the incident's row and document, and the rows that are new or changed."""

    incident: IncidentRow
    document: Document
    durations: tuple[DurationRow, ...]
    timeline: tuple[TimelineRow, ...]
    assessments: tuple[AssessmentRow, ...]


def replayed(incident_id: UUID, history: History) -> Views:
    """Tell a whole history anew."""
    told = _told(incident_id, beginning(history), history.entries)
    return told._replace(durations=durations(incident_id, told.document))


def stepped(incident_id: UUID, before: Document, entries: tuple[Effective, ...]) -> Views:
    """Tell newly recorded events that come last, one after the other; only what changes."""
    told = _told(incident_id, before, entries)
    return told._replace(durations=changed_durations(incident_id, before, told.document))


def _told(incident_id: UUID, document: Document, entries: tuple[Effective, ...]) -> Views:
    timeline: list[TimelineRow] = []
    assessments: list[AssessmentRow] = []
    for entry in entries:
        document = document.evolve(entry)
        timeline.append(row_of(entry, document.status))
        assessment = assessment_of(entry)
        if assessment is not None:
            assessments.append(assessment)
    row = incident_row(incident_id, document)
    return Views(row, document, (), tuple(timeline), tuple(assessments))


def incident_row(incident_id: UUID, document: Document) -> IncidentRow:
    """Return the row of one incident."""
    status: Status = document.status
    return IncidentRow(
        incident_id=incident_id,
        title=status.title,
        state=status.state,
        severity=status.severity,
        services=status.services,
        source=status.source,
        source_ref=status.source_ref,
        detected_at=status.detected_at,
        acknowledged_at=status.acknowledged_at,
        declared_at=status.declared_at,
        mitigated_at=status.mitigated_at,
        resolved_at=status.resolved_at,
        dismissed=status.dismissed,
        merged_into=status.merged_into,
        t_zero_at=status.t_zero_at,
        reopens=status.reopens,
        anomalies=len(status.anomalies),
        version=document.version,
    )
