"""The command that sums up many incidents: report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast

import click

from ...domain.history import Cut
from ...projections.durations import BUILT_IN, DurationRow
from ...projections.report import (
    FEWEST,
    Dimension,
    ReportRow,
    detected_within,
    nothing,
    reopens,
    statistics,
)
from ...projections.views import IncidentRow
from ..reader import Reader
from ..wording import duration
from .explaining import MEASURES, REOPENS
from .options import instant_or_day, reads
from .output import Column, How, Section, say, write_rows, write_sections
from .stores import existing_store

DIMENSIONS = ("service", "severity", "month", "source")

_COUNTS = (
    Column("all", "incidents", "number"),
    Column("n", "n", "number"),
    Column("open", "open", "number"),
    Column("miss", "missing", "number"),
    Column("excl", "excluded", "number"),
    Column("odd", "anomalous", "number"),
)
_STATISTICS = (
    Column("mean", "mean_us", "duration"),
    Column("median", "median_us", "duration"),
    Column("p90", "p90_us", "duration"),
)
_REOPENS = (Column("reopened", "reopened", "number"), Column("times", "reopens", "number"))
_REASONS = (Column("number", "number", "number"), Column("reason", "reason"))
_STATISTICS_NOTE = (
    "mean, median and p90 are of the n observed values alone: open incidents are counted, never"
    f" guessed. Fewer than {FEWEST} observed values are listed instead. Even n: the median is the"
    " mean of the two middle values; p90 is the smallest value that 90 % do not exceed."
)
_SERVICES_NOTE = "incidents with several services count in each of them: "
_UNDETECTED_NOTE = "incidents without a recorded detection are left out of --from and --to: "


def _dimensions(
    _ctx: click.Context, _param: click.Parameter, value: str | None
) -> tuple[Dimension, ...]:
    names = tuple(dict.fromkeys(value.split(","))) if value else ()
    for name in names:
        if name not in DIMENSIONS:
            raise click.BadParameter(f"{name!r} is none of {', '.join(DIMENSIONS)}")
    return cast("tuple[Dimension, ...]", names)


@click.command(epilog="Example: retold report ttr_detected --by service,month --from 2026-01-01")
@click.argument("measures", nargs=-1, type=click.Choice([*MEASURES, REOPENS]), metavar="[MEASURE]…")
@click.option("--by", callback=_dimensions, help="service, severity, month, source: one or more.")
@click.option(
    "--from",
    "since",
    type=instant_or_day,
    metavar="DAY",
    help="Only what was detected then or later.",
)
@click.option(
    "--to", "until", type=instant_or_day, metavar="DAY", help="Only what was detected before."
)
@reads
@click.pass_obj
def report(
    url: str,
    *,
    measures: tuple[str, ...],
    by: tuple[Dimension, ...],
    since: datetime | None,
    until: datetime | None,
    how: How,
) -> None:
    """Sum up how long things took: counts, mean, median and p90 of each MEASURE, by default all.

    The month is that of detection, in UTC, and so is a date given to --from and --to.
    """
    wanted = tuple(dict.fromkeys(measures)) or (*MEASURES, REOPENS)
    with existing_store(url) as store:
        every, pairs = _measured(store, wanted, how.cut)
    cohort = [row for row in every if detected_within(row, since, until)]
    pairs = [pair for pair in pairs if detected_within(pair[0], since, until)]
    write_report(_rows(wanted, cohort, pairs, by), by, _notes(every, cohort, by), how)


def report_of(store: Reader, measures: Sequence[str], how: How) -> None:
    """Write the report of all incidents."""
    every, pairs = _measured(store, measures, how.cut)
    write_report(_rows(measures, every, pairs, ()), (), _notes(every, every, ()), how)


def write_report(
    rows: Iterable[ReportRow], by: Sequence[Dimension], notes: Sequence[str], how: How
) -> None:
    """Write statistics, with what must be known of them on stderr, or within the JSON document."""
    values = [_values(row, by) for row in rows]
    if how.form in ("table", "md"):
        named = [row | {one: row[one] or "(none)" for one in by} for row in values]
        write_sections(f"Report by {', '.join(by)}" if by else "Report", _sections(named, by), how)
    else:
        write_rows("report", values, (), how, more={"notes": notes}, keys=_keys(by))
    for note in notes if how.form != "json" else ():
        say(note)


def _measured(
    store: Reader, wanted: Sequence[str], cut: Cut
) -> tuple[list[IncidentRow], list[tuple[IncidentRow, DurationRow]]]:
    # At least one measure, so that all incidents come from the one answer.
    names = [name for name in wanted if name in MEASURES] or [BUILT_IN[0].name]
    pairs = store.measured(names, cut)
    every = {incident.incident_id: incident for incident, _ in pairs}
    return list(every.values()), pairs


def _rows(
    wanted: Sequence[str],
    cohort: Sequence[IncidentRow],
    pairs: Sequence[tuple[IncidentRow, DurationRow]],
    by: Sequence[Dimension],
) -> list[ReportRow]:
    rows: list[ReportRow] = []
    by_measure: dict[str, list[tuple[IncidentRow, DurationRow]]] = {}
    for pair in pairs:
        by_measure.setdefault(pair[1].measure, []).append(pair)
    for name in wanted:
        is_count = name == REOPENS
        found = reopens(cohort, by) if is_count else statistics(by_measure.get(name, ()), by)
        version = 1 if is_count else MEASURES[name].version
        rows += found or ([] if by else [nothing(name, version)])
    return rows


def _notes(
    every: Sequence[IncidentRow], cohort: Sequence[IncidentRow], by: Sequence[Dimension]
) -> list[str]:
    notes = [_STATISTICS_NOTE]
    several = sum(len(row.services) > 1 for row in cohort)
    if several and "service" in by:
        notes.append(f"{_SERVICES_NOTE}{several}")
    undetected = sum(row.detected_at is None for row in every)
    if undetected and len(cohort) < len(every):
        notes.append(f"{_UNDETECTED_NOTE}{undetected}")
    return notes


def _values(row: ReportRow, by: Sequence[Dimension]) -> dict[str, Any]:
    values = row._asdict()
    group = dict(zip(by, values.pop("group"), strict=False))
    head = {key: values.pop(key) for key in ("measure", "measure_version")}
    values["values"] = [one._asdict() for one in row.values]
    values["reasons"] = dict(row.reasons)
    return {**head, **group, **values}


def _keys(by: Sequence[Dimension]) -> tuple[str, ...]:
    rest = [field for field in ReportRow._fields[2:] if field != "group"]
    return ("measure", "measure_version", *by, *rest)


def _sections(values: Sequence[dict[str, Any]], by: Sequence[Dimension]) -> Iterator[Section]:
    groups = [Column(one, one, "word" if one == "month" else "text") for one in by]
    group = [Column("measure", "measure", "word"), *groups]
    durations = [row for row in values if row["reopens"] is None]
    if by:  # a table a measure, so that groups have the width
        for name in dict.fromkeys(row["measure"] for row in durations):
            rows = [row for row in durations if row["measure"] == name]
            yield Section(
                f"{name}, {MEASURES[name].title}", rows, [*groups, *_COUNTS, *_STATISTICS]
            )
    else:
        yield Section("Durations", durations, [*group, *_COUNTS, *_STATISTICS])
    listed = [
        row | {"listed": ", ".join(duration(one["duration_us"]) for one in row["values"])}
        for row in durations
        if row["values"]
    ]
    yield Section(f"Fewer than {FEWEST} observed", listed, [*group, Column("values", "listed")])
    counts = [row for row in values if row["reopens"] is not None]
    yield Section("Counts", counts, [*group, *_COUNTS[:2], *_REOPENS])
    reasons = [
        row | {"reason": reason, "number": number}
        for row in values
        for reason, number in row["reasons"].items()
    ]
    yield Section("Not among the observed", reasons, [*group, *_REASONS])


COMMANDS = (report,)
