"""The phases of a response as bands behind a timeline, each with how long it took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..domain.values import micros
from ..projections.story import Story
from ..projections.timeline import Phase
from .picture_scale import BREAK_AIR, Part, Scale, Wish
from .svg import Spot, Svg, line, tag, text, trace
from .text_width import BOLD, width
from .wording import duration

STRIP = 22
"""How high the strip at a band's top is, in which its name stands."""

SAID = 16
"""How high the row under the strip is that tells how long breaks are, where there are any."""

FADING = 64
"""How far an open end reaches past the last moment."""

NEAREST_BORDERS = 8
"""Lines nearer to each other than this would hide what they divide."""

NAME_SIZE, GAP_SIZE = 11.5 * BOLD, 11
INSET = 4
"""How far inside a band its name stands."""

PATTERNS: dict[Phase, tuple[int, Sequence[Sequence[Spot]]]] = {
    "undetected": (9, (((3.5, 4.5), (5.5, 4.5)),)),
    "unacknowledged": (9, (((-1, 1), (1, -1)), ((0, 9), (9, 0)), ((8, 10), (10, 8)))),
    "unmitigated": (
        9,
        (((-1, 8), (1, 10)), ((0, 0), (9, 9)), ((8, -1), (10, 1)), ((0, 9), (9, 0))),
    ),
    "mitigated": (9, (((0, 4.5), (9, 4.5)),)),
}
"""By phase: the size of a tile, and the lines on it. Other phases are plain."""


class Band(NamedTuple):
    """A phase from its start to its end; each reopening begins another sequence of phases."""

    phase: Phase
    sequence: int
    start_us: int
    end_us: int
    is_open: bool = False
    is_over: bool = False
    """Whether the incident ended with it: its last entry is nothing that such a phase ends by."""

    @property
    def took(self) -> str:
        """How long it took, or has taken so far; nothing where the incident was over."""
        so_far = " so far" if self.is_open else ""
        return "" if self.is_over else f"{duration(self.end_us - self.start_us)}{so_far}"

    @property
    def said(self) -> str:
        """What it is called and how long it took."""
        return f"{self.phase} {self.took}".rstrip()


def bands_of(story: Story, end_us: int) -> list[Band]:
    """Return the phases that took time, and the last one of an open incident in any case."""
    bands, sequence = list[Band](), 1
    for row in story.views.timeline:
        at_us = micros(row.occurred_at)
        if row.retracted:
            continue
        again = row.kind == "incident-reopened" and bool(bands)
        if again or not bands or bands[-1].phase != row.phase:
            sequence += again
            bands[-1:] = [one._replace(end_us=at_us) for one in bands[-1:]]
            bands.append(Band(row.phase, sequence, at_us, end_us))
    is_open = story.incident.is_open
    bands[-1:] = [one._replace(is_open=is_open, is_over=not is_open) for one in bands[-1:]]
    return [one for one in bands if one.start_us < one.end_us or one.is_open]


def wishes_of(bands: Iterable[Band]) -> Iterator[Wish]:
    """Yield the room that the bands want: enough to say in them what they are called."""
    for band in bands:
        yield Wish(band.start_us, band.end_us, width(_sayings(band)[0], NAME_SIZE) + 2 * INSET)


def patterns(key: str) -> Iterator[Svg]:
    """Yield the patterns of the phases and the fading of an open end; `key` starts their ids."""
    for phase, (size, lines) in PATTERNS.items():
        yield tag(
            "pattern",
            tag("path", d="".join(map(trace, lines)), class_="hatch"),
            id=f"{key}-{phase}", class_=phase, width=size, height=size,
            patternUnits="userSpaceOnUse",
        )  # fmt: skip
    stops = (tag("stop", offset=at, stop_opacity=at, class_="fading") for at in (0, 1))
    yield tag("linearGradient", *stops, id=f"{key}-fading")


def drawn(
    bands: Sequence[Band], scale: Scale, key: str, top: float, bottom: float
) -> Iterator[Svg]:
    """Yield the bands, the lines where they begin, then the breaks across what is under a strip."""
    for band in bands:
        yield from _band(band, scale, key, top, bottom)
    for x, is_again in _borders(bands, scale):
        yield line((x, top), (x, bottom), "again" if is_again else "edge")
    for part in scale.parts:
        if part.is_break:
            yield from _break(part, top + STRIP, bottom)


def _break(part: Part, top: float, bottom: float) -> Iterator[Svg]:
    """Yield what is torn out of the bands, with how long it is above."""
    left, right = part.left + BREAK_AIR, part.right - BREAK_AIR
    lanes, room = top + SAID, part.right - part.left - 2
    yield tag("rect", x=part.left + 1, y=top, width=room, height=SAID, class_="ground")
    yield tag("rect", x=left, y=lanes, width=right - left, height=bottom - lanes, class_="ground")
    yield tag("path", d=_torn(left, lanes, bottom), class_="torn")
    yield tag("path", d=_torn(right, lanes, bottom), class_="torn")
    said = _within(duration(part.end_us - part.start_us), room)
    yield text((left + right) / 2, top + 12, said, "gap", text_anchor="middle")


def _within(said: str, room: float) -> str:
    """Return a duration, or its longer unit alone where there is no room for both."""
    return said if width(said, GAP_SIZE) <= room else said.partition(" ")[0]


def _borders(bands: Sequence[Band], scale: Scale) -> Iterator[tuple[float, bool]]:
    """Yield where bands begin and whether with a reopening, none too near to one of its kind."""
    sequence, free = 1, {False: 0.0, True: 0.0}
    for band in bands:
        x, is_again = scale.at(band.start_us), band.sequence > sequence
        sequence = band.sequence
        if x >= free[is_again]:
            free[is_again] = x + NEAREST_BORDERS
            yield x, is_again


def _band(band: Band, scale: Scale, key: str, top: float, bottom: float) -> Iterator[Svg]:
    left, right = scale.at(band.start_us), scale.at(band.end_us)
    end = right + (FADING if band.is_open else 0)
    strip = top + STRIP
    yield tag("g", *box(band.phase, key, (left, strip), (end, bottom)), class_="under")
    yield from box(band.phase, key, (left, top), (end, strip))
    yield tag("rect", x=left, y=top, width=end - left, height=STRIP, class_=f"strip {band.phase}")
    if band.is_open:
        yield tag("rect", x=right, y=top, width=FADING + 1, height=bottom - top,
                  fill=f"url(#{key}-fading)")  # fmt: skip


def names(bands: Sequence[Band], scale: Scale, top: float) -> Iterator[Svg]:
    """Yield what the bands are called and how long they took, where there is room for it."""
    for band in bands:
        room = scale.at(band.end_us) - scale.at(band.start_us)
        for said in _sayings(band):
            if width(said, NAME_SIZE) <= room - 2 * INSET:
                yield text(scale.at(band.start_us) + INSET, top + 15, said, "phase")
                break


def _sayings(band: Band) -> tuple[str, ...]:
    """Return what may be said in a band, the longest first."""
    number = f"{band.sequence}. " if band.sequence > 1 else ""
    return (f"{number}{band.said}", *([f"{number}{band.took}"] if band.took else []))


def box(phase: Phase, key: str, corner: Spot, other: Spot) -> Iterator[Svg]:
    """Yield a phase's colour and pattern between two corners."""
    (x, y), (right, bottom) = corner, other
    size = {"x": x, "y": y, "width": right - x, "height": bottom - y}
    yield tag("rect", class_=f"tint {phase}", **size)
    if phase in PATTERNS:
        yield tag("rect", fill=f"url(#{key}-{phase})", class_="hatching", **size)


def _torn(x: float, top: float, bottom: float) -> str:
    """Return a line from top to bottom that zigzags."""
    count = max(round((bottom - top) / 8), 2)
    step = (bottom - top) / count
    return trace((x + 2.5 * (-1) ** n, top + n * step) for n in range(count + 1))
