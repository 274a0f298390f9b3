"""A report as pictures: one measure's chart as SVG, and the whole as a self-contained HTML page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from markupsafe import Markup

from ..domain.errors import InvalidInput
from ..domain.values import iso
from ..projections.cohorts import Case, Group
from ..projections.report import FEWEST, Count, Summary, observations
from ..projections.survival import Curve
from .chart_style import style
from .charts import Point, Series, chart
from .pages.page import page
from .report_words import NOTES, counts, said_of
from .wording import duration, visible

if TYPE_CHECKING:  # it imports this module
    from .reports import Part, Report


def as_svg(report: Report) -> str:
    """Return the chart of a report of one measure; raises `InvalidInput` for several."""
    if len(report.parts) != 1:
        names = ", ".join(part.measure.name for part in report.parts)
        raise InvalidInput(f"a chart shows one measure: name one of {names}", "MEASURE")
    if report.parts[0].measure.form == "count":
        raise InvalidInput("a count has no chart", "MEASURE")
    return _chart(report.parts[0], report)


def as_html(report: Report) -> str:
    """Return a page that needs nothing else: sentences or a table, and a chart, of each measure."""
    by = report.query.by
    title = f"Incident report by {', '.join(by)}" if by else "Incident report"
    values = {
        "parts": [part_values(part, report) for part in report.parts],
        "provenance": list(provenance_values(report)),
        "note": NOTES,
    }
    return page(title, "report.html", values, styles=(style(),))


def part_values(part: Part, report: Report) -> dict[str, object]:
    """Return what `report-part.html` shows of a measure: its sentences or its table, its chart."""
    heads, rows = _table(part) if report.query.by else ((), [])
    return {
        "name": part.measure.name,
        "title": f"{part.measure.name}: {part.measure.title}",
        "definition": f"Version {part.measure.version}: {part.measure.definition}.",
        "sentences": [] if report.query.by else list(said_of(part)),
        "heads": heads,
        "rows": rows,
        # Ours, every text in it escaped
        "chart": "" if part.measure.form == "count" else Markup(_chart(part, report)),  # noqa: S704
    }


def _table(part: Part) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    if part.measure.form == "count":
        heads: tuple[str, ...] = ("group", "n", "in all", "affected")
    else:
        heads = ("group", "n", "open", "median", "95 % interval", "p90", "mean (see below)")
    rows = [(_label(one.group), counts(one), *_cells(one)) for one in part.summaries]
    return heads, rows


def _cells(summary: Summary | Count) -> tuple[str, ...]:
    if isinstance(summary, Count):
        return str(summary.total), str(summary.affected)
    told = summary.statistics
    if told.median_low_us is None and told.median_high_us is None:
        interval = ""
    else:
        interval = f"{_took(told.median_low_us)} to {_took(told.median_high_us)}"
    few = "listed" if 0 < summary.n < FEWEST else ""
    return (
        str(summary.open),
        duration(told.median_us) if told.median_us is not None else few,
        interval,
        duration(told.p90_us) if told.p90_us is not None else "",
        duration(told.mean_us) if told.mean_us is not None else "",
    )


def _took(micros: int | None) -> str:
    return "open" if micros is None else duration(micros)


def _chart(part: Part, report: Report) -> str:
    groups = zip(part.summaries, part.cases, part.curves, strict=True)
    series = [_series(summary.group, cases, curve) for summary, cases, curve in groups]
    subtitle = f"{part.measure.definition}; as of {iso(report.moment)[:16]}Z"
    return chart(f"{part.measure.name}: {part.measure.title}", subtitle, series)


def _series(group: Group, cases: tuple[Case, ...], curve: Curve | None) -> Series:
    seen = observations(cases)
    steps = curve.steps if curve is not None and curve.n >= FEWEST else ()
    return Series(
        label=_label(group),
        points=tuple(Point(round(step.time), step.survival, step.low, step.high) for step in steps),
        observed_us=tuple(round(one.time) for one in seen if one.observed),
        open_us=tuple(round(one.time) for one in seen if not one.observed),
    )


def _label(group: Group) -> str:
    return ", ".join(visible(one) if one else "(none)" for one in group) if group else "all"


def provenance_values(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what it takes to make the report again, each with its name."""
    yield "Moment", iso(report.moment)
    for name in ("recorded_at", "known_at", "as_of"):
        at = getattr(report.cut, name)
        if at is not None:
            yield f"Told {name.replace('_', ' ')}", iso(at)
    yield "Up to position", str(report.position)
    if report.not_shown:
        yield "Not shown", f"{report.not_shown}, restricted to other readers and in no figure"
    since, until = report.query.since, report.query.until
    if since or until:
        yield (
            "Period",
            f"{iso(since) if since else 'the beginning'} to {iso(until) if until else 'now'}",
        )
