"""Loading an incident's document: its snapshot, and the steps recorded since."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from pydantic import ValidationError

from ..domain.events import StoryEvent
from ..domain.history import Effective, effective_history
from ..domain.records import decode
from ..projections.document import Document
from ..projections.views import replayed
from .backend import Backend


def load_document(backend: Backend, incident_id: UUID) -> Document | None:
    """Return what replaying an incident leads to; None if nothing is recorded of it.

    A snapshot saves folding what came before it. What came since is one step after the other:
    whatever is none, such as a correction, was stored together with a new snapshot.
    """
    text, rows = backend.since_snapshot(incident_id)
    try:
        document = Document.model_validate_json(text) if text else None
    except ValidationError:  # another version's: it saves nothing, and nothing depends on it
        document, rows = None, backend.read(incident_id)
    recorded = decode(rows)
    if document is None:
        history = effective_history(recorded)
        return replayed(incident_id, history).document if recorded else None
    steps = [Effective(one, cast("StoryEvent", one.event)) for one in recorded]
    for step in sorted(steps, key=lambda step: step.order):
        document = document.evolve(step)
    return document
