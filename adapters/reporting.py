"""From a query to a report: out of the tables where they say it, else told from the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from ..domain.history import PRESENT, Cut, History
from ..domain.values import micros
from ..projections.built_in import BY_NAME
from ..projections.cohorts import (
    Case,
    Group,
    Measurement,
    case_of,
    counted_of,
    grouped,
    measurement_of,
    within,
)
from ..projections.durations import counted, measured
from ..projections.facets import facets
from ..projections.measures import Measure
from ..projections.report import (
    FEWEST,
    Compared,
    Count,
    Summary,
    compared,
    count,
    observations,
    summary,
)
from ..projections.simulation import NoChange, no_change
from ..projections.views import replayed
from .reader import Reader
from .reports import Part, Query, Report

ATTEMPTS = 5

DRAWS = 1_000_000
"""At most so many values are drawn for a period's simulation: a few seconds."""


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
    return Report(query, cut, moment, position, parts, reader.hidden())


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
    # Others keep writing: then what they touched since is told from the log.
    found = _measurements(reader, query, measures, Cut(recorded_at=moment))
    return found, moment, position


def _measurements(reader: Reader, query: Query, measures: Sequence[Measure], cut: Cut) -> _Found:
    """Return what was measured: out of the tables where they say it, else told from the log.

    What was recorded by some moment is in the tables, too, but for the incidents that were
    touched since.
    """
    is_in_tables = not query.asks_the_story and all(
        BY_NAME.get(measure.name) == measure for measure in measures
    )
    if not is_in_tables or cut.as_of is not None or cut.known_at is not None:
        return _told(query, measures, reader.histories(cut))
    rows = {
        measure.name: reader.backend.measurements(
            measure.name, query.clock_of(measure), *query.span
        )
        for measure in measures
    }
    # Asked after the tables were read: what they hold of later events is in the log by then.
    touched = reader.backend.touched_since(cut.recorded_at) if cut.recorded_at else {}
    straddling = [incident_id for incident_id, is_all in touched.items() if not is_all]
    found = _told(query, measures, ((one, reader.history(one, cut)) for one in straddling))
    for name, some in rows.items():
        found[name] += [one for one in some if one.incident_id not in touched]
    return found


def _told(
    query: Query, measures: Sequence[Measure], histories: Iterable[tuple[UUID, History]]
) -> _Found:
    timed = [measure for measure in measures if measure.form != "count"]
    counts = [measure for measure in measures if measure.form == "count"]
    found: _Found = {measure.name: [] for measure in measures}
    for incident_id, history in histories:
        incident = replayed(incident_id, history).incident
        labels = facets(history, query.scale) if query.asks_the_story else {}
        for row, measure in zip(measured(incident_id, history, timed), timed, strict=True):
            one = measurement_of(incident, row, query.clock_of(measure))
            found[measure.name].append(one._replace(facets=labels))
        for measure in counts:
            one = counted_of(incident, counted(history, measure))
            found[measure.name].append(one._replace(facets=labels))
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
    if query.seed is None:
        return None
    taken = [one.time for one in observations(cases) if one.observed]
    if len(taken) < FEWEST or len(set(taken)) == 1 or min(taken) <= 0:
        return None
    runs = min(2_000, max(200, DRAWS // len(taken)))
    dice = Random(query.seed)  # noqa: S311 - a simulation that a seed repeats
    return no_change(taken, (len(taken), len(taken)), dice.choices, runs)
