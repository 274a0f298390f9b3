"""What stands under a timeline's picture: every phase with its duration, and what marks mean."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .picture_bands import Band, box
from .picture_lanes import outline
from .picture_marks import TIMES
from .picture_signs import SIGNS, sign
from .svg import Spot, Svg, line, tag, text, trace
from .text_width import width

SIZE, LINE, SWATCH = 12, 24, 22
MOST_BANDS, MOST_SEQUENCES = 24, 6
"""So much is listed; the picture shows the other phases without their names."""

BREAK = "break"

MEANINGS = (
    ("mark", "7", "row of the timeline"),
    ("key", "2", "key moment"),
    ("cluster", f"{TIMES}3", "several close together"),
    ("corrected", "5", "corrected"),
    ("retracted", "6", "retracted"),
    ("holds-corrected", "", "one of them corrected"),
    ("holds-retracted", "", "one of them retracted"),
    ("late", "", "added over 1 h later"),
    (BREAK, "", "break: no entries for as long as it says"),
)
"""How a mark looks or what is under it, what is in it, and what it means."""


def phases(bands: Sequence[Band], key: str, corner: Spot, right: float) -> tuple[float, list[Svg]]:
    """Return the baseline after the list of phases, and the list; a reopening starts a line."""
    (left, y), parts, sequence = corner, list[Svg](), 1
    x = left
    listed = [one for one in bands if one.sequence <= MOST_SEQUENCES][:MOST_BANDS]
    for band in listed:
        said = band.said
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


def meanings(
    looks: Collection[str], *, broken: bool, corner: Spot, right: float
) -> tuple[float, list[Svg]]:
    """Return the baseline after what marks mean, and the meanings; only those that occur."""
    (left, y), parts = corner, list[Svg]()
    x = left
    shown = [
        (look, *rest) for look, *rest in MEANINGS if look in looks or (look == BREAK and broken)
    ]
    for look, said, meaning in shown:
        room = 28 + width(meaning, SIZE) + 18
        if x > left and x + room > right:
            x, y = left, y + LINE
        parts += [_swatch(look, said, x, y), text(x + 28, y, meaning, "word")]
        x += room
    return y + LINE, parts


def _swatch(look: str, said: str, x: float, y: float) -> Svg:
    """Return what a meaning is that of, in the 22 units right of `x`."""
    if look == BREAK:
        spots = ((x + 9, y - 13), (x + 14, y - 7), (x + 9, y - 1), (x + 14, y + 5))
        return tag("path", d=trace(spots), class_="torn")
    middle = x + 11
    for name in SIGNS:
        if look == name:
            return tag("g", sign(name, middle, y - 4))
    strike = [line((x + 1, y + 2), (x + 21, y - 10), "strike")] if look == "retracted" else []
    shape = outline(middle, y - 4, 11, is_key=look == "key")
    number = text(middle, y, said, "number", text_anchor="middle")
    return tag("g", shape, *strike, number, class_=look if look != "mark" else "plain")
