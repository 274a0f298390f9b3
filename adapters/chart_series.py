"""What a chart is drawn from: one series of durations a group, in whole microseconds."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple


class Point(NamedTuple):
    """One step of a Kaplan-Meier curve; the band is None where it is undefined."""

    time_us: int
    survival: float
    """The share after this time."""
    low: float | None
    high: float | None


class Series(NamedTuple):
    """One group: the steps of its curve, what has ended and the ages of what is still open.

    No points beside observed values means that there are too few of them for a curve.
    """

    label: str
    points: tuple[Point, ...]
    observed_us: tuple[int, ...]
    open_us: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many durations there are, open ones included."""
        return len(self.observed_us) + len(self.open_us)

    @property
    def has_curve(self) -> bool:
        """Whether there is a share to draw: steps, or a flat line as nothing has ended yet."""
        return bool(self.points) or bool(self.open_us and not self.observed_us)

    @property
    def watched_us(self) -> int:
        """How far the curve reaches: the last step or the oldest open one."""
        return max([*self.open_us, *(point.time_us for point in self.points)], default=0)

    @property
    def median_us(self) -> int | None:
        """The first time at which no more than half are open."""
        halved = (point.time_us for point in self.points if point.survival <= 0.5 + 1e-9)
        return next(halved, None)

    def share_at(self, time_us: int) -> float:
        """Return the share still open after a time; what ends then has ended."""
        past = bisect_right(self.points, time_us, key=lambda point: point.time_us)
        return self.points[past - 1].survival if past else 1.0
