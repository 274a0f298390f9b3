"""Whole tables as rows for other programs, with the columns of the SQL contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, assert_never

from ..domain.history import Cut
from ..domain.records import Recorded
from ..projections.durations import DurationRow, measured
from ..projections.measures import Measure
from .flat_forms import Row
from .reader import Reader
from .timeline_forms import INCIDENT_KEYS, incident_values, timeline_values

Table = Literal["events", "incidents", "durations", "timeline"]

COLUMNS: dict[Table, tuple[str, ...]] = {
    "events": (
        "event_id", "incident_id", "version", "position", "kind", "occurred_at", "told_at",
        "recorded_at", "recorded_by", "source", "source_ref", "source_part",
        "source_revised_at", "raw_sha256", "by", "event",
    ),
    "incidents": (*INCIDENT_KEYS, "position"),
    "durations": DurationRow._fields,
    "timeline": (
        "incident_id", "event_id", "position", "occurred_at", "offset_us", "first_said_at",
        "phase", "kind", "who", "text", "link", "key_moment", "corrections", "retracted",
    ),
}  # fmt: skip
"""Those of the views `v1_*`, times once: as ISO 8601."""


def exported(reader: Reader, table: Table, cut: Cut) -> Iterator[Row]:
    """Yield the rows of a table as a cut has them, a few incidents in memory at a time.

    Events come in the order of positions, all else incident by incident. Durations are those of
    every measure of time that the reader knows.
    """
    match table:
        case "events":
            return map(_event, reader.events_within(cut))
        case "incidents":
            return map(incident_values, reader.stories(cut))
        case "durations":
            return _durations(reader, cut)
        case "timeline":
            return (
                {column: row[column] for column in COLUMNS["timeline"]}
                for story in reader.stories(cut)
                for row in timeline_values(story)
            )
        case other:
            assert_never(other)


def _durations(reader: Reader, cut: Cut) -> Iterator[Row]:
    timed: list[Measure] = [one for one in reader.measures.values() if one.form != "count"]
    for incident_id, history in reader.histories(cut):
        yield from (row._asdict() for row in measured(incident_id, history, timed))


def _event(recorded: Recorded) -> Row:
    event, source = recorded.event, recorded.source
    return {
        "event_id": recorded.event_id,
        "incident_id": recorded.incident_id,
        "version": recorded.version,
        "position": recorded.position,
        "kind": event.kind,
        "occurred_at": event.occurred_at,
        "told_at": recorded.known_since,
        "recorded_at": recorded.recorded_at,
        "recorded_by": recorded.recorded_by,
        "source": source.system if source else None,
        "source_ref": source.ref if source else None,
        "source_part": source.part if source else None,
        "source_revised_at": source.revised_at if source else None,
        "raw_sha256": source.raw_sha256 if source else None,
        "by": event.by,
        "event": event.model_dump(mode="json", exclude_none=True),
    }
