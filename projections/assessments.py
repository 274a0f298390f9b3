"""Who thought it how bad: every assessment side by side, none overwritten."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ..domain import events as ev
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
    recorded, event = entry.recorded, entry.event
    if isinstance(event, ev.SeverityAssessed):
        said = (event.assessor, event.severity, event.confidence, event.basis)
    elif isinstance(event, ev.Declared):
        said = (event.by, event.severity, None, event.why)
    else:
        return None
    return AssessmentRow(
        recorded.incident_id,
        recorded.event_id,
        event.occurred_at,
        *said,
        retracted=entry.retraction is not None,
    )
