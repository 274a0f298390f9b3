"""A report's page in a browser: it is quiet, it fits, and what axe-core looks for is not there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from retold import Incident, Store, open_store

from ..browsing import PHONE, Window, serious
from ..test_timeline_hostile import HOSTILE

AT = datetime(2026, 3, 1, 14, tzinfo=UTC)


@pytest.fixture(scope="module")
def year() -> Iterator[Store]:
    """Incidents of many services, some still open, some whose names are hostile."""
    with open_store("memory:", clock=lambda: AT + timedelta(days=365)) as store:
        for number in range(40):
            at = AT + timedelta(days=8 * number)
            service = ("api", "web", HOSTILE[0], HOSTILE[1], "a-service-of-a-long-name" * 3)[
                number % 5
            ]
            one = store.detect(HOSTILE[number % 30], at=at, services=(service,)).incident_id
            if number % 6:
                store.record(one, Incident.resolve, at=at + timedelta(minutes=5 + number**2))
        yield store


@pytest.mark.parametrize("by", [(), ("service",)])
def test_nothing_runs_and_axe_finds_nothing_serious(
    window: Window, year: Store, by: tuple[str, ...]
) -> None:
    opened = window.open(year.report("ttr_detected", "reopens", by=by).to_html())  # type: ignore[arg-type]
    assert (opened.settle(), opened.active()) == ([], [])
    assert serious(opened.page) == []
    opened.page.emulate_media(color_scheme="dark")
    assert serious(opened.page) == []


def test_it_fits_a_phone_and_paper(window: Window, year: Store) -> None:
    page = year.report("ttr_detected", "reopens", by=("service",)).to_html()
    assert window.open(page, width=PHONE).sticks_out() == 0
    assert window.open(page, width=794, print_=True).sticks_out() == 0


def test_it_is_complete_where_scripts_are_switched_off(window: Window, year: Store) -> None:
    page = year.report("ttr_detected").to_html()
    with_, without = window.open(page), window.open(page, scripts=False)
    assert without.page.inner_text("body") == with_.page.inner_text("body")
