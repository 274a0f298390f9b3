"""The command that tells the log event by event, with what each one changed: audit replay."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

import click

from ....domain.history import Cut
from ....projections.replaying import Step
from ...reader import Reader
from ...replay_forms import ReplayForm, in_form
from ...replaying import Until, replayed_incident, replayed_log
from ..options import CUTS, FORMS, instant
from ..output import is_terminal
from ..progress import Progress
from ..stores import existing_store, say_hidden

AT_ONCE = 1000
"""Events written together: few enough to hold, enough to be quick."""


def position_or_time(text: str) -> int | datetime:
    """Read a position in the log, or an ISO 8601 time with a zone."""
    return int(text) if text.isdecimal() and text.isascii() else instant(text)


def _replays(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` the options of forms and cuts as they are: text is its default everywhere."""
    for option in reversed(FORMS + CUTS):
        command = option(command)
    return command


@click.command(epilog="Example: retold audit replay 3fa85f64 --until 2026-03-01T15:00Z")
@click.argument("incident", metavar="[ID]", required=False)
@click.option(
    "--until",
    type=position_or_time,
    metavar="POSITION|TIME",
    help="Stop after that position, or before what was recorded after that time.",
)
@click.option(
    "--format",
    "document",
    type=click.Choice(get_args(ReplayForm)),
    help="The form; text, the default here, is made to be read.",
)
@_replays
@click.pass_obj
def replay(
    url: str,
    *,
    incident: str | None,
    until: Until,
    document: ReplayForm | None,
    form: str | None,
    raw: bool,
    as_of: datetime | None,
    known_at: datetime | None,
    recorded_at: datetime | None,
    tz: ZoneInfo | None,
) -> None:
    """Tell the log, or one incident, event by event: its times, who, source, what it changed.

    The output depends on the store's log and these options alone, so that two runs, and two stores
    of the same events, can be compared byte by byte.
    """
    cut = Cut(as_of=as_of, known_at=known_at, recorded_at=recorded_at)
    chosen = document or cast("ReplayForm", {None: "text", "table": "text"}.get(form, form))
    with existing_store(url) as store:
        told = _told(store, incident, cut, until)
        _write(in_form(told, chosen, zone=tz, cut=cut, until=until, raw=raw))


def _told(store: Reader, incident: str | None, cut: Cut, until: Until) -> Iterator[Step]:
    if incident is None:
        say_hidden(store)
        return replayed_log(store, cut, until)
    return replayed_incident(store, store.find(incident), cut, until)


def _write(pieces: Iterator[str]) -> None:
    done = 0
    with Progress("events told") as progress:
        while some := list(islice(pieces, AT_ONCE)):
            click.echo("".join(some), nl=False)
            done += len(some)
            if not is_terminal(sys.stdout):  # where the events themselves are seen to go by
                progress(done)
