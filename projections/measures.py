"""How durations are measured: anchors, measures, and what contradicts itself in one."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ..domain.events import EVENT_CLASSES
from ..domain.history import Effective
from ..domain.values import Frozen, Line
from .calendars import Calendar
from .milestones import HUMAN_ENGAGED, UNDONE, Occurrence

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]

Form = Literal["span", "active", "count"]
Cohort = Literal["detected", "start", "end"]


class Anchor(Frozen):
    """A kind of event, which of its occurrences counts, and what its fields must say.

    `in-force` is the occurrence that no later reopening has undone; only what a reopening undoes
    has one. An `incident-acknowledged` is a human's unless `where` asks for `automatic`.
    """

    kind: str
    occurrence: Occurrence = "first"
    where: dict[str, str | bool] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        event_class = EVENT_CLASSES.get(self.kind)
        if event_class is None and self.kind != HUMAN_ENGAGED:
            raise ValueError(f"no kind of event is called {self.kind!r}")
        fields = event_class.model_fields if event_class else {}
        for field in self.where:
            if field not in fields or field in {"kind", "occurred_at"}:
                raise ValueError(f"{self.kind} has no field {field!r} to ask for")
        if self.occurrence == "in-force" and self.kind not in UNDONE:
            raise ValueError(f"no reopening undoes {self.kind}: ask for its first or last")
        return self

    @cached_property
    def name(self) -> str:
        """The milestone's name: the kind, with the conditions behind it."""
        conditions = ", ".join(f"{field}={_shown(value)}" for field, value in self.where.items())
        return f"{self.kind}[{conditions}]" if conditions else self.kind

    def is_met_by(self, entry: Effective) -> bool:
        """Tell whether an event is of the kind and says what is asked for."""
        event = entry.event
        return event.kind == self.kind and all(
            getattr(event, field) == value for field, value in self.where.items()
        )

    def __str__(self) -> str:
        if self.occurrence == "in-force":
            return f"the {self.name} in force"
        return f"the {self.occurrence} {self.name}"


class Measure(Frozen):
    """How to measure one thing, under a name and a version: never redefined, only added to.

    A `span` runs from `start` to `end`; `active` is the sum of the stretches in which the
    incident was open; `count` is how often `end` occurred. With a `calendar` only its working
    hours count. `cohort` says which time puts an incident into a period: its detection, or the
    measure's own start or end.
    """

    name: Name
    version: Annotated[int, Field(ge=1)]
    title: Line
    start: Anchor | None = None
    end: Anchor
    form: Form = "span"
    calendar: Calendar | None = None
    cohort: Cohort = "detected"

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.form == "count":
            if self.start is not None or self.calendar is not None:
                raise ValueError("a count has neither a start nor a calendar")
            if self.cohort != "detected":
                raise ValueError("a count is of incidents by detection")
            return self
        if self.start is None:
            raise ValueError("says no start: which kind of event begins it?")
        if self.start == self.end:
            raise ValueError("starts and ends with the same event")
        if self.form == "active" and (self.start, self.end) != (DETECTED, RESOLVED):
            raise ValueError(f"active time runs from {DETECTED} to {RESOLVED}")
        if self.form == "active" and self.calendar is not None:
            raise ValueError("active time has no calendar: measure a span")
        return self

    @property
    def definition(self) -> str:
        """What it measures, in words."""
        if self.form == "count":
            return f"how often {self.end.name} occurred"
        span = f"from {self.start} to {self.end}"
        if self.form == "active":
            return f"{span}, open stretches only"
        return f"{span}, working hours of {self.calendar}" if self.calendar else span

    @property
    def conditions(self) -> tuple[Anchor, ...]:
        """Its anchors that ask for more than a kind: milestones that must be kept for it."""
        return tuple(one for one in (self.start, self.end) if one is not None and one.where)


DETECTED = Anchor(kind="incident-detected")
RESOLVED = Anchor(kind="incident-resolved", occurrence="in-force")


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
