"""Rows as SQLite keeps them: ids as text, times as epoch microseconds, lists as JSON text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from ..domain.values import micros
from ..projections.durations import DurationRow
from ..projections.views import IncidentRow


def cells(row: Iterable[object]) -> tuple[object, ...]:
    """Return a row as SQLite keeps it."""
    return tuple(convert(value) if (convert := _CELLS.get(type(value))) else value for value in row)


def _list(values: tuple[str, ...]) -> str:
    return json.dumps(values, ensure_ascii=False)


# By type, not by match: this runs for every cell of a rebuild.
_CELLS: dict[type, Callable[[Any], object]] = {UUID: str, datetime: micros, tuple: _list}


def incident_row(row: tuple[Any, ...]) -> IncidentRow:
    """Read a row of `retold_incidents`."""
    cell = IncidentRow(*row)
    return cell._replace(
        incident_id=UUID(row[0]),
        services=tuple(json.loads(row[4])),
        detected_at=_time(row[7]),
        acknowledged_at=_time(row[8]),
        declared_at=_time(row[9]),
        mitigated_at=_time(row[10]),
        resolved_at=_time(row[11]),
        merged_into=_uuid(row[13]),
        t_zero_at=_time(row[14]),
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


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _time(us: int | None) -> datetime | None:
    return None if us is None else _EPOCH + timedelta(microseconds=us)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
