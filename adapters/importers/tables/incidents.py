"""Tables with one row per incident: each row is a snapshot of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from ....domain import events as ev
from ....domain.errors import InvalidInput
from ....domain.values import refusing_invalid
from ..formats import Told
from ..tellings import Snapshot, Wanted, incident_id_of
from .cells import Row
from .mapping import KINDS, EventMapping, IncidentTable
from .mapping_file import LISTS
from .rows import incident_ref, is_left_out
from .values import Value


def read_incident(table: IncidentTable, row: Row, exported_at: datetime | None) -> Told:
    """Return the snapshot of the incident that a row tells."""
    left_out = is_left_out(table, row)
    if left_out is not None:
        return left_out
    ref = incident_ref(table, row)
    told = list(_told(table, row, ref))
    by_slot = {one.slot: one for one in told}
    if "detected" not in by_slot:
        columns = [column for one in table.events["detected"] for column in one.at]
        raise InvalidInput("no time in events.detected.at", ", ".join(columns))
    with refusing_invalid():
        told += _judged(table, row, by_slot)
        told += _roles(table, row, by_slot["detected"])
        updated_at = row.moment(table.updated_at)
        told += _notes(table, row, told, updated_at)
    last = max(max(one.event.occurred_at, one.told_at) for one in told)
    # Without a word of when it changed, a row is as new as the latest time in it.
    changed_at = updated_at or max(last, exported_at or last)
    revised_at = max(changed_at, exported_at or changed_at)
    return [Snapshot(table.source, ref, revised_at, changed_at, tuple(told))]


def _told(table: IncidentTable, row: Row, ref: str) -> Iterator[Wanted]:
    """Yield the events whose time the row says."""
    for kind, mappings in table.events.items():
        for number, mapping in enumerate(mappings, start=1):
            at = row.moment(mapping.at)
            if at is None or not (mapping.when is None or mapping.when.holds(row.text)):
                continue
            with refusing_invalid(f"events.{kind}"):
                given = dict(_fields(table, row, mapping, ref, is_opening=kind == "detected"))
                event = KINDS[kind].model_validate({"occurred_at": at, **given})
            slot = kind if number == 1 else f"{kind} {number}"
            yield Wanted(slot, event, row.moment(mapping.told_at or table.told_at) or at)


def _fields(
    table: IncidentTable, row: Row, mapping: EventMapping, ref: str, *, is_opening: bool
) -> Iterator[tuple[str, object]]:
    """Yield the fields of an event that the row says something of."""
    values = dict(mapping.fields)
    if is_opening:
        called = {"title": table.title, "services": table.services}
        values = {name: one for name, one in called.items() if one is not None} | values
    for name, value in values.items():
        said = _field(row, name, value)
        if said is not None:
            yield name, incident_id_of(table.source, str(said)) if name == "into" else said
    if is_opening and ("title" not in values or values["title"].text(row.text) is None):
        yield "title", ref


def _field(row: Row, name: str, value: Value) -> object:
    if value.is_condition:
        return value.holds(row.text)
    if name in LISTS:
        return value.texts(row.text)
    text = value.text(row.text)
    return " ".join(text.split()) if text and name == "title" else text


def _judged(table: IncidentTable, row: Row, told: dict[str, Wanted]) -> Iterator[Wanted]:
    severity = table.severity.text(row.text) if table.severity else None
    if severity is not None:
        since = told.get("declared", told["detected"])
        assessed = ev.SeverityAssessed(
            occurred_at=since.event.occurred_at, assessor=table.source, severity=severity
        )
        yield Wanted("severity", assessed, since.told_at)


def _roles(table: IncidentTable, row: Row, detected: Wanted) -> Iterator[Wanted]:
    for role, column in table.roles.items():
        holder = row.text(column)
        if holder is not None:
            at = detected.event.occurred_at
            assigned = ev.RoleAssigned(occurred_at=at, role=role, holder=holder)
            yield Wanted(f"role {quote(role)}", assigned, detected.told_at)


def _notes(
    table: IncidentTable, row: Row, told: list[Wanted], updated_at: datetime | None
) -> list[Wanted]:
    """Return the texts that have no time of their own: they stand after all that has one."""
    at = max(one.event.occurred_at for one in told)
    known_at = max(at, updated_at or at, *(one.told_at for one in told))
    return [
        Wanted(
            f"note {quote(column)}",
            ev.NoteAdded(occurred_at=at, text=f"{column}: {text}"),
            known_at,
        )
        for column in table.notes
        if (text := row.text(column)) is not None
    ]
