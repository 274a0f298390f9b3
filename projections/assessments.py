"""Who thought it how bad: every assessment side by side, none overwritten."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ..domain.events import Declared, SeverityAssessed
from ..domain.history import Effective


class AssessmentRow(NamedTuple):
    """One assessment, as in `v1_assessments`. A declaration with a severity is one too.

    A retracted one, or a declaration without severity, keeps its row here and is not shown.
    """

    incident_id: UUID
    event_id: UUID
    occurred_at: datetime
    assessor: str | None
    severity: str | None
    confidence: str | None
    basis: str | None
    retracted: bool


def assessment_of(entry: Effective) -> AssessmentRow | None:
    """Return the assessment that an event may make, if it is of such a kind."""
    assessor: str | None
    match entry.event:
        case SeverityAssessed() as event:
            assessor, confidence, basis = event.assessor, event.confidence, event.basis
        case Declared() as event:
            assessor, confidence, basis = event.by, None, event.why
        case _:
            return None
    return AssessmentRow(
        incident_id=entry.recorded.incident_id,
        event_id=entry.recorded.event_id,
        occurred_at=entry.event.occurred_at,
        assessor=assessor,
        severity=event.severity,
        confidence=confidence,
        basis=basis,
        retracted=entry.retraction is not None,
    )
