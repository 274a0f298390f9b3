"""The two axes under a timeline's picture: the time in UTC, and the time since T0."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from ..domain.values import EPOCH
from .picture_scale import BREAK_AIR, Part, Scale
from .svg import Svg, line, tag, text, trace
from .text_width import width
from .wording import duration, offset

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
STEPS = (
    *(n * SECOND for n in (5, 15, 30)),
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 3, 6, 12)),
    *(n * DAY for n in (1, 2, 7, 14, 30, 90, 365, 3_650, 36_500, 365_000)),
)
CLOSEST, APART = 88, 8
"""Ticks are so far from each other, and what they say at least so far."""

SIZE = 11.5
DEPTH = 66
"""How far the axes reach below the lanes."""


Tick = tuple[float, int]


def axes(scale: Scale, t_zero_us: int | None, top: float, bottom: float) -> Iterator[Svg]:
    """Yield the grid between `top` and `bottom` and both axes below it."""
    yield from _utc(scale, top, bottom)
    if t_zero_us is not None:
        yield from _since(scale, t_zero_us, bottom + 42)
    for part in scale.parts:
        if part.is_break:
            yield from _cut(part, bottom)
            if t_zero_us is not None:
                yield from _cut(part, bottom + 42)


def step_of(scale: Scale) -> int:
    """Return the time between two ticks, in microseconds."""
    return next((step for step in STEPS if step >= CLOSEST * scale.us_per_px), STEPS[-1])


def ticks(scale: Scale, zero_us: int, said: Callable[[int], str]) -> Iterator[Tick]:
    """Yield where ticks are and their times: whole steps from `zero_us` that can be read.

    A part of the axis too short for a whole step has one where it starts, and so has a moment
    that is alone beside a break.
    """
    step, free, before_is_break = step_of(scale), 0.0, True
    times: Iterable[int]
    for part in scale.parts:
        if part.is_break:
            times = _alone(part, scale, before_is_break=before_is_break)
        else:
            first = -(-(part.start_us - zero_us) // step) * step + zero_us
            times = range(first, part.end_us + 1, step) or (part.start_us,)
        for time_us in times:
            x, half = scale.at(time_us), width(said(time_us), SIZE) / 2
            if x - half >= free:
                free = x + half + APART
                yield x, time_us
        if part.is_break:
            free = max(free, part.left + BREAK_AIR)
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


def _utc(scale: Scale, top: float, bottom: float) -> Iterator[Svg]:
    step, day, free = step_of(scale), "", 0.0
    form = "%m-%d" if step >= DAY else "%H:%M:%S" if step < MINUTE else "%H:%M"

    def said(time_us: int) -> str:
        return f"{at(time_us):{form}}"

    yield line((scale.left, bottom), (scale.right, bottom), "base")
    for x, time_us in ticks(scale, 0, said):
        yield line((x, top), (x, bottom + 4), "grid")
        yield text(x, bottom + 16, said(time_us), "tick", text_anchor="middle")
        named = f"{at(time_us).year:04}" if step >= DAY else f"{at(time_us):%Y-%m-%d}"
        half = width(named, SIZE) / 2
        if named != day and x - half >= free:
            day, free = named, x + half + APART
            yield text(x, bottom + 30, named, "tick day", text_anchor="middle")


def _since(scale: Scale, t_zero_us: int, y: float) -> Iterator[Svg]:
    step = step_of(scale)

    def said(time_us: int) -> str:
        from_zero = time_us - t_zero_us
        if step >= MINUTE:
            return offset(from_zero)
        return f"T{'-' if from_zero < 0 else '+'}{duration(abs(from_zero))}"

    yield line((scale.left, y), (scale.right, y), "base")
    for x, time_us in ticks(scale, t_zero_us, said):
        yield line((x, y), (x, y + 4), "base")
        yield text(x, y + 17, said(time_us), "tick", text_anchor="middle")


def _cut(part: Part, y: float) -> Iterator[Svg]:
    left, right = part.left + BREAK_AIR, part.right - BREAK_AIR
    yield tag("rect", x=left, y=y - 2, width=right - left, height=4, class_="ground")
    for x in (left, right):
        yield tag("path", d=trace(((x - 3, y + 6), (x + 3, y - 6))), class_="base")
