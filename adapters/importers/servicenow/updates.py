"""How a ServiceNow record stood at an update, where exports tell it in words, in codes, or in part.

Each export that tells an update differently is a note of its own, so none takes another's words
back; what they tell together is read cell by cell, and a name beats a key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from ....domain.values import iso
from ..changes import Change, change_wanted, changes_said, in_order
from ..tellings import Said, Wanted
from .form import Cell, IncidentRecord, is_sys_id
from .states import is_known

SEEN = "seen"
"""The role of the note that says how the record stood."""

TOLD = (
    "number", "active", "priority", "severity", "impact", "urgency", "assignment_group",
    "assigned_to", "category", "subcategory", "reassignment_count", "reopen_count",
    "hold_reason", "problem_id", "rfc", "caused_by", "parent_incident", "close_code",
)  # fmt: skip
"""Columns that say how it is at the update."""

_CODED = ("incident_state", "state", "priority", "severity", "impact", "urgency")
"""Columns that hold a number, and are shown in words."""


def is_in_codes(record: IncidentRecord) -> bool:
    """Tell whether a record shows raw values instead of the words for them."""
    return any((getattr(record, name).shown or "").isdecimal() for name in _CODED)


def note_of_update(
    record: IncidentRecord,
    at: datetime,
    state: str | None,
    times: Mapping[str, datetime | None],
) -> Wanted:
    """Return the note of how a record stood, as this export of the update tells it."""
    cells: dict[str, Cell] = {name: getattr(record, name) for name in TOLD}
    fields = {name: cell.shown or "" for name, cell in cells.items()}
    fields |= {name: iso(time) if time else "" for name, time in times.items()}
    said = json.dumps([state, fields], sort_keys=True)
    export = sha256(said.encode()).hexdigest()[:8]
    number = f"{record.sys_mod_count.number}@{iso(at)} {export}"
    return change_wanted(Change(number, at, at, record.sys_updated_by.name, state, fields), SEEN)


def updates_said(said: Sequence[Said]) -> list[Change]:
    """Return how the record stood at each update, in order, as all exports of it tell together."""
    exports: dict[str, list[Change]] = {}
    for one in changes_said(said, SEEN):
        exports.setdefault(one.number.partition(" ")[0], []).append(one)
    return in_order(_together(number, found) for number, found in exports.items())


def _together(number: str, exports: Sequence[Change]) -> Change:
    fields = dict[str, str]()
    for name in {name for one in exports for name in one.fields}:
        fields[name] = max((one.fields.get(name, "") for one in exports), key=_plainness)
    return exports[0]._replace(
        number=number,
        by=max((one.by or "" for one in exports), key=_plainness) or None,
        state=_state(one.state for one in exports if one.state),
        fields=fields,
    )


def _state(states: Iterable[str]) -> str | None:
    """Return the state that is known, where another export shows it in another language."""
    return max(states, key=lambda state: (is_known(state), _plainness(state)), default=None)


def _plainness(value: str) -> tuple[int, str]:
    """Return how much a value says: words say more than a number, a key nothing, to people."""
    if not value:
        return 0, value
    return 1 if is_sys_id(value) else 2 if value.isdecimal() else 3, value
