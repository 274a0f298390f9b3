"""A report's chart: what is in the picture, and that recorded text can do nothing in it."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from retold.adapters.charts import Point, Series, chart

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
TEXTS = st.text(st.characters(exclude_categories=()), max_size=60)
TIMES = st.lists(st.integers(-SECOND, 400 * 365 * DAY), max_size=30)


def series(label: str = "sev1", *observed: int, still_open: tuple[int, ...] = ()) -> Series:
    """Return a group whose curve is as if every open one were the oldest."""
    size = len(observed) + len(still_open)
    points = [
        Point(time, 1 - ended / size, 0.1, 0.95)
        for ended, time in enumerate(sorted(observed), start=1)
    ]
    return Series(label, tuple(points), observed, still_open)


def picture(*groups: Series, title: str = "Time to resolve", subtitle: str = "") -> ET.Element:
    return ET.fromstring(chart(title, subtitle, groups))


def marked(root: ET.Element, name: str) -> list[ET.Element]:
    """Return the elements of a class."""
    return [one for one in root.iter() if name in one.get("class", "").split()]


def texts(root: ET.Element) -> list[str]:
    return ["".join(one.itertext()) for one in root.iter() if one.tag.endswith("}text")]


def lane_marks(root: ET.Element, name: str) -> list[ET.Element]:
    return [one for lane in marked(root, "lane") for one in marked(lane, name)]


def curve(root: ET.Element, group: int = 0) -> list[tuple[float, float]]:
    """Return the corners of a group's curve."""
    first = next(one for one in marked(root, "curve") if f"g{group}" in one.get("class", ""))
    x, y, corners = 0.0, 0.0, []
    for verb, values in re.findall(r"([MHVL])([-\d. ]+)", marked(first, "steps")[0].get("d", "")):
        numbers = [float(value) for value in values.split()]
        x = numbers[0] if verb != "V" else x
        y = numbers[-1] if verb != "H" else y
        corners.append((x, y))
    return corners


def test_every_duration_is_a_dot_and_every_open_one_is_hollow_with_an_arrow() -> None:
    root = picture(
        series("sev1", MINUTE, MINUTE, HOUR, still_open=(DAY, DAY)),
        series("sev2", *[5 * MINUTE] * 400),
    )
    assert len(lane_marks(root, "ended")) == 403
    assert len(lane_marks(root, "open")) == len(lane_marks(root, "arrow")) == 2
    spots = {(one.get("cx"), one.get("cy")) for one in lane_marks(root, "open")}
    assert len(spots) == 2


def test_dots_of_a_lane_do_not_cover_each_other_while_there_is_room() -> None:
    dots = lane_marks(picture(series("sev1", *(MINUTE + n * SECOND for n in range(40)))), "ended")
    spots = [(float(one.get("cx", "")), float(one.get("cy", ""))) for one in dots]
    apart = [
        max(abs(x - other_x), abs(y - other_y))
        for index, (x, y) in enumerate(spots)
        for other_x, other_y in spots[:index]
    ]
    assert min(apart) >= 7


def test_a_lane_counts_what_ended_and_what_is_open_and_says_the_median() -> None:
    said = texts(picture(series("sev1", MINUTE, 2 * MINUTE, HOUR, still_open=(DAY,))))
    assert "3 ended, 1 open" in said
    assert "median 2m 00s" in said


def test_a_curve_steps_right_and_down_only() -> None:
    corners = curve(picture(series("sev1", *(n**3 * SECOND for n in range(1, 40)))))
    assert len(corners) > 60
    assert all(x <= next_x and y <= next_y for (x, y), (next_x, next_y) in pairwise(corners))
    assert all(x == next_x or y == next_y for (x, y), (next_x, next_y) in pairwise(corners))


def test_a_curve_goes_on_to_the_oldest_open_one_which_is_ticked() -> None:
    root = picture(series("sev1", MINUTE, still_open=(HOUR,)))
    [tick] = marked(marked(root, "curve")[0], "censored")
    x, y = curve(root)[-1]
    assert tick.get("d", "").startswith(f"M{x:g} {y - 5:g}")


def test_a_band_has_a_gap_where_it_is_undefined() -> None:
    points = [Point(n * MINUTE, 1 - n / 8, 0.1, 0.9) for n in range(1, 7)]
    points[2] = Point(3 * MINUTE, 5 / 8, None, None)
    root = picture(Series("sev1", tuple(points), tuple(n * MINUTE for n in range(1, 7)), (DAY,)))
    assert len([one for one in marked(root, "band") if "g0" in one.get("class", "")]) == 2


@pytest.mark.parametrize(
    ("times", "ticks"),
    [
        ((20 * SECOND, 3 * MINUTE), ["15s", "1m", "5m"]),
        ((MINUTE, DAY), ["1m", "5m", "15m", "1h", "4h", "1d"]),
        ((2 * HOUR, 20 * DAY), ["1h", "4h", "1d", "1w", "30d"]),
        ((HOUR,), ["15m", "1h", "4h"]),
    ],
)
def test_the_axis_reaches_from_the_tick_before_the_data_to_the_one_after(
    times: tuple[int, ...], ticks: list[str]
) -> None:
    root = picture(series("sev1", *times))
    shown = [one.text for one in marked(root, "tick") if not (one.text or "").endswith("%")]
    assert shown == ticks * 2


@given(TIMES, TIMES)
def test_every_dot_lies_within_the_axis(observed: list[int], still_open: list[int]) -> None:
    root = picture(series("sev1", *observed, still_open=tuple(still_open)))
    dots = [*lane_marks(root, "ended"), *lane_marks(root, "open")]
    assert len(dots) == len(observed) + len(still_open)
    assert all(150 <= float(one.get("cx", "")) <= 636 for one in dots)


def test_what_took_less_than_a_second_lies_in_a_marked_place_of_its_own() -> None:
    root = picture(series("sev1", 0, 999_999, SECOND, HOUR))
    place = marked(root, "under")[0]
    end = float(place.get("x", "")) + float(place.get("width", ""))
    xs = [float(one.get("cx", "")) for one in lane_marks(root, "ended")]
    assert [x < end for x in xs] == [True, True, False, False]
    assert texts(root).count("<1s") == 2
    assert "<1s" not in texts(picture(series("sev1", SECOND, HOUR)))


def test_groups_differ_in_more_than_colour() -> None:
    root = picture(*(series(f"service {n}", n * MINUTE, HOUR) for n in range(1, 9)))
    sheet = next(one.text or "" for one in root.iter() if one.tag.endswith("}style"))
    dashes = dict(re.findall(r"\.g(\d) \.steps\{stroke-dasharray:([^}]+)\}", sheet))
    assert len({dashes.get(str(n), "none") for n in range(8)}) == 8
    for n in range(1, 9):
        assert texts(root).count(f"service {n}") == 2, "at its curve and at its lane"


def test_there_are_colours_for_light_and_for_dark() -> None:
    light, dark = chart("", "", [series("a", HOUR)]).split(
        "@media screen and (prefers-color-scheme:dark)"
    )
    for drawn in (".ground", ".title", ".g0", ".g7", ".grid", ".median"):
        assert f"{drawn}{{" in light or f"{drawn}," in light
        assert re.search(rf"\{drawn}[^{{}}]*\{{[a-z]+:#", dark)


def test_only_the_largest_eight_groups_are_drawn_and_the_rest_is_counted() -> None:
    root = picture(*(series(f"g-{n}", *[MINUTE] * n) for n in range(1, 11)), subtitle="March")
    said = texts(root)
    assert "March" in said
    assert "Shown are the 8 largest of 10 groups; 2 are left out." in said
    assert [f"g-{n}" in said for n in range(1, 11)] == [False] * 2 + [True] * 8


@pytest.mark.parametrize("groups", [(), (Series("sev1", (), (), ()),)])
def test_nothing_to_show_is_said_in_words(groups: tuple[Series, ...]) -> None:
    root = picture(*groups)
    assert "There are no durations to show." in texts(root)
    assert "There are no durations to show." in (root[1].text or "")


def test_all_open_is_a_flat_line_that_says_so() -> None:
    root = picture(Series("sev1", (), (), (HOUR, 3 * DAY)))
    assert len({y for _, y in curve(root)}) == 1
    assert {"None has ended yet.", "2 open", "median over 3d 00h"} <= set(texts(root))


def test_without_points_there_is_no_curve_and_the_lane_says_why() -> None:
    root = picture(Series("sev1", (), (HOUR,), ()))
    assert len(lane_marks(root, "ended")) == 1
    assert {"1 ended", "too few for a curve", "Too few have ended for a curve."} <= set(texts(root))


def test_the_picture_is_told_to_those_who_cannot_see_it() -> None:
    root = picture(series("sev1", MINUTE, HOUR, still_open=(DAY,)), subtitle="March")
    assert root.get("role") == "img"
    assert root[0].text == "Time to resolve"
    assert (root[1].text or "").startswith("March ")
    assert (root[1].text or "").endswith("sev1: 2 ended, 1 open, median 1h 00m.")


def test_recorded_text_is_text_and_nothing_else() -> None:
    evil = "</text><script>alert(1)</script>\"'&]]>"
    root = picture(series(evil, HOUR), title=evil, subtitle=evil)
    names = {one.tag.partition("}")[2] for one in root.iter()}
    assert names == {"svg", "title", "desc", "style", "rect", "g", "path", "circle", "text"}
    assert evil in texts(root)


def test_an_extremely_long_name_is_cut_in_its_middle() -> None:
    root = picture(series("payments-" * 500 + "eu", HOUR), series("payments-" * 500 + "us", HOUR))
    names = [one.text or "" for one in marked(root, "label")]
    assert all(name.startswith("payme") and len(name) < 25 for name in names)
    assert [name[-2:] for name in names] == ["eu", "us"]
    assert len(chart("T" * 90_000, "S" * 90_000, [series("L" * 90_000, HOUR)])) < 20_000


@given(TEXTS, TEXTS, TEXTS)
@example("\x00\x1b[31m", "\ufffe\uffff", "\u202esev1\u2066\n\ud800")
def test_any_text_leaves_a_picture_without_control_and_bidi_characters(
    title: str, subtitle: str, label: str
) -> None:
    drawn = chart(title, subtitle, [series(label, MINUTE, HOUR)])
    ET.fromstring(drawn.encode())
    assert not re.search("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", drawn)


def test_nothing_in_a_picture_reaches_outside_of_it() -> None:
    drawn = chart("t", "s", [series("a", MINUTE, HOUR, still_open=(DAY,))])
    assert not re.search(r"href|url\(|@import|<script|\bon\w+=|\bid=", drawn)
    assert re.findall(r"https?://[^\"]+", drawn) == ["http://www.w3.org/2000/svg"]


def test_the_same_input_gives_the_same_bytes_and_short_numbers() -> None:
    groups = [series("a", *(n * n * SECOND for n in range(90)), still_open=(DAY, HOUR))]
    drawn = chart("t", "s", groups)
    assert drawn == chart("t", "s", [group._replace(observed_us=group.observed_us[::-1])
                                     for group in groups])  # fmt: skip
    assert not re.search(r"\d\.\d{3}", drawn)
    assert not re.search(r"\de[-+]?\d", drawn.partition("</style>")[2])
