"""The command that writes whole tables for other programs: export."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Literal

import click

from ..cdevents import Around, cdevents, is_uri_reference, within_cloudevent
from ..exporting import COLUMNS, Table, exported
from ..flat_forms import Row, csv_text, json_text, tsv_text
from ..wording import json_row, with_local_times
from .options import measures_file, reads
from .output import Column, How, write_rows
from .progress import Progress
from .stores import existing_store, say_hidden

AT_ONCE = 1000
"""Rows written together: few enough to hold, enough to be quick."""

Wire = Literal["plain", "structured"]


def uri_reference(text: str) -> str:
    """Read a URI or the path of one; refuse what is none."""
    if not is_uri_reference(text):
        raise click.BadParameter(f"{text!r} is no URI reference such as https://retold.example/eu")
    return text


@click.command(
    epilog="Examples: retold export durations --csv; retold export events --nl;"
    " retold export events --cdevents --source https://retold.example/eu"
)
@click.argument("table", type=click.Choice(list(COLUMNS)))
@measures_file
@click.option(
    "--cdevents",
    "wire",
    flag_value="plain",
    help="Of events: the stories as they now read, as CDEvents, one a line.",
)
@click.option(
    "--cloudevents", "wire", flag_value="structured", help="The same, each within a CloudEvent."
)
@click.option(
    "--source",
    type=uri_reference,
    default=Around().source,
    show_default=True,
    metavar="URI",
    help="Of CDEvents: who tells them.",
)
@click.option(
    "--environment",
    default=Around().environment,
    show_default=True,
    metavar="ID",
    help="Of CDEvents: where the incidents were.",
)
@reads
@click.pass_obj
def export(
    url: str,
    *,
    table: Table,
    file: str | None,
    wire: Wire | None,
    source: str,
    environment: str,
    how: How,
) -> None:
    """Write a whole table for other programs, with the columns of the SQL contract.

    Durations are those of every measure, your own included. JSON Lines, CSV, TSV and CDEvents are
    written as they are read, however long the history is.
    """
    if wire is not None and table != "events":
        raise click.UsageError(f"{table} cannot be CDEvents: export events")
    if not environment:
        raise click.UsageError("--environment must say something: CDEvents ask for it")
    with existing_store(url, measures=file) as store:
        say_hidden(store)
        if wire is not None:
            told = cdevents(store.histories(how.cut), Around(source, environment))
            on_wire = map(within_cloudevent, told) if wire == "structured" else told
            _write_as_read("events", on_wire, partial(_text, heads=(), how=how.in_form("nl")))
            return
        rows = exported(store, table, how.cut)
        if how.form in ("nl", "csv", "tsv"):
            _write_table(rows, table, how)
            return
        columns = [Column(name, name) for name in COLUMNS[table]]
        write_rows(table, rows, columns, how, keys=COLUMNS[table])


def _write_table(rows: Iterator[Row], table: Table, how: How) -> None:
    heads = [*with_local_times(dict.fromkeys(COLUMNS[table]), how.zone)]
    click.echo(_text([], heads, how), nl=False)
    values = (with_local_times(json_row(row), how.zone) for row in rows)
    _write_as_read("rows", values, partial(_text, heads=(), how=how))


def _write_as_read(what: str, rows: Iterator[Row], text_of: Callable[[Sequence[Row]], str]) -> None:
    done = 0
    with Progress(what) as progress:
        while some := list(islice(rows, AT_ONCE)):
            click.echo(text_of(some), nl=False)
            done += len(some)
            progress(done)


def _text(rows: Sequence[Row], heads: Sequence[str], how: How) -> str:
    match how.form:
        case "csv":
            return csv_text(rows, heads, raw=how.raw)
        case "tsv":
            return tsv_text(rows, heads)
        case _:
            return "".join(f"{json_text(row)}\n" for row in rows)


COMMANDS = (export,)
