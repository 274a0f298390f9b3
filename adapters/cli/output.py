"""Rows in every form that the command line writes: table, TSV, CSV, Markdown, JSON, JSON Lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Literal, NamedTuple, TextIO, cast

import click

from ...domain.history import PRESENT, Cut
from ..flat_forms import Row, csv_text, json_text, tsv_text
from ..wording import (
    duration,
    json_row,
    markdown,
    moment,
    offset,
    visible,
    with_local_times,
)

Form = Literal["table", "tsv", "csv", "md", "json", "nl"]

Kind = Literal["text", "word", "time", "duration", "offset", "short-id", "number"]
"""How a column reads; where a terminal is narrow, text alone is folded."""


class Column(NamedTuple):
    """A column of the forms that people read; programs get every key of a row instead."""

    heading: str
    key: str
    kind: Kind = "text"


class Section(NamedTuple):
    """A titled table for people, one of several that together answer."""

    title: str
    rows: Sequence[Row]
    columns: Sequence[Column]


class How(NamedTuple):
    """How to answer: in which form, with local times of which zone, and about which cut.

    `raw` CSV is for programs: what a spreadsheet would run is not guarded.
    """

    form: Form
    zone: tzinfo | None = None
    cut: Cut = PRESENT
    raw: bool = False

    def in_form(self, form: str | None) -> How:
        """Return the same in `form`, if one is given."""
        return self._replace(form=cast("Form", form)) if form else self


def chosen(form: str | None) -> Form:
    """Return the form asked for, else a table on a terminal and TSV elsewhere."""
    return cast("Form", form or ("table" if is_terminal(sys.stdout) else "tsv"))


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether somebody watches; a process may be started without the stream at all."""
    return stream is not None and stream.isatty()


def say(message: str) -> None:
    """Write a message to stderr."""
    click.echo(visible(message), err=True)


def write_rows(
    name: str,
    rows: Iterable[Row],
    columns: Sequence[Column],
    how: How,
    *,
    more: Mapping[str, object] | None = None,
    keys: Sequence[str] = (),
) -> None:
    """Write rows to stdout; `more` joins them in JSON's top level, where notes belong.

    `keys` head the forms of a flat table where there is no row to take them from.
    """
    values = [with_local_times(json_row(row), how.zone) for row in rows]
    heads = list(values[0]) if values else keys
    match how.form:
        case "json":
            document = {"schema": f"retold.{name}/1", "cut": dict(how.cut), **(more or {})}
            write_document({**document, "rows": values})
        case "nl":
            for row in values:
                click.echo(json_text(row))
        case "csv":
            click.echo(csv_text(values, heads, raw=how.raw), nl=False)
        case "tsv":
            click.echo(tsv_text(values, heads), nl=False)
        case "md":
            click.echo(_markdown(values, columns, how.zone))
        case "table":
            write_table(values, columns, how.zone)


def write_sections(heading: str, sections: Iterable[Section], how: How) -> None:
    """Write tables under titles, as Markdown if that was asked for; empty ones are left out."""
    is_markdown = how.form == "md"
    click.echo(f"# {markdown(heading)}" if is_markdown else visible(heading))
    for title, rows, columns in sections:
        if not rows:
            continue
        values = [json_row(row) for row in rows]
        click.echo(f"\n## {title}\n" if is_markdown else f"\n{title}")
        if is_markdown:
            click.echo(_markdown(values, columns, how.zone))
        else:
            write_table(values, columns, how.zone)


def write_document(document: Mapping[str, object]) -> None:
    """Write one JSON document to stdout."""
    click.echo(json_text(json_row(document), indent=2))


def write_table(rows: Sequence[Row], columns: Sequence[Column], zone: tzinfo | None = None) -> None:
    """Write rows as a table for people; an empty one is only its headings."""
    from rich.console import Console  # noqa: PLC0415 - costs 60 ms that other forms need not pay
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, kind in _headings(columns, zone):
        justify: Literal["left", "right"] = "right" if kind in _RIGHT else "left"
        table.add_column(Text(heading), justify=justify, overflow="fold", no_wrap=kind != "text")
    for row in rows:
        # Text takes no markup, so that recorded brackets stay brackets.
        table.add_row(*(Text(visible(cell)) for cell in _cells(row, columns, zone)))
    width = None if is_terminal(sys.stdout) or "COLUMNS" in os.environ else 140
    colors: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    console = Console(file=sys.stdout, width=width, color_system=colors)
    with console.capture() as captured:  # rich itself would end the process at a closed pipe
        console.print(table)
    click.echo(captured.get(), nl=False)


_RIGHT = frozenset({"number", "duration"})


def _headings(columns: Sequence[Column], zone: tzinfo | None) -> list[tuple[str, Kind]]:
    headings = []
    for column in columns:
        is_time = column.kind == "time"
        heading = f"{column.heading} UTC" if is_time else column.heading
        headings.append((heading, column.kind))
        if is_time and zone is not None:
            headings.append((f"{column.heading} {zone}", column.kind))
    return headings


def _cells(row: Row, columns: Sequence[Column], zone: tzinfo | None) -> list[str]:
    cells = []
    for column in columns:
        value = row.get(column.key)
        cells.append(_for_people(value, column.kind))
        if column.kind == "time" and zone is not None:
            cells.append(_for_people(value, "time", zone))
    return cells


def _for_people(  # noqa: PLR0911 - one arm a kind
    value: object, kind: str, zone: tzinfo = UTC
) -> str:
    match kind, value:
        case _, None:
            return ""
        case "time", str():
            return moment(datetime.fromisoformat(value), zone)
        case "duration", int():
            return duration(value)
        case "offset", int():
            return offset(value)
        case "short-id", str():
            return value[:8]
        case _, list():
            return ", ".join(map(str, value))
        case _, bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _markdown(rows: Sequence[Row], columns: Sequence[Column], zone: tzinfo | None) -> str:
    headings = [markdown(heading) for heading, _ in _headings(columns, zone)]
    body = [[markdown(cell) for cell in _cells(row, columns, zone)] for row in rows]
    lines = [headings, ["---"] * len(headings), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
