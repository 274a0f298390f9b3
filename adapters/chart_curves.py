"""The upper panel of a chart: the share still open against time, a curve and its band a group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from .chart_axis import Axis, drawn
from .chart_labels import GAP, Box, places
from .chart_series import Series
from .svg import Spot, Svg, line, tag, text, trace
from .text_width import shortened, width

HEIGHT = 240
BOLD = 12 * 1.08
"""Names are bold: wider than their size says."""
NAMES_END = 792


def curves(series: Sequence[Series], axis: Axis, top: float) -> Iterator[Svg]:
    """Yield the panel, `HEIGHT` high without what is written below its axis."""
    bottom = top + HEIGHT
    yield from drawn(axis, top, bottom)
    yield from _levels(axis, top)
    shown = [(index, one) for index, one in enumerate(series) if one.has_curve]
    for index, one in shown:
        yield from _band(one, axis, top, f"band g{index}")
    for index, one in shown:
        yield tag("g", *_curve(one, axis, top), class_=f"curve g{index}")
    yield from _names(shown, axis, top)
    if not any(one.points for one in series):
        none_ended = not any(one.observed_us for one in series)
        said = "None has ended yet." if none_ended else "Too few have ended for a curve."
        middle = (axis.left + axis.right) / 2
        yield text(middle, (top + bottom) / 2 - 12, said, "said", text_anchor="middle")


def corners(series: Series, axis: Axis, top: float) -> tuple[Spot, ...]:
    """Return the corners of a curve, from all being open down to what is still open."""
    found = [(axis.left, top)]
    for point in series.points:
        x = axis.at(point.time_us)
        found += [(x, found[-1][1]), (x, _y(point.survival, top))]
    return *found, (axis.at(series.watched_us), found[-1][1])


def _curve(series: Series, axis: Axis, top: float) -> Iterator[Svg]:
    yield tag("path", d=trace(corners(series, axis, top)), class_="steps")
    for age in sorted(set(series.open_us)):
        x, y = axis.at(age), _y(series.share_at(age), top)
        yield line((x, y - 5), (x, y + 5), "censored")
    if series.median_us is not None:
        yield tag("circle", cx=axis.at(series.median_us), cy=_y(0.5, top), r=3.5, class_="half")


def _band(series: Series, axis: Axis, top: float, class_: str) -> Iterator[Svg]:
    """Yield the band in as many pieces as it is defined without a gap."""
    edges = [axis.at(point.time_us) for point in series.points] + [axis.at(series.watched_us)]
    steps = zip(series.points, pairwise(edges), strict=True)
    for defined, piece in groupby(steps, lambda step: None not in (step[0].low, step[0].high)):
        if defined:
            upper, lower = [], []
            for point, (start, end) in piece:
                high, low = _y(point.high or 0.0, top), _y(point.low or 0.0, top)
                upper += [(start, high), (end, high)]
                lower += [(start, low), (end, low)]
            yield tag("path", d=trace([*upper, *reversed(lower)], closed=True), class_=class_)


def _names(shown: Sequence[tuple[int, Series]], axis: Axis, top: float) -> Iterator[Svg]:
    room = 120 if len(shown) <= 3 else 100
    names = [shortened(one.label, room, BOLD) for _, one in shown]
    found = places(
        [corners(one, axis, top) for _, one in shown],
        [width(name, BOLD) for name in names],
        Box(axis.left + GAP, top, NAMES_END, top + HEIGHT),
    )
    for (index, _), name, box in zip(shown, names, found, strict=True):
        x, y = box.anchored_at, box.bottom - 3.5
        yield text(x, y, name, f"name g{index}", text_anchor=box.anchor)


def _levels(axis: Axis, top: float) -> Iterator[Svg]:
    for percent in (0, 25, 50, 75, 100):
        y = _y(percent / 100, top)
        kind = "half-line" if percent == 50 else "grid"
        yield line((axis.left, y), (axis.right, y), kind)
        yield text(axis.left - 8, y + 4, f"{percent}%", "tick", text_anchor="end")


def _y(share: float, top: float) -> float:
    return top + (1 - share) * HEIGHT
