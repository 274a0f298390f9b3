"""The key moments of a timeline as labels on poles above it, none of which runs into another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from ..domain.history import Cut
from ..domain.values import micros
from ..projections.story import Story
from .chart_labels import Box
from .picture_marks import Lane, Numbered
from .picture_scale import Scale
from .svg import Svg, line, text
from .text_width import BOLD, width

SIZE, HEIGHT, AIR = 12 * BOLD, 18, 8
MOST_ROWS = 6
"""So many rows hold lesser moments; those of the table of key moments always have a place."""

MOST_LESSER = 40


Side = Literal["start", "end"]
"""The side of a text at which its pole stands."""


class Label(NamedTuple):
    """What stands at a pole; the pole goes down into `lane`, or through all of them."""

    x: float
    said: str
    lane: Lane | None
    is_lesser: bool = False

    @property
    def room(self) -> float:
        """How wide it is, with the air around it."""
        return width(self.said, SIZE) + AIR


class Placed(NamedTuple):
    """A label in its row; row 0 is the lowest, and `box` has y upwards from there."""

    label: Label
    row: int
    box: Box


def labels_of(
    story: Story, cut: Cut, entries: Sequence[Numbered], scale: Scale, *, to_the_second: bool
) -> list[Label]:
    """Return the labels: the key moments, other turns of the story, and where an open one ends."""
    since, until = span_of(story, cut)
    clock = "%H:%M:%S" if to_the_second else "%H:%M"
    form = f"%m-%d {clock}" if until - since >= timedelta(days=1) else clock
    names = {one.event_id: one.label for one in story.moments if one.event_id}
    labels, lesser = list[Label](), list[Label]()
    for one in entries:
        row = one.entry.row
        told = names.get(row.event_id)
        said = f"{one.number} {told or _turn(row.kind)} {row.occurred_at:{form}}"
        if told:
            labels.append(Label(one.x, said, one.lane))
        elif row.kind in _TURNS and not row.retracted:
            lesser.append(Label(one.x, said, one.lane, is_lesser=True))
    if story.incident.is_open:
        said = f"open as of {until:%Y-%m-%d} {until:{clock}}"
        labels.append(Label(scale.at(micros(until)), said, None))
    return labels + lesser[:MOST_LESSER]


_TURNS = frozenset({"incident-mitigated", "incident-resolved", "incident-reopened"})


def _turn(kind: str) -> str:
    return kind.partition("-")[2].capitalize()


def span_of(story: Story, cut: Cut) -> tuple[datetime, datetime]:
    """Return from when to when the story is known, whichever of its entries are shown.

    It ends with its last entry; that of an open incident with `as_of`, if that is later.
    """
    times = [one.event.occurred_at for one in story.history.entries]
    if cut.as_of is None or not story.incident.is_open:
        return times[0], times[-1]
    return times[0], max(times[-1], cut.as_of)


def placed(labels: Iterable[Label], left: float, right: float) -> list[Placed]:
    """Return the labels between `left` and `right`, none of which overlap.

    Texts right of their poles fit best from right to left, those left of them the other way.
    Taken is the order and the side in which the fewest poles run through texts.
    """
    told = sorted(labels, key=lambda one: (one.is_lesser, one.x))
    reverse = sorted(told, key=lambda one: (one.is_lesser, -one.x))
    late = {one for one in told if one.x + one.room > right}
    mixed = sorted(reverse, key=lambda one: (one.is_lesser, one in late, one.x * (one in late)))
    tries = [
        _in_turn(order, left, right, side)
        for order, sides in ((mixed, _RIGHT_FIRST), (reverse, _RIGHT_FIRST), (told, _LEFT_FIRST))
        for side in sides
    ]
    return min(tries, key=_trouble)


_RIGHT_FIRST: tuple[tuple[Side, ...], ...] = (("start", "end"), ("start",))
_LEFT_FIRST: tuple[tuple[Side, ...], ...] = (("end", "start"), ("end",))


def _trouble(places: Sequence[Placed]) -> tuple[int, int, int]:
    crossed = sum(_runs_through(one, other) for one in places for other in places)
    return crossed, -len(places), max((one.row for one in places), default=0)


def _in_turn(
    labels: Iterable[Label], left: float, right: float, sides: tuple[Side, ...]
) -> list[Placed]:
    """Return the labels, each in the lowest row where it is clear of those before it."""
    done = list[Placed]()
    for label in labels:
        rows = range(MOST_ROWS if label.is_lesser else len(done) + MOST_ROWS)
        choices = [
            Placed(label, row, box)
            for row in rows
            for box in _boxes(label, row, left, right, sides)
        ]
        free = [one for one in choices if not any(one.box.overlaps(other.box) for other in done)]
        clear = (one for one in free if one.row < MOST_ROWS and not _crosses_any(one, done))
        place = next(clear, None if label.is_lesser else free[0])
        done += [place] if place else []
    return done


def _boxes(label: Label, row: int, left: float, right: float, sides: tuple[Side, ...]) -> list[Box]:
    """Return where a label may be in a row: on these sides of its pole, else on any with room."""
    low, high = row * HEIGHT, (row + 1) * HEIGHT
    by_side: dict[Side, Box] = {
        "start": Box(label.x, low, label.x + label.room, high),
        "end": Box(label.x - label.room, low, label.x, high, "end"),
    }
    fitting = {
        side: box for side, box in by_side.items() if left <= box.left and box.right <= right
    }
    return [fitting[side] for side in sides if side in fitting] or list(fitting.values())


def _crosses_any(one: Placed, done: Sequence[Placed]) -> bool:
    return any(_runs_through(one, other) or _runs_through(other, one) for other in done)


def _runs_through(one: Placed, other: Placed) -> bool:
    """Tell whether the pole of one goes through the text of the other, which is lower."""
    return one.row > other.row and other.box.left < one.label.x < other.box.right


def drawn(places: Sequence[Placed], base: float, feet: dict[Lane, float],
          bottom: float) -> Iterator[Svg]:  # fmt: skip
    """Yield the poles, then the labels over them; the lowest row stands on `base`."""
    for one in places:
        foot = bottom if one.label.lane is None else feet[one.label.lane]
        y = base - one.row * HEIGHT
        yield line((one.label.x, y - HEIGHT + 4), (one.label.x, foot), "pole")
    for one in places:
        anchor, shift = one.box.anchor, AIR / 2
        x = one.box.left + shift if anchor == "start" else one.box.right - shift
        yield text(x, base - one.row * HEIGHT - 5, one.label.said, "moment", text_anchor=anchor)
