"""The two axes under a timeline's picture: the time in UTC, and the time since T0."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from ..domain.values import EPOCH
from ..projections.story import Story
from .picture_scale import BREAK_AIR, Part, Scale
from .svg import Svg, line, tag, text, trace
from .text_width import width
from .timeline_sections import SHORT_US
from .wording import offset

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
STEPS = (
    *(n * SECOND for n in (5, 15, 30)),
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 3, 6, 12)),
    *(n * DAY for n in (1, 2, 7, 14, 30, 90, 365, 3_650, 36_500, 365_000)),
)
CLOSEST, APART = 88, 5
"""Ticks are so far from each other, and what they say at least so far."""

SIZE, LINE = 11.5, 14
BETWEEN = 42
"""How far the axis of the time since T0 is below that of UTC."""


class Tick(NamedTuple):
    """Where a tick is, its time, and the row in which it is said: 1 where 0 had no room."""

    x: float
    time_us: int
    row: int


def axes(
    scale: Scale, t_zero_us: int | None, top: float, bottom: float, *, to_the_second: bool
) -> tuple[float, list[Svg]]:
    """Return where the axes end, the grid between `top` and `bottom`, and both axes below it."""
    parts = list(_utc(scale, top, bottom, "%H:%M:%S" if to_the_second else "%H:%M"))
    breaks = [part for part in scale.parts if part.is_break]
    if t_zero_us is None:
        return bottom + LINE + 20, [*parts, *(cut for one in breaks for cut in _cut(one, bottom))]
    rows, since = _since(scale, t_zero_us, bottom + BETWEEN, to_the_second=to_the_second)
    cuts = [cut for one in breaks for y in (bottom, bottom + BETWEEN) for cut in _cut(one, y)]
    return bottom + BETWEEN + 10 + rows * LINE, [*parts, *since, *cuts]


def step_of(scale: Scale) -> int:
    """Return the time between two ticks, in microseconds."""
    return next((step for step in STEPS if step >= CLOSEST * scale.us_per_px), STEPS[-1])


def is_to_the_second(story: Story, scale: Scale) -> bool:
    """Tell whether times have seconds: in a short story, and where ticks lie within a minute."""
    return story.lasts_us < SHORT_US or step_of(scale) < MINUTE


def ticks(
    scale: Scale, zero_us: int, said: Callable[[int], str], *, rows: int = 1
) -> Iterator[Tick]:
    """Yield whole steps from `zero_us` that can be read, in one of so many rows.

    A part of the axis too short for a whole step has one where it starts, and so has a moment
    that is alone beside a break.
    """
    step, free, before_is_break = step_of(scale), [0.0] * rows, True
    times: Iterable[int]
    for part in scale.parts:
        if part.is_break:
            times = _alone(part, scale, before_is_break=before_is_break)
        else:
            first = -(-(part.start_us - zero_us) // step) * step + zero_us
            times = range(first, part.end_us + 1, step) or (part.start_us,)
        for time_us in times:
            x, half = scale.at(time_us), width(said(time_us), SIZE) / 2
            row = next((index for index, end in enumerate(free) if x - half >= end), None)
            if row is not None:
                free[row] = x + half + APART
                yield Tick(x, time_us, row)
        if part.is_break:
            free = [max(end, part.left + BREAK_AIR) for end in free]
        before_is_break = part.is_break


def _alone(part: Part, scale: Scale, *, before_is_break: bool) -> Iterator[int]:
    """Yield the moments at a break's sides beside which nothing else is drawn to scale."""
    if before_is_break:
        yield part.start_us
    if part is scale.parts[-1]:
        yield part.end_us


def at(time_us: int) -> datetime:
    """Return a moment from microseconds since 1970."""
    return EPOCH + timedelta(microseconds=time_us)


def _utc(scale: Scale, top: float, bottom: float, clock: str) -> Iterator[Svg]:
    step, day, free = step_of(scale), "", 0.0
    form = "%m-%d" if step >= DAY else clock

    def said(time_us: int) -> str:
        return f"{at(time_us):{form}}"

    yield line((scale.left, bottom), (scale.right, bottom), "base")
    for x, time_us, _ in ticks(scale, 0, said):
        yield line((x, top), (x, bottom + 4), "grid")
        yield text(x, bottom + 16, said(time_us), "tick", text_anchor="middle")
        named = f"{at(time_us).year:04}" if step >= DAY else f"{at(time_us):%Y-%m-%d}"
        for written in (named, named[5:]) if named != day else ():
            half = width(written, SIZE) / 2
            if written and x - half >= free:
                day, free = named, x + half + APART
                yield text(x, bottom + 30, written, "tick day", text_anchor="middle")
                break


def _since(scale: Scale, t_zero_us: int, y: float, *, to_the_second: bool) -> tuple[int, list[Svg]]:
    """Return how many rows the axis of the time since T0 takes, and the axis."""
    parts, most = [line((scale.left, y), (scale.right, y), "base")], 1

    def said(time_us: int) -> str:
        return offset(time_us - t_zero_us, to_the_second=to_the_second)

    for x, time_us, row in ticks(scale, t_zero_us, said, rows=2):
        most = max(most, row + 1)
        parts.append(line((x, y), (x, y + 4 + row * LINE), "base"))
        under = y + 17 + row * LINE
        parts.append(text(x, under, said(time_us), "tick", text_anchor="middle"))
    return most, parts


def _cut(part: Part, y: float) -> Iterator[Svg]:
    left, right = part.left + BREAK_AIR, part.right - BREAK_AIR
    yield tag("rect", x=left, y=y - 2, width=right - left, height=4, class_="ground")
    for x in (left, right):
        yield tag("path", d=trace(((x - 3, y + 6), (x + 3, y - 6))), class_="base")
