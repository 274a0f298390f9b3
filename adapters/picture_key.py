"""What stands under a timeline's picture: every phase with its duration, and what marks mean."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from .picture_bands import Band, box
from .picture_lanes import outline
from .picture_marks import TIMES
from .svg import Spot, Svg, line, tag, text, trace
from .text_width import width

SIZE, LINE, SWATCH = 12, 24, 22
MOST_BANDS, MOST_SEQUENCES = 24, 6
"""So much is listed; the picture shows the other phases without their names."""

MEANINGS = (
    ("mark", "7", "row of the timeline"),
    ("key", "2", "key moment"),
    ("cluster", f"{TIMES}3", "several close together"),
    ("corrected", "5", "corrected"),
    ("retracted", "6", "retracted"),
)
"""How a mark looks, what is in it, and what it means."""


def phases(bands: Sequence[Band], key: str, corner: Spot, right: float) -> tuple[float, list[Svg]]:
    """Return the baseline after the list of phases, and the list; a reopening starts a line."""
    (left, y), parts, sequence = corner, list[Svg](), 1
    x = left
    listed = [one for one in bands if one.sequence <= MOST_SEQUENCES][:MOST_BANDS]
    for band in listed:
        said = f"{band.phase} {band.took}"
        room = SWATCH + 6 + width(said, SIZE) + 18
        if band.sequence != sequence or x + room > right:
            x, y = left, y + (LINE if parts else 0)
        if band.sequence != sequence:
            sequence = band.sequence
            name = f"{sequence}. after reopening"
            parts.append(text(x, y, name, "word"))
            x += width(name, SIZE) + 12
        parts += box(band.phase, key, (x, y - 12), (x + SWATCH, y + 3))
        parts.append(text(x + SWATCH + 6, y, said, "word"))
        x += room
    if len(listed) < len(bands):
        y += LINE
        parts.append(text(left, y, f"and {len(bands) - len(listed)} more phases", "word"))
    return y + (LINE if parts else 0), parts


def meanings(looks: Collection[str], *, broken: bool, x: float, y: float) -> Iterator[Svg]:
    """Yield what marks mean, on one line; only those that occur."""
    for look, said, meaning in MEANINGS:
        if look in looks:
            number = text(x + 11, y, said, "number", text_anchor="middle")
            strike = [line((x + 1, y + 2), (x + 21, y - 10), "strike")]
            shape = outline(x + 11, y - 4, 11, is_key=look == "key")
            shapes = (shape, *(strike if look == "retracted" else []), number)
            yield tag("g", *shapes, class_=look if look != "mark" else "plain")
            yield text(x + 28, y, meaning, "word")
            x += 28 + width(meaning, SIZE) + 18
    if broken:
        spots = ((x + 6, y - 13), (x + 11, y - 7), (x + 6, y - 1), (x + 11, y + 5))
        yield tag("path", d=trace(spots), class_="torn")
        yield text(x + 20, y, "break: a time without entries, its length on it", "word")
