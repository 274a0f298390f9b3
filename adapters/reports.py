"""Reports: what is asked, the moment that fixes the answer, and the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import NamedTuple, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import model_validator

from ..domain.history import PRESENT, Cut, History
from ..domain.values import Frozen, Instant, micros
from ..projections.built_in import BY_NAME
from ..projections.cohorts import (
    Case,
    Dimension,
    Group,
    Measurement,
    case_of,
    counted_of,
    grouped,
    measurement_of,
    within,
)
from ..projections.durations import counted, measured
from ..projections.measures import Cohort, Measure
from ..projections.report import (
    FEWEST,
    Compared,
    Count,
    Summary,
    compared,
    count,
    curve_of,
    observations,
    summary,
)
from ..projections.simulation import NoChange, no_change
from ..projections.survival import Curve
from ..projections.views import replayed
from .arrow import arrow_stream
from .reader import Reader
from .report_forms import column_kinds, document, notes, rows
from .report_pages import as_html, as_svg
from .report_words import said_of

ATTEMPTS = 5

DRAWS = 1_000_000
"""At most so many values are drawn for a period's simulation: a few seconds."""


class Query(Frozen):
    """What a report is asked: measures, groups, the period and the clock that places in it.

    `compare` is another period, to hold this one against; with a `seed` it is simulated how far
    numbers move where nothing has changed.
    """

    measures: tuple[str, ...]
    by: tuple[Dimension, ...] = ()
    since: Instant | None = None
    until: Instant | None = None
    compare: tuple[Instant, Instant] | None = None
    clock: Cohort | None = None
    zone: str = "UTC"
    seed: int | None = None

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
    told, `position` the last event of it in the log.
    """

    query: Query
    cut: Cut
    moment: datetime
    position: int
    parts: tuple[Part, ...]

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


def report_of(reader: Reader, query: Query, cut: Cut, now: datetime) -> Report:
    """Answer a query about a history; one of the present is fixed at `now`.

    The present is told as recorded by `now`: asked again with that `recorded_at`, for ever, the
    answer is the same. Raises `InvalidInput` for an unknown measure.
    """
    measures = [reader.measure(name) for name in query.measures]
    if cut == PRESENT:
        found, moment, position = _present(reader, query, measures, now)
        cut = Cut(recorded_at=moment)
    else:
        found, moment = _measurements(reader, query, measures, cut), moment_of(cut)
        position = reader.backend.last_position(cut.recorded_at)
    parts = tuple(_part(measure, query, found[measure.name], moment) for measure in measures)
    return Report(query, cut, moment, position, parts)


def moment_of(cut: Cut) -> datetime:
    """Return when a cut's history ends: what was open then is as old as it was then."""
    if cut.as_of is not None:
        return cut.as_of
    return min(at for at in (cut.known_at, cut.recorded_at) if at is not None)


_Found = dict[str, list[Measurement]]


def _present(
    reader: Reader, query: Query, measures: Sequence[Measure], now: datetime
) -> tuple[_Found, datetime, int]:
    position = reader.backend.last_position()
    for _ in range(ATTEMPTS):
        last = reader.backend.read_log(position - 1, 1)
        # The database's clock may be ahead of ours.
        moment = max([now, *(datetime.fromisoformat(row.recorded_at) for row in last)])
        found, before = _measurements(reader, query, measures, PRESENT), position
        position = reader.backend.last_position()
        if position == before:
            return found, moment, position
    # Others keep writing: then it is told from the log, which stands still in the past.
    found = _measurements(reader, query, measures, Cut(recorded_at=moment))
    return found, moment, position


def _measurements(reader: Reader, query: Query, measures: Sequence[Measure], cut: Cut) -> _Found:
    """Return what was measured: out of the tables where they say it, else told from the log.

    What was recorded by some moment is in the tables, too, but for the incidents that were
    touched since.
    """
    is_in_tables = all(BY_NAME.get(measure.name) == measure for measure in measures)
    if not is_in_tables or cut.as_of is not None or cut.known_at is not None:
        return _told(query, measures, reader.histories(cut))
    touched = reader.backend.touched_since(cut.recorded_at) if cut.recorded_at else {}
    straddling = [incident_id for incident_id, is_all in touched.items() if not is_all]
    histories = ((one, reader.history(one, cut)) for one in straddling)
    found = _told(query, measures, histories)
    for measure in measures:
        clock = query.clock_of(measure)
        rows = reader.backend.measurements(measure.name, clock, *query.span)
        found[measure.name] += [one for one in rows if one.incident_id not in touched]
    return found


def _told(
    query: Query, measures: Sequence[Measure], histories: Iterable[tuple[UUID, History]]
) -> _Found:
    timed = [measure for measure in measures if measure.form != "count"]
    counts = [measure for measure in measures if measure.form == "count"]
    found: _Found = {measure.name: [] for measure in measures}
    for incident_id, history in histories:
        incident = replayed(incident_id, history).incident
        for row, measure in zip(measured(incident_id, history, timed), timed, strict=True):
            clock = query.clock_of(measure)
            found[measure.name].append(measurement_of(incident, row, clock))
        for measure in counts:
            found[measure.name].append(counted_of(incident, counted(history, measure)))
    return found


def _part(
    measure: Measure, query: Query, measurements: Sequence[Measurement], moment: datetime
) -> Part:
    moment_us = micros(moment)
    every = [case_of(one, measure, moment_us) for one in measurements]
    groups = grouped(within(every, query.since, query.until), query.by, ZoneInfo(query.zone))
    if not query.by:
        groups = groups or {(): []}
    sum_up: Callable[[Measure, Group, Sequence[Case]], Summary | Count]
    sum_up = count if measure.form == "count" else summary
    return Part(
        measure,
        tuple(sum_up(measure, group, some) for group, some in groups.items()),
        tuple(map(tuple, groups.values())),
        tuple(_compared(measure, query, every, groups)),
        tuple(_simulated(query, some) for some in groups.values()),
        sum(one.placed_us is None for one in measurements),
    )


def _compared(
    measure: Measure, query: Query, every: Sequence[Case], groups: Mapping[Group, Sequence[Case]]
) -> Iterator[Compared | None]:
    others: Mapping[Group, Sequence[Case]] = {}
    if query.compare is not None:
        others = grouped(within(every, *query.compare), query.by, ZoneInfo(query.zone))
    for group, cases in groups.items():
        if query.compare is None or measure.form == "count":
            yield None
        else:
            yield compared(cases, others.get(group, []))


def _simulated(query: Query, cases: Sequence[Case]) -> NoChange | None:
    """Draw pairs of periods as large as this one from its own observed durations."""
    taken = [one.time for one in observations(cases) if one.observed]
    if query.seed is None or len(taken) < FEWEST or len(set(taken)) == 1 or min(taken) <= 0:
        return None
    runs = min(2_000, max(200, DRAWS // len(taken)))
    dice = Random(query.seed)  # noqa: S311 - a simulation that a seed repeats
    return no_change(taken, (len(taken), len(taken)), dice.choices, runs)
