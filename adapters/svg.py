"""SVG as strings: every text and attribute escaped, every number short."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import NewType

from .wording import visible

Svg = NewType("Svg", str)
"""Markup. Only this file makes it from text, so a type checker sees text that is not escaped."""

Spot = tuple[float, float]

_NOT_XML = re.compile("[\ufffe\uffff]")


def tag(name: str, *inside: Svg, **attributes: str | float) -> Svg:
    """Return an element; `class_` is written as `class`, `stroke_width` as `stroke-width`."""
    written = "".join(f' {_name(key)}="{_value(value)}"' for key, value in attributes.items())
    body = "".join(inside)
    return Svg(f"<{name}{written}>{body}</{name}>" if inside else f"<{name}{written}/>")


def words(text: str) -> Svg:
    """Return text as content, on one line, without control and bidirectional characters."""
    return Svg(escape(_NOT_XML.sub("", visible(text))))


def text(x: float, y: float, said: str, class_: str, **attributes: str | float) -> Svg:
    """Return a line of text whose baseline is at `y`."""
    return tag("text", words(said), x=x, y=y, class_=class_, **attributes)


def line(start: Spot, end: Spot, class_: str) -> Svg:
    """Return a straight line."""
    return tag("path", d=trace((start, end)), class_=class_)


def trace(spots: Iterable[Spot], *, closed: bool = False) -> str:
    """Return the `d` of a path through `spots`, leaving out what moves by less than is written."""
    steps: list[str] = []
    last_x = last_y = ""
    for x, y in ((number(x), number(y)) for x, y in spots):
        if not steps:
            steps.append(f"M{x} {y}")
        elif x != last_x and y != last_y:
            steps.append(f"L{x} {y}")
        elif x != last_x or y != last_y:
            steps.append(f"V{y}" if x == last_x else f"H{x}")
        last_x, last_y = x, y
    return "".join([*steps, "Z" if closed else ""])


def number(value: float) -> str:
    """Return a number with at most two decimals."""
    short = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> Svg:
    return words(value if isinstance(value, str) else number(value))
