"""The breaks in a timeline's picture: where much happened in little time, there is room for it."""

import pytest
from retold.adapters.picture_scale import Wish, scale_for
from retold.domain import events as ev

from .pictures import (
    acknowledged,
    detected,
    impact,
    marked,
    mitigated,
    note,
    numbers,
    picture,
    resolved,
    texts,
)

HOUR, DAY = 60, 24 * 60
MINUTE_US = 60_000_000


def slow() -> list[ev.AnyEvent]:
    """Weeks in which nearly nothing was entered, one day full of entries, and a slow end."""
    day = 35 * DAY
    weeks = [impact(0), *(note(days * DAY) for days in (14, 21.1, 28))]
    first = [detected(day), acknowledged(day + 29), mitigated(day + 6 * HOUR + 18)]
    entries = [note(day + 15 * number) for number in range(3, 24)]
    after = [note(day + hours * HOUR) for hours in (24, 25, 29, 54)]
    return [*weeks, *first, *entries, *after, resolved(day + 3 * DAY), note(day + 5 * DAY)]


def test_weekly_silences_are_broken_for_the_day_on_which_it_all_happened() -> None:
    root = picture(*slow())
    assert {"14d 00h", "7d 02h", "6d 21h", "7d 00h"} <= set(texts(root, "gap"))
    assert "5h 49m" in " ".join(texts(root, "phase"))
    own = [int(said) for said in numbers(root) if said.isdecimal()]
    assert len(own) > 10, "marks that stand alone"


def test_it_is_so_though_each_silence_is_shorter_than_the_rest_together() -> None:
    times = [0, 14, 21, 28, 35, *(35 + 5 * step / 24 for step in range(1, 24))]
    scale = scale_for([round(day * DAY * MINUTE_US) for day in times], 0, 800)
    assert [part.is_break for part in scale.parts] == [True] * 4 + [False]


@pytest.mark.parametrize(
    "times", [(5, 29), (60, 120, 180), (30, 100, 190, 310), (2, 9 * HOUR), (90, 95, 200, 290)]
)
def test_what_can_be_told_apart_stays_to_scale(times: tuple[float, ...]) -> None:
    root = picture(detected(), *map(note, times[:-1]), resolved(times[-1]))
    assert texts(root, "gap") == []


def test_a_silence_is_broken_for_a_phase_that_would_be_too_narrow_for_its_name() -> None:
    times = [minutes * MINUTE_US for minutes in (0, 100, 200, 300, 340, 1300)]
    narrow = Wish(times[3], times[4], 20)
    named = narrow._replace(room=200)
    kept, broken = (scale_for(times, 0, 800, [wish]) for wish in (narrow, named))
    assert not any(part.is_break for part in kept.parts)
    assert [part.is_break for part in broken.parts] == [False, True]


def test_a_first_phase_of_minutes_has_room_for_its_duration_in_a_story_of_a_day() -> None:
    notes = map(note, (140, 240, 340))
    root = picture(detected(), acknowledged(40), *notes, resolved(1300))
    assert texts(root, "gap") == ["16h 00m"]
    assert texts(root, "phase") == ["40m 00s", "unmitigated 21h 00m"]


def test_the_name_of_a_phase_stands_across_the_breaks_in_it() -> None:
    root = picture(*slow())
    assert "undetected 35d 00h" in texts(root, "phase")
    strips = {
        one.get("class", "")[6:]: float(one.get("width", "")) for one in marked(root, "strip")
    }
    assert strips["undetected"] > 150


@pytest.mark.parametrize("within", [0, 0.01, 0.9])
def test_a_burst_within_a_minute_is_one_mark_whose_seconds_do_not_fill_the_picture(
    within: float,
) -> None:
    burst = [note(60 + within * number / 30) for number in range(30)]
    root = picture(detected(), *burst, resolved(600))
    assert texts(root, "gap") == []
    assert len(marked(root, "mark")) == 3
