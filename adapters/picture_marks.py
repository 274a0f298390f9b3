"""The entries of a timeline as marks in lanes, those too near to each other as one with a count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, assert_never, get_args

from ..domain import events as ev
from ..domain.history import Effective
from ..domain.values import micros
from ..projections.machines import said_by_machine
from ..projections.story import Story, StoryEntry
from .picture_scale import Scale
from .text_width import width
from .wording import offset

Lane = Literal["Alerts, impact", "People", "Changes", "Communication"]
LANES: tuple[Lane, ...] = get_args(Lane)

NEAREST, AIR = 12, 1
"""Marks nearer to each other than this become one, and those whose outlines would meet."""

TIMES = "\N{MULTIPLICATION SIGN}"
NUMBER_SIZE, LEAST_HALF = 10.5, 9


class Numbered(NamedTuple):
    """An entry with the number of its row in the timeline's table, and where it lies."""

    number: int
    entry: StoryEntry
    lane: Lane
    x: float
    since: str
    """The time since T0, or nothing where there is none."""


class Mark(NamedTuple):
    """What is drawn at one place of a lane: one entry, or several as a count."""

    entries: tuple[Numbered, ...]

    @property
    def x(self) -> float:
        """The middle between its first and its last entry."""
        return (self.entries[0].x + self.entries[-1].x) / 2

    @property
    def said(self) -> str:
        """The row's number, or how many rows there are."""
        count = len(self.entries)
        return f"{TIMES}{count}" if count > 1 else str(self.entries[0].number)

    @property
    def half(self) -> float:
        """Half of its width."""
        more = 3 if len(self.entries) > 1 else 0
        return max(LEAST_HALF, width(self.said, NUMBER_SIZE) / 2 + 4) + more

    def is_near(self, other: Mark) -> bool:
        """Tell whether the marks, this one left of the other, are too near to be told apart."""
        return other.x - self.x < max(NEAREST, self.half + other.half + AIR)


def numbered(story: Story, scale: Scale, *, to_the_second: bool) -> list[Numbered]:
    """Return every entry with its row's number, in the order told."""
    told = {one.recorded.event_id: one for one in story.history.entries}
    return [
        Numbered(
            entry.number,
            entry,
            lane_of(told[entry.row.event_id]),
            scale.at(micros(entry.row.occurred_at)),
            "" if entry.offset_us is None else offset(entry.offset_us, to_the_second=to_the_second),
        )
        for entry in story.entries
    ]


def lanes_of(entries: Sequence[Numbered]) -> dict[Lane, list[Mark]]:
    """Return the marks of each lane that has any; every entry is in exactly one mark."""
    by_lane = {lane: [one for one in entries if one.lane == lane] for lane in LANES}
    return {lane: clustered(inside) for lane, inside in by_lane.items() if inside}


def clustered(entries: Iterable[Numbered]) -> list[Mark]:
    """Return marks from left to right of which none is too near to another."""
    marks = list[Mark]()
    for one in entries:
        marks.append(Mark((one,)))
        while len(marks) > 1 and marks[-2].is_near(marks[-1]):
            last = marks.pop()
            marks[-1] = Mark((*marks[-1].entries, *last.entries))
    return marks


def lane_of(entry: Effective) -> Lane:
    """Return the lane of an entry: what machines and services did, people, changes, or news.

    People hold what somebody saw, thought, decided or took on, and what became of the incident;
    changes hold what was done to the system.
    """
    match entry.event:
        case ev.NoteAdded(note="communication"):
            return "Communication"
        case ev.NoteAdded(note="action") | ev.Mitigated():
            return "Changes"
        case (
            ev.Detected() | ev.ExpectationBreached() | ev.ImpactStarted() | ev.ImpactEnded()
            | ev.Acknowledged(automatic=True) | ev.Resolved(automatic=True)
        ):  # fmt: skip
            return "Alerts, impact"
        case ev.NoteAdded(note="observation", by=who) | ev.SeverityAssessed(assessor=who):
            return "Alerts, impact" if said_by_machine(who, entry.recorded.source) else "People"
        case (
            ev.NoteAdded() | ev.Acknowledged() | ev.Declared() | ev.Resolved() | ev.Reopened()
            | ev.Dismissed() | ev.Merged() | ev.ResponderEngaged() | ev.RoleAssigned()
            | ev.RoleReleased() | ev.SurpriseNoted() | ev.FollowUpAdded()
            | ev.FollowUpCompleted() | ev.AccessRestricted() | ev.AccessOpened()
        ):  # fmt: skip
            return "People"
        case other:
            assert_never(other)
