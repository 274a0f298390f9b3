"""What follows from all rows and records of one ServiceNow incident together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from ....domain import events as ev
from ....domain.errors import InvalidInput
from ....domain.values import parse_instant
from ..changes import ENDED, Change, changes_said, in_order, lifecycle, role_changes
from ..tellings import INFERRED, Said, Wanted
from .audit import stating
from .form import is_sys_id
from .states import UNKNOWN, is_closed, is_machine, level_code, meaning_of
from .updates import updates_said

SAME = timedelta(minutes=1)
"""A step of the state and the record's own time of it are the same within so much."""

ASSESSOR = "servicenow"

REASONS = ("impact", "urgency")
"""What ServiceNow works a priority out from."""

ROLES = {"assigned_to": "assignee", "assignment_group": "assignment group"}


def infer(said: Sequence[Said]) -> list[Wanted]:
    """Return what follows: endings and reopenings, acknowledgements, roles and priorities."""
    rows = stating([row for row in changes_said(said) if row.state != UNKNOWN])
    seen = updates_said(said)
    known = in_order([*rows, *seen])
    named = [_named(row) for row in known]
    told = [one.event for one in said]
    steps = [step for step in _steps(rows, known) if not _is_told(step.event, told)]
    told += [step.event for step in steps]
    follows = [
        *steps,
        *_open_again(seen, told),
        *(taken for field, role in ROLES.items() for taken in role_changes(named, field, role)),
        *_priorities(known),
    ]
    # Where one update says two things in one place, what stood after it counts.
    return list({one.slot: one for one in follows}.values())


def _steps(rows: Sequence[Change], known: Sequence[Change]) -> Iterator[Wanted]:
    """Yield what follows from the steps of the state in rows."""
    meanings = {row.state: meaning_of(row.state) for row in rows if row.state}
    for step in lifecycle(rows, meanings):
        match step.event:
            case ev.Resolved() as event:
                number = step.slot.removeprefix(INFERRED).rpartition("/")[0]
                told = (row.number == number and row.state is not None for row in known)
                yield _resolution(step, event, known[list(told).index(True) :])
            case ev.Acknowledged(by=by) as event:
                yield step._replace(event=event.but({"automatic": is_machine(by)}))
            case _:
                yield step


def _resolution(step: Wanted, event: ev.Resolved, rows: Sequence[Change]) -> Wanted:
    """Return a resolution as the rows from it on tell it, until one is open again."""
    at, by, told_at = event.occurred_at, event.by, step.told_at
    for row in rows:
        if row.state and not _is_over(row):
            break
        again_at = _resolved_at(row)
        # ServiceNow sets the time anew when a resolved incident is saved as resolved again.
        if again_at is not None and event.occurred_at <= again_at <= row.at:
            told_at = told_at if again_at == at else row.told_at
            at, by = again_at, row.fields.get("resolved_by", by)
    summary = "[closed without having been resolved]" if is_closed(rows[0].state) else None
    said = {"occurred_at": at, "by": by, "summary": summary, "automatic": is_machine(by)}
    return step._replace(event=event.model_copy(update=said), told_at=told_at)


def _resolved_at(row: Change) -> datetime | None:
    try:
        return parse_instant(row.fields.get("resolved_at", ""))
    except InvalidInput:
        return None


def _is_over(row: Change) -> bool:
    is_inactive = row.fields.get("active") == "false"
    return meaning_of(row.state, "resolved" if is_inactive else "open") in ENDED


def _is_told(event: ev.StoryEvent, told: Sequence[ev.StoryEvent]) -> bool:
    """Tell whether the record itself says so, with its own time."""
    kinds = {event.kind} | ({"incident-merged"} if isinstance(event, ev.Resolved) else set())
    return any(
        one.kind in kinds and abs(one.occurred_at - event.occurred_at) < SAME for one in told
    )


def _open_again(seen: Sequence[Change], told: Sequence[ev.StoryEvent]) -> Iterator[Wanted]:
    """Yield the reopenings that show only by a record's being open where it was over before."""
    reopened_at = [one.occurred_at for one in told if isinstance(one, ev.Reopened)]
    for before, record in pairwise(seen):
        is_open_again = meaning_of(before.state) in ENDED and meaning_of(record.state) not in ENDED
        if is_open_again and not any(before.at <= at <= record.at for at in reopened_at):
            why = f"{record.state} by then, after it had ended"
            reopened = ev.Reopened(occurred_at=record.at, by=record.by, why=why)
            yield Wanted(f"{INFERRED}{record.number}/reopened", reopened, record.told_at)


def _priorities(rows: Sequence[Change]) -> Iterator[Wanted]:
    """Yield the priority wherever it changes to another one."""
    code = ""
    for row in rows:
        level = row.fields.get("priority", "")
        if level and level_code(level) != code:
            code = level_code(level)
            reasons = [f"{name} {row.fields[name]}" for name in REASONS if name in row.fields]
            assessed = ev.SeverityAssessed(
                occurred_at=row.at,
                by=row.by,
                assessor=ASSESSOR,
                severity=level,
                basis=", ".join(reasons) or None,
            )
            yield Wanted(f"{INFERRED}{row.number}/priority", assessed, row.told_at)


def _named(row: Change) -> Change:
    """Return who holds a row's roles by name; the key of a record names nobody."""
    holders = {field: row.fields.get(field, "") for field in ROLES}
    return row._replace(
        fields={field: name for field, name in holders.items() if not is_sys_id(name)}
    )
