"""Rows of ServiceNow's sys_audit, one field changed each: as facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from ....domain import events as ev
from ....domain.errors import InvalidInput
from ....domain.values import iso
from ..changes import Change, change_wanted
from ..tellings import Facts, Skipped, Wanted
from .form import AuditRow, Cell
from .states import state_of
from .times import cell_moment, moment

OTHER_TABLE = Skipped("a change in another table than incident")

STATE, INCIDENT_STATE = "state", "incident_state"
_TIMES = frozenset({"resolved_at", "closed_at", "opened_at", "reopened_time"})
_JOURNAL: dict[str, ev.NoteType] = {"comments": "communication", "work_notes": "observation"}


def read_audit_row(raw: Any, system: str, zone: tzinfo | None) -> Facts | Skipped:
    """Return what one row tells."""
    row = AuditRow.model_validate(raw)
    if row.tablename.kept is not None and row.tablename.kept != "incident":
        return OTHER_TABLE
    ref, field = row.documentkey.kept, row.fieldname.kept
    at = cell_moment(row.sys_created_on, zone, "sys_created_on")
    if ref is None or field is None or at is None:
        missing = "documentkey" if ref is None else "fieldname" if field is None else None
        raise InvalidInput("is missing", missing or "sys_created_on")
    return Facts(system, ref, (_wanted(row, field, at),))


def _wanted(row: AuditRow, field: str, at: datetime) -> Wanted:
    new, old = row.newvalue.shown, row.oldvalue.shown
    if field in _TIMES:
        new, old = _kept_time(row.newvalue, "newvalue"), _kept_time(row.oldvalue, "oldvalue")
    number = _number(row, field, at)
    if field in _JOURNAL and new is not None:
        note = ev.NoteAdded(occurred_at=at, by=row.user.name, text=new, note=_JOURNAL[field])
        return Wanted(f"{number}/note", note, at)
    state = None
    if field in (STATE, INCIDENT_STATE):
        new, old = state_of(row.newvalue), state_of(row.oldvalue)
        state = new
    return change_wanted(Change(number, at, at, row.user.name, state, _fields(field, old, new)))


def _kept_time(cell: Cell, where: str) -> str | None:
    # Values are kept as they are in the database, in UTC, whoever exports them.
    return None if cell.kept is None else iso(moment(cell.kept, UTC, where))


def _fields(field: str, old: str | None, new: str | None) -> dict[str, str]:
    if field == "DELETED":
        return {"deleted": "the record"}
    return {field: new or "", "emptied": "" if new else field, "before": old or ""}


def stating(rows: Sequence[Change]) -> list[Change]:
    """Return all rows, each update's under one number, with the state only where it is told.

    In most releases `state` repeats `incident_state`; in old ones it is that of any task.
    """
    is_told_apart = any(row.number.endswith(f" {INCIDENT_STATE}") for row in rows)
    return [
        row._replace(
            number=row.number.partition(" ")[0],
            state=None if is_told_apart and row.number.endswith(f" {STATE}") else row.state,
        )
        for row in rows
    ]


def _number(row: AuditRow, field: str, at: datetime) -> str:
    """Return what one row is called, however it is exported; it begins with the update's number."""
    if row.record_checkpoint.kept is not None:
        return f"{row.record_checkpoint.number}@{iso(at)} {field}"
    return f"0@{iso(at)} {field} {row.sys_id.kept or ''}".strip()
