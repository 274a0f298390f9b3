"""The reports page of a site: how long things took, over all and by severity and month."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from ...projections.built_in import BY_NAME
from ...projections.cohorts import Dimension
from ...projections.report import Summary
from ..chart_style import style
from ..reader import Reader
from ..report_pages import part_values, provenance_values
from ..report_words import NOTES, counts
from ..reporting import report_of
from ..reports import Part, Query, Report
from .page import of_ours, page
from .site_files import INDEX
from .site_index import facts, remarks
from .site_rows import Asked, Found, told_measures

DIMENSIONS: tuple[Dimension, ...] = ("severity", "month")


class Reports(NamedTuple):
    """What a site reports: every measure over all, and the two that its list tells by groups."""

    overall: Report
    grouped: tuple[Report, ...]
    told: tuple[str, str]
    """The measures of mitigating and resolving."""

    @property
    def medians(self) -> list[Summary]:
        """What the two measures say over all."""
        summaries = {one.measure: one for one in self.overall.summaries}
        return [one for name in self.told if isinstance(one := summaries[name], Summary)]


def reports_of(reader: Reader, asked: Asked, found: Found) -> Reports:
    """Report on the incidents of a site, placed by detection as its list is."""
    told = told_measures(found.rows)
    query = Query(
        measures=tuple(BY_NAME),
        since=asked.since,
        until=asked.until,
        clock="detected",
        zone=str(asked.zone or "UTC"),
    )
    overall = report_of(reader, query, asked.cut, found.moment)
    grouped = tuple(
        report_of(
            reader,
            query.model_copy(update={"measures": told, "by": (by,)}),
            asked.cut,
            found.moment,
        )
        for by in DIMENSIONS
    )
    return Reports(overall, grouped, told)


def reports_page(asked: Asked, found: Found, reports: Reports) -> str:
    """Return the page: charts of the measures that have data, and why the others have none."""
    sheet = of_ours("site.css")
    values = {
        "facts": list(facts(asked, found)),
        "remarks": list(remarks(found)),
        "site_sheet": Markup(sheet),  # noqa: S704 - of our own files
        "parts": list(_parts(reports)),
        "without": [
            f"{part.measure.name}, {part.measure.title}: {counts(part.summaries[0])}."
            for part in reports.overall.parts
            if not _has_data(part)
        ],
        "provenance": list(provenance_values(reports.overall)),
        "note": NOTES,
    }
    return page(
        f"{asked.title}: reports",
        "reports.html",
        values,
        styles=(style(), sheet),
        home=INDEX,
    )


def _parts(reports: Reports) -> Iterator[dict[str, object]]:
    """Yield first what the list tells, too, each over all and then by groups."""
    parts = reports.overall.parts
    for part in sorted(parts, key=lambda part: part.measure.name not in reports.told):
        if _has_data(part):
            yield part_values(part, reports.overall)
        for report in reports.grouped:
            for one in report.parts:
                if one.measure == part.measure and _has_data(one):
                    yield _by_group(one, report)


def _by_group(part: Part, report: Report) -> dict[str, object]:
    by = ", ".join(report.query.by)
    values = part_values(part, report)
    return values | {"name": f"{values['name']}-by-{by}", "title": f"{values['title']}, by {by}"}


def _has_data(part: Part) -> bool:
    return any(one.n for one in part.summaries)
