"""Where a moment lies in the picture of a timeline: long stretches without entries are broken."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ..projections.story import GAP_US

LEAST_US = 60_000_000
"""So much time is shown at least, or a single instant would have no scale."""

BREAK, BREAK_AIR = 88, 14
"""How wide a break is, whatever its length, and how much of it on either side is left for marks."""

MOST_BREAKS, LEAST_KEPT, LONGER = 6, 2, 1.5

Span = tuple[int, int]


class Part(NamedTuple):
    """A part of the axis: drawn to the common scale, or a break of fixed width."""

    start_us: int
    end_us: int
    left: float
    right: float
    is_break: bool


class Scale(NamedTuple):
    """The parts of the axis, one after the other."""

    parts: tuple[Part, ...]

    @property
    def left(self) -> float:
        """Where the first moment lies."""
        return self.parts[0].left

    @property
    def right(self) -> float:
        """Where the last moment lies."""
        return self.parts[-1].right

    @property
    def us_per_px(self) -> float:
        """How much time a pixel of an unbroken part is."""
        shown = [part for part in self.parts if not part.is_break]
        return sum(one.end_us - one.start_us for one in shown) / sum(
            one.right - one.left for one in shown
        )

    def at(self, time_us: int) -> float:
        """Return where a moment lies; one outside lies at the nearer end."""
        index = bisect_right(self.parts, time_us, key=lambda part: part.start_us) - 1
        part = self.parts[max(index, 0)]
        share = (time_us - part.start_us) / (part.end_us - part.start_us)
        return part.left + min(max(share, 0.0), 1.0) * (part.right - part.left)

    def shown(self, start_us: int, end_us: int) -> Iterator[tuple[float, float]]:
        """Yield where a stretch of time is drawn to scale."""
        for part in self.parts:
            if not part.is_break and part.start_us < end_us and start_us < part.end_us:
                yield max(part.left, self.at(start_us)), min(part.right, self.at(end_us))


def scale_for(times_us: Iterable[int], left: float, right: float) -> Scale:
    """Return the scale on which these moments lie between `left` and `right`."""
    times = sorted(set(times_us))
    if times[-1] - times[0] < LEAST_US:
        times = [times[0], times[0] + LEAST_US]
    breaks = breaks_of(times)
    edges = [times[0], *(edge for span in breaks for edge in span), times[-1]]
    spans = [span for span in pairwise(edges) if span[0] < span[1]]
    shown_us = sum(end - start for start, end in spans if (start, end) not in breaks)
    per_us = (right - left - BREAK * len(breaks)) / shown_us
    parts, x = list[Part](), left
    for start, end in spans:
        is_break = (start, end) in breaks
        until = x + (BREAK if is_break else (end - start) * per_us)
        parts.append(Part(start, end, x, until, is_break))
        x = until
    return Scale(tuple(parts))


def breaks_of(times_us: Sequence[int]) -> list[Span]:
    """Return the stretches between successive moments to draw as breaks, in order of time.

    Such a stretch is a gap of the timeline's table, and longer by half than all shorter ones
    together: to scale it would take more than 3/5 of what it leaves them. Two stretches at least
    stay as they are, and no more than `MOST_BREAKS` are broken.
    """
    stretches = sorted(pairwise(times_us), key=lambda span: span[1] - span[0])
    first = max(LEAST_KEPT, len(stretches) - MOST_BREAKS)
    shorter_us = 0
    for index, (start, end) in enumerate(stretches):
        length = end - start
        if index >= first and length >= GAP_US and length > LONGER * shorter_us:
            return sorted(stretches[index:])
        shorter_us += length
    return []
