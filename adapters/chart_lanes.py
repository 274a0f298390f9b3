"""The lower panel of a chart: every duration as a dot, a lane a group, with its count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

from .chart_axis import Axis, drawn
from .chart_series import Series
from .svg import Svg, line, tag, text, trace
from .text_width import shortened
from .wording import duration

LABEL_SIZE, LABEL_LEFT = 12 * 1.08, 16
LEAST, MOST = 46, 110
ARROW = 8


class Dot(NamedTuple):
    """A duration and the row of its lane in which it lies: 0 is the middle, negative above."""

    time_us: int
    is_open: bool
    row: int


def lanes(series: Sequence[Series], axis: Axis, top: int) -> tuple[int, list[Svg]]:
    """Return where the panel ends, without what is written below its axis, and the panel."""
    bottom, drawn_lanes = top, list[Svg]()
    for index, one in enumerate(series):
        radius = 3.5 if one.size <= 150 else 2.5 if one.size <= 500 else 1.75
        dots = packed(one, axis, radius)
        rows = 2 * max((abs(dot.row) for dot in dots), default=0) + 1
        height = max(LEAST, ceil(rows * (2 * radius + 1)) + 14)
        middle = bottom + height / 2
        marks = (*_dots(dots, axis, middle, radius), *_median(one, axis, middle, height / 2 - 4))
        drawn_lanes += [tag("g", *marks, class_=f"lane g{index}"), *_said(one, index, axis, middle)]
        bottom += height
        drawn_lanes.append(line((LABEL_LEFT, bottom), (axis.right, bottom), "grid"))
    return bottom, [*drawn(axis, top, bottom), *drawn_lanes]


def packed(series: Series, axis: Axis, radius: float) -> list[Dot]:
    """Return the dots by time, each in the row nearest the middle that has room for it.

    Where no row has room it covers as little of another as it can.
    """
    rows = _rows(radius)
    filled_to = dict.fromkeys(rows, axis.left - 2 * radius)
    values = [(time, False) for time in series.observed_us]
    values += [(time, True) for time in series.open_us]
    dots = []
    for time_us, is_open in sorted(values):
        x = axis.at(time_us)
        free = (row for row in rows if filled_to[row] <= x - radius)
        row = next(free, min(rows, key=filled_to.__getitem__))
        filled_to[row] = x + radius + (ARROW + 2 if is_open else 0.5)
        dots.append(Dot(time_us, is_open, row))
    return dots


def _rows(radius: float) -> tuple[int, ...]:
    most = int((MOST - 14) / (2 * radius + 1) - 1) // 2
    return 0, *(row for away in range(1, most + 1) for row in (-away, away))


def _dots(dots: Sequence[Dot], axis: Axis, middle: float, radius: float) -> Iterator[Svg]:
    for dot in dots:
        x, y = axis.at(dot.time_us), middle + dot.row * (2 * radius + 1)
        yield from mark(x, y, radius, is_open=dot.is_open)


def mark(x: float, y: float, radius: float, *, is_open: bool) -> Iterator[Svg]:
    """Yield a dot; an open one is hollow and points to the right."""
    yield tag("circle", cx=x, cy=y, r=radius, class_="open" if is_open else "ended")
    if is_open:
        tip = x + radius + ARROW
        head = ((tip - 3, y - 3), (tip, y), (tip - 3, y + 3))
        yield tag("path", d=trace(((x + radius, y), (tip, y))) + trace(head), class_="arrow")


def _median(series: Series, axis: Axis, middle: float, reach: float) -> Iterator[Svg]:
    if series.median_us is not None:
        x = axis.at(series.median_us)
        yield line((x, middle - reach), (x, middle + reach), "median")


def _said(series: Series, index: int, axis: Axis, middle: float) -> Iterator[Svg]:
    label = shortened(series.label, axis.left - LABEL_LEFT - 6, LABEL_SIZE)
    yield text(LABEL_LEFT, middle - 3, label, f"label g{index}")
    sample = line((LABEL_LEFT, middle + 9), (LABEL_LEFT + 48, middle + 9), "steps")
    yield tag("g", sample, class_=f"curve g{index}")
    yield text(axis.right + 20, middle - 3, counted(series), "count")
    yield text(axis.right + 20, middle + 13, halved(series), "count")


def counted(series: Series) -> str:
    """Say how many have ended and how many are open."""
    ended, still_open = len(series.observed_us), len(series.open_us)
    if not series.size:
        return "none"
    return ", ".join(
        part for part, n in ((f"{ended} ended", ended), (f"{still_open} open", still_open)) if n
    )


def halved(series: Series) -> str:
    """Say when half had ended, or why that is not known."""
    if series.median_us is not None:
        return f"median {duration(series.median_us)}"
    if series.has_curve:
        return f"median over {duration(series.watched_us)}"
    return "too few for a curve" if series.size else ""
