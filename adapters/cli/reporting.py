"""The command that sums up many incidents: report."""

from __future__ import annotations

from datetime import datetime
from typing import cast, get_args

import click

from ...projections.cohorts import Dimension
from ...projections.measures import Cohort
from ..report_forms import provenance, row_keys, rows
from ..reports import Report
from .options import instant_or_day, measures_file, reads
from .output import How, say, write_rows, write_sections
from .report_tables import sections
from .stores import existing_store

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

NOTES = (
    "n are the observed and the open: an open incident counts as lasting longer than its age."
    " From 6 on, `median` is the time by which half are over, `from` and `to` its 95 % interval;"
    " a p90 takes 29. *The mean is of the observed alone and not suitable for comparing periods."
)
_SERVICES_NOTE = "incidents with several services count in each of them: "
_UNPLACED_NOTE = "incidents without the time that places them are left out of --from and --to: "


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
) -> tuple[datetime, datetime] | None:
    if value is None:
        return None
    since, dots, until = value.partition("..")
    if not dots:
        raise click.BadParameter("write two days, such as 2026-01-01..2026-04-01")
    period = instant_or_day(since), instant_or_day(until)
    if period[0] >= period[1]:
        raise click.BadParameter("the period ends before it begins")
    return period


@click.command(epilog="Example: retold report ttr_detected --by service,month --from 2026-01-01")
@click.argument("measures", nargs=-1, metavar="[MEASURE]…")
@click.option("--by", callback=_dimensions, help=f"One or more of {', '.join(DIMENSIONS)}.")
@click.option(
    "--from", "since", type=instant_or_day, metavar="DAY", help="Only what falls then or later."
)
@click.option("--to", "until", type=instant_or_day, metavar="DAY", help="Only what falls before.")
@click.option(
    "--compare",
    callback=_period,
    metavar="DAY..DAY",
    help="Hold the period against another: from the first day on, to before the second.",
)
@click.option(
    "--period-by",
    "clock",
    type=click.Choice(get_args(Cohort)),
    help="Which time places an incident in a period; by default each measure's own.",
)
@measures_file
@reads
@click.pass_obj
def report(
    url: str,
    *,
    measures: tuple[str, ...],
    by: tuple[Dimension, ...],
    since: datetime | None,
    until: datetime | None,
    compare: tuple[datetime, datetime] | None,
    clock: Cohort | None,
    file: str | None,
    how: How,
) -> None:
    """Sum up how long things took: counts, median with its interval, p90, means of each MEASURE.

    Without a MEASURE, all of them. Incidents fall into periods by detection, unless a measure or
    --period-by says otherwise; periods, and dates given to --from and --to, are UTC's unless --tz
    names a zone. A report of the present says the moment it was made; with --recorded-at and
    that moment it is made again, the same to the byte.
    """
    if since is not None and until is not None and since >= until:
        raise click.BadParameter("--to must be later than --from")
    with existing_store(url, measures=file) as store:
        told = store.report(
            *dict.fromkeys(measures),
            by=by,
            since=since,
            until=until,
            compare=compare,
            clock=clock,
            zone=str(how.zone or "UTC"),
            cut=how.cut,
        )
    write_report(told, how)


def write_report(report: Report, how: How) -> None:
    """Write a report, with what must be known of it on stderr, or within the JSON document."""
    how = how._replace(cut=report.cut, zone=None)
    by, notes = report.query.by, _notes(report)
    if how.form in ("table", "md"):
        write_sections(f"Report by {', '.join(by)}" if by else "Report", sections(report), how)
    else:
        more = {**provenance(report), "notes": notes}
        write_rows("report", rows(report), (), how, more=more, keys=row_keys(report.query))
    for note in notes if how.form != "json" else ():
        say(note)


def _notes(report: Report) -> list[str]:
    notes = [NOTES, f"as recorded at {report.moment.isoformat()}, up to position {report.position}"]
    cases = [case for part in report.parts[:1] for some in part.cases for case in some]
    several = {
        case.incident.incident_id for case in cases if len(case.incident.services) > 1
    }  # fmt: skip
    if several and "service" in report.query.by:
        notes.append(f"{_SERVICES_NOTE}{len(several)}")
    unplaced = max((part.unplaced for part in report.parts), default=0)
    if unplaced and (report.query.since or report.query.until):
        notes.append(f"{_UNPLACED_NOTE}{unplaced}")
    return notes


COMMANDS = (report,)
