"""What PagerDuty's analytics say of an incident: one note, from which the rest is inferred.

Analytics are worked out a day later from what log entries and incidents tell at first hand.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from ....domain import events as ev
from ....domain.errors import InvalidInput
from ....domain.values import Line, iso
from ..tellings import Wanted
from ..wire import MaybeText, Wire
from .facts import ID, TITLE, written
from .form import MaybeCut, Moment

ANALYTICS = "analytics/note"

FIRST_ACKNOWLEDGED, FIRST_ACKNOWLEDGED_BY = "first acknowledged", "first acknowledged by"
RESOLVED_AT, RESOLVED_BY = "resolved", "resolved by"
BY_ITSELF = "resolved automatically"


class Analysed(Wire):
    """An incident as PagerDuty's analytics show it."""

    id: Line
    description: MaybeText = None
    created_at: Moment
    updated_at: Moment | None = None
    resolved_at: Moment | None = None
    seconds_to_first_ack: Annotated[int, Field(ge=0)] | None = None
    acknowledged_user_names: list[MaybeCut] | None = None
    resolved_by_user_name: MaybeCut = None
    auto_resolved: bool | None = None
    service_name: MaybeCut = None
    priority_name: MaybeCut = None

    @property
    def first_acknowledged_at(self) -> datetime | None:
        """The creation and the seconds from there; raises `InvalidInput` beyond all times."""
        if self.seconds_to_first_ack is None:
            return None
        try:
            return self.created_at + timedelta(seconds=self.seconds_to_first_ack)
        except OverflowError:
            raise InvalidInput("is too long for any time", "seconds_to_first_ack") from None


def analytics_note(incident: Analysed) -> Wanted:
    """Return the note that keeps what analytics say."""
    acknowledged_at, resolved_at = incident.first_acknowledged_at, incident.resolved_at
    users = incident.acknowledged_user_names or []
    fields = {
        TITLE: incident.description,
        ID: incident.id,
        "service": incident.service_name,
        "priority": incident.priority_name,
        FIRST_ACKNOWLEDGED: iso(acknowledged_at) if acknowledged_at else None,
        # Of several, analytics do not say who was the first.
        FIRST_ACKNOWLEDGED_BY: users[0] if acknowledged_at and len(users) == 1 else None,
        RESOLVED_AT: iso(resolved_at) if resolved_at else None,
        RESOLVED_BY: None if incident.auto_resolved else incident.resolved_by_user_name,
        BY_ITSELF: "yes" if incident.auto_resolved else None,
    }
    text = written("PagerDuty's analytics:", fields)
    note = ev.NoteAdded(occurred_at=incident.created_at, text=text)
    told_at = incident.updated_at or incident.resolved_at or incident.created_at
    return Wanted(ANALYTICS, note, max(told_at, incident.created_at))
