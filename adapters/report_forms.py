"""A report as rows for programs and as a document that can be made again."""

from __future__ import annotations

from collections.abc import Sequence

from ..projections.cohorts import Dimension
from ..projections.report import Count, Statistics, Summary
from .reports import Part, Report

SHARED = ("measure", "measure_version")
COUNTS = ("incidents", "n", "observed", "open", "ended_without", "missing", "excluded", "anomalous")
OTHERS = ("longest_us", "oldest_open_us", "total", "affected", "values", "reasons")


def row_keys(by: Sequence[Dimension]) -> tuple[str, ...]:
    """Return the keys of a report's rows, in order; a key that does not apply is null."""
    return (*SHARED, *by, *COUNTS, *Statistics._fields, *OTHERS)


def row_values(summary: Summary | Count, by: Sequence[Dimension]) -> dict[str, object]:
    """Return one row of a report, with every key of `row_keys`."""
    told = summary._asdict()
    if isinstance(summary, Summary):
        told |= summary.statistics._asdict()
        told["values"] = [one._asdict() for one in summary.values]
    told |= dict(zip(by, summary.group, strict=False))
    told["reasons"] = dict(summary.reasons)
    return {key: told.get(key) for key in row_keys(by)}


def rows(report: Report) -> list[dict[str, object]]:
    """Return all rows, measure by measure."""
    return [row_values(one, report.query.by) for one in report.summaries]


def provenance(report: Report) -> dict[str, object]:
    """Return what it takes to make a report again, and to know what its numbers mean."""
    return {
        "moment": report.moment,
        "position": report.position,
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
