"""The board as a terminal shows it: columns for every width, lines for every height, safe text."""

import io
from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from retold import Incident, Store, open_store
from retold.adapters.cli.board_screen import screen
from retold.adapters.cli.watching import Found, Size, read
from rich.cells import cell_len
from rich.console import Console

from .pictures import NOON, at

NOW = at(64)


def shown(found: Found, size: Size = (80, 24), zone: ZoneInfo | None = None) -> str:
    """Return the screen as text, its lines without the blanks at their ends."""
    return "\n".join(line.rstrip() for line in printed(found, size, zone).splitlines())


def printed(
    found: Found, size: Size, zone: ZoneInfo | None = None, *, colored: bool = False
) -> str:
    columns, lines = size
    console = Console(
        file=io.StringIO(), width=columns, height=lines, force_terminal=colored,
        color_system="standard" if colored else None,
    )  # fmt: skip
    with console.capture() as captured:
        console.print(screen(found, NOW, size, zone))
    return captured.get()


@pytest.fixture
def store(sqlite_url: str, clock: Callable[[], datetime]) -> Iterator[Store]:
    with open_store(sqlite_url, clock=clock, recorded_by="tests") as opened:
        yield opened


def begun(store: Store, title: str, minutes: float = 0) -> UUID:
    return store.detect(title, at=at(minutes), services=("shop",)).incident_id


@pytest.fixture
def checkout(store: Store) -> UUID:
    """An incident with everything that a board shows."""
    incident = begun(store, "Checkout fails")
    store.record(incident, Incident.acknowledge, at=at(1), by="ana")
    store.record(incident, Incident.assign_role, at=at(2), role="commander", holder="ana")
    store.record(incident, Incident.declare, at=at(3), severity="sev1", by="ana")
    store.record(incident, Incident.assess, at=at(4), assessor="support", severity="sev2")
    store.record(incident, Incident.note, at=at(59), text="rolled back", by="bob")
    return incident


def test_a_board_that_is_stale_says_why_and_since_when(store: Store) -> None:
    found = read(store, at(60))._replace(trouble="the database does not answer")
    assert shown(found, (80, 9)).splitlines()[:2] == [
        "No open incidents · 2026-03-01 13:00:00 UTC",
        "STALE: nothing newer could be read: the database does not answer",
    ]


@pytest.mark.usefixtures("checkout")
def test_a_wide_terminal_shows_an_incident_on_one_line(store: Store) -> None:
    begun(store, "Stale", 52)
    lines = shown(read(store, NOW), (140, 20)).splitlines()
    assert lines[0] == "2 open incidents · 2026-03-01 13:04:00 UTC"
    assert [" ".join(line.split()) for line in lines[3:]] == [
        "12m 00s unacknowledged not assessed nobody recorded Stale · shop 12m ago: Detected: Stale",
        "1h 04m unmitigated sev2 (or sev1) ana Checkout fails · shop 5m ago, bob: rolled back",
    ]


@pytest.mark.usefixtures("checkout")
def test_a_narrow_terminal_shows_it_on_two_lines(store: Store) -> None:
    assert shown(read(store, NOW), (72, 20)).splitlines()[2:] == [
        "   age  phase           incident",
        "        severity        who leads · last word",
        "1h 04m  unmitigated     Checkout fails · shop",
        "        sev2 (or sev1)  led by ana · 5m ago, bob: rolled back",
    ]


def test_local_time_stands_beside_utc(store: Store) -> None:
    found, zone = read(store, NOW), ZoneInfo("Europe/Berlin")
    assert shown(found, (80, 5), zone).splitlines()[0] == (
        "No open incidents · 2026-03-01 13:04:00 UTC · 2026-03-01 14:04:00 Europe/Berlin"
    )
    assert shown(found, (60, 5), zone).splitlines()[:2] == [
        "No open incidents · 2026-03-01 13:04:00 UTC", "2026-03-01 14:04:00 Europe/Berlin",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def crowd() -> Found:
    """Twelve incidents, all of whose words are long."""
    long = "The checkout of every shop in every country is slow or fails " * 5
    with open_store("memory:") as store:
        for number in range(12):
            incident = begun(store, f"{number} {long}", number)
            store.record(incident, Incident.assess, assessor="ana", severity="catastrophic indeed")
            store.record(incident, Incident.assign_role, role="lead", holder="somebody " * 9)
            store.record(incident, Incident.note, text=f"漢字 {long}" * 9)
        return read(store, NOW)


@pytest.mark.parametrize("lines", [1, 2, 3, 6, 7, 11, 24, 61])
@pytest.mark.parametrize("columns", [60, 80, 119, 120, 160, 200])
def test_it_fits_terminals_of_every_size(crowd: Found, columns: int, lines: int) -> None:
    drawn = printed(crowd, (columns, lines)).splitlines()
    assert len(drawn) <= max(lines, 3)
    assert all(cell_len(line) <= columns for line in drawn)
    assert sum("unacknowledged" in line for line in drawn) + _counted(drawn) == 12


@pytest.mark.parametrize(("columns", "enough", "less"), [(119, 28, 1), (120, 15, 2)])
def test_every_line_is_used_before_incidents_are_only_counted(
    crowd: Found, columns: int, enough: int, less: int
) -> None:
    assert "more" not in shown(crowd, (columns, enough))
    assert shown(crowd, (columns, enough - 1)).endswith(f"\nand {less} more")


def _counted(drawn: list[str]) -> int:
    more = [line.split() for line in drawn if line.startswith("and ")]
    return int(more[0][1]) if more else 0


def test_incidents_closed_last_follow_where_lines_are_left(store: Store) -> None:
    begun(store, "Open")
    for number in range(7):
        incident = begun(store, f"Number {number}", number)
        store.record(incident, Incident.resolve, at=at(20 - number))
    store.record(begun(store, "Drill", -9), Incident.dismiss, at=at(34), reason="drill")
    found = read(store, NOW)
    assert shown(found, (80, 40)).splitlines()[6:] == [
        "",
        "closed last",
        "dismissed 30m ago · Drill · shop",
        "resolved 44m ago · Number 0 · shop",
        "resolved 45m ago · Number 1 · shop",
        "resolved 46m ago · Number 2 · shop",
        "resolved 47m ago · Number 3 · shop",
    ]
    assert shown(found, (80, 9)).splitlines()[6:] == [
        "",
        "closed last",
        "dismissed 30m ago · Drill · shop",
    ]
    assert "closed" not in shown(found, (80, 8))


HOSTILE = "[bold red]x[/] [link=x:y]z[/link] \x1b[31m\x1b]0;owned\x07\u202ekcab\r\nz\x9b2J"


def test_what_was_recorded_cannot_steer_the_terminal(store: Store) -> None:
    incident = store.detect(HOSTILE, at=NOON, services=(HOSTILE,)).incident_id
    store.record(incident, Incident.assess, assessor="ana", severity=HOSTILE[:40])
    store.record(incident, Incident.assign_role, role="lead", holder=HOSTILE)
    store.record(incident, Incident.note, text=HOSTILE, by=HOSTILE)
    store.record(begun(store, HOSTILE), Incident.resolve)
    found = read(store, NOW)._replace(trouble=HOSTILE)
    for size in ((90, 24), (200, 24)):
        drawn = printed(found, size)
        assert "[bold red]x[/] [link=" in drawn
        assert not set("\x1b\x07\x9b\r\u202e") & set(drawn)


def test_a_phase_is_told_by_colour_and_by_its_word(store: Store) -> None:
    begun(store, "Checkout fails")
    found = read(store, NOW)
    assert "\x1b[1;31munacknowledged\x1b[0m" in printed(found, (80, 24), colored=True)
    assert "unacknowledged" in printed(found, (80, 24))
