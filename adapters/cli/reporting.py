"""The command that sums up many incidents: report."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from datetime import date, datetime, tzinfo
from pathlib import Path, PurePath
from typing import cast, get_args

import click

from ...projections.cohorts import Dimension
from ...projections.measures import Cohort
from ..report_forms import document, notes, row_keys, rows
from ..report_pages import as_html, as_svg
from ..reports import Query, Report
from ..saved_reports import reproduced
from ..text_files import write_whole
from ..wording import visible
from .differing import Clock, write_differences, write_oddities
from .exits import FINDINGS
from .options import beginning, instant, instant_or_day, measures_file, reads
from .output import How, say, write_document, write_rows, write_sections
from .report_tables import sections
from .stores import existing_store, say_hidden

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)


def _dimensions(
    _ctx: click.Context, _param: click.Parameter, value: str | None
) -> tuple[Dimension, ...]:
    names = tuple(dict.fromkeys(value.split(","))) if value else ()
    for name in names:
        if name not in DIMENSIONS:
            raise click.BadParameter(f"{name!r} is none of {', '.join(DIMENSIONS)}")
    return cast("tuple[Dimension, ...]", names)


def _period(
    _ctx: click.Context, _param: click.Parameter, value: str | None
) -> tuple[datetime | date, datetime | date] | None:
    if value is None:
        return None
    since, dots, until = value.partition("..")
    if not dots:
        raise click.BadParameter("write two days, such as 2026-01-01..2026-04-01")
    return instant_or_day(since), instant_or_day(until)


def _beginnings(
    period: tuple[datetime | date, datetime | date] | None, zone: tzinfo | None
) -> tuple[datetime, datetime] | None:
    if period is None:
        return None
    since, until = (beginning(one, zone) for one in period)
    if since is None or until is None or since >= until:
        raise click.BadParameter("the period of --compare ends before it begins")
    return since, until


@click.command(epilog="Example: retold report ttr_detected --by service,month --from 2026-01-01")
@click.argument("measures", nargs=-1, metavar="[MEASURE]…")
@click.option("--by", callback=_dimensions, help=f"One or more of {', '.join(DIMENSIONS)}.")
@click.option(
    "--from", "since", type=instant_or_day, metavar="DAY", help="Only what falls then or later."
)
@click.option("--to", "until", type=instant_or_day, metavar="DAY", help="Only what falls before.")
@click.option(
    "--scale",
    default="",
    metavar="WORST,…",
    help="Your severities, worst first, for --by severity-highest.",
)
@click.option(
    "--compare",
    callback=_period,
    metavar="DAY..DAY",
    help="Hold the period against another: from the first day on, to before the second.",
)
@click.option("--simulate", is_flag=True, help="Also show how far numbers move by chance alone.")
@click.option("--seed", type=int, default=1, show_default=True, help="The dice of --simulate.")
@click.option(
    "--period-by",
    "clock",
    type=click.Choice(get_args(Cohort)),
    help="Which time places an incident in a period; by default each measure's own.",
)
@click.option(
    "--format",
    "form_name",
    type=click.Choice(["svg", "html", "md", "json", "csv", "tsv", "nl", "table"]),
    help="A chart, a page with charts, or one of the forms below.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False),
    help="Write to that file; as JSON, it can be made again.",
)
@click.option(
    "--reproduce",
    "saved",
    type=click.Path(exists=True, dir_okay=False),
    help="Make a report saved as JSON again, and show how it differs.",
)
@click.option(
    "--diff",
    type=(instant, instant),
    metavar="TIME TIME",
    help="Show which events between two moments moved the numbers, incident by incident.",
)
@click.option(
    "--diff-by",
    type=click.Choice(get_args(Clock)),
    default="recorded",
    show_default=True,
    help="Whether --diff goes by when events were recorded here, or known anywhere.",
)
@click.option("--anomalies", is_flag=True, help="List what is odd in the records instead.")
@measures_file
@reads
@click.pass_context
def report(
    ctx: click.Context,
    *,
    measures: tuple[str, ...],
    by: tuple[Dimension, ...],
    since: datetime | date | None,
    until: datetime | date | None,
    scale: str,
    compare: tuple[datetime | date, datetime | date] | None,
    simulate: bool,
    seed: int,
    clock: Cohort | None,
    form_name: str | None,
    output: str | None,
    saved: str | None,
    diff: tuple[datetime, datetime] | None,
    diff_by: Clock,
    anomalies: bool,
    file: str | None,
    how: How,
) -> None:
    """Sum up how long things took: counts, median with its interval, p90, means of each MEASURE.

    Without a MEASURE, all of them. Incidents fall into periods by detection, unless a measure or
    --period-by says otherwise; periods, and dates given to --from and --to, are UTC's unless --tz
    names a zone. A report of the present says the moment it was made; with --recorded-at and
    that moment it is made again, the same to the byte, and so it is with --reproduce from a file
    that --output has saved. That exits with 1 if anything differs.
    """
    if saved is not None:
        _reproduce(ctx, saved)
        return
    first, end = beginning(since, how.zone), beginning(until, how.zone)
    if first is not None and end is not None and first >= end:
        raise click.BadParameter("--to must be later than --from")
    with existing_store(ctx.obj, measures=file) as store:
        if anomalies:
            write_oddities(store, how.in_form(form_name))
            say_hidden(store)
            return
        if diff is not None:
            if diff[0] >= diff[1]:
                raise click.BadParameter("--diff takes the earlier moment first")
            query = Query(measures=measures or tuple(store.measures), since=first, until=end)
            write_differences(store, query, diff, diff_by, how.in_form(form_name))
            say_hidden(store)
            return
        told = store.report(
            *dict.fromkeys(measures),
            by=by,
            since=first,
            until=end,
            compare=_beginnings(compare, how.zone),
            clock=clock,
            zone=str(how.zone or "UTC"),
            seed=seed if simulate else None,
            scale=tuple(scale.split(",")) if scale else (),
            cut=how.cut,
        )
    form = form_name or (_form_of(output) if output else None) or how.form
    if output is None:
        _write(told, form, how)
        return
    with redirect_stdout(io.StringIO()) as text:
        _write(told, form, how)
    write_whole(Path(output), text.getvalue())
    say(f"written to {output}")


def _form_of(file: str) -> str | None:
    suffix = PurePath(file).suffix.removeprefix(".")
    return suffix if suffix in {"svg", "html", "md", "json", "csv", "tsv"} else None


def _write(told: Report, form: str, how: How) -> None:
    match form:
        case "svg":
            click.echo(as_svg(told))
        case "html":
            click.echo(as_html(told))
        case "json":
            write_document(document(told))
        case _:
            write_report(told, how.in_form(form))


def write_report(told: Report, how: How) -> None:
    """Write a report in a form of rows or tables, with what must be known of it on stderr."""
    how = how._replace(cut=told.cut, zone=None)
    by = told.query.by
    if how.form in ("table", "md"):
        write_sections(f"Report by {', '.join(by)}" if by else "Report", sections(told), how)
    else:
        write_rows("report", rows(told), (), how, keys=row_keys(told.query))
    for note in notes(told):
        say(note)


def _reproduce(ctx: click.Context, saved: str) -> None:
    with existing_store(ctx.obj) as store:
        difference = reproduced(store, saved)
    for line in difference:
        click.echo(visible(line))
    if difference:
        ctx.exit(FINDINGS)
    say(f"{saved}: identical")


COMMANDS = (report,)
