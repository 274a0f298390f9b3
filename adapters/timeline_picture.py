"""An incident's timeline as one SVG: phases, lanes of entries, breaks, and two axes of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..domain.history import PRESENT, Cut
from ..domain.values import micros
from ..projections.story import Story
from . import picture_bands, picture_labels, picture_lanes
from .picture_bands import FADING, SAID, STRIP, Band, bands_of, wishes_of
from .picture_key import LINE, meanings, phases
from .picture_labels import Placed, labels_of, placed, span_of
from .picture_lanes import looks_of
from .picture_marks import Lane, Mark, lanes_of, numbered
from .picture_scale import Scale, scale_for
from .picture_signs import signs_of
from .picture_style import SCOPE, style
from .picture_ticks import axes, is_to_the_second
from .picture_words import described, facts, told
from .svg import Svg, tag, text, words
from .text_width import BOLD, wrapped

WIDTH, LEFT, RIGHT, MARGIN = 1000, 150, 984, 16
TITLE_SIZE = 19 * BOLD
"""What bold text is as wide as."""

INSET = 28
"""How far the first and the last moment lie inside, so that their marks do too."""


class Plan(NamedTuple):
    """What is drawn, and where on the axis; how high it lies is decided while drawing."""

    key: str
    """What ids in the picture start with, so that several fit into one page."""
    t_zero_us: int | None
    to_the_second: bool
    scale: Scale
    bands: list[Band]
    marks: dict[Lane, list[Mark]]
    labels: list[Placed]


def as_svg(story: Story, cut: Cut = PRESENT, *, heading: bool = True) -> str:
    """Return the picture; the same story and cut give the same bytes.

    Numbers are those of the rows of the timeline's table, from 1 in the order told. Nothing in it
    knows what time it is: an open incident ends, fading, at its last entry or at `cut.as_of`.
    Without `heading` its title and facts are not drawn, for pages that have them anyway; those
    who hear it are told them all the same.
    """
    plan, heads = planned(story, cut), list(facts(story, cut))
    title = told(story.incident.title)
    top, head = _head(title, heads) if heading else (MARGIN / 2, [])
    height, body = _body(plan, top)
    said = " ".join(described(heads, story, plan.scale, plan.bands, plan.marks))
    parts = (
        tag("title", words(title), id=f"{plan.key}-title"),
        tag("desc", words(said), id=f"{plan.key}-desc"),
        tag("style", words(style())),
        tag("defs", *picture_bands.patterns(plan.key)),
        tag("rect", width=WIDTH, height=height, class_="ground"),
        *head,
        *body,
    )
    named = f"{plan.key}-title {plan.key}-desc"
    return tag(
        "svg", *parts, xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height:g}",
        width=WIDTH, height=height, class_=SCOPE, role="img", aria_labelledby=named,
    )  # fmt: skip


def planned(story: Story, cut: Cut) -> Plan:
    """Return what the picture of a story is made of."""
    t_zero = story.incident.t_zero_at
    start_us, end_us = map(micros, span_of(story, cut))
    inset = FADING + 4 if story.incident.is_open else INSET
    times = [micros(entry.row.occurred_at) for entry in story.entries]
    bands = bands_of(story, end_us)
    wishes = list(wishes_of(bands))
    scale = scale_for([start_us, *times, end_us], LEFT + INSET, RIGHT - inset, wishes)
    to_the_second = is_to_the_second(story, scale)
    entries = numbered(story, scale, to_the_second=to_the_second)
    labels = labels_of(story, cut, entries, scale, to_the_second=to_the_second)
    return Plan(
        key=f"retold-{story.incident.incident_id}",
        t_zero_us=None if t_zero is None else micros(t_zero),
        to_the_second=to_the_second,
        scale=scale,
        bands=bands,
        marks=lanes_of(entries),
        labels=placed(labels, LEFT, RIGHT),
    )


def _head(title: str, said: Sequence[str]) -> tuple[float, list[Svg]]:
    y, parts = 13, list[Svg]()
    for one in wrapped(title, WIDTH - 2 * MARGIN, TITLE_SIZE, 2):
        y += 26
        parts.append(text(MARGIN, y, one, "title"))
    for one in (part for whole in said for part in wrapped(whole, WIDTH - 2 * MARGIN, 13, 2)):
        y += 20
        parts.append(text(MARGIN, y, one, "said"))
    return y + 18, parts


def _body(plan: Plan, top: float) -> tuple[float, list[Svg]]:
    rows = 1 + max((one.row for one in plan.labels), default=-1)
    base = top + rows * picture_labels.HEIGHT
    first = base + STRIP + (SAID if _is_broken(plan) else 0)
    bottom = first + len(plan.marks) * picture_lanes.HEIGHT
    feet = {
        lane: first + (index + 0.5) * picture_lanes.HEIGHT for index, lane in enumerate(plan.marks)
    }
    axes_end, axes_drawn = axes(
        plan.scale, plan.t_zero_us, first, bottom, to_the_second=plan.to_the_second
    )
    end, below = _key(plan, axes_end + 26)
    return end, [
        *picture_bands.drawn(plan.bands, plan.scale, plan.key, base, bottom),
        *axes_drawn,
        *picture_labels.drawn(plan.labels, base, feet, bottom),
        *picture_bands.names(plan.bands, plan.scale, base),
        *picture_lanes.lanes(plan.marks, RIGHT, first),
        text(MARGIN, base + 15, "Phase", "lane"),
        text(MARGIN, bottom + 16, "UTC", "lane"),
        *([text(MARGIN, bottom + 59, "Since T0", "lane")] if plan.t_zero_us is not None else []),
        *below,
    ]


def _key(plan: Plan, y: float) -> tuple[float, list[Svg]]:
    y, listed = phases(plan.bands, plan.key, (MARGIN, y), RIGHT)
    marks = [mark for inside in plan.marks.values() for mark in inside]
    looks = {look for mark in marks for look in (*looks_of(mark), *signs_of(mark))}
    y, meant = meanings(looks, broken=_is_broken(plan), corner=(MARGIN, y), right=RIGHT)
    return y - LINE / 2, [*listed, *meant]


def _is_broken(plan: Plan) -> bool:
    return any(part.is_break for part in plan.scale.parts)
