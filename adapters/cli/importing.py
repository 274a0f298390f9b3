"""The command that reads other tools' exports: import."""

from __future__ import annotations

import click

from ..importers.importing import SOURCES, Imported, import_files
from .exits import BAD_INPUT
from .options import answers
from .output import Column, How, say, write_rows
from .progress import Progress
from .stores import new_or_existing_store

_COLUMNS = tuple(
    Column(field.replace("_", " "), field, "number") for field in ("source", *Imported._fields)
)


@click.command("import", epilog="Example: retold import statuspage incidents.json.gz")
@click.argument("source", type=click.Choice(sorted(SOURCES)))
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@answers
@click.pass_context
def import_(ctx: click.Context, *, source: str, files: tuple[str, ...], how: How) -> None:
    """Read FILEs of a SOURCE's own export format; - is standard input.

    Reading the same again records nothing; reading a later export records what is new, and what
    changed as corrections. What cannot be read is named on stderr and the rest goes in: the exit
    code is then 2.
    """
    with new_or_existing_store(ctx.obj) as store, Progress("records read") as progress:
        imported = import_files(store, source, files, progress)
    row = {"source": source, **imported._asdict(), "rejected": len(imported.rejected)}
    write_rows("imported", [row], _COLUMNS, how)
    for rejection in imported.rejected:
        say(f"rejected: {rejection}")
    if imported.rejected:
        ctx.exit(BAD_INPUT)


COMMANDS = (import_,)
