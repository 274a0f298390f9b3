"""What readers' tables hold, compared with a replay of the log, field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from ...projections.built_in import TIMED
from ...projections.document import Document
from ...projections.durations import DurationRow
from ...projections.timeline import TimelineRow
from ...projections.views import IncidentRow, Views
from ..loading import load_document
from ..reader import Reader
from .findings import Finding

NIL = UUID(int=0)
MOST_TOLD = 20
"""Incidents whose differences are told field by field."""

_MEASURES = [measure.name for measure in TIMED]


class Told(NamedTuple):
    """What the tables, or a replay, tell of one incident, and the document they lead to."""

    incident: IncidentRow | None
    durations: dict[str, DurationRow]
    timeline: dict[int, TimelineRow]
    document: Document | None


def view_findings(store: Reader, progress: Callable[[int], object] = int) -> Iterator[Finding]:
    """Yield where the tables do not say what the log says; `progress` gets incidents done.

    Others may write meanwhile: what differs is told once nobody was seen to write in between.
    """
    seen: set[UUID] = set()

    def counted() -> Iterator[Views]:
        for views in store.replay():
            seen.add(views.incident.incident_id)
            progress(len(seen))
            yield views

    tables = _Tables(store)
    suspects = [views.incident.incident_id for views in counted() if tables.differ(views)]
    for number, (told, views) in enumerate(_that_differ(store, suspects)):
        if number < MOST_TOLD:
            yield from _differences(told, views)
        else:
            incident = str(views.incident.incident_id)
            yield Finding("the tables do not say what a replay says", None, incident)
    for absent in sorted(tables.incidents - seen):
        if not store.backend.read(absent):
            yield Finding("is in the tables, but the log has no events of it", None, str(absent))
    for row in tables.of_no_event():
        what = "a row of the timelines is of no event in the log"
        yield Finding(what, row.position, None, "timeline")


class _Tables:
    """The tables, read in step with a replay that goes incident by incident."""

    def __init__(self, store: Reader) -> None:
        self._store = store
        self._incidents = {row.incident_id: row for row in store.backend.incidents()}
        self._durations: dict[UUID, dict[str, DurationRow]] = {}
        for measure in _MEASURES:  # one by one: all of them at once are most of what is held
            for row in store.backend.durations([measure]):
                self._durations.setdefault(row.incident_id, {})[measure] = row
        rows = groupby(store.backend.timelines(), lambda row: row.incident_id)
        self._timelines = ((incident, list(some)) for incident, some in rows)
        self._next: tuple[UUID, list[TimelineRow]] | None = None
        self._of_no_event: list[TimelineRow] = []

    @property
    def incidents(self) -> set[UUID]:
        """The incidents that the tables tell of."""
        return self._incidents.keys() | self._durations.keys()

    def differ(self, views: Views) -> bool:
        """Tell whether the tables hold anything else of an incident; asked in order of ids."""
        return self.told(views.incident.incident_id) != _expected(views)

    def told(self, incident: UUID) -> Told:
        """Return what there is of an incident; asked in order of ids."""
        return Told(
            self._incidents.get(incident),
            self._durations.get(incident, {}),
            {row.position: row for row in self._timeline(incident)},
            load_document(self._store.backend, incident),
        )

    def _timeline(self, incident: UUID) -> list[TimelineRow]:
        while self._next is None or str(self._next[0]) < str(incident):
            self._skip(self._next)
            self._next = next(self._timelines, (UUID(int=2**128 - 1), []))
        if self._next[0] != incident:
            return []
        rows, self._next = self._next[1], None
        return rows

    def _skip(self, some: tuple[UUID, list[TimelineRow]] | None) -> None:
        if some is not None and some[0] == NIL:
            self._of_no_event += some[1]

    def of_no_event(self) -> list[TimelineRow]:
        """Return the timelines' rows that are of no event, after all others were asked for."""
        for some in (self._next, *self._timelines):
            self._skip(some)
        return self._of_no_event


def _that_differ(store: Reader, suspects: Sequence[UUID]) -> Iterator[tuple[Told, Views]]:
    """Yield those incidents, given in order, that still differ while nobody writes to them."""
    while suspects:
        versions = {incident: _version(store, incident) for incident in suspects}
        tables, written_to = _Tables(store), []
        for incident in suspects:
            told, views = tables.told(incident), store.views(incident)
            if views.incident.version != versions[incident]:
                written_to.append(incident)
            elif told != _expected(views):
                yield told, views
        suspects = written_to


def _version(store: Reader, incident: UUID) -> int:
    return max((row.version for row in store.backend.read(incident)), default=0)


def _expected(views: Views) -> Told:
    return Told(
        views.incident,
        {row.measure: row for row in views.durations},
        {row.position: row for row in views.timeline},
        views.document,
    )


def _differences(told: Told, views: Views) -> Iterator[Finding]:
    incident, expected = str(views.incident.incident_id), _expected(views)
    yield from _fields("status", *_pair(told.incident, views.incident), incident, None)
    for measure in sorted({*told.durations, *expected.durations}):
        pair = _pair(told.durations.get(measure), expected.durations.get(measure))
        yield from _fields(measure, *pair, incident, None)
    for position in sorted({*told.timeline, *expected.timeline}):
        pair = _pair(told.timeline.get(position), expected.timeline.get(position))
        yield from _fields("timeline", *pair, incident, position)
    if told.document != expected.document:
        what = "the snapshot is not what replaying its events leads to"
        yield Finding(what, None, incident, "snapshot")


def _pair(one: Any, other: Any) -> tuple[list[Any], list[Any]]:
    return [one] if one else [], [other] if other else []


def _fields(
    table: str, stored: Sequence[Any], replayed: Sequence[Any], incident: str, position: int | None
) -> Iterable[Finding]:
    """Yield the fields in which two rows differ, or that one of them is not there."""
    if not stored or not replayed:
        if stored or replayed:
            what = "is missing" if replayed else "is there, but a replay does not give it"
            yield Finding(f"a row of the tables {what}", position, incident, table)
        return
    [one], [other] = stored, replayed
    for field, before, after in zip(one._fields, one, other, strict=True):
        if before != after:
            what = f"the tables say {before}, a replay says {after}"
            yield Finding(what, position, incident, f"{table}.{field}")
