"""The chart of a report as one SVG: the share still open against time, and every duration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .chart_axis import axis_for
from .chart_curves import HEIGHT, curves
from .chart_key import CURVES, LANES, heading
from .chart_lanes import counted, halved, lanes
from .chart_series import Point, Series
from .chart_style import MOST_GROUPS, style
from .svg import Svg, tag, text, words
from .text_width import wrapped
from .wording import visible

__all__ = ["Point", "Series", "chart"]

WIDTH, LEFT, RIGHT, MARGIN = 800, 150, 636, 16
NOTHING = "There are no durations to show."
LONGEST = 400
"""So much of a text is told at most, even to those who are read the picture."""


def chart(title: str, subtitle: str, series: Sequence[Series]) -> str:
    """Return the chart, of at most `MOST_GROUPS` groups; the same input gives the same bytes."""
    shown = [one._replace(label=_told(one.label) or "unnamed") for one in _largest(series)]
    said = [_told(subtitle), *_left_out(len(shown), len(series))]
    top, head = _head(_told(title), said)
    end, body = _panels(shown, top) if any(one.size for one in shown) else _nothing(top)
    return tag(
        "svg",
        tag("title", words(_told(title))),
        tag("desc", words(" ".join(_described(said, shown)))),
        tag("style", words(style())),
        tag("rect", width=WIDTH, height=end, class_="ground"),
        *head,
        *body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {end}",
        width=WIDTH,
        height=end,
        class_="retold-chart crowded" if len(shown) > 3 else "retold-chart",
        role="img",
    )


def _largest(series: Sequence[Series]) -> list[Series]:
    """Return the groups with the most durations, in the order given."""
    by_size = sorted(range(len(series)), key=lambda index: -series[index].size)
    return [series[index] for index in sorted(by_size[:MOST_GROUPS])]


def _left_out(shown: int, groups: int) -> Iterator[str]:
    if shown < groups:
        yield f"Shown are the {shown} largest of {groups} groups; {groups - shown} are left out."


def _head(title: str, said: Sequence[str]) -> tuple[int, list[Svg]]:
    y, parts = 16, []
    for one in wrapped(title, WIDTH - 2 * MARGIN, 19, 2):
        y += 23
        parts.append(text(MARGIN, y, one, "title"))
    for one in (part for whole in said for part in wrapped(whole, WIDTH - 2 * MARGIN, 13, 3)):
        y += 20
        parts.append(text(MARGIN, y, one, "subtitle"))
    return y + 32, parts


def _panels(series: Sequence[Series], top: int) -> tuple[int, list[Svg]]:
    times = [time for one in series for time in (*one.observed_us, *one.open_us)]
    steps = [point.time_us for one in series for point in one.points if point.survival < 1]
    axis = axis_for([*times, *steps], LEFT, RIGHT)
    curves_top = top + 18
    lanes_top = curves_top + HEIGHT + 68
    bottom, dots = lanes(series, axis, lanes_top)
    said = "time since the start, logarithmic"
    return bottom + 52, [
        *heading(MARGIN, top, "Share still open", CURVES),
        *curves(series, axis, curves_top),
        *heading(MARGIN, lanes_top - 16, "Every duration", LANES),
        *dots,
        text(RIGHT, bottom + 35, said, "key", text_anchor="end"),
    ]


def _nothing(top: int) -> tuple[int, list[Svg]]:
    return top + 60, [text(MARGIN, top + 14, NOTHING, "said")]


def _described(said: Sequence[str], series: Sequence[Series]) -> Iterator[str]:
    """Yield the picture in sentences."""
    yield from said
    if not any(one.size for one in series):
        yield NOTHING
        return
    yield "On one logarithmic axis of time: the share still open, and every duration."
    for one in series:
        yield f"{one.label}: {', '.join(filter(None, (counted(one), halved(one))))}."


def _told(recorded: str) -> str:
    plain = visible(recorded)
    half = LONGEST // 2
    return plain if len(plain) <= LONGEST else f"{plain[:half]}…{plain[-half:]}"
