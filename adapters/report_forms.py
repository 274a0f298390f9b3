"""A report as rows for programs and as a document that can be made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..domain.values import iso
from ..projections.report import Compared, Count, Statistics, Summary
from ..projections.simulation import NoChange
from .arrow import Kind
from .report_words import NOTES
from .wording import json_row

if TYPE_CHECKING:  # they import this module
    from .reports import Part, Query, Report

SHARED = ("measure", "measure_version")
COUNTS = ("incidents", "n", "observed", "open", "ended_without", "missing", "excluded", "anomalous")
SIMULATED = ("mean_falls_share", "median_falls_share", "geometric_mean_falls_share")
COMPARED = (
    "reference_n", "reference_us", "ratio", "ratio_low", "ratio_high", "detectable_ratio",
    "compared_by", "not_compared",
)  # fmt: skip
REACHED = ("reached_share", "reached_share_low", "reached_share_high")
OTHERS = ("longest_us", "oldest_open_us", "total", "affected", "values", "reasons")


def row_keys(query: Query) -> tuple[str, ...]:
    """Return the keys of a report's rows, in order; a key that does not apply is null."""
    compared = COMPARED if query.compare else ()
    simulated = SIMULATED if query.seed is not None else ()
    return (
        *SHARED, *query.by, *COUNTS, *REACHED, *Statistics._fields, *compared, *simulated, *OTHERS,
    )  # fmt: skip


def column_kinds(query: Query) -> dict[str, Kind]:
    """Return of what kind each column of a report's rows is."""
    others: dict[str, Kind] = {
        "values": "json", "reasons": "json", "ratio": "number", "ratio_low": "number",
        "ratio_high": "number", "detectable_ratio": "number", "measure": "text",
        "compared_by": "text", "not_compared": "text",
    }  # fmt: skip
    others |= dict.fromkeys((*REACHED, *SIMULATED), "number")
    texts: dict[str, Kind] = dict.fromkeys(query.by, "text")
    return {key: (others | texts).get(key, "integer") for key in row_keys(query)}


def row_values(
    summary: Summary | Count,
    query: Query,
    compared: Compared | None = None,
    simulated: NoChange | None = None,
) -> dict[str, object]:
    """Return one row of a report, with every key of `row_keys`."""
    told = summary._asdict()
    if isinstance(summary, Summary):
        told |= summary.statistics._asdict()
        if summary.reached is not None:
            shares = (None if one is None else round(one, 4) for one in summary.reached)
            told |= dict(zip(REACHED, shares, strict=True))
        told["values"] = [one._asdict() for one in summary.values]
    if compared is not None:
        told |= _compared(compared)
    if simulated is not None:
        moves = (simulated.mean, simulated.median, simulated.geometric_mean)
        told |= dict(zip(SIMULATED, (round(one.fell, 4) for one in moves), strict=True))
    told |= dict(zip(query.by, summary.group, strict=False))
    told["reasons"] = dict(summary.reasons)
    return {key: told.get(key) for key in row_keys(query)}


def _compared(compared: Compared) -> dict[str, object]:
    told: dict[str, object] = {
        "reference_n": compared.reference_n,
        "not_compared": compared.problem,
    }
    found = compared.comparison
    if found is None:
        return told
    return told | {
        "reference_us": round(found.reference),
        "ratio": round(found.ratio, 4),
        "ratio_low": round(found.low, 4),
        "ratio_high": round(found.high, 4),
        "detectable_ratio": round(found.detectable, 4),
        "compared_by": found.method,
    }


def rows(report: Report) -> list[dict[str, object]]:
    """Return all rows, measure by measure."""
    return [
        row_values(one, report.query, compared, simulated)
        for part in report.parts
        for one, compared, simulated in zip(
            part.summaries, part.compared, part.simulated, strict=True
        )
    ]


def document(report: Report) -> dict[str, object]:
    """Return the whole report as `retold.report/1`, with what it takes to make it again."""
    whole = {
        "schema": "retold.report/1",
        "cut": dict(report.cut),
        **provenance(report),
        "notes": notes(report),
        "rows": rows(report),
    }
    return json_row(whole)


def notes(report: Report) -> list[str]:
    """Return what must be known beside the numbers."""
    told = [NOTES, f"as of {iso(report.moment)}, up to position {report.position}"]
    told.append(f"periods, and days named without a time, are those of {report.query.zone}")
    cases = [case.measured for part in report.parts[:1] for some in part.cases for case in some]
    several = {one.incident_id for one in cases if len(one.services) > 1}
    if several and "service" in report.query.by:
        told.append(f"incidents with several services count in each of them: {len(several)}")
    odd = {one.incident_id for one in cases if one.anomalies}
    if odd:
        told.append(f"incidents with something odd in their record: {len(odd)}")
    unplaced = max((part.unplaced for part in report.parts), default=0)
    if unplaced and (report.query.since or report.query.until):
        told.append(f"incidents without the time that places them are in no period: {unplaced}")
    if report.not_shown:
        told.append(f"not shown: {report.not_shown}, restricted to other readers and in no figure")
    return told


def provenance(report: Report) -> dict[str, object]:
    """Return what it takes to make a report again, and to know what its numbers mean."""
    return {
        "moment": report.moment,
        "position": report.position,
        "not_shown": report.not_shown,
        "query": report.query.model_dump(mode="json"),
        "definitions": [_definition(part, report) for part in report.parts],
    }


def _definition(part: Part, report: Report) -> dict[str, object]:
    measure = part.measure
    return {
        "measure": measure.name,
        "measure_version": measure.version,
        "title": measure.title,
        "definition": measure.definition,
        "periods_by": report.query.clock_of(measure),
        "as_written": measure.model_dump(mode="json", exclude_none=True),
    }
