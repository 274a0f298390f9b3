"""Who thought it how bad: every assessment side by side, none overwritten."""

from __future__ import annotations

from typing import NamedTuple

from ..domain.events import Declared, SeverityAssessed, StoryEvent


class Assessment(NamedTuple):
    """How bad somebody thinks it is, how sure they are, and on what basis."""

    assessor: str | None = None
    severity: str | None = None
    confidence: str | None = None
    basis: str | None = None


NONE = Assessment()


def assessment_of(event: StoryEvent) -> Assessment:
    """Return the assessment that an event makes: a declaration with a severity is one too."""
    match event:
        case SeverityAssessed():
            return Assessment(event.assessor, event.severity, event.confidence, event.basis)
        case Declared(severity=str()):
            return Assessment(event.by, event.severity, None, event.why)
        case _:
            return NONE
