"""The line above each panel of a chart: its name, and what its marks mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from .chart_lanes import ARROW, mark
from .svg import Svg, line, tag, text
from .text_width import width

Drawn = Callable[[float, float], Sequence[Svg]]
Key = tuple[float, Drawn, str]
"""How wide a mark is, how it is drawn from its left middle, and what it means."""


def heading(left: float, y: float, name: str, keys: Sequence[Key]) -> Iterator[Svg]:
    """Yield the name of a panel and its keys, on one line with its baseline at `y`."""
    yield text(left, y, name, "heading")
    x = left + width(name, 13) + 20
    for room, drawing, meaning in keys:
        yield tag("g", *drawing(x, y - 4), class_="key-mark")
        yield text(x + room + 6, y, meaning, "key")
        x += room + 6 + width(meaning, 11.5) + 14


def _band(x: float, y: float) -> Sequence[Svg]:
    return (tag("rect", x=x, y=y - 5, width=18, height=10, class_="band"),)


def _censored(x: float, y: float) -> Sequence[Svg]:
    return line((x, y), (x + 18, y), "steps"), line((x + 9, y - 5), (x + 9, y + 5), "censored")


def _half(x: float, y: float) -> Sequence[Svg]:
    dot = tag("circle", cx=x + 9, cy=y, r=3.5, class_="half")
    return line((x, y), (x + 18, y), "steps"), dot


def _ended(x: float, y: float) -> Sequence[Svg]:
    return tuple(mark(x + 3.5, y, 3.5, is_open=False))


def _open(x: float, y: float) -> Sequence[Svg]:
    return tuple(mark(x + 3.5, y, 3.5, is_open=True))


def _median(x: float, y: float) -> Sequence[Svg]:
    return (line((x + 1, y - 6), (x + 1, y + 6), "median"),)


CURVES: tuple[Key, ...] = (
    (18, _band, "95% band"),
    (18, _half, "half have ended"),
    (18, _censored, "still open at this age"),
)
LANES: tuple[Key, ...] = (
    (7, _ended, "ended"),
    (7 + ARROW, _open, "still open: lasts at least this long"),
    (2, _median, "median"),
)
