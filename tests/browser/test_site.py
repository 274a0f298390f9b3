"""A site in a real browser: its filters, by mouse and keyboard, and all of it without a script."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from retold import Entry, Store, open_store
from retold.adapters.pages.site import make_site
from retold.adapters.pages.site_rows import Asked
from retold.domain import events as ev

from ..browsing import PHONE, Opened, Window, serious
from ..test_timeline_hostile import HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Page

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEVERITIES = ("SEV1", "SEV2", None)


def filled(store: Store) -> None:
    """Twelve incidents, one a day, every fourth still open, the last without a severity."""
    for number in range(12):
        at = NOON + timedelta(days=number)
        service = ("checkout", "search")[number % 2]
        events: list[ev.AnyEvent] = [
            ev.Detected(occurred_at=at, title=f"Fault {number} of {service}", services=(service,)),
            ev.Declared(occurred_at=at, severity=SEVERITIES[number % 3]),
        ]
        if number % 4:
            events.append(ev.Resolved(occurred_at=at + timedelta(minutes=100 - number)))
        for version, event in enumerate(events):
            event_id = UUID(int=number * 10 + version + 1)
            store.append(UUID(int=number + 1), [Entry(event_id=event_id, event=event)])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with open_store("memory:") as store:
        filled(store)
        make_site(store, folder, Asked(title="Example Cloud"), NOON + timedelta(days=12))
    return folder


@pytest.fixture
def index(window: Window, site: Path) -> Iterator["Page"]:
    opened = window.open(site / "index.html", within=site)
    yield opened.page
    assert opened.settle() == []


def shown(page: "Page") -> list[int]:
    """Return the numbers of the incidents whose rows are seen, in their order."""
    titles = page.locator("#incidents tbody tr:visible th").all_inner_texts()
    return [int(one.split()[1]) for one in titles]


def said(page: "Page") -> str:
    return page.get_by_role("status").inner_text()


ALL = [*range(11, -1, -1)]


def test_without_a_script_all_rows_are_seen_and_no_filter(window: Window, site: Path) -> None:
    page = window.open(site / "index.html", within=site, scripts=False).page
    assert page.locator("#incidents tbody tr:visible").count() == 12
    assert page.locator("form:visible, button:visible, select:visible").count() == 0


def test_at_first_all_are_shown_and_counted(index: "Page") -> None:
    assert (shown(index), said(index)) == (ALL, "12 of 12 shown")


@pytest.mark.parametrize(
    ("label", "choice", "found"),
    [
        ("State", "open", [8, 4, 0]),
        ("State", "resolved", [11, 10, 9, 7, 6, 5, 3, 2, 1]),
        ("Severity", "SEV2", [10, 7, 4, 1]),
        ("Severity", "", [11, 8, 5, 2]),
        ("Service", "search", [11, 9, 7, 5, 3, 1]),
    ],
)
def test_a_choice_hides_what_does_not_fit_and_says_how_many_are_left(
    index: "Page", label: str, choice: str, found: list[int]
) -> None:
    index.get_by_label(label, exact=True).select_option(choice)
    assert (shown(index), said(index)) == (found, f"{len(found)} of 12 shown")


def test_choices_say_how_many_they_stand_for(index: "Page") -> None:
    choices = index.get_by_label("Severity").locator("option").all_inner_texts()
    assert choices == ["all", "not recorded (4)", "SEV1 (4)", "SEV2 (4)"]


def test_filters_narrow_each_other_and_clearing_shows_all(index: "Page") -> None:
    index.get_by_label("Severity").select_option("SEV1")
    index.get_by_label("Service").select_option("search")
    index.get_by_label("Detected from").fill("2026-03-04")
    index.get_by_label("to the end of").fill("2026-03-09")
    assert shown(index) == [3]
    index.get_by_role("button", name="Clear").click()
    index.wait_for_function("() => document.getElementById('shown').textContent[1] === '2'")
    assert (shown(index), index.url.partition("#")[2]) == (ALL, "")


def test_days_are_whole_days_of_utc(index: "Page") -> None:
    index.get_by_label("Detected from").fill("2026-03-05")
    index.get_by_label("to the end of").fill("2026-03-05")
    assert shown(index) == [4]


def test_all_of_it_can_be_done_by_keyboard(index: "Page") -> None:
    index.get_by_label("Search").focus()
    index.keyboard.type("SEARCH fault")
    assert said(index) == "6 of 12 shown"
    index.keyboard.press("Tab")
    index.keyboard.type("open")
    assert said(index) == "0 of 12 shown"
    index.get_by_role("button", name="Clear").focus()
    index.keyboard.press("Enter")
    index.wait_for_function("() => document.getElementById('shown').textContent[0] === '1'")
    index.get_by_role("button", name="to resolve").focus()
    index.keyboard.press("Enter")
    assert shown(index)[:2] == [11, 10]
    index.keyboard.press("Enter")
    assert shown(index)[:2] == [1, 2]


def test_what_is_not_recorded_comes_last_whichever_way(index: "Page") -> None:
    head = index.locator("th[data-sort=resolve]")
    for direction in ("ascending", "descending"):
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == direction
        assert shown(index)[-3:] == [8, 4, 0]
    head.get_by_role("button").click()
    assert (head.get_attribute("aria-sort"), shown(index)) == (None, ALL)


def test_numbers_in_titles_are_in_the_order_of_numbers(index: "Page") -> None:
    index.get_by_role("button", name="title").click()
    assert shown(index) == ALL[::-1]


def test_a_view_can_be_linked(index: "Page", window: Window, site: Path) -> None:
    index.get_by_label("Service").select_option("checkout")
    index.get_by_label("Search").fill("fault")
    index.get_by_role("button", name="detected").click()
    fragment = index.url.partition("#")[2]
    assert fragment == "q=fault&service=checkout&sort=at"
    other = window.open(site / "index.html", within=site).page
    other.evaluate("(fragment) => { location.hash = fragment; }", fragment)
    other.wait_for_function("() => document.getElementById('shown').textContent[0] === '6'")
    assert shown(other) == [0, 2, 4, 6, 8, 10]
    assert other.get_by_label("Search").input_value() == "fault"


def test_a_part_of_the_page_is_no_view(index: "Page") -> None:
    index.get_by_label("Service").select_option("checkout")
    index.get_by_role("link", name="All incidents").click()
    assert len(shown(index)) == 6


@pytest.mark.parametrize(
    "fragment", ["state=nobody", "sort=__proto__", "sort=-", "q=%", "from=x&to=<b>", "=", "&=&"]
)
def test_a_link_that_says_nothing_known_shows_all(index: "Page", fragment: str) -> None:
    index.evaluate("(fragment) => { location.hash = fragment; }", fragment)
    index.wait_for_timeout(50)
    assert len(shown(index)) == (0 if "%" in fragment else 12)


def test_a_row_leads_to_the_page_and_the_page_back(index: "Page") -> None:
    index.get_by_role("link", name="Fault 7 of search").click()
    assert index.get_by_role("heading", level=1).inner_text() == "Fault 7 of search"
    index.get_by_role("link", name="All incidents").click()
    index.get_by_role("link", name="Reports").click()
    assert index.get_by_role("heading", level=1).inner_text() == "Example Cloud: reports"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["index.html", "reports.html"])
def test_axe_finds_nothing_serious(window: Window, site: Path, name: str, *, dark: bool) -> None:
    assert serious(window.open(site / name, within=site, dark=dark).page) == []


@pytest.mark.parametrize("name", ["index.html", "reports.html"])
def test_a_phone_need_not_scroll_sideways(window: Window, site: Path, name: str) -> None:
    opened = window.open(site / name, within=site, width=PHONE)
    assert opened.sticks_out() == 0
    assert serious(opened.page) == []


def test_hostile_text_is_read_and_offered_and_does_nothing(window: Window, tmp_path: Path) -> None:
    with open_store("memory:") as store:
        for number, text in enumerate(HOSTILE):
            at = NOON + timedelta(days=number)
            events = (
                ev.Detected(occurred_at=at, title=text, services=(text,)),
                ev.SeverityAssessed(occurred_at=at, assessor=text, severity=text, basis=text),
            )
            for version, event in enumerate(events):
                event_id = UUID(int=number * 10 + version + 1)
                store.append(UUID(int=number + 1), [Entry(event_id=event_id, event=event)])
        make_site(store, tmp_path / "site", Asked(), NOON + timedelta(days=99))
    for width in (1280, PHONE):
        opened: Opened = window.open(tmp_path / "site" / "index.html", width=width)
        assert opened.page.get_by_label("Service").locator("option").count() > len(HOSTILE) - 9
        opened.page.get_by_label("Service").select_option(HOSTILE[0])
        assert opened.page.locator("#incidents tbody tr:visible").count() == 1
        assert (opened.settle(), opened.active(), opened.sticks_out()) == ([], ["script"], 0)
