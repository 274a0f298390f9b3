"""Where an incident stands: its state, severity and services, and what is odd about its history."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from ..domain import events as ev
from ..domain.history import Effective, History
from ..domain.values import Frozen, Instant

State = Literal[
    "detected", "acknowledged", "declared", "mitigated", "resolved", "dismissed", "merged"
]


class Anomaly(Frozen):
    """Something odd in the record, told as it was recorded, and the event that shows it."""

    code: str
    event_id: UUID
    what: str


class Status(Frozen):
    """What a reader asks first about one incident."""

    title: str | None = None
    services: tuple[str, ...] = ()
    severity: str | None = None
    source: str | None = None
    source_ref: str | None = None
    detected_at: Instant | None = None
    acknowledged_at: Instant | None = None
    declared_at: Instant | None = None
    mitigated_at: Instant | None = None
    resolved_at: Instant | None = None
    dismissed: str | None = None
    merged_into: UUID | None = None
    impact_started_at: Instant | None = None
    reopens: int = 0
    restricted_to: str | None = None
    anomalies: tuple[Anomaly, ...] = ()

    @property
    def state(self) -> State:
        """The furthest milestone in force."""
        if self.merged_into is not None:
            return "merged"
        if self.dismissed is not None:
            return "dismissed"
        for state, at in (
            ("resolved", self.resolved_at),
            ("mitigated", self.mitigated_at),
            ("declared", self.declared_at),
            ("acknowledged", self.acknowledged_at),
        ):
            if at is not None:
                return state  # type: ignore[return-value] # the literals above are States
        return "detected"

    @property
    def is_closed(self) -> bool:
        """Whether an ending is in force: resolved, dismissed or merged."""
        return not (
            self.resolved_at is None and self.dismissed is None and self.merged_into is None
        )

    @property
    def t_zero_at(self) -> Instant | None:
        """Where the timeline's clock starts: the first impact, else the detection."""
        return self.impact_started_at or self.detected_at

    def evolve(self, entry: Effective) -> Status:
        """Return the status after `entry`; retracted entries change nothing but anomalies."""
        is_told = entry.retraction is None and not isinstance(entry.event, ev.NoteAdded)
        updates = self._updates(entry.event) if is_told else {}
        source = entry.recorded.source
        if source is not None and self.source is None:
            updates = updates | {"source": source.system, "source_ref": source.ref}
        found = (*_misfits(entry), *self._oddities(entry))
        if found:
            updates = updates | {"anomalies": (*self.anomalies, *found)}
        return self.but(updates) if updates else self

    def _updates(self, event: ev.StoryEvent) -> dict[str, object]:  # noqa: PLR0911, PLR0912, C901 - one arm a kind
        at = event.occurred_at
        match event:
            case ev.Detected():
                return {
                    "title": self.title or event.title,
                    "services": _with(self.services, *event.services),
                    "detected_at": self.detected_at or at,
                }
            case ev.Acknowledged():
                return {"acknowledged_at": self.acknowledged_at or at}
            case ev.Declared():
                severity = event.severity or self.severity
                return {"declared_at": self.declared_at or at, "severity": severity}
            case ev.Mitigated():
                return {"mitigated_at": at}
            case ev.Resolved():
                return {"resolved_at": self.resolved_at or at}
            case ev.Reopened():
                undone = {"mitigated_at": None, "resolved_at": None, "dismissed": None}
                return {"reopens": self.reopens + 1, **undone}
            case ev.Dismissed():
                return {"dismissed": event.reason}
            case ev.Merged():
                return {"merged_into": event.into}
            case ev.ImpactStarted():
                return {
                    "impact_started_at": self.impact_started_at or at,
                    "services": _with(self.services, event.service),
                }
            case ev.SeverityAssessed():
                return {"severity": event.severity}
            case ev.AccessRestricted():
                return {"restricted_to": event.group}
            case ev.AccessOpened():
                return {"restricted_to": None}
            case _:
                return {}

    def _oddities(self, entry: Effective) -> tuple[Anomaly, ...]:
        if entry.retraction is not None or entry.event.kind not in _IN_TURN:
            return ()
        event, event_id = entry.event, entry.recorded.event_id
        found = []
        if self.detected_at is None and isinstance(event, _AFTER_DETECTION):
            what = f"{event.kind} lies before any detection"
            found.append(Anomaly(code="before-detection", event_id=event_id, what=what))
        oddity = self._out_of_turn(event)
        if oddity is not None:
            code, what = oddity
            found.append(Anomaly(code=code, event_id=event_id, what=what))
        return tuple(found)

    def _out_of_turn(self, event: ev.StoryEvent) -> tuple[str, str] | None:  # noqa: PLR0911 - one arm a kind
        match event:
            case ev.Detected() if self.detected_at:
                return "detected-twice", "detected again"
            case ev.Declared() if self.declared_at:
                return "declared-twice", "declared again"
            case ev.Resolved() if self.resolved_at:
                return "resolved-twice", "resolved again without reopening"
            case ev.Acknowledged() if self.resolved_at:
                return "acknowledged-after-resolution", "acknowledged after it was resolved"
            case ev.Mitigated() if self.resolved_at:
                return "mitigated-after-resolution", "mitigated after it was resolved"
            case ev.Reopened() if not self.is_closed:
                return "reopened-while-open", "reopened though it was open"
            case _:
                return None


def told_first(history: History) -> Status:
    """Return the status before the first event: empty, but for corrections of unknown events."""
    return Status(
        anomalies=tuple(
            Anomaly(
                code="corrects-unknown-event",
                event_id=one.event_id,
                what=f"{one.event.kind} of an event that is not in this history",
            )
            for one in history.adrift
        )
    )


_IN_TURN = frozenset(
    event_class.model_fields["kind"].default
    for event_class in (
        ev.Detected, ev.Acknowledged, ev.Declared, ev.Mitigated, ev.Resolved, ev.Reopened,
        ev.Dismissed,
    )
)  # fmt: skip
"""Kinds that have their turn in a response, and can be out of it."""

_AFTER_DETECTION = (ev.Acknowledged, ev.Declared, ev.Mitigated, ev.Resolved, ev.Dismissed)


def _with(services: tuple[str, ...], *more: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*services, *more)))


def _misfits(entry: Effective) -> tuple[Anomaly, ...]:
    return tuple(
        Anomaly(
            code="correction-does-not-fit",
            event_id=correction.event_id,
            what=f"the corrected {entry.event.kind} would be no valid event; it reads as before",
        )
        for correction in entry.unfitting
    )
