"""What holds for the picture of any timeline: it is well-formed, complete, legible and inert."""

import re
from itertools import combinations, pairwise
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from retold import Cut
from retold.adapters.picture_labels import Label, placed
from retold.adapters.picture_scale import MOST_BREAKS, choices_of, scale_for
from retold.adapters.picture_ticks import SIZE
from retold.adapters.text_width import width
from retold.adapters.timeline_picture import LEFT, RIGHT, WIDTH, as_svg, planned
from retold.domain import events as ev
from retold.domain.values import micros
from retold.projections.story import GAP_US

from .pictures import (
    acknowledged,
    at,
    counted,
    detected,
    impact,
    marked,
    mitigated,
    note,
    reopened,
    resolved,
    retracted,
    spots,
    texts,
    told,
)

TIMES = st.one_of(
    st.integers(0, 4).map(float),
    st.floats(0, 4),
    st.floats(-1440, 90 * 1440),
    st.just(0.0),
    st.floats(-29_000_000, 4_000_000_000),
)
KINDS = st.sampled_from(["observation", "action", "communication"])
TEXTS = st.text(st.characters(exclude_categories=()), max_size=60)
ENDS = st.one_of(
    st.builds(resolved, TIMES),
    st.builds(reopened, TIMES),
    st.builds(mitigated, TIMES),
    st.builds(lambda time: ev.Merged(occurred_at=at(time), into=UUID(int=5)), TIMES),
    st.builds(lambda time: ev.Dismissed(occurred_at=at(time), reason="drill"), TIMES),
)
EVENTS = st.one_of(
    st.builds(note, TIMES, st.just("looked"), KINDS),
    st.builds(detected, TIMES),
    st.builds(acknowledged, TIMES),
    st.builds(impact, TIMES),
    ENDS,
)
STORIES = st.lists(EVENTS, min_size=1, max_size=40)
INSTANT = [detected(), acknowledged(0), mitigated(0), resolved(0), reopened(0), resolved(0)]
CROWD = [detected(), *(note(n / 7, kind="action") for n in range(700)), resolved(130_000)]

LAW = settings(deadline=None)
"""How long one example takes says nothing: other things may keep the machine busy."""

CENTURY = [
    detected(),
    *(note(60.0 * 340_000 * era + 20 * step) for era in range(3) for step in range(4)),
]


@LAW
@given(STORIES)
@example([detected()])
@example([note(0)])
@example(INSTANT)
@example(CROWD)
def test_every_entry_is_counted_once_and_every_mark_lies_inside(events: list[ev.AnyEvent]) -> None:
    root = ET.fromstring(as_svg(told(events)))
    assert counted(root) == len(events)
    height = float(root.get("height", ""))
    for mark in marked(root, "mark"):
        assert all(LEFT <= x <= WIDTH and 0 <= y <= height for x, y in spots(mark))


@LAW
@given(STORIES)
@example(CROWD)
def test_marks_of_a_lane_do_not_run_into_each_other(events: list[ev.AnyEvent]) -> None:
    for marks in planned(told(events), Cut()).marks.values():
        for one, other in pairwise(marks):
            assert other.x - one.x >= 12
            assert one.x + one.half < other.x - other.half


@LAW
@given(STORIES, st.integers(0, 10))
@example(INSTANT, 0)
@example([*INSTANT, *(step(n) for n in range(1, 30) for step in (reopened, resolved))], 0)
def test_no_two_labels_overlap_and_all_lie_inside(events: list[ev.AnyEvent], struck: int) -> None:
    story = told([*events, *([retracted(struck)] if 0 < struck <= len(events) else [])])
    places = planned(story, Cut()).labels
    assert not any(one.box.overlaps(other.box) for one, other in combinations(places, 2))
    assert all(one.box.left >= LEFT and one.box.right <= RIGHT for one in places)
    recorded = [one for one in story.moments if one.event_id]
    said = " | ".join(one.label.said for one in places)
    assert all(f" {one.label} " in f" {said}" for one in recorded), "each of them has its label"


@pytest.mark.parametrize(
    "xs", [(178, 504, 705, 827, 831), (178, 196, 233, 361, 544, 919, 938, 956), (300, 310, 320)]
)
def test_poles_run_through_as_few_texts_as_can_be(xs: tuple[float, ...]) -> None:
    labels = [Label(x, f"{number} Acknowledged 03-01 12:00", None) for number, x in enumerate(xs)]
    through = [
        (one.label.said, other.label.said)
        for one in placed(labels, LEFT, RIGHT)
        for other in placed(labels, LEFT, RIGHT)
        if one.row > other.row and other.box.left < one.label.x < other.box.right
    ]
    assert not through


@LAW
@given(STORIES)
@example(CENTURY)
def test_ticks_do_not_run_into_each_other(events: list[ev.AnyEvent]) -> None:
    root = ET.fromstring(as_svg(told(events)))
    rows: dict[str, list[tuple[float, str]]] = {}
    for tick in marked(root, "tick"):
        if tick.get("text-anchor") == "middle":
            place = float(tick.get("x", "")), tick.text or ""
            rows.setdefault(tick.get("y", ""), []).append(place)
    for row in rows.values():
        for (x, said), (other, following) in pairwise(row):
            assert x + width(said, SIZE) / 2 < other - width(following, SIZE) / 2


@LAW
@given(STORIES)
def test_bands_follow_each_other_without_overlap(events: list[ev.AnyEvent]) -> None:
    bands = planned(told(events), Cut()).bands
    for one, other in pairwise(bands):
        assert one.start_us < one.end_us <= other.start_us
        assert not one.is_open


@LAW
@given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=60))
def test_the_scale_keeps_the_order_of_time_within_its_room(times: list[int]) -> None:
    scale = scale_for(times, 100, 900)
    xs = [scale.at(time) for time in sorted(times)]
    assert xs == sorted(xs)
    assert xs[0] == 100
    assert xs[-1] <= 900.001
    assert abs(scale.right - 900) < 0.001


@LAW
@given(st.lists(st.integers(0, 10**12), min_size=2, max_size=60, unique=True))
@example([sum(10**step for step in range(size)) for size in range(20)])
def test_what_is_broken_is_longer_than_what_is_not(times: list[int]) -> None:
    for broken in choices_of(sorted(times)):
        kept = [span for span in pairwise(sorted(times)) if span not in broken]
        assert kept
        assert len(broken) <= MOST_BREAKS
        longest = max(end - start for start, end in kept)
        assert all(end - start > longest for start, end in broken)


@LAW
@given(STORIES)
def test_what_is_drawn_as_a_break_is_a_gap_of_the_table(events: list[ev.AnyEvent]) -> None:
    story = told(events)
    times = sorted({micros(one.row.occurred_at) for one in story.entries})
    for part in planned(story, Cut()).scale.parts:
        if part.is_break:
            assert (part.start_us, part.end_us) in set(pairwise(times))
            assert part.end_us - part.start_us >= GAP_US


@LAW
@given(TEXTS, TEXTS)
@example("\x00\x1b[31m", "\ufffe\uffff")
@example("\u202esev1\u2066\n\ud800", "</text><script>alert(1)</script>\"'&]]>")
def test_hostile_text_is_text_and_nothing_else(title: str, by: str) -> None:
    # Past validation, as a store could hold it from elsewhere.
    first = ev.Detected.assembled(detected().__dict__ | {"title": title})
    second = ev.NoteAdded.assembled(note(5).__dict__ | {"text": title, "by": by})
    drawn = as_svg(told([first, second, resolved(9)]))
    root = ET.fromstring(drawn.encode())
    names = {one.tag.partition("}")[2] for one in root.iter()}
    assert names <= {"svg", "title", "desc", "style", "defs", "pattern", "linearGradient", "stop",
                     "rect", "g", "path", "text"}  # fmt: skip
    assert not re.search("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", drawn)


def test_nothing_in_a_picture_reaches_outside_of_it() -> None:
    drawn = as_svg(told([detected(), acknowledged(5)]))
    assert not re.search(r"href|url\([^#]|@import|<script|\bon\w+=", drawn)
    assert re.findall(r"https?://[^\"]+", drawn) == ["http://www.w3.org/2000/svg"]


@LAW
@given(STORIES)
def test_the_same_story_gives_the_same_bytes_and_short_numbers(events: list[ev.AnyEvent]) -> None:
    drawn = as_svg(told(events))
    assert drawn == as_svg(told(events))
    attributes = re.findall(r' (?:x|y|d|width|height)="([^"]*)"', drawn)
    assert not [value for value in attributes if re.search(r"\d\.\d{3}|\de[-+]?\d", value)]


def test_a_long_title_and_a_long_note_are_cut() -> None:
    root = ET.fromstring(as_svg(told([detected(title="T" * 480), note(5, "x" * 9_000)])))
    assert len(root[0].text or "") == 301
    assert len(texts(root, "title")) == 2
    assert max(len(one.text or "") for one in root.iter()) < 10_000
