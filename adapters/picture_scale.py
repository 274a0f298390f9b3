"""Where a moment lies in the picture of a timeline: silence that would squeeze it is broken."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ..projections.story import GAP_US

LEAST_US = 60_000_000
"""So much time is shown at least, or a single instant would have no scale."""

BREAK, BREAK_AIR = 58, 9
"""How wide a break is, whatever its length, and how much of it on either side is left for marks."""

MOST_BREAKS, LEAST_KEPT = 9, 2
"""So many stretches are broken, and so many of those left stay as they are."""

ROOM, COST = 40, 20
"""The room that tells two entries well apart, and how much more of it each break must give."""

Span = tuple[int, int]


class Wish(NamedTuple):
    """A stretch of time, and the room on the axis beyond which more would not help a reader."""

    start_us: int
    end_us: int
    room: float


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


def scale_for(
    times_us: Iterable[int], left: float, right: float, wishes: Sequence[Wish] = ()
) -> Scale:
    """Return the scale on which these moments lie between `left` and `right`.

    The longest gaps of the timeline's table are breaks: as many of them as give most of the room
    that is useful. Useful to what lies between two moments is `ROOM`, to phases and others what
    `wishes` says; every break more has to give `COST` more.
    """
    times = sorted(set(times_us))
    if times[-1] - times[0] < LEAST_US:
        times = [times[0], times[0] + LEAST_US]
    apart = [Wish(start, end, ROOM) for start, end in pairwise(times)]
    scales = (_scale(times, breaks, left, right) for breaks in choices_of(times))
    return max(scales, key=lambda scale: _worth(scale, [*apart, *wishes]))


def choices_of(times_us: Sequence[int]) -> Iterator[list[Span]]:
    """Yield which stretches between successive moments may be drawn as breaks, in order of time.

    First none, then the longest, then the two longest and so on, each a gap of the timeline's
    table and longer than all that stay, which are a minute at least.
    """
    yield []
    stretches = sorted(pairwise(times_us), key=_length, reverse=True)
    for count in range(1, min(MOST_BREAKS, len(stretches) - LEAST_KEPT) + 1):
        kept_us = sum(map(_length, stretches[count:]))
        if _length(stretches[count - 1]) < GAP_US or kept_us < LEAST_US:
            return
        if _length(stretches[count - 1]) > _length(stretches[count]):
            yield sorted(stretches[:count])


def _length(span: Span) -> int:
    return span[1] - span[0]


def _worth(scale: Scale, wishes: Iterable[Wish]) -> float:
    useful = sum(min(scale.at(one.end_us) - scale.at(one.start_us), one.room) for one in wishes)
    return useful - COST * sum(part.is_break for part in scale.parts)


def _scale(times: Sequence[int], breaks: Sequence[Span], left: float, right: float) -> Scale:
    edges = [times[0], *(edge for span in breaks for edge in span), times[-1]]
    spans = [span for span in pairwise(edges) if span[0] < span[1]]
    shown_us = sum(_length(span) for span in spans if span not in breaks)
    per_us = (right - left - BREAK * len(breaks)) / shown_us
    parts, x = list[Part](), left
    for start, end in spans:
        is_break = (start, end) in breaks
        until = x + (BREAK if is_break else (end - start) * per_us)
        parts.append(Part(start, end, x, until, is_break))
        x = until
    return Scale(tuple(parts))
