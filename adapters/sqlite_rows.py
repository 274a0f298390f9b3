"""Rows as SQLite keeps them: ids as text, times as epoch microseconds, lists as JSON text."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ..domain.values import EPOCH, micros
from ..projections.durations import DurationRow
from ..projections.timeline import TimelineRow
from ..projections.views import IncidentRow, Views
from .id_text import text_of

NIL = UUID(int=0)

Cells = tuple[object, ...]

_HOW: dict[str, Callable[[Any], object]] = {
    "incident_id": text_of,
    "services": lambda services: json.dumps(services, ensure_ascii=False),
    "detected_at": micros,
    "acknowledged_at": micros,
    "declared_at": micros,
    "mitigated_at": micros,
    "resolved_at": micros,
    "merged_into": text_of,
    "t_zero_at": micros,
}
"""How columns of an incident are kept that are not kept as they are."""


def incident_cells(views: Views) -> Cells:
    """Return an incident's whole row."""
    return tuple(_cell(name, value) for name, value in views.incident._asdict().items())


def changed_cells(views: Views, earlier: IncidentRow) -> tuple[tuple[str, ...], Cells]:
    """Return the columns that differ from an `earlier` row, their cells, and the incident's id."""
    names, cells = [], []
    for name, before, after in zip(IncidentRow._fields, earlier, views.incident, strict=True):
        if before is not after and before != after:
            names.append(name)
            cells.append(_cell(name, after))
    return tuple(names), (*cells, text_of(views.incident.incident_id))


def _cell(name: str, value: object) -> object:
    convert = _HOW.get(name)
    return value if convert is None or value is None else convert(value)


def snapshot_cells(views: Views) -> Cells:
    """Return a row of `retold_snapshots`."""
    document = views.document
    return text_of(views.incident.incident_id), document.version, document.as_json()


def duration_cells(row: DurationRow) -> Cells:
    """Return a row of `retold_durations`."""
    return (
        text_of(row.incident_id),
        row.measure,
        row.measure_version,
        text_of(row.start_event_id) if row.start_event_id else None,
        text_of(row.end_event_id) if row.end_event_id else None,
        micros(row.started_at) if row.started_at else None,
        micros(row.ended_at) if row.ended_at else None,
        row.duration_us,
        row.paused_us,
        row.state,
        row.reason,
    )


def timeline_cells(row: TimelineRow, position: int) -> Cells:
    """Return a row of `retold_timeline`."""
    return (
        position,
        micros(row.occurred_at),
        micros(row.first_said_at) if row.first_said_at else None,
        row.phase,
        row.who,
        row.text,
        row.link,
        row.key_moment,
        row.corrections,
        row.retracted,
        row.assessor,
        row.severity,
        row.confidence,
        row.basis,
    )


def incident_row(row: tuple[Any, ...]) -> IncidentRow:
    """Read a row of `retold_incidents`."""
    cell = IncidentRow(*row)
    return cell._replace(
        incident_id=UUID(row[0]),
        is_open=bool(row[3]),
        services=tuple(json.loads(row[5])),
        detected_at=_time(row[8]),
        acknowledged_at=_time(row[9]),
        declared_at=_time(row[10]),
        mitigated_at=_time(row[11]),
        resolved_at=_time(row[12]),
        merged_into=_uuid(row[14]),
        t_zero_at=_time(row[15]),
    )


def duration_row(row: tuple[Any, ...]) -> DurationRow:
    """Read a row of `retold_durations`."""
    cell = DurationRow(*row)
    return cell._replace(
        incident_id=UUID(row[0]),
        start_event_id=_uuid(row[3]),
        end_event_id=_uuid(row[4]),
        started_at=_time(row[5]),
        ended_at=_time(row[6]),
    )


def timeline_row(row: tuple[Any, ...]) -> TimelineRow:
    """Read a row of `retold_timeline` beside its event."""
    cell = TimelineRow(*row)
    return cell._replace(
        incident_id=_uuid(row[0]) or NIL,
        event_id=_uuid(row[1]) or NIL,
        occurred_at=EPOCH + timedelta(microseconds=row[4]),
        first_said_at=_time(row[5]),
        key_moment=bool(row[11]),
        retracted=bool(row[13]),
    )


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _time(us: int | None) -> datetime | None:
    return None if us is None else EPOCH + timedelta(microseconds=us)
