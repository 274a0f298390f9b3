"""Reports: what is asked, the moment that fixes the answer, and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import model_validator

from ..domain.history import Cut
from ..domain.values import Frozen, Instant
from ..projections.cohorts import (
    Case,
    Dimension,
)
from ..projections.facets import FACETS
from ..projections.measures import Cohort, Measure
from ..projections.report import (
    Compared,
    Count,
    Summary,
    curve_of,
)
from ..projections.simulation import NoChange
from ..projections.survival import Curve
from .arrow import arrow_stream
from .report_forms import column_kinds, document, notes, rows
from .report_pages import as_html, as_svg
from .report_words import said_of


class Query(Frozen):
    """What a report is asked: measures, groups, the period and the clock that places in it.

    `compare` is another period, to hold this one against; with a `seed` it is simulated how far
    numbers move where nothing has changed. `scale` names severities, worst first.
    """

    measures: tuple[str, ...]
    by: tuple[Dimension, ...] = ()
    since: Instant | None = None
    until: Instant | None = None
    compare: tuple[Instant, Instant] | None = None
    clock: Cohort | None = None
    zone: str = "UTC"
    seed: int | None = None
    scale: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for since, until in ((self.since, self.until), self.compare or (None, None)):
            if since is not None and until is not None and since >= until:
                raise ValueError("the period ends before it begins")
        try:
            ZoneInfo(self.zone)
        except (ValueError, OSError, LookupError):
            raise ValueError(f"no time zone {self.zone!r}; write one as Europe/Berlin") from None
        return self

    @property
    def span(self) -> tuple[datetime | None, datetime | None]:
        """The time that holds both the period and the one that it is compared with."""
        periods = [(self.since, self.until), *([self.compare] if self.compare else [])]
        sinces, untils = zip(*periods, strict=True)
        since = None if None in sinces else min(at for at in sinces if at is not None)
        until = None if None in untils else max(at for at in untils if at is not None)
        return since, until

    @property
    def asks_the_story(self) -> bool:
        """Whether it groups by what only the log tells."""
        return not set(FACETS).isdisjoint(self.by)

    def clock_of(self, measure: Measure) -> Cohort:
        """Return the time by which a measure's incidents are placed in periods."""
        return self.clock or measure.cohort


class Part(NamedTuple):
    """What a report says of one measure: its groups, and the cases in each."""

    measure: Measure
    summaries: tuple[Summary | Count, ...]
    cases: tuple[tuple[Case, ...], ...]
    compared: tuple[Compared | None, ...]
    """Each group beside the same group of the other period, where one was asked for."""
    simulated: tuple[NoChange | None, ...]
    """How far each group's numbers move by chance, where that was asked for."""
    unplaced: int
    """Incidents without the time that would place them in the period asked for."""

    @property
    def curves(self) -> tuple[Curve | None, ...]:
        """The survival curve of each group."""
        return tuple(curve_of(cases) for cases in self.cases)


@dataclass(frozen=True)  # no tuple: data frames would take it for a list of columns
class Report:
    """An answer, with everything that it takes to give it again.

    `moment` is when it was so: ages of open incidents end there. `cut` says which history was
    told, `position` the last event of it in the log. `not_shown` counts the incidents that are
    restricted to other readers, and so in no figure.
    """

    query: Query
    cut: Cut
    moment: datetime
    position: int
    parts: tuple[Part, ...]
    not_shown: int

    @property
    def summaries(self) -> tuple[Summary | Count, ...]:
        """All summaries, measure by measure."""
        return tuple(one for part in self.parts for one in part.summaries)

    def to_dicts(self) -> list[dict[str, object]]:
        """Return a row for each measure and group, with the columns of docs/measures.md."""
        return rows(self)

    def to_document(self) -> dict[str, object]:
        """Return the whole as JSON has it: what `retold report --output` saves."""
        return document(self)

    def to_svg(self) -> str:
        """Return the chart of a report of one measure; raises `InvalidInput` for several."""
        return as_svg(self)

    def to_html(self) -> str:
        """Return a page that needs nothing else."""
        return as_html(self)

    def __str__(self) -> str:
        """Return what the report says, in sentences."""
        lines = []
        for part in self.parts:
            lines += [f"{part.measure.name}, {part.measure.title}", *said_of(part), ""]
        return "\n".join([*lines, *notes(self)])

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return as_html(self)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the rows as an Arrow stream; needs the extra `arrow`."""
        return arrow_stream(rows(self), column_kinds(self.query))
