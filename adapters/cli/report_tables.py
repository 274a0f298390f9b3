"""A report as tables and sentences for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...projections.cohorts import Dimension
from ...projections.report import Count, Summary
from ..report_forms import row_values
from ..report_words import chance, comparison, sentences
from ..reports import Part, Report
from ..wording import duration
from .output import Column, Section

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


def sections(report: Report) -> Iterator[Section]:
    """Yield the tables of a report: of each measure its groups, or sentences where there are none.

    Behind them come the incidents of groups too small for statistics, and comparisons.
    """
    by = report.query.by
    for part in report.parts:
        title = f"{part.measure.name}, {part.measure.title}"
        if by:
            rows = [row_values(one, report.query) | _labels(one, by) for one in part.summaries]
            yield Section(title, rows, _columns(part, by))
        else:
            yield Section(title, list(_said(part)), _SENTENCES)
        yield Section(f"{part.measure.name}: listed", list(_listed(part, by)), _listed_columns(by))
        if report.query.compare is not None:
            yield Section(
                f"{part.measure.name}: compared", list(_compared(part, by)),
                [*_groups(by), *_SENTENCES],
            )  # fmt: skip
        if report.query.seed is not None:
            yield Section(
                f"{part.measure.name}: simulated", list(_simulated(part, by)),
                [*_groups(by), *_SENTENCES],
            )  # fmt: skip
        if by:
            yield Section(
                f"{part.measure.name}: not among the n", list(_reasons(part, by)),
                [*_groups(by), *_REASONS],
            )  # fmt: skip


def _columns(part: Part, by: Sequence[Dimension]) -> list[Column]:
    if part.measure.form == "count":
        return [*_groups(by), *_COUNTS[:2], *_TOTALS]
    return [*_groups(by), *_COUNTS, *_STATISTICS]


def _groups(by: Sequence[Dimension]) -> list[Column]:
    texts = {"service", "severity", "source"}
    return [Column(one, one, "text" if one in texts else "word") for one in by]


def _labels(summary: Summary | Count, by: Sequence[Dimension]) -> dict[str, object]:
    return {one: label or "(none)" for one, label in zip(by, summary.group, strict=False)}


def _said(part: Part) -> Iterator[dict[str, object]]:
    for summary in part.summaries:
        for sentence in sentences(part.measure, summary):
            yield {"sentence": sentence}


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


def _compared(part: Part, by: Sequence[Dimension]) -> Iterator[dict[str, object]]:
    pairs = zip(part.summaries, part.compared, strict=True)
    found = [
        (summary, compared)
        for summary, compared in pairs
        if compared is not None and isinstance(summary, Summary)
    ]
    for summary, compared in found:
        sentence = comparison(part.measure, summary, compared)
        yield {**_labels(summary, by), "sentence": sentence}
    if len(found) > 1:
        yield {
            "sentence": f"{len(found)} comparisons were looked at: of 20 without any change one"
            " will seem to show one."
        }


def _simulated(part: Part, by: Sequence[Dimension]) -> Iterator[dict[str, object]]:
    for summary, simulated in zip(part.summaries, part.simulated, strict=True):
        if simulated is not None:
            yield {**_labels(summary, by), "sentence": chance(simulated)}


def _reasons(part: Part, by: Sequence[Dimension]) -> Iterator[dict[str, object]]:
    for summary in part.summaries:
        for reason, number in summary.reasons:
            yield {**_labels(summary, by), "reason": reason, "number": number}
