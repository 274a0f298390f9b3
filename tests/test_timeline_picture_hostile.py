"""Hostile text in every field of every event: in a timeline's picture it is text."""

import re
from xml.etree import ElementTree as ET

from retold.adapters.timeline_picture import as_svg

from .test_timeline_hostile import FORBIDDEN, hostile, told

WRAPPED = {"title", "said"}
"""Classes of texts that take as many lines as they need."""

ATTRIBUTES = {
    "id", "class", "role", "aria-labelledby", "viewBox", "x", "y", "width", "height", "rx", "d",
    "fill", "offset", "stop-opacity", "patternUnits", "text-anchor",
}  # fmt: skip


def structure(root: ET.Element) -> list[tuple[str, str, tuple[str, ...]]]:
    """Every element with its class and the names of its attributes, but for wrapped lines."""
    return [
        (one.tag, one.get("class", ""), tuple(one.attrib))
        for one in root.iter()
        if one.get("class") not in WRAPPED
    ]


@hostile
def test_a_picture_is_well_formed_and_has_the_elements_that_plain_text_has(text: str) -> None:
    plain, mean = (ET.fromstring(as_svg(told(one)).encode()) for one in ("plain", text))
    assert structure(mean) == structure(plain)
    assert {name for one in mean.iter() for name in one.attrib} <= ATTRIBUTES


@hostile
def test_what_is_drawn_where_does_not_depend_on_it(text: str) -> None:
    def placed(root: ET.Element) -> list[tuple[str | None, ...]]:
        return [(one.get("x"), one.get("width"), one.get("fill")) for one in root.iter()
                if one.get("class") not in WRAPPED]  # fmt: skip

    plain, mean = (ET.fromstring(as_svg(told(one)).encode()) for one in ("plain", text))
    assert placed(mean) == placed(plain)


@hostile
def test_a_picture_steers_nothing_and_reaches_nowhere(text: str) -> None:
    drawn = as_svg(told(text))
    assert not FORBIDDEN.search(drawn)
    tags = re.findall("<[^>]*>", drawn)
    assert not [one for one in tags if re.search(r"href|\bon\w+=|script|url\((?!#)", one)]
