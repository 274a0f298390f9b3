"""The command that writes an incident's postmortem document, and brings it up to date."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import click

from ... import __version__
from ...domain.errors import InvalidInput
from ...domain.history import PRESENT, Cut
from ...projections.actors import Actors
from ...projections.story import Story
from ..postmortem_blocks import renewed
from ..postmortem_files import document_in, put_document
from ..postmortem_sections import contents
from ..postmortem_settings import Found, Settings, settings_in, with_settings
from ..postmortem_templates import BUILT_IN_TEMPLATES, built_in, rendered, template_named
from ..provenance import Provenance, kind_of
from ..text_files import within
from ..timeline_blocks import Telling
from .exits import FINDINGS
from .options import cuts_and_zone
from .output import say
from .postmortem_words import say_blocks, say_settings
from .reading import told
from .stores import existing_store

DEFAULT_TEMPLATE = "full"
HIDING_TEMPLATE = "customer"


class ToTell(NamedTuple):
    """What the command is asked to tell; None where nothing is said of it."""

    url: str
    incident: str
    cut: Cut = PRESENT
    actors: Actors | None = None
    zone: ZoneInfo | None = None


def _show(ctx: click.Context, _param: click.Parameter, name: str | None) -> None:
    if name is not None and not ctx.resilient_parsing:
        click.echo(built_in(name), nl=False)
        ctx.exit()


@click.command(epilog="Example: retold postmortem 3fa85f64 --output postmortem-3fa85f64.md")
@click.argument("incident", metavar="ID")
@click.option(
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write a new document there, or bring the one that is there up to date. Without it, and"
    " for -, the document goes to standard output.",
)
@click.option(
    "--template",
    metavar="NAME|FILE",
    help=f"What a new document is made from: {', '.join(BUILT_IN_TEMPLATES)}, or a file of your"
    f" own. By default {DEFAULT_TEMPLATE}.",
)
@click.option(
    "--show-template",
    type=click.Choice(BUILT_IN_TEMPLATES),
    is_eager=True,
    expose_value=False,
    callback=_show,
    help="Print a built-in template, to make your own from, and exit.",
)
@click.option(
    "--actors",
    type=click.Choice(get_args(Actors)),
    help="People by name, by their role in this incident, or not at all. By default as the document"
    f" has it; a new one has names, made from {HIDING_TEMPLATE} it hides them. Free text is not"
    " searched for names.",
)
@click.option("--force", is_flag=True, help="Also replace generated blocks that somebody edited.")
@cuts_and_zone
@click.pass_context
def postmortem(
    ctx: click.Context,
    *,
    incident: str,
    output: Path | None,
    template: str | None,
    actors: Actors | None,
    force: bool,
    as_of: datetime | None,
    known_at: datetime | None,
    recorded_at: datetime | None,
    tz: ZoneInfo | None,
) -> None:
    """Write the postmortem document of an incident, with room for what only people can say.

    Run it again with the same --output after new events or corrections: generated blocks are made
    again, all else stays as it is, to the byte. A generated block that somebody edited is named
    and left alone, and the exit code is 1.
    """
    cut = Cut(as_of=as_of, known_at=known_at, recorded_at=recorded_at)
    asked = ToTell(ctx.obj, incident, cut, actors, tz)
    file = None if output == Path("-") else output
    if not write_postmortem(asked, template, file, force=force):
        ctx.exit(FINDINGS)


def write_postmortem(
    asked: ToTell, template: str | None, output: Path | None, *, force: bool = False
) -> bool:
    """Make a document, or bring it up to date; False if blocks stay behind that were edited."""
    before = document_in(output) if output else None
    if output is None or before is None:
        _make(asked, template or DEFAULT_TEMPLATE, output)
        return True
    return _renew(asked, template, output, before, force=force)


def _make(asked: ToTell, name: str, output: Path | None) -> None:
    template = template_named(name)
    hides = template.name == HIDING_TEMPLATE and asked.actors is None
    actors = "hidden" if hides else asked.actors or "names"
    story, blocks = _told(asked, actors, _local(asked.zone))
    identity = story.incident.incident_id
    text = rendered(
        template, Settings(identity, template.name, actors, _local(asked.zone)), story, blocks
    )
    if output is None:
        click.echo(text, nl=False)
        say(f"--output postmortem-{str(identity)[:8]}.md keeps it, to be written in and renewed")
    else:
        put_document(output, text, None)
        say(f"new: {output}")
    if hides:
        say(
            f"people are hidden, as {HIDING_TEMPLATE} has it, but not in free text: read it before"
            " you publish it; --actors names shows them"
        )


def _renew(asked: ToTell, template: str | None, output: Path, before: str, *, force: bool) -> bool:
    """Bring a document up to date; False if blocks stay behind because they were edited."""
    with within(str(output)):
        found = _settings_of(before)
    settings = found.settings._replace(
        actors=asked.actors or found.settings.actors,
        zone=_local(asked.zone) if asked.zone else found.settings.zone,
    )
    story, blocks = _told(asked, settings.actors, settings.zone)
    with within(str(output)):
        _same_incident(found, story.incident.incident_id)
        renewal = renewed(with_settings(before, settings), blocks, force=force)
    if renewal.text != before:
        put_document(output, renewal.text, before)
    say_settings(found.settings, settings, template)
    say_blocks(renewal, output)
    return not renewal.kept


def _settings_of(text: str) -> Found:
    found = settings_in(text)
    if found is None:
        raise InvalidInput(
            "is there already and is no postmortem document of Retold, so it is left alone: name"
            " another file, or delete this one"
        )
    return found


def _same_incident(found: Found, asked: UUID) -> None:
    documented = found.settings.incident_id
    if documented != asked:
        raise InvalidInput(
            f"this is the document of incident {documented}, not of {asked}: name that one, or"
            " another file",
            f"line {found.line}",
        )


def _told(asked: ToTell, actors: Actors, zone: ZoneInfo | None) -> tuple[Story, dict[str, str]]:
    """Return the story and what the blocks hold."""
    with existing_store(asked.url) as store:
        story = told(store, asked.incident, asked.cut, actors)
        last = store.backend.last_position(asked.cut.recorded_at)
    provenance = Provenance(kind_of(asked.url), last, actors, __version__)
    return story, contents(Telling(story, asked.cut, zone, provenance))


def _local(zone: ZoneInfo | None) -> ZoneInfo | None:
    """Return the zone of local times; UTC is there anyway, so to ask for it asks for none."""
    return None if zone is None or zone.key == "UTC" else zone


COMMANDS = (postmortem,)
