"""The commands that read incidents: status, timeline."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from ... import __version__
from ...domain.errors import IncidentNotFound
from ...domain.history import Cut
from ...projections.actors import Actors, story_with
from ...projections.story import Story
from ...projections.views import IncidentRow
from ..pages.document import as_html
from ..provenance import Provenance, kind_of, quoted_checkpoint
from ..reader import Reader
from ..timeline_blocks import Telling
from ..timeline_forms import (
    INCIDENT_KEYS,
    as_json,
    incident_values,
    people_rows,
    timeline_values,
)
from ..timeline_markdown import as_markdown
from ..timeline_mermaid import as_mermaid
from ..timeline_picture import as_svg
from ..timeline_timesketch import as_timesketch
from .card import card_heading, card_sections, card_values
from .options import actors_option, checkpoint_option, reads
from .output import Column, How, is_terminal, say, write_document, write_rows, write_sections
from .stores import existing_store, say_hidden
from .watching import watchable

SHOWN_ON_TERMINAL = 50

INCIDENT_COLUMNS = (
    Column("id", "incident_id", "short-id"),
    Column("state", "state"),
    Column("severity", "severity"),
    Column("detected", "detected_at", "time"),
    Column("title", "title"),
    Column("services", "services"),
)
TIMELINE_COLUMNS = (
    Column("#", "number", "number"),
    Column("when", "occurred_at", "time"),
    Column("T+", "offset_us", "offset"),
    Column("phase", "phase", "word"),
    Column("who", "who"),
    Column("text", "text"),
)


def told(store: Reader, reference: str, cut: Cut, actors: Actors = "names") -> Story:
    """Return the story of an incident, with its people as asked.

    Raises `IncidentNotFound`, also where the cut leaves nothing of it.
    """
    identity = store.find(reference)
    story = story_with(actors, store.recorded(identity), cut)
    if story is None:
        raise IncidentNotFound(f"nothing of incident {identity} lies within the cut")
    return story


@click.command(
    epilog="Examples: retold status --open; retold status 3fa85f64; retold status --watch"
)
@click.argument("incident", metavar="[ID]", required=False)
@click.option("--open", "only_open", is_flag=True, help="Only those that are not over.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many incidents.")
@reads
@click.pass_obj
@watchable
def status(url: str, *, incident: str | None, only_open: bool, limit: int | None, how: How) -> None:
    """Show where incidents stand: the open ones first, the latest first; or one of them."""
    with existing_store(url) as store:
        if incident is None:
            rows = listed(store.incidents(how.cut, only_open=only_open))
            write_incidents(rows, limit, how)
            say_hidden(store)
            return
        story = told(store, incident, how.cut)
    if how.form in ("table", "md"):
        write_sections(card_heading(story), card_sections(story), how)
        return
    more = card_values(story) if how.form == "json" else {}
    write_rows("incident", [incident_values(story) | more], INCIDENT_COLUMNS, how)


def listed(rows: Iterable[IncidentRow]) -> list[IncidentRow]:
    """Return incidents as a reader wants them: open before closed, each by latest detection."""
    latest_first = sorted(rows, key=IncidentRow.by_detection, reverse=True)
    return sorted(latest_first, key=lambda row: not row.is_open)


def write_incidents(rows: list[IncidentRow], limit: int | None, how: How) -> None:
    """Write incidents; a terminal gets at most `SHOWN_ON_TERMINAL` unless told otherwise."""
    on_terminal = how.form == "table" and is_terminal(sys.stdout)
    shown = rows[: limit or (SHOWN_ON_TERMINAL if on_terminal else None)]
    values = [{key: getattr(row, key) for key in INCIDENT_KEYS} for row in shown]
    write_rows("incidents", values, INCIDENT_COLUMNS, how, keys=INCIDENT_KEYS)
    if len(shown) < len(rows) and not limit:
        say(f"{len(rows) - len(shown)} more: --limit {len(rows)} shows all")


FORMATS = ("md", "html", "json", "csv", "tsv", "table", "mermaid", "timesketch", "svg")


@click.command(epilog="Example: retold timeline 3fa85f64 --format md > timeline.md")
@click.argument("incident", metavar="ID")
@click.option(
    "--format",
    "document",
    type=click.Choice(FORMATS),
    help="The form of the document; html is a page with the picture, svg the picture alone,"
    " mermaid a gantt chart, timesketch JSON Lines.",
)
@actors_option
@click.option("--only", type=click.Choice(["key"]), help="Key moments alone.")
@checkpoint_option
@reads
@click.pass_obj
def timeline(
    url: str,
    *,
    incident: str,
    document: str | None,
    actors: Actors,
    only: str | None,
    checkpoint: Path | None,
    how: How,
) -> None:
    """Show what happened: key moments, gaps, what was added late, corrected or retracted."""
    kept = quoted_checkpoint(checkpoint) if checkpoint else None
    with existing_store(url) as store:
        story = told(store, incident, how.cut, actors)
        last = store.backend.last_position(how.cut.recorded_at)
    provenance = Provenance(kind_of(url), last, actors, __version__, kept)
    rows = story.only_key if only else story
    match document:
        case "html":
            telling = Telling(story, how.cut, how.zone, provenance)
            click.echo(as_html(telling, only_key=bool(only)), nl=False)
        case "mermaid":
            click.echo(as_mermaid(story, only_key=bool(only)), nl=False)
        case "timesketch":
            for line in as_timesketch(rows, how.zone):
                click.echo(line)
        case "svg":
            click.echo(as_svg(rows, how.cut))
        case _:
            write_timeline(story, how.in_form(document), provenance, only_key=bool(only))


def write_timeline(
    story: Story, how: How, provenance: Provenance | None = None, *, only_key: bool = False
) -> None:
    """Write a timeline: as a document in Markdown and JSON, else its rows."""
    rows = story.only_key if only_key else story
    match how.form:
        case "md":
            telling = Telling(story, how.cut, how.zone, provenance)
            click.echo(as_markdown(telling, only_key=only_key), nl=False)
        case "json":
            write_document(
                as_json(story, how.cut, how.zone, provenance=provenance, only_key=only_key)
            )
        case "table":
            write_rows("timeline", people_rows(rows), TIMELINE_COLUMNS, how)
        case _:
            write_rows("timeline", timeline_values(rows), TIMELINE_COLUMNS, how)


COMMANDS = (status, timeline)
