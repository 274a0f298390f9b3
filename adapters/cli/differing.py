"""What moved a report's numbers, and what is odd in the records behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from ...domain.history import Cut
from ...domain.records import Recorded
from ...projections.differences import Difference, said
from ...projections.durations import DurationRow
from ...projections.oddities import Oddity, oddities
from ..flat_forms import Row
from ..report_words import moved
from ..reporting import report_of
from ..reports import Query
from ..store import Store
from ..wording import duration
from .output import Column, How, Section, say, write_rows, write_sections
from .progress import Progress

Clock = Literal["recorded", "known"]

_KEYS = (
    "incident_id", "title", "measure", "state_before", "duration_before_us", "state_after",
    "duration_after_us", "events",
)  # fmt: skip
_COLUMNS = (
    Column("incident", "incident_id", "short-id"),
    Column("measure", "measure", "word"),
    Column("was", "was", "word"),
    Column("is", "is", "word"),
    Column("recorded", "recorded_at", "time"),
    Column("by", "by"),
    Column("what was recorded in between", "what"),
)
_ODDITIES = (
    Column("incident", "incident_id", "short-id"),
    Column("when", "occurred_at", "time"),
    Column("code", "code", "word"),
    Column("what", "what"),
    Column("title", "title"),
)


def write_differences(
    store: Store, query: Query, moments: tuple[datetime, datetime], clock: Clock, how: How
) -> None:
    """Write which events between two moments moved which numbers."""
    first, second = (_cut(moment, clock, how.cut) for moment in moments)
    measures = [
        name for name in query.measures if store.measure(name).form != "count"
    ]  # fmt: skip
    found = list(store.differences(measures, first, second))
    if how.form in ("table", "md"):
        rows = [line for one in found for line in _lines(one)]
        write_sections("What moved", [Section("Incidents", rows, _COLUMNS)], how)
    else:
        more = {"from": dict(first), "to": dict(second)}
        write_rows("difference", map(_row, found), (), how, more=more, keys=_KEYS)
    asked = query.model_copy(update={"measures": tuple(measures), "by": ()})
    before, after = (report_of(store, asked, cut, moments[1]) for cut in (first, second))
    for line in moved(before, after):
        say(line)


def write_oddities(store: Store, how: How) -> None:
    """Write what is odd in the records of all incidents."""
    rows: list[Oddity] = []
    with Progress("incidents looked at") as progress:
        for number, views in enumerate(store.replay(how.cut), start=1):
            rows += oddities(views)
            progress(number)
    write_rows("anomalies", [one._asdict() for one in rows], _ODDITIES, how, keys=Oddity._fields)


def _cut(moment: datetime, clock: Clock, cut: Cut) -> Cut:
    field = "recorded_at" if clock == "recorded" else "known_at"
    return cut.model_copy(update={field: moment})


def _row(one: Difference) -> Row:
    before, after = one.before, one.after
    return {
        "incident_id": one.incident.incident_id,
        "title": one.incident.title,
        "measure": one.measure,
        "state_before": before and before.state,
        "duration_before_us": before and before.duration_us,
        "state_after": after and after.state,
        "duration_after_us": after and after.duration_us,
        "events": [_event(recorded) for recorded in one.between],
    }


def _event(recorded: Recorded) -> Row:
    return {
        "event_id": recorded.event_id,
        "position": recorded.position,
        "kind": recorded.event.kind,
        "occurred_at": recorded.event.occurred_at,
        "told_at": recorded.known_since,
        "recorded_at": recorded.recorded_at,
        "by": recorded.event.by or recorded.recorded_by,
        "what": said(recorded.event),
    }


def _lines(one: Difference) -> Iterator[Row]:
    head: Row = {
        "incident_id": one.incident.incident_id,
        "measure": one.measure,
        "was": _value(one.before),
        "is": _value(one.after),
    }
    events: Sequence[Row] = [_event(recorded) for recorded in one.between] or [{}]
    for number, event in enumerate(events):
        yield {**({} if number else head), **event}


def _value(row: DurationRow | None) -> str:
    if row is None:
        return "(nothing)"
    if row.state == "observed" and row.duration_us is not None:
        return duration(row.duration_us)
    return row.state
