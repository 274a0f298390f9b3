"""Where the names of curves go: beside their curve, clear of the others and of each other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from .svg import Spot

HEIGHT = 15
GAP, AIR = 7, 4
"""How far a name is from its own curve, and at least from others."""

HIDDEN, THROUGH, NEAR, FARTHER = 20, 3, 1, 0.02
"""How bad a place is: on another name, across a curve, close to one, less central by one place."""


class Box(NamedTuple):
    """The room that a name takes."""

    left: float
    top: float
    right: float
    bottom: float
    anchor: Literal["start", "end"] = "start"
    """The side at its curve, where the name stays put in a font wider than guessed."""

    @property
    def anchored_at(self) -> float:
        """Where the name is held."""
        return self.left if self.anchor == "start" else self.right

    def overlaps(self, other: Box) -> bool:
        """Tell whether two names would run into each other."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class Stairs:
    """A curve that only goes right and down, asked where it is."""

    def __init__(self, corners: Sequence[Spot]) -> None:
        self._xs = [x for x, _ in corners]
        self._ys = [y for _, y in corners]
        self.end: Spot = corners[-1]

    def falls_to(self, y: float) -> float:
        """Return where the curve first is as low as `y`."""
        return self._xs[min(bisect_left(self._ys, y), len(self._xs) - 1)]

    def crosses(self, box: Box, air: float = 0) -> bool:
        """Tell whether the curve runs through the room of a name, or as near to its sides."""
        left, right = box.left - air, box.right + air
        if left > self.end[0] or right < self._xs[0]:
            return False
        return self._y_at(right) >= box.top and self._y_at(left) <= box.bottom

    def _y_at(self, x: float) -> float:
        return self._ys[max(bisect_right(self._xs, x) - 1, 0)]


def places(curves: Sequence[Sequence[Spot]], widths: Sequence[float], within: Box) -> list[Box]:
    """Return the room of each curve's name: the clearest beside it.

    Curves that have the fewest clear places choose first.
    """
    stairs = [Stairs(corners) for corners in curves]
    choices = [
        [
            (_trouble(box, stairs) + rank * FARTHER, box)
            for rank, box in enumerate(_beside(one, room, within))
        ]
        for one, room in zip(stairs, widths, strict=True)
    ]
    taken: dict[int, Box] = {}
    for index in sorted(range(len(choices)), key=lambda index: _clear(choices[index])):
        ranked = ((trouble + _hidden(box, taken), box) for trouble, box in choices[index])
        taken[index] = min(ranked)[1]
    return [taken[index] for index in range(len(choices))]


def _clear(choices: Sequence[tuple[float, Box]]) -> int:
    return sum(trouble < THROUGH for trouble, _ in choices)


def _hidden(box: Box, taken: Mapping[int, Box]) -> float:
    return HIDDEN * sum(box.overlaps(other) for other in taken.values())


def _trouble(box: Box, stairs: Sequence[Stairs]) -> float:
    return sum(THROUGH * one.crosses(box) + NEAR * one.crosses(box, AIR) for one in stairs)


def _beside(one: Stairs, room: float, within: Box) -> Iterator[Box]:
    """Yield the places beside a curve, the best first: its end, then from the middle outward."""
    boxes = [box for box in _around(one, room, within) if _lies(box, within)]
    yield from boxes or [_right_of(within.left, within.top + HEIGHT / 2, room)]


def _around(one: Stairs, room: float, within: Box) -> Iterator[Box]:
    x, y = one.end
    if y < within.bottom - HEIGHT:
        yield _right_of(x + GAP, y, room)
        yield _left_of(x, y - HEIGHT, room)
        yield _left_of(x, y + HEIGHT, room)
    for away in range(21):
        for share in (0.5 - away * 0.02, 0.5 + away * 0.02):
            level = within.top + share * (within.bottom - within.top)
            if level <= y:
                yield _right_of(one.falls_to(level) + GAP, level, room)
                yield _left_of(one.falls_to(level) - GAP, level, room)
    yield _right_of(x + GAP, min(y, within.bottom - HEIGHT), room)


def _right_of(x: float, y: float, room: float) -> Box:
    return Box(x, y - HEIGHT / 2, x + room, y + HEIGHT / 2)


def _left_of(x: float, y: float, room: float) -> Box:
    return Box(x - room, y - HEIGHT / 2, x, y + HEIGHT / 2, "end")


def _lies(box: Box, within: Box) -> bool:
    return within.left <= box.left and box.right <= within.right
