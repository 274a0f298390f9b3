"""Tables with one row per change: each row is a note, and what happened follows from them all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import get_args

from ....domain import events as ev
from ....domain.errors import InvalidInput
from ....domain.values import refusing_invalid
from ..changes import Change, Meaning, change_wanted, changes_said, lifecycle, role_changes
from ..formats import Told
from ..tellings import INFERRED, Facts, Said, Wanted
from .cells import Row
from .mapping import ChangeTable
from .rows import incident_ref, is_left_out, line
from .values import Lookup, Value

_PROGRESS: tuple[Meaning, ...] = get_args(Meaning)
"""From open to ended: how rows of the same time and without an order follow each other."""


def read_change(table: ChangeTable, row: Row, exported_at: datetime | None) -> Told:
    """Return the fact that a row tells."""
    left_out = is_left_out(table, row)
    if left_out is not None:
        return left_out
    ref = incident_ref(table, row)
    at = row.moment(table.at)
    if at is None:
        raise InvalidInput("no time, so it cannot be said when this changed", ", ".join(table.at))
    fields = _kept(table, row)
    if table.title is None or table.title.text(row.text) is None:
        fields[table.id] = ref  # what the incident is called for want of a title
    change = Change(
        number=_number(table, row),
        at=at,
        told_at=row.moment(table.told_at) or at,
        by=table.by.text(row.text) if table.by else None,
        state=_state(table, row),
        fields={_label(column): text for column, text in fields.items()},
    )
    with refusing_invalid():
        wanted = change_wanted(change)
    revised_at = max(filter(None, [row.moment(table.updated_at), exported_at]), default=None)
    return [Facts(table.source, ref, (wanted,), revised_at)]


def _number(table: ChangeTable, row: Row) -> str:
    """Return what tells the row from all others: its key, else all that it says."""
    said = {column: row.text(column) for column in table.key} or row.filled
    digest = sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:20]
    if table.order is None:
        return digest
    order = row.text(table.order) or "0"
    if not (order.isascii() and order.isdecimal() and len(order) < 20):
        raise InvalidInput(f"{order!r} is no whole number", table.order)
    return f"{int(order)} {digest}"


def _state(table: ChangeTable, row: Row) -> str | None:
    parts = [part for column in table.state if (part := row.text(column)) is not None]
    state = "/".join(parts)
    if state and table.meaning(state) is None:
        problem = "has no meaning yet: add it to [states]"
        raise InvalidInput(f"{state!r} {problem}", ", ".join(table.state))
    return state or None


def _kept(table: ChangeTable, row: Row) -> dict[str, str]:
    """Return what a row's note keeps, by column."""
    values = [one for one in (table.title, table.services, table.severity) if one is not None]
    named = [column for value in values for column in value.columns]
    kept = {column: row.text(column) or "" for column in [*named, *table.roles.values()]}
    for column, text in kept.items():
        # What names something is refused here, or it would hang on other rows whether it is.
        line(" ".join(text.split()) or "-", column)
    return kept | {column: row.text(column) or "" for column in table.keep}


def _label(column: str) -> str:
    """Return a column's name as the note has it, which a colon ends."""
    return " ".join(column.replace(":", " ").split())


def what_follows(table: ChangeTable, said: Sequence[Said]) -> Iterator[Wanted]:
    """Yield what follows from all rows of one incident."""
    changes = sorted(changes_said(said), key=lambda change: _place(table, change))
    if not changes:
        return
    yield _detected(table, changes)
    meanings, stated = dict[str, Meaning](), []
    for change in changes:
        meaning = table.meaning(change.state or "")
        if change.state and meaning is not None and meaning != "unchanged":
            meanings[change.state] = meaning
            stated.append(change)
    yield from lifecycle(stated, meanings)
    for role, column in table.roles.items():
        yield from role_changes(changes, _label(column), role)
    if table.severity is not None:
        yield from _judged(table.severity, table.source, changes)


def _place(table: ChangeTable, change: Change) -> tuple[object, ...]:
    """Return where a change stands: by time, then by order, then by how far the state is."""
    order, separator, _ = change.number.partition(" ")
    meaning = table.meaning(change.state or "")
    progress = _PROGRESS.index(meaning) if meaning in _PROGRESS else 0
    return change.at, int(order) if separator else 0, progress, change.number


def _detected(table: ChangeTable, changes: Sequence[Change]) -> Wanted:
    """Return the detection: when the first row says so; its words are the first that rows say."""
    first, *_ = changes
    titles = [_title(table, one) for one in changes]
    refs = [one.fields.get(_label(table.id)) for one in changes]  # none that was erased
    services = [table.services.texts(_lookup(one)) for one in changes] if table.services else []
    event = ev.Detected(
        occurred_at=first.at,
        by=first.by,
        title=next(filter(None, [*titles, *refs]), "[no title]"),
        services=next(filter(None, services), ()),
    )
    return Wanted(f"{INFERRED}detected", event, first.told_at)


def _title(table: ChangeTable, change: Change) -> str | None:
    return table.title.text(_lookup(change)) if table.title else None


def _lookup(change: Change) -> Lookup:
    return lambda column: change.fields.get(_label(column)) or None


def _judged(value: Value, source: str, changes: Sequence[Change]) -> Iterator[Wanted]:
    """Yield each judgement of how bad it is, wherever it changes."""
    before = None
    for change in changes:
        now = value.text(_lookup(change))
        if now is not None and now != before:
            before = now
            assessed = ev.SeverityAssessed(
                occurred_at=change.at,
                by=change.by,
                assessor=change.by or source,
                severity=now,
            )
            yield Wanted(f"{INFERRED}{change.number}/severity", assessed, change.told_at)
