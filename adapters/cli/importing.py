"""The command that reads other tools' exports: import."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, tzinfo

import click

from ...domain.errors import InvalidInput
from ..importers.accounts import Imported
from ..importers.batches import Sink
from ..importers.dry_run import dry_run
from ..importers.formats import Format, Options
from ..importers.guessing import guessed
from ..importers.importing import How as HowToImport
from ..importers.importing import import_files
from ..importers.sources import ALIASES, FORMATS, format_mapped, format_named
from ..importers.tables.dates import dates_of
from ..importers.tables.format import NEEDS_MAPPING
from ..importers.tables.format import SYSTEM as TABLES
from ..importers.tables.suggesting import suggested
from .exits import BAD_INPUT, FINDINGS
from .options import answers, instant, time_zone
from .output import Column, How, say, write_rows
from .progress import Progress
from .rejects import rejects_file
from .stores import existing_or_empty_store, new_or_existing_store

AUTO = "auto"

_COUNTS = (
    "read", "recorded", "already_there", "skipped", "rejected",
    "events", "corrections", "retractions",
)  # fmt: skip
_COLUMNS = (
    Column("source", "source", "word"),
    *(Column(name.replace("_", " "), name, "number") for name in _COUNTS[:6]),
)
"""What fits into 80 columns; corrections and retractions are said below the table."""


def _listed() -> str:
    """Return what each source reads, as lines that click leaves as they are."""
    lines = [f"  {one.system}: {one.reads}" for one in FORMATS.values()]
    return "\b\nSources:\n" + "\n".join(sorted(lines))


@click.command(
    "import",
    epilog=f"Example: retold import statuspage incidents.json.gz\n\n{_listed()}",
)
@click.argument(
    "source", metavar="SOURCE", type=click.Choice([AUTO, *sorted([*FORMATS, *ALIASES])])
)
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option(
    "--tz", type=time_zone, metavar="ZONE", help="The zone of times that come without one."
)
@click.option(
    "--map",
    "mapping",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="How to read a table of any tool: which column tells what. For csv.",
)
@click.option(
    "--suggest", is_flag=True, help="Print a mapping drafted from a table; record nothing. For csv."
)
@click.option(
    "--exported-at",
    type=instant,
    metavar="TIME",
    help="When a table was exported, if not at its file's date. For csv.",
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, writable=True),
    metavar="FILE",
    help="Write what could not be taken there, ready to be mended and imported again.",
)
@click.option(
    "--dry-run", "is_dry_run", is_flag=True, help="Say what would come of it; record nothing."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Read N records at most.")
@click.option(
    "--keep-raw", is_flag=True, help="Keep each record's text, and its hash on its events."
)
@answers
@click.pass_context
def import_(
    ctx: click.Context,
    *,
    source: str,
    files: tuple[str, ...],
    tz: tzinfo | None,
    mapping: str | None,
    suggest: bool,
    exported_at: datetime | None,
    rejects: str | None,
    is_dry_run: bool,
    limit: int | None,
    keep_raw: bool,
    how: How,
) -> None:
    """Read FILEs of a SOURCE's own export format; - is standard input.

    Reading the same again records nothing; reading a later export records what is new, and what
    changed as corrections. What cannot be read is named on stderr and the rest goes in: the exit
    code is then 1. As SOURCE, auto guesses, and says what.
    """
    if source != TABLES and (mapping or suggest or exported_at):
        raise InvalidInput("--map, --suggest and --exported-at are for csv")
    if suggest:
        click.echo(suggested(files, tz), nl=False)
        return
    chosen = _chosen(source, files, mapping)
    with ExitStack() as stack:
        sink = stack.enter_context(_sink(ctx.obj, is_dry_run=is_dry_run))
        way = HowToImport(
            Options(zone=tz, exported_at=_exported(files, mapping, exported_at)),
            limit,
            keep_raw=keep_raw,
            on_reject=stack.enter_context(
                rejects_file(rejects, [*files, *filter(None, [mapping])])
            ),
            progress=stack.enter_context(Progress("records read")),
        )
        done = import_files(sink, chosen, files, way)
    _tell(chosen.system, done, how)
    if is_dry_run:
        say("a dry run: nothing was recorded")
    if done.rejected:
        ctx.exit(BAD_INPUT if done.rejected == done.read else FINDINGS)


@contextmanager
def _sink(url: str, *, is_dry_run: bool) -> Iterator[Sink]:
    if not is_dry_run:
        with new_or_existing_store(url) as store:
            yield store
        return
    with existing_or_empty_store(url) as store, dry_run(store) as sink:
        yield sink


def _chosen(source: str, files: tuple[str, ...], mapping: str | None) -> Format:
    if mapping is not None:
        return format_mapped(mapping)
    if source == TABLES:
        raise InvalidInput(NEEDS_MAPPING)
    if source != AUTO:
        return format_named(source)
    found = guessed(files)
    say(f"read as {found.system}")
    return found


def _exported(
    files: tuple[str, ...], mapping: str | None, given: datetime | None
) -> dict[str, datetime]:
    """Return when tables were exported: as given, else as their files' dates say."""
    if given is not None:
        return dict.fromkeys((*files, "stdin"), given)
    return {} if mapping is None else dates_of(files, mapping)


def _tell(system: str, done: Imported, how: How) -> None:
    counts = {name: getattr(done, name) for name in _COUNTS}
    why = {"skipped_why": dict(done.skipped_why)}
    write_rows("imported", [{"source": system, **counts}], _COLUMNS, how, more=why)
    if how.form == "table" and done.corrections + done.retractions:
        say(f"of the events, {done.corrections} correct and {done.retractions} retract others")
    for reason, number in done.skipped_why.items():
        say(f"skipped {number}: {reason}")
    for rejection in done.rejections:
        say(f"rejected: {rejection}")
    if done.rejected > len(done.rejections):
        say(f"and {done.rejected - len(done.rejections)} more: --rejects FILE has all of them")


COMMANDS = (import_,)
