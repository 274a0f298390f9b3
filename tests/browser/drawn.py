"""What a browser drew of pictures in a page, and what is wrong with it."""

import json
from itertools import combinations
from typing import Any, NamedTuple

from ..browsing import Opened

MEASURED = """() => JSON.stringify([...document.querySelectorAll(".retold-timeline")].map((svg) => {
    const frame = svg.getBoundingClientRect();
    const view = svg.viewBox.baseVal;
    const box = (one) => {
        const {left, top, right, bottom} = one.getBoundingClientRect();
        const scale = view.width / frame.width;
        return [left - frame.left, top - frame.top, right - frame.left, bottom - frame.top]
            .map((side) => side * scale);
    };
    const paint = (one) => {
        const {fill, fillOpacity, color} = getComputedStyle(one);
        return {fill, opacity: Number(fillOpacity), color};
    };
    const hatch = (one) => one.getAttribute("fill")?.match(/url\\(#(.*)\\)/)?.[1];
    const grounds = [...svg.querySelectorAll("rect, path.outline")]
        .filter((one) => !one.closest("pattern"))
        .map((one) => {
            const lines = hatch(one) && svg.querySelector(`[id="${hatch(one)}"] .hatch`);
            const {stroke, strokeOpacity} = lines ? getComputedStyle(lines) : {};
            const painted = lines ? {fill: stroke, opacity: Number(strokeOpacity)} : paint(one);
            return {element: one, box: box(one), painted: {...painted, is_hatch: !!lines}};
        });
    const under = (one, [left, top, right, bottom]) => {
        const [x, y] = [(left + right) / 2, (top + bottom) / 2];
        return grounds.filter(({element, box: [west, north, east, south]}) =>
            west <= x && x <= east && north <= y && y <= south
            && element.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING,
        ).map(({painted}) => painted);
    };
    return {
        size: [view.width, view.height],
        texts: [...svg.querySelectorAll("text")].map((one) => ({
            said: one.textContent,
            classes: [...one.classList],
            in_mark: [...(one.closest("g")?.classList ?? [])],
            box: box(one),
            paint: paint(one),
            outlines: [...(one.closest("g")?.querySelectorAll(".outline") ?? [])].map(box),
            grounds: under(one, box(one)),
        })),
    };
}))"""

Box = tuple[float, float, float, float]
Colour = tuple[float, float, float]

TOUCH = 1.5
"""So much two lines of text may touch: a font's box is higher than what it draws."""


class Text(NamedTuple):
    """A text of a picture, in the picture's own units."""

    said: str
    classes: list[str]
    in_mark: list[str]
    """The classes of the mark, or of the key's swatch, whose number it is."""
    box: Box
    outlines: list[Box]
    contrast: float
    """With the worst of what lies under it."""

    def overlaps(self, other: "Text") -> bool:
        left, top, right, bottom = self.box
        west, north, east, south = other.box
        across = min(right, east) - max(left, west)
        down = min(bottom, south) - max(top, north)
        return across > 0.1 and down > TOUCH


class Drawn(NamedTuple):
    """A picture as the browser drew it."""

    width: float
    height: float
    texts: list[Text]

    def overlaps(self) -> list[tuple[str, str]]:
        """Return the texts of which one lies on the other."""
        return [(a.said, b.said) for a, b in combinations(self.texts, 2) if a.overlaps(b)]

    def cut_off(self) -> list[str]:
        """Return the texts that reach out of the picture."""
        return [
            one.said
            for one in self.texts
            if one.box[0] < 0 or one.box[1] < 0 or one.box[2] > self.width
            or one.box[3] > self.height
        ]  # fmt: skip

    def too_wide_for_their_marks(self) -> list[str]:
        """Return the numbers that reach out of the outline of their mark."""
        return [
            one.said
            for one in self.texts
            if one.outlines and "number" in one.classes
            and (one.box[0] < one.outlines[-1][0] or one.box[2] > one.outlines[-1][2])
        ]  # fmt: skip

    def faint(self) -> list[tuple[str, float]]:
        """Return the texts that stand out too little from what lies under them."""
        return [(one.said, one.contrast) for one in self.texts if one.contrast < 4.5]


def drawn(opened: Opened) -> list[Drawn]:
    """Return the pictures of a page as they were drawn, in their order."""
    found: list[dict[str, Any]] = json.loads(opened.page.evaluate(MEASURED))
    return [Drawn(*one["size"], [_text(each) for each in one["texts"]]) for one in found]


def _text(told: dict[str, Any]) -> Text:
    return Text(
        told["said"],
        told["classes"],
        told["in_mark"],
        tuple(told["box"]),
        [tuple(one) for one in told["outlines"]],
        _contrast(told),
    )


def _contrast(told: dict[str, Any]) -> float:
    """Return the contrast with the ground, and with the lines of its pattern, the lesser one."""
    ink, plain, lined = _colour(told["paint"]["fill"]), (255.0,) * 3, (255.0,) * 3
    for ground in told["grounds"]:
        if not ground["fill"].startswith("rgb"):
            continue
        colour = _colour(ground["fill"])
        lined = _over(lined, colour, ground["opacity"])
        if not ground["is_hatch"]:
            plain = _over(plain, colour, ground["opacity"])
    return min(_ratio(ink, plain), _ratio(ink, lined))


def _colour(css: str) -> Colour:
    red, green, blue = css.partition("(")[2].rstrip(")").split(",")[:3]
    return float(red), float(green), float(blue)


def _over(ground: Colour, colour: Colour, opacity: float) -> Colour:
    mixed = [a + (b - a) * opacity for a, b in zip(ground, colour, strict=True)]
    return mixed[0], mixed[1], mixed[2]


def _ratio(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours by WCAG 2.2."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (one / 255 for one in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
