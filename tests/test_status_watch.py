"""A board that stays up: how it keeps up with the store, and with the terminal's size."""

import io
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from uuid import UUID

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from retold import Incident, Store, open_store
from retold.adapters.cli.board_screen import screen
from retold.adapters.cli.watching import Found, Size, read, watch
from retold.adapters.reader import Reader
from rich.console import Console

from .pictures import at

NOW = at(64)


def shown(found: Found, size: Size = (80, 24)) -> str:
    """Return the screen as text."""
    console = Console(file=io.StringIO(), width=size[0], color_system=None)
    with console.capture() as captured:
        console.print(screen(found, NOW, size))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


@pytest.fixture
def store(sqlite_url: str, clock: Callable[[], datetime]) -> Iterator[Store]:
    with open_store(sqlite_url, clock=clock, recorded_by="tests") as opened:
        yield opened


def begun(store: Store, title: str, minutes: float = 0) -> UUID:
    return store.detect(title, at=at(minutes)).incident_id


@pytest.fixture
def checkout(store: Store) -> UUID:
    """An incident with a word of bob's."""
    incident = begun(store, "Checkout fails")
    store.record(incident, Incident.note, at=at(59), text="rolled back 1.4.2", by="bob")
    return incident


def test_restricted_incidents_are_counted_and_not_shown(store: Store, sqlite_url: str) -> None:
    secret = begun(store, "Payroll leaks")
    with open_store(sqlite_url, groups=frozenset({"shop"})) as outside:
        before = read(outside, NOW)
        store.record(secret, Incident.restrict, group="payroll")
        after = read(outside, NOW, before)
    assert "Payroll leaks" in shown(before)
    assert "Payroll leaks" not in shown(after)
    assert "No open incidents · 2026-03-01 13:04:00 UTC · 1 restricted not shown" in shown(after)


def test_only_incidents_that_changed_are_read_again(store: Store, sqlite_url: str) -> None:
    """What cannot be read any more does no harm where there is no need to read it."""
    kept, changed = begun(store, "Checkout fails"), begun(store, "Search is stale", 5)
    before = read(store, NOW)
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as raw, raw:
        raw.execute("DROP TRIGGER retold_events_no_update")
        raw.execute("UPDATE retold_events SET state = X'3F' WHERE originator_id = ?", (str(kept),))
    store.record(changed, Incident.acknowledge, at=at(6))
    after = read(store, NOW, before)
    phases = {one.incident.title: one.incident.state for one in after.stories}
    assert phases == {"Checkout fails": "detected", "Search is stale": "acknowledged"}


def test_of_many_closed_incidents_those_closed_last_are_read(store: Store) -> None:
    for number in range(12):
        store.record(begun(store, f"Number {number}"), Incident.resolve, at=at(number))
    drill = begun(store, "Drill", 30)
    store.record(drill, Incident.dismiss, at=at(34), reason="drill")
    titles = [one.incident.title for one in read(store, NOW).stories]
    assert titles == ["Drill", *(f"Number {number}" for number in range(11, 2, -1))]


class Enough(Exception):
    """The test has seen enough."""


def watched(
    store: Reader, sleep: Callable[[int], None], sizes: Callable[[], Size] = lambda: (80, 24)
) -> list[str]:
    """Return what a watch drew until `sleep`, told how often it was called, had enough."""
    drawn: list[str] = []
    slept = 0

    def rest(seconds: float) -> None:
        nonlocal slept
        assert seconds == 1
        slept += 1
        sleep(slept)

    with pytest.raises(Enough):
        watch(
            store, read(store, NOW), lambda found: drawn.append(shown(found, sizes())),
            every=3, size=sizes, now=lambda: NOW, sleep=rest,
        )  # fmt: skip
    return drawn


def test_a_watch_shows_what_was_recorded_meanwhile(store: Store, checkout: UUID) -> None:
    def sleep(slept: int) -> None:
        if slept == 1:
            store.record(checkout, Incident.note, at=at(60), text="it is over", by="joe")
        if slept == 4:
            store.record(checkout, Incident.resolve, at=at(61))
        if slept == 7:
            raise Enough

    first, second, third = watched(store, sleep)
    assert "5m ago, bob: rolled back 1.4.2" in first
    assert "4m ago, joe: it is over" in second
    assert "No open incidents" in third
    assert "resolved 3m ago · Checkout fails" in third


@pytest.mark.usefixtures("checkout")
def test_a_terminal_that_changes_its_size_is_drawn_again_at_once(store: Store) -> None:
    sizes: list[Size] = [(80, 24)]

    def sleep(slept: int) -> None:
        if slept == 2:
            raise Enough
        sizes.append((140, 24))

    narrow, wide = watched(store, sleep, lambda: sizes[-1])
    assert "who leads · last word" in narrow
    assert "who leads · last word" not in wide


def test_while_the_database_is_gone_the_last_board_stays_with_a_word(postgres_url: str) -> None:
    schema, gone = postgres_url.rsplit("%3D", 1)[1], "gone_for_a_moment"
    with open_store(postgres_url) as store, psycopg.connect(postgres_url, autocommit=True) as db:
        begun(store, "Checkout fails")

        def sleep(slept: int) -> None:
            if slept in (1, 4):
                names = (schema, gone) if slept == 1 else (gone, schema)
                db.execute(SQL("ALTER SCHEMA {} RENAME TO {}").format(*map(Identifier, names)))
            if slept == 7:
                raise Enough

        first, stale, again = watched(store, sleep)
    assert "STALE: nothing newer could be read: " in stale
    assert stale.replace(stale.splitlines()[1] + "\n", "") == first == again
