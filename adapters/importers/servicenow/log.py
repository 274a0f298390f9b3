"""Event logs of ServiceNow incidents, one row an update: each as a fact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

from ....domain import events as ev
from ....domain.values import iso
from ..changes import Change, change_wanted
from ..tellings import Facts, Wanted
from .form import LogRow
from .states import state_named
from .times import moment

TOLD = (
    "priority", "impact", "urgency", "assignment_group", "assigned_to", "category",
    "subcategory", "u_symptom", "cmdb_ci", "location", "reassignment_count", "reopen_count",
    "made_sla", "problem_id", "rfc", "vendor", "caused_by",
)  # fmt: skip
"""Columns that say how it was at the row."""


def read_log_row(raw: Any, system: str, zone: tzinfo | None) -> Facts:
    """Return what one row tells; values that stand on every row only from their time on."""
    row = LogRow.model_validate(raw)
    at = _moment(row, "sys_updated_at", zone)
    if at is None:
        raise AssertionError("sys_updated_at is required")
    state = state_named(row.incident_state)
    fields = {name: getattr(row, name) or "" for name in TOLD} | _ends(row, at, zone)
    # In some logs two updates have the same number.
    number = f"{int(row.sys_mod_count)}@{iso(at)}"
    change = Change(number, at, at, row.sys_updated_by, state, fields)
    return Facts(system, row.number, (*_detected(row, zone), change_wanted(change)))


def _detected(row: LogRow, zone: tzinfo | None) -> Iterator[Wanted]:
    opened_at = _moment(row, "opened_at", zone)
    if opened_at is None:
        return
    detected = ev.Detected(
        occurred_at=opened_at,
        by=row.opened_by,
        title=row.number,
        services=(row.cmdb_ci,) if row.cmdb_ci else (),
        signal=row.contact_type,
    )
    yield Wanted("detected", detected, _moment(row, "sys_created_at", zone) or opened_at)


def _ends(row: LogRow, at: datetime, zone: tzinfo | None) -> dict[str, str]:
    """Return of the incident's last values those that were so by the row."""
    said: dict[str, str] = {}
    resolved_at, closed_at = _moment(row, "resolved_at", zone), _moment(row, "closed_at", zone)
    if resolved_at is not None and resolved_at <= at:
        said |= {"resolved_at": iso(resolved_at), "resolved_by": row.resolved_by or ""}
    if closed_at is not None and closed_at <= at:
        said |= {"closed_at": iso(closed_at), "closed_code": row.closed_code or ""}
    return said


def _moment(row: LogRow, field: str, zone: tzinfo | None) -> datetime | None:
    text = getattr(row, field)
    return None if text is None else moment(text, zone, field, day_first=True)
