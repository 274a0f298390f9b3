"""Rows as SQLite keeps them: ids as text, times as epoch microseconds, lists as JSON text."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from ..domain.values import micros
from ..projections.durations import DurationRow
from ..projections.views import IncidentRow


def cells(rows: Sequence[NamedTuple]) -> list[tuple[object, ...]]:
    """Return rows of one class as SQLite keeps them: converted column by column, for speed."""
    if not rows:
        return []
    columns: list[Sequence[object]] = list(zip(*rows, strict=True))
    for index, convert in _converters(type(rows[0])):
        columns[index] = [None if value is None else convert(value) for value in columns[index]]
    return list(zip(*columns, strict=True))


@cache
def _converters(row_class: type) -> list[tuple[int, Callable[[Any], object]]]:
    """Return which columns of a class are converted, and how, by their annotations."""
    return [
        (index, convert)
        for index, annotation in enumerate(row_class.__annotations__.values())
        for name, convert in (("UUID", str), ("datetime", micros), ("tuple", _list))
        if name in str(annotation)
    ]


def _list(values: tuple[str, ...]) -> str:
    return json.dumps(values, ensure_ascii=False)


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
