"""The commands that read incidents: status, timeline."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from ...domain.errors import IncidentNotFound
from ...domain.history import Cut
from ...projections.story import Story, story_of
from ...projections.views import IncidentRow
from ..reader import Reader
from ..timeline_forms import (
    INCIDENT_KEYS,
    as_json,
    incident_values,
    people_rows,
    timeline_values,
)
from ..timeline_markdown import as_markdown
from .card import card_heading, card_sections, card_values
from .options import reads
from .output import Column, How, is_terminal, say, write_document, write_rows, write_sections
from .stores import existing_store, say_hidden

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
    Column("when", "occurred_at", "time"),
    Column("T+", "offset_us", "offset"),
    Column("phase", "phase", "word"),
    Column("who", "who"),
    Column("text", "text"),
)


def told(store: Reader, reference: str, cut: Cut) -> Story:
    """Return the story of an incident.

    Raises `IncidentNotFound`, also where the cut leaves nothing of it.
    """
    identity = store.find(reference)
    story = story_of(store.recorded(identity), cut)
    if story is None:
        raise IncidentNotFound(f"nothing of incident {identity} lies within the cut")
    return story


@click.command(epilog="Examples: retold status --open; retold status 3fa85f64 --json")
@click.argument("incident", metavar="[ID]", required=False)
@click.option("--open", "only_open", is_flag=True, help="Only those that are not over.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many incidents.")
@reads
@click.pass_obj
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


@click.command(epilog="Example: retold timeline 3fa85f64 --format md > timeline.md")
@click.argument("incident", metavar="ID")
@click.option("--format", "document", type=click.Choice(["md", "json", "csv", "tsv", "table"]))
@reads
@click.pass_obj
def timeline(url: str, *, incident: str, document: str | None, how: How) -> None:
    """Show what happened: key moments, gaps, what was added late, corrected or retracted."""
    with existing_store(url) as store:
        story = told(store, incident, how.cut)
    write_timeline(story, how.in_form(document))


def write_timeline(story: Story, how: How) -> None:
    """Write a timeline: as a document in Markdown and JSON, else its rows."""
    match how.form:
        case "md":
            click.echo(as_markdown(story, how.cut, how.zone), nl=False)
        case "json":
            write_document(as_json(story, how.cut, how.zone))
        case "table":
            write_rows("timeline", people_rows(story), TIMELINE_COLUMNS, how)
        case _:
            write_rows("timeline", timeline_values(story), TIMELINE_COLUMNS, how)


COMMANDS = (status, timeline)
