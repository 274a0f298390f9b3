"""Marks heaped on one letter reach over lines, even a whole page: no form for people shows them."""

import io
import unicodedata
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest
from retold.adapters.cli.board_screen import screen
from retold.adapters.cli.output import How
from retold.adapters.cli.reading import write_timeline
from retold.adapters.cli.watching import Found
from retold.adapters.pages.document import as_html
from retold.adapters.timeline_blocks import Telling
from retold.adapters.timeline_picture import as_svg
from retold.adapters.wording import MOST_MARKS, visible
from rich.console import Console

from .test_timeline_hostile import NOON
from .test_timeline_hostile import told as hostile_told

PILES = [
    "a" + "\u0301" * 400,
    "\u0e01" + "\u0e47" * 400,
    "a" + "\u20dd\u200b" * 400,
    "a" + "\u0301\u034f\u0489\ufe0f" * 100,
    "one\n" + "\u0336" * 400 + "\ntwo",
]
piled = pytest.mark.parametrize("text", PILES)


def highest(text: str) -> int:
    """How many marks stand on the letter that has most of them."""
    standing = [one for one in text if unicodedata.category(one) != "Cf"]
    runs = groupby(standing, lambda one: unicodedata.category(one) in ("Mn", "Me"))
    return max((len(list(run)) for are_marks, run in runs if are_marks), default=0)


@piled
def test_of_a_pile_so_many_marks_are_left_as_a_script_may_need(text: str) -> None:
    assert highest(text) > 300
    assert highest(visible(text)) == MOST_MARKS


@pytest.mark.parametrize(
    "text",
    [
        "\u05d1\u05bc\u05b0\u05e8\u05b5\u05d0\u05e9\u05c1\u05b4\u0596\u05d9\u05ea",
        "\u0e01\u0e35\u0e48\u0e1b\u0e31\u0e4d",
        "Vie\u0302\u0323t, e\u0301te\u0301, A\u030a",
        "\u0f66\u0f92\u0fb2\u0f74\u0f56\u0f66",
        "1\ufe0f\u20e3 \u2764\ufe0f \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
        "\u2014" * 9 + "\u00ab" * 9,
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@piled
def test_no_page_and_no_picture_is_covered_by_a_pile(text: str) -> None:
    story = hostile_told(text)
    assert highest(as_html(Telling(story))) == MOST_MARKS
    assert highest(as_svg(story)) <= MOST_MARKS


@piled
@pytest.mark.parametrize("form", ["md", "table", "tsv"])
def test_no_form_for_people_has_a_pile(
    text: str, form: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    write_timeline(hostile_told(text), How(form))
    assert highest(capsys.readouterr().out) == MOST_MARKS


@piled
def test_no_board_has_a_pile(text: str) -> None:
    story = hostile_told(text)
    later = NOON + timedelta(hours=9)
    console = Console(file=io.StringIO(), width=200, color_system=None)
    with console.capture() as captured:
        console.print(screen(Found((story,), 0, 2, later), later, (200, 40)))
    assert highest(captured.get()) <= MOST_MARKS
