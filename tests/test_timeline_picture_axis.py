"""The axes of a timeline's picture and its breaks: every lone entry can be dated."""

import pytest
from retold.adapters.picture_bands import GAP_SIZE
from retold.adapters.picture_scale import BREAK
from retold.adapters.text_width import width

from .pictures import detected, impact, marked, note, picture, resolved, texts

DAY = 24 * 60


def ticks(*times: float) -> list[str]:
    events = [detected(), *map(note, (5, 10, *times[:-1])), resolved(times[-1])]
    return texts(picture(*events), "tick")


def test_an_entry_alone_after_a_break_has_its_time_on_both_axes() -> None:
    assert {"21:07", "T+09:07"} <= set(ticks(9 * 60 + 7))


def test_an_entry_alone_before_a_break_has_its_time_on_both_axes() -> None:
    root = picture(impact(-DAY - 3), detected(), note(2), note(4), resolved(6))
    assert {"11:57", "2026-02-28", "T+00:00"} <= set(texts(root, "tick"))


def test_an_entry_alone_between_two_breaks_has_its_time_on_both_axes() -> None:
    assert {"21:07", "T+09:07", "2026-03-04", "T+3d 00:00"} <= set(ticks(9 * 60 + 7, 3 * DAY))


@pytest.mark.parametrize("days", [0.5, 99, 999.9, 14_166.7])
def test_the_length_of_a_break_fits_above_it(days: float) -> None:
    root = picture(detected(), note(2), note(4), resolved(4 + days * DAY))
    [said] = texts(root, "gap")
    assert width(said, GAP_SIZE) <= BREAK - 2
    assert said.startswith(f"{int(days)}d" if days >= 1 else "12h")
    assert len(marked(root, "torn")) == 3
