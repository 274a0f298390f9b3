"""How bad it was thought to be, assessment by assessment, and when assessors differed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from .key_moments import offset_from
from .timeline import TimelineRow


class Assessed(NamedTuple):
    """One assessment, and where the assessors stood once it was made."""

    event_id: UUID
    at: datetime
    offset_us: int | None
    assessor: str | None
    severity: str
    confidence: str | None
    basis: str | None
    is_standing: bool
    """Whether it is the last word of its assessor."""
    differs_from: tuple[str, ...]
    """Severities that other assessors held by then, as far as they are others than this."""


def severity_history(rows: Iterable[TimelineRow], t_zero: datetime | None) -> tuple[Assessed, ...]:
    """Return every assessment that was not retracted, in the order in which they were made."""
    made = [row for row in rows if row.severity is not None and not row.retracted]
    last_words = {row.assessor: row.event_id for row in made}
    standing: dict[str | None, str] = {}
    history = []
    for row in made:
        severity = row.severity or ""
        standing[row.assessor] = severity
        others = sorted({*standing.values()} - {severity})
        history.append(
            Assessed(
                row.event_id, row.occurred_at, offset_from(t_zero, row.occurred_at),
                row.assessor, severity, row.confidence, row.basis,
                is_standing=last_words[row.assessor] == row.event_id,
                differs_from=tuple(others),
            )
        )  # fmt: skip
    return tuple(history)
