"""A title that shows nothing: every form calls the incident by what it is, without a title."""

import io
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from retold import Entry, open_store
from retold.adapters.cli.board_screen import screen
from retold.adapters.cli.card import card_heading
from retold.adapters.cli.watching import Found
from retold.adapters.pages.document import as_html
from retold.adapters.pages.site import make_site
from retold.adapters.pages.site_rows import Asked
from retold.adapters.postmortem_sections import contents
from retold.adapters.postmortem_settings import Settings
from retold.adapters.postmortem_templates import Template, rendered
from retold.adapters.timeline_blocks import Telling
from retold.adapters.timeline_markdown import as_markdown
from retold.adapters.timeline_mermaid import as_mermaid
from retold.adapters.timeline_picture import as_svg
from retold.adapters.wording import titled
from rich.console import Console

from .pages import read
from .pictures import INCIDENT, at, detected, note, texts
from .pictures import told as story_from
from .sites import parsed

CALLED = "Incident without a title"
UNSEEN = [
    "\x1b\u202e\x07",
    " \u3000\u00a0\n",
    "\u200b\ufeff\u2060",
    "\u00ad",
    "\u3164\u2800",
    "\u034f",
]
unseen = pytest.mark.parametrize("title", UNSEEN)


@pytest.mark.parametrize("title", [None, *UNSEEN])
def test_a_title_that_shows_nothing_is_none(title: str | None) -> None:
    assert titled(title) == CALLED


@pytest.mark.parametrize(
    "title", ["0", "?", "\U0001f525", "\u05e9", " x", "\u200b\u4e2d", "e\u0301"]
)
def test_a_title_of_which_anything_shows_stays_as_it_is(title: str) -> None:
    assert titled(title) == title


@unseen
def test_a_page_has_a_title_and_a_heading(title: str) -> None:
    root = read(as_html(Telling(story_from([detected(0, title), note(1)]))))
    head = next(root.every("head"))
    assert (head.only("title").text, root.only("h1").text) == (CALLED, CALLED)


@unseen
def test_markdown_and_postmortems_have_a_heading(title: str) -> None:
    telling = Telling(story_from([detected(0, title), note(1)]))
    assert as_markdown(telling).startswith(f"# {CALLED}\n")
    settings = Settings(INCIDENT, "mine", "names")
    template = Template("mine", "# {{ title }}\n", "mine.md")
    text = rendered(template, settings, telling.story, contents(telling))
    assert text.endswith(f"# {CALLED}\n")


@unseen
def test_a_picture_and_a_chart_have_a_title(title: str) -> None:
    story = story_from([detected(0, title), note(1)])
    picture = ET.fromstring(as_svg(story))
    assert (texts(picture, "title"), picture[0].text) == ([CALLED], CALLED)
    assert f"title Timeline of {CALLED} (UTC)\n" in as_mermaid(story)


@unseen
def test_a_site_lists_it_so_that_its_link_can_be_seen(title: str, tmp_path: Path) -> None:
    with open_store("memory:", clock=lambda: at(9)) as store:
        store.append(INCIDENT, [Entry(event_id=UUID(int=1), event=detected(0, title))])
        make_site(store, tmp_path / "site", Asked(), at(9))
    said = [one.strip() for one in parsed(tmp_path / "site").said]
    assert said.count(CALLED) == 2  # on the board and in the list


@unseen
def test_a_card_and_a_board_have_something_to_read(title: str) -> None:
    story = story_from([detected(0, title), note(1)])
    assert card_heading(story).startswith(f"{CALLED} · ")
    console = Console(file=io.StringIO(), width=80, color_system=None)
    with console.capture() as captured:
        console.print(screen(Found((story,), 0, 2, at(5)), at(5), (80, 24)))
    assert CALLED in captured.get()
