"""The command that makes a site of many incidents: site."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from ...domain.history import Cut
from ...projections.actors import Actors
from ..opening import utc_now
from ..pages.site import make_site
from ..pages.site_index import remarks
from ..pages.site_rows import Asked
from ..provenance import kind_of, quoted_checkpoint
from ..wording import shows_something
from .options import actors_option, beginning, checkpoint_option, cuts_and_zone, instant_or_day
from .output import say
from .progress import Progress
from .stores import existing_store, names_groups


@click.command(epilog="Example: retold site public --from 2026-01-01 --actors roles")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--from",
    "since",
    type=instant_or_day,
    metavar="DAY",
    help="Only what was detected then or later.",
)
@click.option(
    "--to", "until", type=instant_or_day, metavar="DAY", help="Only what was detected before."
)
@click.option("--title", default="Incidents", show_default=True, help="What the index is called.")
@actors_option
@click.option(
    "--with-restricted",
    is_flag=True,
    help="Also incidents that are restricted, to whatever group. Without it, only those that are"
    " restricted to the groups which --groups before the command names.",
)
@checkpoint_option
@cuts_and_zone
@click.pass_obj
def site(
    url: str,
    *,
    folder: Path,
    since: datetime | date | None,
    until: datetime | date | None,
    title: str,
    actors: Actors,
    with_restricted: bool,
    checkpoint: Path | None,
    as_of: datetime | None,
    known_at: datetime | None,
    recorded_at: datetime | None,
    tz: ZoneInfo | None,
) -> None:
    """Make a site in DIR: a board of open incidents, a list of all, reports, and a page of each.

    Every page is one file that needs no server and no network. Made again, only what changed is
    written, and pages of incidents that are no longer part of it are removed. A folder with files
    that Retold did not make is refused. What is restricted is left out unless it is asked for.
    """
    if not shows_something(title):
        raise click.BadParameter("--title must say something")
    if with_restricted and names_groups():
        raise click.UsageError("Say either --groups, whose incidents to show, or --with-restricted")
    first, end = beginning(since, tz), beginning(until, tz)
    if first is not None and end is not None and first >= end:
        raise click.BadParameter("--to must be later than --from")
    asked = Asked(
        title=title,
        cut=Cut(as_of=as_of, known_at=known_at, recorded_at=recorded_at),
        zone=tz,
        actors=actors,
        since=first,
        until=end,
        store=kind_of(url),
        checkpoint=quoted_checkpoint(checkpoint) if checkpoint else None,
    )
    with (
        existing_store(url, to_publish=not with_restricted) as store,
        Progress("incidents") as progress,
    ):
        made = make_site(store, folder, asked, utc_now(), progress)
    say(f"{made.written} written, {made.unchanged} unchanged, {made.removed} removed")
    for remark in remarks(made.found):
        say(remark)


COMMANDS = (site,)
