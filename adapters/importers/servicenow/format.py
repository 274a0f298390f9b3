"""ServiceNow incidents: records of the table, rows of sys_audit, and event logs.

The mapping is written out in docs/importing-servicenow.md.
"""

from __future__ import annotations

from typing import Any

from ....domain.errors import InvalidInput
from ....domain.values import refusing_invalid
from ..formats import Format, Options, Told
from ..reading.records import Record
from ..tellings import Skipped
from .audit import read_audit_row
from .form import LISTS
from .inference import infer
from .log import read_log_row
from .table import read_record

SYSTEM = "servicenow"

_FORMS = (
    (frozenset({"fieldname", "documentkey"}), read_audit_row),
    (frozenset({"number", "incident_state", "sys_updated_at"}), read_log_row),
    (frozenset({"number", "sys_updated_on"}), read_record),
)
"""What tells the forms apart, and how each is read."""


def recognises(record: Record) -> bool:
    """Tell whether a record looks like an incident, a change or an update of one."""
    raw = _inner(record.raw)
    return isinstance(raw, dict) and any(keys <= raw.keys() for keys, _ in _FORMS)


def read(record: Record, options: Options) -> Told:
    """Return what one record or row tells."""
    raw = _inner(record.raw)
    if isinstance(raw, dict):
        for keys, read_form in _FORMS:
            if keys <= raw.keys():
                with refusing_invalid():
                    told = read_form(raw, SYSTEM, options.zone)
                return told if isinstance(told, Skipped) else [told]
    raise InvalidInput("is neither an incident with its number and sys_updated_on, nor a change")


def _inner(raw: Any) -> Any:
    match raw:
        case {"result": dict(inner)}:  # a single record, as the Table API answers
            return inner
        case _:
            return raw


FORMAT = Format(
    SYSTEM,
    "incidents of the Table API, sys_audit rows, and event logs, as JSON or CSV",
    recognises,
    read,
    lists=LISTS,
    infer=infer,
    takes_tables=True,
)
