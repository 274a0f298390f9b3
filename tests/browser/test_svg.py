"""A timeline's picture in a browser: nothing covers another thing, everything can be read."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from retold import open_store
from retold.adapters.importers.importing import import_files
from retold.adapters.text_width import BOLD, width
from retold.adapters.timeline_picture import as_svg
from retold.projections.story import Story

from ..browsing import Opened, Window, serious
from ..pictures import detected, picture, resolved, told
from ..test_timeline_hostile import HOSTILE
from ..test_timeline_hostile import told as hostile_told
from .drawn import Drawn, drawn
from .spread import TITLES, odd, reopening, spread, through, titled

REAL = Path(__file__).parents[3] / "shared" / "data" / "statuspage"
FONTS = ("DejaVu Sans", "Liberation Sans")
"""The widest of the usual ones, and the one that measures what Arial does."""

STYLE = re.compile("<style>.*?</style>")


def page_of(pictures: Iterable[str], font: str = "") -> str:
    """A page with all pictures, whose style sheet is there once: it is the same in all of them."""
    kept, *others = pictures
    chosen = f".retold-timeline *{{font-family:{font}!important}}" if font else ""
    rest = "".join(STYLE.sub("", one) for one in others)
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Pictures</title>"
        f"<style>body{{margin:0}}{chosen}</style><body><main><h1>Pictures</h1>{kept}{rest}"
        "</main></body></html>"
    )


def faults(names: Iterable[str], pictures: Iterable[Drawn]) -> list[tuple[str, str, object]]:
    """What is wrong with pictures, by their names."""
    return [
        (name, kind, found)
        for name, one in zip(names, pictures, strict=True)
        for kind, found in (
            ("texts overlap", one.overlaps()),
            ("text reaches out of the picture", one.cut_off()),
            ("number reaches out of its mark", one.too_wide_for_their_marks()),
            ("text is faint", one.faint()),
        )
        if found
    ]


def in_the_dark(opened: Opened) -> list[Drawn]:
    opened.page.emulate_media(color_scheme="dark")
    return drawn(opened)


def test_whatever_happened_all_text_is_apart_inside_and_strong(window: Window) -> None:
    stories = spread()
    opened = window.open(page_of(map(as_svg, stories.values())))
    assert faults(stories, drawn(opened)) == []


@pytest.mark.parametrize("font", FONTS)
def test_it_is_so_in_a_wide_and_in_a_narrow_font_and_in_the_dark(window: Window, font: str) -> None:
    names = {name: told(events) for name, events in odd().items()}
    names |= {f"title: {name}": told(titled(title)) for name, title in TITLES.items()}
    opened = window.open(page_of(map(as_svg, names.values()), font))
    assert faults(names, drawn(opened)) == []
    assert faults(names, in_the_dark(opened)) == []


@pytest.mark.skipif(
    not REAL.is_dir(), reason="the real incidents in ../shared/data are not part of the project"
)
def test_it_is_so_for_the_most_different_of_the_real_incidents(window: Window) -> None:
    with open_store("memory:") as store:
        import_files(store, "statuspage", [str(one) for one in sorted(REAL.glob("*.json"))])
        found = most_different(list(store.stories()))
    names = [f"{one.incident.title}, {one.incident.incident_id}" for one in found]
    assert len(found) >= 60
    assert faults(names, drawn(window.open(page_of(map(as_svg, found))))) == []


def most_different(found: list[Story]) -> list[Story]:
    """The extremes and steps between them in entries, length, phases, title, services, spread."""

    def span(one: Story) -> float:
        times = [entry.row.occurred_at for entry in one.entries]
        return (max(times) - min(times)).total_seconds()

    def crowd(one: Story) -> float:
        return len(one.entries) / (span(one) + 1)

    keys = (
        span,
        crowd,
        lambda one: len(one.entries),
        lambda one: len(one.incident.title or ""),
        lambda one: len(one.incident.services),
        lambda one: len({entry.row.phase for entry in one.entries}),
        lambda one: one.incident.reopens,
    )
    chosen: dict[object, Story] = {}
    for key in keys:
        by_key = sorted(found, key=key)
        picks = [*by_key[:2], *by_key[:: max(len(by_key) // 8, 1)], *by_key[-5:]]
        chosen |= {one.incident.incident_id: one for one in picks}
    return list(chosen.values())


def test_text_is_never_wider_than_was_guessed(window: Window) -> None:
    said = [one.text or "" for root in (picture(*reopening()), picture(*odd()["open for days"]))
            for one in root.iter() if one.tag.endswith("}text")]  # fmt: skip
    said += ["Donaudampfschiff", "WWW MMM @@@", "illicit fiji", "The quick brown fox, 0123456789"]
    rows = "".join(
        f"<text font-family='{font}' font-weight='{weight}' font-size='100'>{one}</text>"
        for font in FONTS
        for weight in (400, 600)
        for one in said
    )
    opened = window.open(f"<!doctype html><meta charset='utf-8'><svg>{rows}</svg>")
    drawn_wide: list[float] = opened.page.evaluate(
        "() => [...document.querySelectorAll('text')].map((one) => one.getComputedTextLength())"
    )
    guessed = [width(one, 100 * factor) + 8 for _ in FONTS for factor in (1, BOLD) for one in said]
    assert len(drawn_wide) == len(guessed)
    assert [pair for pair in zip(drawn_wide, guessed, strict=True) if pair[0] > pair[1]] == []


def test_phases_differ_by_pattern_where_no_colour_is_seen(window: Window) -> None:
    opened = window.open(page_of([as_svg(told(odd()["lead-up"]))]))
    lines: list[str] = opened.page.evaluate(
        "() => [...document.querySelectorAll('pattern')].map((one) =>"
        " [one.getAttribute('width'), ...[...one.children].map((each) => each.outerHTML)].join())"
    )
    assert len(lines) == len(set(lines)) == 4
    used: list[str] = opened.page.evaluate(
        "() => [...new Set([...document.querySelectorAll('.hatching')].map((one) =>"
        " one.getAttribute('fill')))]"
    )
    assert len(used) == 4


@pytest.mark.parametrize("inline", [False, True])
def test_those_who_hear_it_are_told_its_title_and_all_it_shows(
    window: Window, inline: bool
) -> None:
    drawn_ = as_svg(told(through(60, 3)))
    opened = window.open(page_of([drawn_])) if inline else window.open(drawn_, suffix=".svg")
    [image] = [one for one in heard(opened) if one[0] in ("image", "SvgRoot")]
    assert image[0] == "image"
    assert image[1].startswith("Search is down resolved · severity not recorded. 7 entries from")
    assert "Phases: unacknowledged 3m 00s, unmitigated 39m 00s, mitigated 18m 00s." in image[1]


def heard(opened: Opened) -> list[tuple[str, str]]:
    """The role and the name of everything that the browser tells a screen reader."""
    tree = opened.page.context.new_cdp_session(opened.page).send("Accessibility.getFullAXTree")
    return [
        (one["role"]["value"], one.get("name", {}).get("value", ""))
        for one in tree["nodes"]
        if not one["ignored"]
    ]


def test_axe_finds_nothing_serious_in_light_and_in_the_dark(window: Window) -> None:
    opened = window.open(page_of(map(as_svg, (told(reopening()), told(odd()["many services"])))))
    assert serious(opened.page) == []
    opened.page.emulate_media(color_scheme="dark")
    assert serious(opened.page) == []


def test_two_pictures_in_one_page_keep_their_own_style_and_the_page_its_own(
    window: Window,
) -> None:
    one = as_svg(told([detected(), resolved(9)]))
    page = page_of([one, one]).replace(
        "<h1>", "<p class='title said tick lane word moment phase gap number'>x</p><h1>"
    )
    opened = window.open(page)
    assert opened.page.evaluate(
        "() => getComputedStyle(document.querySelector('p')).fontSize"
    ) == "16px"  # fmt: skip
    opened.page.emulate_media(media="print")
    assert faults(["first", "second"], drawn(opened)) == []


def test_hostile_text_in_every_field_runs_nothing_and_asks_for_nothing(window: Window) -> None:
    pictures = [as_svg(hostile_told(text)) for text in HOSTILE]
    inline = window.open(page_of(pictures))
    assert (inline.settle(), inline.active()) == ([], [])
    assert faults(HOSTILE, drawn(inline)) == []
    for text in (HOSTILE[0], "]]></style><script>alert(1)</script>"):
        alone = window.open(as_svg(hostile_told(text)), suffix=".svg")
        assert (alone.settle(), alone.active()) == ([], [])
