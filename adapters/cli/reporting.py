"""The command that sums up many incidents: report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import cast, get_args

import click

from ...projections.cohorts import Dimension
from ...projections.measures import Cohort
from ...projections.report import Count, Summary
from ..report_forms import provenance, row_keys, row_values, rows
from ..report_words import sentences
from ..reports import Part, Report
from ..wording import duration
from .options import instant_or_day, measures_file, reads
from .output import Column, How, Section, say, write_rows, write_sections
from .stores import existing_store

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

_COUNTS = (
    Column("of", "incidents", "number"),
    Column("n", "n", "number"),
    Column("open", "open", "number"),
)
_STATISTICS = (
    Column("median", "median_us", "duration"),
    Column("from", "median_low_us", "duration"),
    Column("to", "median_high_us", "duration"),
    Column("p90", "p90_us", "duration"),
    Column("mean*", "mean_us", "duration"),
)
_TOTALS = (Column("in all", "total", "number"), Column("affected", "affected", "number"))
_SENTENCES = (Column("", "sentence"),)
_REASONS = (Column("number", "number", "number"), Column("reason", "reason"))

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


@click.command(epilog="Example: retold report ttr_detected --by service,month --from 2026-01-01")
@click.argument("measures", nargs=-1, metavar="[MEASURE]…")
@click.option("--by", callback=_dimensions, help=f"One or more of {', '.join(DIMENSIONS)}.")
@click.option(
    "--from", "since", type=instant_or_day, metavar="DAY", help="Only what falls then or later."
)
@click.option("--to", "until", type=instant_or_day, metavar="DAY", help="Only what falls before.")
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
        write_sections(f"Report by {', '.join(by)}" if by else "Report", _sections(report), how)
    else:
        more = {**provenance(report), "notes": notes}
        write_rows("report", rows(report), (), how, more=more, keys=row_keys(by))
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


def _sections(report: Report) -> Iterator[Section]:
    by = report.query.by
    for part in report.parts:
        title = f"{part.measure.name}, {part.measure.title}"
        if by:
            yield Section(title, _group_rows(part, by), _columns(part, by))
        else:
            said = [
                {"sentence": sentence}
                for one in part.summaries
                for sentence in sentences(part.measure, one)
            ]
            yield Section(title, said, _SENTENCES)
        yield Section(f"{part.measure.name}: listed", list(_listed(part, by)), _listed_columns(by))
        if by:
            yield Section(
                f"{part.measure.name}: not among the n",
                list(_reasons(part, by)),
                [*_groups(by), *_REASONS],
            )


def _columns(part: Part, by: Sequence[Dimension]) -> list[Column]:
    is_count = part.measure.form == "count"
    return [*_groups(by), *_COUNTS[: 2 if is_count else 3], *(_TOTALS if is_count else _STATISTICS)]


def _groups(by: Sequence[Dimension]) -> list[Column]:
    return [
        Column(one, one, "text" if one in {"service", "severity", "source"} else "word")
        for one in by
    ]


def _group_rows(part: Part, by: Sequence[Dimension]) -> list[dict[str, object]]:
    return [row_values(one, by) | _labels(one, by) for one in part.summaries]


def _labels(summary: Summary | Count, by: Sequence[Dimension]) -> dict[str, object]:
    return {one: label or "(none)" for one, label in zip(by, summary.group, strict=True)}


def _listed(part: Part, by: Sequence[Dimension]) -> Iterator[dict[str, object]]:
    for summary in part.summaries:
        for one in summary.values if isinstance(summary, Summary) else ():
            took = duration(one.duration_us)
            yield {
                **_labels(summary, by),
                "incident_id": one.incident_id,
                "took": f"> {took}, open" if one.is_open else took,
            }


def _listed_columns(by: Sequence[Dimension]) -> list[Column]:
    return [*_groups(by), Column("took", "took", "word"), Column("incident", "incident_id", "word")]


def _reasons(part: Part, by: Sequence[Dimension]) -> Iterator[dict[str, object]]:
    for summary in part.summaries:
        for reason, number in summary.reasons:
            yield {**_labels(summary, by), "reason": reason, "number": number}


COMMANDS = (report,)
