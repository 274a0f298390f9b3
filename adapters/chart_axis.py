"""A logarithmic axis of durations, from seconds to centuries, with a place for the shortest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import log
from typing import NamedTuple

from .svg import Svg, line, tag, text

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
YEAR = 365 * DAY
TICKS = (
    *((f"{n}s", n * SECOND) for n in (1, 5, 15)),
    *((f"{n}m", n * MINUTE) for n in (1, 5, 15)),
    *((f"{n}h", n * HOUR) for n in (1, 4)),
    ("1d", DAY),
    ("1w", 7 * DAY),
    *((f"{n}d", n * DAY) for n in (30, 90)),
    *((f"{n}y", n * YEAR) for n in (1, 3, 10, 30, 100, 1_000, 10_000)),
)
UNDER = "<1s"
UNDER_WIDTH = 48
CLOSEST = 40
"""Ticks nearer to each other than this would run into each other."""


class Axis(NamedTuple):
    """Where a duration lies between `left` and `right`; `low_us` and `high_us` are ticks."""

    left: float
    right: float
    low_us: int
    high_us: int
    has_under: bool

    @property
    def start(self) -> float:
        """Where the logarithmic part begins."""
        return self.left + (UNDER_WIDTH if self.has_under else 0)

    def at(self, time_us: int) -> float:
        """Return where a duration lies; less than a second is in the place left of the axis."""
        if time_us < self.low_us:
            return (self.left + self.start) / 2
        share = log(time_us / self.low_us) / log(self.high_us / self.low_us)
        return self.start + share * (self.right - self.start)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Yield where a tick is and what it says, as close to each other as is readable."""
        last = self.left if self.has_under else -CLOSEST
        for label, time_us in TICKS:
            if self.low_us <= time_us <= self.high_us and self.at(time_us) >= last + CLOSEST:
                last = self.at(time_us)
                yield last, label


def axis_for(times_us: Iterable[int], left: float, right: float) -> Axis:
    """Return the axis that covers the times, from tick to tick."""
    times = sorted(times_us)
    shown = [time for time in times if time >= SECOND] or [MINUTE]
    ticks = [at for _, at in TICKS]
    low = max(index for index, at in enumerate(ticks) if at <= shown[0])
    fitting = (index for index, at in enumerate(ticks) if at >= shown[-1])
    high = next(fitting, len(ticks) - 1)
    if high - low < 2:
        low, high = max(low - 1, 0), min(high + 1, len(ticks) - 1)
    return Axis(left, right, ticks[low], ticks[high], has_under=bool(times) and times[0] < SECOND)


def drawn(axis: Axis, top: float, bottom: float) -> Iterator[Svg]:
    """Yield the axis of a panel: lines at its ticks and what they say below."""
    if axis.has_under:
        size = {"width": UNDER_WIDTH, "height": bottom - top}
        yield tag("rect", x=axis.left, y=top, class_="under", **size)
        middle = (axis.left + axis.start) / 2
        yield text(middle, bottom + 17, UNDER, "tick", text_anchor="middle")
    for x, label in axis.ticks():
        yield line((x, top), (x, bottom), "grid")
        yield text(x, bottom + 17, label, "tick", text_anchor="middle")
    yield line((axis.left, bottom), (axis.right, bottom), "base")
