"""Small signs under the marks of a timeline's picture: what a reader must know of their entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from .picture_marks import Mark
from .svg import Svg, line, tag, trace

Sign = Literal["holds-corrected", "holds-retracted", "late"]
SIGNS: tuple[Sign, ...] = get_args(Sign)

BELOW, APART, HALF = 14, 9, 3
"""How far under a mark's middle signs are, how far from each other, and half of their size."""


def signs_of(mark: Mark) -> list[Sign]:
    """Return the signs of a mark; one whose entries are all corrected shows that itself."""
    corrected = [bool(one.entry.corrected) for one in mark.entries]
    retracted = [one.entry.row.retracted for one in mark.entries]
    shown: dict[Sign, bool] = {
        "holds-corrected": any(corrected) and not all(corrected),
        "holds-retracted": any(retracted) and not all(retracted),
        "late": any(one.entry.late_us is not None for one in mark.entries),
    }
    return [name for name in SIGNS if shown[name]]


def signs(mark: Mark, x: float, y: float) -> Iterator[Svg]:
    """Yield the signs of a mark, side by side under its middle."""
    names = signs_of(mark)
    for index, name in enumerate(names):
        yield sign(name, x + (index - (len(names) - 1) / 2) * APART, y + BELOW)


def sign(name: Sign, x: float, y: float) -> Svg:
    """Return a sign: a ring for a corrected mark, one struck, or an arrow back in time."""
    if name == "late":
        spots = ((x - HALF, y), (x + HALF, y - HALF - 0.5), (x + HALF, y + HALF + 0.5))
        return tag("path", d=trace(spots, closed=True), class_="late")
    size = {"x": x - HALF, "y": y - HALF, "width": 2 * HALF, "height": 2 * HALF}
    ring = tag("rect", rx=HALF, class_="ring", **size)
    if name == "holds-corrected":
        return ring
    reach = HALF + 1.5
    return tag("g", ring, line((x - reach, y + reach), (x + reach, y - reach), "strike"))
