"""The command `retold audit verify`: whether history is complete and unchanged, and where not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from ...audit.bundle_check import verify_bundle
from ...audit.findings import Verdict
from ...audit.signed_notes import MAX_NOTE
from ...audit.verifying import verify_store
from ...text_files import read_text
from ..exits import FINDINGS
from ..options import answers
from ..output import Column, How, say, write_rows
from ..progress import Progress
from ..stores import existing_store
from .options import vkeys_of

_COLUMNS = (
    Column("result", "result", "word"),
    Column("what", "what"),
    Column("position", "position", "number"),
    Column("incident", "incident_id", "word"),
    Column("field", "field"),
)


@click.command(
    epilog="Example: retold audit verify --anchor march.checkpoint --vkey retold-audit.key.pub"
)
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--anchor",
    "anchors",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    multiple=True,
    help="A signed checkpoint that was kept elsewhere; may be given more than once.",
)
@click.option(
    "--vkey",
    "given",
    metavar="KEY",
    multiple=True,
    help="The log's public key, or a file of them; may be given more than once.",
)
@click.option("--no-views", is_flag=True, help="Do not compare readers' tables with a replay.")
@answers
@click.pass_context
def verify(
    ctx: click.Context,
    *,
    folder: Path | None,
    anchors: tuple[Path, ...],
    given: tuple[str, ...],
    no_views: bool,
    how: How,
) -> None:
    """Check that history is complete, unchanged and only ever added to.

    Without FOLDER it checks the store that --db names, with it what `retold audit export` wrote.
    Both --vkey and --anchor must come from where whoever writes the database cannot reach: only
    then is anything "verified". Says what was checked, what could not be, and what is wrong and
    where. Exits with 0 if history is verified, else with 1.
    """
    if anchors and not given:
        raise click.UsageError("--anchor needs --vkey: an anchor is worth what its signature is")
    vkeys = vkeys_of(given)
    notes = [(str(path), read_text(path, MAX_NOTE)) for path in anchors]
    with Progress("events and incidents checked") as progress:
        if folder is not None:
            verdict = verify_bundle(folder, notes, vkeys, progress)
        else:
            with existing_store(ctx.obj) as store:
                verdict = verify_store(
                    store, notes, vkeys, with_views=not no_views, progress=progress
                )
    write_rows("verified", list(_rows(verdict)), _COLUMNS, how, more=_more(verdict))
    say(verdict.conclusion)
    if not verdict.is_verified:
        ctx.exit(FINDINGS)


def _rows(verdict: Verdict) -> Iterator[dict[str, object]]:
    blank = {"position": None, "incident_id": None, "field": None}
    for what in verdict.checked:
        yield {"result": "checked", "what": what, **blank}
    for what in verdict.unchecked:
        yield {"result": "not checked", "what": what, **blank}
    for finding in verdict.findings:
        yield {"result": "finding", **finding._asdict()}
    if verdict.more:
        what = f"{verdict.more:,} more findings are not listed"
        yield {"result": "finding", "what": what, **blank}


def _more(verdict: Verdict) -> dict[str, object]:
    return {
        "verified": verdict.is_verified,
        "conclusion": verdict.conclusion,
        "events": verdict.events,
        "vouched": verdict.vouched,
        "root": verdict.root.hex(),
    }
