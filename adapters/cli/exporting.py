"""The command that writes whole tables for other programs: export."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import click

from ..exporting import COLUMNS, Table, exported
from ..flat_forms import Row, csv_text, json_text, tsv_text
from ..wording import json_row, with_local_times
from .options import measures_file, reads
from .output import Column, How, write_rows
from .progress import Progress
from .stores import existing_store

AT_ONCE = 1000
"""Rows written together: few enough to hold, enough to be quick."""


@click.command(epilog="Examples: retold export durations --csv; retold export events --nl")
@click.argument("table", type=click.Choice(list(COLUMNS)))
@measures_file
@reads
@click.pass_obj
def export(url: str, *, table: Table, file: str | None, how: How) -> None:
    """Write a whole table for other programs, with the columns of the SQL contract.

    Durations are those of every measure, your own included. JSON Lines, CSV and TSV are written
    as they are read, however long the history is.
    """
    with existing_store(url, measures=file) as store:
        rows = exported(store, table, how.cut)
        if how.form in ("nl", "csv", "tsv"):
            _write_as_read(rows, table, how)
            return
        columns = [Column(name, name) for name in COLUMNS[table]]
        write_rows(table, rows, columns, how, keys=COLUMNS[table])


def _write_as_read(rows: Iterator[Row], table: Table, how: How) -> None:
    done = 0
    with Progress("rows") as progress:
        heads = [*with_local_times(dict.fromkeys(COLUMNS[table]), how.zone)]
        click.echo(_text([], heads, how), nl=False)
        while some := [with_local_times(json_row(row), how.zone) for row in islice(rows, AT_ONCE)]:
            click.echo(_text(some, (), how), nl=False)
            done += len(some)
            progress(done)


def _text(rows: list[dict[str, object]], heads: list[str] | tuple[()], how: How) -> str:
    match how.form:
        case "csv":
            return csv_text(rows, heads, raw=how.raw)
        case "tsv":
            return tsv_text(rows, heads)
        case _:
            return "".join(f"{json_text(row)}\n" for row in rows)


COMMANDS = (export,)
