"""The page of an incident in a real browser: nothing runs or leaves, all is read everywhere."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from retold import Incident, open_store
from retold.adapters.cli.group import retold
from retold.adapters.pages.document import as_html
from retold.adapters.timeline_blocks import Telling
from retold.domain import events as ev
from retold.domain.values import UsersAffected
from retold.projections.story import Story, story_of

from ..browsing import DESK, PHONE, Window, serious
from ..pictures import NOON, acknowledged, at, corrected, detected, mitigated, note, resolved
from ..pictures import retracted as struck
from ..pictures import told as story_from
from ..test_timeline_hostile import HOSTILE, PROVENANCE
from ..test_timeline_hostile import told as hostile_told
from .spread import TITLES, titled

BERLIN = ZoneInfo("Europe/Berlin")
TABLET = 800
DATA = Path(__file__).parents[3] / "shared" / "data"
REAL = {
    "statuspage": DATA / "statuspage" / "github-2023.json",
    "google-cloud": DATA / "google-cloud" / "incidents-2022-07.json",
}


def page_of(story: Story) -> str:
    return as_html(Telling(story, zone=BERLIN, provenance=PROVENANCE))


def eventful() -> Story:
    """A cluster, a gap, a link, one entry corrected and one retracted."""
    linked = ev.NoteAdded(
        occurred_at=at(4), text="graphs", links=("https://example.com/" + "a" * 90,)
    )
    events: list[ev.AnyEvent] = [
        detected(), acknowledged(2), note(3), linked,
        *(note(9 + second / 60, f"alert {second}") for second in range(5)),
        note(12, "wrong window"), mitigated(80), resolved(90), corrected(3, "seen"), struck(10),
    ]  # fmt: skip
    return story_from(events)


# What is hostile stays text


def test_of_hostile_text_nothing_runs_nothing_leaves_and_nothing_breaks(window: Window) -> None:
    for text in [*HOSTILE, "\n".join(HOSTILE)]:
        opened = window.open(page_of(hostile_told(text)), width=PHONE)
        assert (opened.settle(), opened.active(), opened.sticks_out()) == ([], [], 0), text
        opened.page.set_viewport_size({"width": DESK, "height": 900})
        assert opened.sticks_out() == 0, text
        opened.page.close()


def test_nothing_hostile_is_brought_to_life_by_opening_clusters(window: Window) -> None:
    opened = window.open(page_of(hostile_told("\n".join(HOSTILE))))
    for summary in opened.page.locator("summary").all():
        summary.click()
    assert (opened.settle(), opened.active()) == ([], [])
    assert opened.page.locator("details[open]").count() == 1


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("width", [PHONE, TABLET, DESK])
def test_no_title_is_too_wide_for_a_page(window: Window, title: str, width: int) -> None:
    opened = window.open(page_of(story_from(titled(TITLES[title]))), width=width)
    assert opened.sticks_out() == 0


# For every reader


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious(window: Window, dark: bool, width: int) -> None:
    for story in (hostile_told("some text"), eventful()):
        opened = window.open(page_of(story), dark=dark, width=width)
        opened.page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        assert serious(opened.page) == []


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious_in_a_report(window: Window, dark: bool) -> None:
    with open_store("memory:", clock=lambda: NOON, recorded_by="tests") as store:
        for number in range(9):
            one = store.detect("x", at=at(-99), services=(f"service {number % 2}",)).incident_id
            store.record(one, Incident.resolve, at=at(-90 + number))
        report = store.report("ttr_detected", "reopens", by=("service",)).to_html()
    opened = window.open(report, dark=dark, width=PHONE)
    assert (serious(opened.page), opened.sticks_out(), opened.active()) == ([], 0, [])


def test_a_cluster_opens_by_the_keyboard(window: Window) -> None:
    page = window.open(page_of(eventful())).page
    assert not page.locator("details table").is_visible()
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("details table").is_visible()


def test_a_link_to_an_entry_within_a_cluster_opens_it(window: Window) -> None:
    page = window.open(page_of(eventful())).page
    inside = page.locator("details tr[id]").nth(2)
    page.evaluate("id => location.hash = id", inside.get_attribute("id"))
    page.wait_for_function("() => document.querySelector('details').open")
    assert inside.is_visible()


def test_the_first_key_leads_past_the_head_of_the_page(window: Window) -> None:
    page = window.open(page_of(eventful())).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.locator(".skip").bounding_box() is not None
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


COLUMNS = """() => {
    const lefts = (cells) => [...cells].map((one) => Math.round(one.getBoundingClientRect().left));
    const lines = document.querySelectorAll(
        "#timeline ~ table > thead > tr, #timeline ~ table tr[id], #timeline ~ table summary");
    return [...new Set([...lines].map((one) => lefts(one.children).join(" ")))];
}"""


@pytest.mark.parametrize("print_", [False, True])
def test_rows_of_a_cluster_stand_under_the_headings_of_the_table(
    window: Window, print_: bool
) -> None:
    page = window.open(page_of(eventful()), print_=print_).page
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    assert len(page.evaluate(COLUMNS)) == 1


# On paper and on a phone

HIDDEN = """() => [...document.querySelectorAll("tr[id]")].filter((one) => {
    const {width, height} = one.getBoundingClientRect();
    return !width || !height
        || !one.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true});
}).map((one) => one.textContent)"""


def test_on_paper_every_entry_is_shown_also_of_clusters_that_are_closed(window: Window) -> None:
    story = eventful()
    assert len(window.open(page_of(story)).page.evaluate(HIDDEN)) == 5
    printed = window.open(page_of(story), print_=True)
    assert printed.page.evaluate(HIDDEN) == []
    assert printed.page.locator("tr[id]").count() == len(story.entries)


PAPER = 703
"""The width of A4 within the margins of the style sheet, in CSS pixels."""


def test_on_paper_no_table_is_cut_off_whatever_its_columns_hold(window: Window) -> None:
    users = UsersAffected(at_least=9_000, at_most=12_000, basis="estimated")
    impact = ev.ImpactStarted(
        occurred_at=at(-7), service="Google Kubernetes Engine", concern="availability",
        level="SERVICE_DISRUPTION", users=users,
    )  # fmt: skip
    ended = ev.ImpactEnded(occurred_at=at(90), service=impact.service, concern=impact.concern)
    assessed = ev.SeverityAssessed(
        occurred_at=at(2), severity="sev1", assessor="database on-call", confidence="medium",
        basis="No order has been taken for a quarter of an hour in the busiest hour of the day.",
    )  # fmt: skip
    story = story_from([detected(), impact, assessed, ended, note(4), resolved(95)])
    assert window.open(page_of(story), width=PAPER, print_=True).sticks_out() == 0


def test_a_page_becomes_a_pdf_of_several_sheets(window: Window) -> None:
    paper = window.open(page_of(eventful())).page.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF-")
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") >= 2


PAINT = """() => [
    getComputedStyle(document.body).backgroundColor,
    getComputedStyle(document.querySelector("svg .ground")).fill,
]"""


def test_paper_is_white_also_for_who_reads_in_the_dark(window: Window) -> None:
    white = "rgb(255, 255, 255)"
    assert white not in window.open(page_of(eventful()), dark=True).page.evaluate(PAINT)
    printed = window.open(page_of(eventful()), dark=True, print_=True)
    assert printed.page.evaluate(PAINT) == [white, white]


BEYOND = """() => [...document.querySelectorAll("tr[id] > *, summary > *")].filter((one) =>
    one.getBoundingClientRect().right > document.documentElement.clientWidth
    || one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)"""


NARROW = """() => [...document.querySelectorAll(".timeline tr.gap, .timeline tr[id]")]
    .flatMap((one) => [one, ...one.querySelectorAll("td:nth-last-child(2), td:only-child")])
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().width < 250)
    .map((one) => one.textContent)"""


def test_on_a_phone_every_entry_is_read_without_going_sideways(window: Window) -> None:
    for story in (hostile_told("some text"), eventful()):
        page = window.open(page_of(story), width=PHONE).page
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        assert page.evaluate(BEYOND) == []
        assert page.evaluate(NARROW) == []


# Real incidents


@pytest.fixture(params=REAL)
def real(request: pytest.FixtureRequest, tmp_path: Path) -> list[Story]:
    """The shortest, the longest and a middling incident of a real export."""
    file = REAL[request.param]
    if not file.is_file():
        pytest.skip(f"{file.name} in ../shared/data is not part of the project")
    url = str(tmp_path / "real.db")
    done = CliRunner().invoke(retold, ["--db", url, "import", request.param, str(file)])
    assert done.exit_code in (0, 1), done.output
    with open_store(url) as store:
        incidents = [store.recorded(one.incident_id) for one in store.incidents()]
    incidents.sort(key=len)
    chosen = (incidents[0], incidents[len(incidents) // 2], incidents[-1])
    return [story for story in map(story_of, chosen) if story is not None]


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_real_incidents_are_read_as_well(window: Window, real: list[Story], width: int) -> None:
    for story in real:
        opened = window.open(page_of(story), width=width, dark=width == PHONE)
        assert (opened.settle(), opened.active(), opened.sticks_out()) == ([], [], 0)
        assert serious(opened.page) == []
        assert opened.page.locator("tr[id]").count() == len(story.entries)
