"""The wire forms of ServiceNow's incidents, as far as they are read; other fields are ignored."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints, model_validator

from ....domain.values import Text
from ..wire import Wire

LISTS = ("result", "records")
"""The Table API's pages, and those of the older JSON web service."""

_SYS_ID = re.compile(r"[0-9a-f]{32}")
_LINKED = re.compile(r"https?://\S*/([0-9a-f]{32})(?:\?\S*)?")


def is_sys_id(text: str) -> bool:
    """Tell whether a text is the key of a record, which names nobody and nothing."""
    return _SYS_ID.fullmatch(text) is not None


class Cell(Wire):
    """One value: as it is kept, as it is shown, or both; empty is missing."""

    value: Text | None = None
    display_value: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_any_form(cls, found: Any) -> Any:
        match found:
            case Cell():
                return found
            case dict():
                both = {key: _text(found.get(key)) for key in ("value", "display_value")}
                if both["value"] is None:
                    both["value"] = _linked(found.get("link"))
                return {key: text for key, text in both.items() if text is not None}
            case _:
                text = _text(found)
                return {} if text is None else {"value": text}

    @property
    def shown(self) -> str | None:
        """The words that people see, or else the value behind them."""
        return self.display_value or self.value

    @property
    def name(self) -> str | None:
        """The words that people see; a bare sys_id names nobody."""
        shown = self.shown
        return None if shown is None or is_sys_id(shown) else shown

    @property
    def kept(self) -> str | None:
        """The value behind what people see, where it is told."""
        return self.value or self.display_value

    @property
    def number(self) -> int:
        """The whole number that it is, 0 where there is none."""
        return int((self.kept or "0").replace(",", ""))


def _linked(link: Any) -> str | None:
    """Return the key of the record that a link leads to: all that is told beside a shown name."""
    found = _LINKED.fullmatch(link) if isinstance(link, str) else None
    return found[1] if found else None


def _text(found: Any) -> Any:
    if found is None or found == "":
        return None
    return str(found).lower() if isinstance(found, bool) else found


def _whole(found: Cell) -> Cell:
    if not re.fullmatch(r"[0-9,]{1,12}", found.kept or "0"):
        raise ValueError("is no whole number")
    return found


def _counted(found: Any) -> Any:
    is_number = isinstance(found, int) and not isinstance(found, bool)
    return str(found) if is_number and 0 <= found < 10**9 else found


def _whole_cell(found: Any) -> Cell:
    return _whole(Cell.model_validate(_counted(found)))


Count = Annotated[Cell, BeforeValidator(_whole_cell)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Known = Annotated[Text | None, BeforeValidator(lambda found: None if found in ("?", "") else found)]
"""A column of an event log, where `?` is missing."""


class IncidentRecord(Wire):
    """A record of the incident table as it stands, from the Table API or as a row of a table."""

    sys_id: Cell = Cell()
    number: Cell = Cell()
    sys_class_name: Cell = Cell()
    short_description: Cell = Cell()
    state: Cell = Cell()
    incident_state: Cell = Cell()
    active: Cell = Cell()
    opened_at: Cell = Cell()
    opened_by: Cell = Cell()
    sys_created_on: Cell = Cell()
    sys_updated_on: Cell = Cell()
    sys_updated_by: Cell = Cell()
    sys_mod_count: Count = Cell()
    contact_type: Cell = Cell()
    business_service: Cell = Cell()
    cmdb_ci: Cell = Cell()
    category: Cell = Cell()
    subcategory: Cell = Cell()
    priority: Cell = Cell()
    severity: Cell = Cell()
    impact: Cell = Cell()
    urgency: Cell = Cell()
    assigned_to: Cell = Cell()
    assignment_group: Cell = Cell()
    reassignment_count: Cell = Cell()
    hold_reason: Cell = Cell()
    problem_id: Cell = Cell()
    rfc: Cell = Cell()
    caused_by: Cell = Cell()
    parent_incident: Cell = Cell()
    close_code: Cell = Cell()
    close_notes: Cell = Cell()
    resolved_at: Cell = Cell()
    resolved_by: Cell = Cell()
    closed_at: Cell = Cell()
    closed_by: Cell = Cell()
    reopen_count: Count = Cell()
    reopened_time: Cell = Cell()
    reopened_by: Cell = Cell()


class AuditRow(Wire):
    """A row of sys_audit: one field of one record changed."""

    tablename: Cell = Cell()
    fieldname: Cell = Cell()
    documentkey: Cell = Cell()
    sys_id: Cell = Cell()
    user: Cell = Cell()
    oldvalue: Cell = Cell()
    newvalue: Cell = Cell()
    sys_created_on: Cell = Cell()
    record_checkpoint: Count = Cell()


class LogRow(Wire):
    """A row of an event log: how an incident stood after one update."""

    number: Key
    incident_state: Known
    sys_mod_count: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}$")]
    sys_updated_at: Text
    sys_updated_by: Known = None
    sys_created_at: Known = None
    opened_at: Known = None
    opened_by: Known = None
    contact_type: Known = None
    location: Known = None
    category: Known = None
    subcategory: Known = None
    u_symptom: Known = None
    cmdb_ci: Known = None
    impact: Known = None
    urgency: Known = None
    priority: Known = None
    assignment_group: Known = None
    assigned_to: Known = None
    reassignment_count: Known = None
    reopen_count: Known = None
    made_sla: Known = None
    problem_id: Known = None
    rfc: Known = None
    vendor: Known = None
    caused_by: Known = None
    closed_code: Known = None
    resolved_by: Known = None
    resolved_at: Known = None
    closed_at: Known = None
