"""The options that many commands share, gathered into one argument each."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path
from typing import Any, NamedTuple, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import click

from ...domain.errors import InvalidInput
from ...domain.history import Cut
from ...domain.values import parse_instant
from ...projections.actors import Actors
from .output import Form, How, chosen

Command = Callable[..., Any]
Option = Callable[[Command], Command]


def instant(text: str) -> datetime:
    """Read an ISO 8601 time; refuse one without a zone."""
    if _DATE.fullmatch(text):
        raise click.BadParameter(f"{text!r} is a date: give a time, such as {text}T00:00Z")
    try:
        return parse_instant(text)
    except InvalidInput as error:
        raise click.BadParameter(error.problem) from None


def instant_or_day(text: str) -> datetime | date:
    """Read an ISO 8601 time with a zone, or a date, which stands for its `beginning`."""
    if not _DATE.fullmatch(text):
        return instant(text)
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r}: {error}") from None
    instant(f"{text}T00:00Z")  # raises for years that no moment of ours has
    return day


def beginning(one: datetime | date | None, zone: tzinfo | None) -> datetime | None:
    """Return the moment that is meant: of a date, its beginning in that zone, by default UTC."""
    if one is None or isinstance(one, datetime):
        return one
    return datetime.combine(one, time(), zone or UTC)


def time_zone(name: str) -> ZoneInfo:
    """Read a time zone's name in the IANA database."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        message = f"no time zone {name!r}; write one such as Europe/Berlin"
        raise click.BadParameter(message) from None


_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Fact(NamedTuple):
    """What every recording command is told beside its own: when, by whom, under which id."""

    at: datetime | None
    by: str | None
    event_id: UUID | None


FORMS: tuple[Option, ...] = (
    click.option("--json", "form", flag_value="json", help="One JSON document."),
    click.option("--nl", "form", flag_value="nl", help="JSON Lines, one row a line."),
    click.option("--csv", "form", flag_value="csv", help="CSV, safe to open in a spreadsheet."),
    click.option("--raw", is_flag=True, help="CSV without the guard against formulas."),
    click.option("--md", "form", flag_value="md", help="Markdown."),
    click.option("--tsv", "form", flag_value="tsv", help="TSV, the default off a terminal."),
    click.option("--table", "form", flag_value="table", help="Table, the default on a terminal."),
)
CUTS: tuple[Option, ...] = (
    click.option("--as-of", type=instant, metavar="TIME", help="Tell what had happened by then."),
    click.option(
        "--known-at",
        type=instant,
        metavar="TIME",
        help="Tell what people had put on record by then.",
    ),
    click.option(
        "--recorded-at", type=instant, metavar="TIME", help="Tell what this store had by then."
    ),
    click.option(
        "--tz", type=time_zone, metavar="ZONE", help="Add local times of that zone beside UTC."
    ),
)
measures_file = click.option(
    "--measures",
    "file",
    envvar="RETOLD_MEASURES",
    show_envvar=True,
    metavar="FILE",
    help="Measures of your own, in TOML, beside the built-in ones.",
)
actors_option = click.option(
    "--actors",
    type=click.Choice(get_args(Actors)),
    default="names",
    show_default=True,
    help="People by name, by their role in each incident, or not at all. Only fields that name a"
    " person are changed: free text is not searched for names.",
)
checkpoint_option = click.option(
    "--checkpoint",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Quote this checkpoint of the log where a document says where it comes from.",
)
FACTS: tuple[Option, ...] = (
    click.option(
        "--at", type=instant, metavar="TIME", help="When it was so, with a zone; by default now."
    ),
    click.option("--by", envvar="RETOLD_BY", show_envvar=True, help="Who did it in the world."),
    click.option("--event-id", type=click.UUID, help="Your own id: makes it safe to repeat."),
)


def answers(command: Command) -> Command:
    """Give `command` the choice of forms, as `how`."""

    @functools.wraps(command)
    def with_how(*args: Any, form: Form | None, raw: bool, **rest: Any) -> Any:
        return command(*args, how=How(chosen(form), raw=raw), **rest)

    return _with_options(with_how, FORMS)


def reads(command: Command) -> Command:
    """Give `command` the choice of forms, cuts and zone, as `how`."""

    @functools.wraps(command)
    def with_how(
        *args: Any,
        form: Form | None,
        raw: bool,
        as_of: datetime | None,
        known_at: datetime | None,
        recorded_at: datetime | None,
        tz: ZoneInfo | None,
        **rest: Any,
    ) -> Any:
        cut = Cut(as_of=as_of, known_at=known_at, recorded_at=recorded_at)
        return command(*args, how=How(chosen(form), tz, cut, raw), **rest)

    return _with_options(with_how, FORMS + CUTS)


def cuts_and_zone(command: Command) -> Command:
    """Give `command` the options of cuts and zone as they are, where there is one form alone."""
    return _with_options(command, CUTS)


def records(command: Command) -> Command:
    """Give `command` what every recording is told, as `fact`, and the choice of forms."""

    @functools.wraps(command)
    def with_fact(
        *args: Any, at: datetime | None, by: str | None, event_id: UUID | None, **rest: Any
    ) -> Any:
        return command(*args, fact=Fact(at, by, event_id), **rest)

    return answers(_with_options(with_fact, FACTS))


def _with_options(command: Command, options: tuple[Option, ...]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
