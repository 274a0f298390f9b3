"""`status --watch`: reads the store again and again, and draws the board of what it finds."""

from __future__ import annotations

import functools
import heapq
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple, NoReturn

import click

from ...domain.errors import RetoldError
from ...domain.history import PRESENT
from ...domain.values import iso
from ...projections.story import Story, story_of
from ...projections.views import IncidentRow
from ..opening import utc_now
from ..reader import Reader
from .options import Command
from .output import How, is_terminal
from .stores import existing_store

EVERY = 5
"""Seconds from one reading to the next, unless told otherwise."""

CLOSED_READ = 10
"""How many of the incidents closed last are read: more than are shown, as rows only guess when."""

Size = tuple[int, int]
"""Columns and lines of a terminal."""


class Found(NamedTuple):
    """What a reading of the store found: the stories of the incidents to show."""

    stories: tuple[Story, ...]
    """Of all that are open and some closed last."""
    hidden: int
    """How many restricted incidents are not shown."""
    position: int
    """The last in the log."""
    read_at: datetime
    trouble: str | None = None
    """Why nothing newer than this could be read."""


def watchable(command: Command) -> Command:
    """Give `command` the options of watching; a watch takes the place of its answer."""

    @click.option("--watch", is_flag=True, help="Keep the open ones on the screen, until Ctrl-C.")
    @click.option(
        "--every",
        type=click.IntRange(min=1),
        metavar="SECONDS",
        help=f"How long --watch rests before it reads again; by default {EVERY}.",
    )
    @functools.wraps(command)
    def with_watch(url: str, *, watch: bool, every: int | None, **rest: Any) -> Any:
        if watch:
            _refuse_with_watch(**rest)
            return watch_board(url, every or EVERY, rest["how"].zone)
        if every:
            raise click.UsageError("--every goes with --watch")
        return command(url, **rest)

    return with_watch


def _refuse_with_watch(*, incident: str | None, limit: int | None, how: How, **_: Any) -> None:
    if not is_terminal(sys.stdout) or os.environ.get("TERM") in ("dumb", "unknown"):
        instead = "use `retold status --open` instead"
        raise click.UsageError(f"--watch needs a terminal that it can redraw: {instead}")
    asked = {
        "an ID": incident is not None,
        "--limit": limit is not None,
        "--as-of, --known-at or --recorded-at": how.cut != PRESENT,
        "a form other than a table": how.form != "table" or how.raw,
    }
    given = [name for name, is_given in asked.items() if is_given]
    if given:
        raise click.UsageError(f"--watch shows what is open now: it does not go with {given[0]}")


def watch_board(url: str, every: int, zone: tzinfo | None) -> None:
    """Show the board of a store on the terminal until somebody interrupts it.

    Interrupting (Ctrl-C) and ending it (SIGTERM) are the ways out, and leave the terminal as it
    was. Raises what opening the store and reading it the first time raise.
    """
    from rich.console import Console  # noqa: PLC0415 - costs 60 ms that other commands need not pay
    from rich.live import Live  # noqa: PLC0415

    from .board_screen import screen  # noqa: PLC0415

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(color_system=None if os.environ.get("NO_COLOR") else "auto")
    try:
        with existing_store(url) as store:
            first = read(store, utc_now())
            with Live(console=console, screen=True, auto_refresh=False) as live:

                def draw(found: Found) -> None:
                    live.update(screen(found, utc_now(), console.size, zone), refresh=True)

                watch(
                    store, first, draw,
                    every=every, size=lambda: console.size, now=utc_now, sleep=time.sleep,
                )  # fmt: skip
    except KeyboardInterrupt:
        return


def watch(
    store: Reader,
    first: Found,
    draw: Callable[[Found], None],
    *,
    every: int,
    size: Callable[[], Size],
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> NoReturn:
    """Draw what was found, rest for `every` seconds, read again; what `sleep` raises ends it.

    A terminal whose size changes is drawn again within a second.
    """
    found = first
    while True:
        drawn = size()
        draw(found)
        for _ in range(every):
            sleep(1)
            if size() != drawn:
                drawn = size()
                draw(found)
        found = read_again(store, found, now())


def read_again(store: Reader, before: Found, now: datetime) -> Found:
    """Read the board anew; where that fails, return what was there before with the trouble."""
    try:
        return read(store, now, before)
    except RetoldError as error:
        return before._replace(trouble=str(error))


def read(store: Reader, now: datetime, before: Found | None = None) -> Found:
    """Read what a board shows; only the stories of incidents that changed since `before`.

    Raises `StorageUnavailable`, and `UnreadableEvent` where the log cannot be read.
    """
    hidden, position = store.hidden(), store.backend.last_position()
    if before and (hidden, position) == (before.hidden, before.position):
        return before._replace(read_at=now, trouble=None)
    rows = _shown(store.incidents())
    kept = {_version(one.incident): one for one in before.stories} if before else {}
    changed = store.histories_of([one.incident_id for one in rows if _version(one) not in kept])
    told = {incident_id: story_of(recorded) for incident_id, recorded in changed.items()}
    # One that was restricted since its row was read has no history any more.
    stories = (kept.get(_version(one)) or told.get(one.incident_id) for one in rows)
    return Found(tuple(story for story in stories if story), hidden, position, now)


def _version(row: IncidentRow) -> tuple[object, int]:
    return row.incident_id, row.version


def _shown(rows: Sequence[IncidentRow]) -> list[IncidentRow]:
    closed = (row for row in rows if not row.is_open)
    return [
        *(row for row in rows if row.is_open),
        *heapq.nlargest(CLOSED_READ, closed, key=_closed_about),
    ]


def _closed_about(row: IncidentRow) -> str:
    """Return when it was closed, as far as a row knows: of what was dismissed, when it began."""
    at = row.resolved_at or row.detected_at
    return iso(at) if at else ""
