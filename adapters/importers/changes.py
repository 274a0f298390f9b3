"""Histories with one row per change: each row is a note, and what happened follows from them all.

A row says how an incident stood after a change. Each is recorded as a note of what it says; that
the incident was acknowledged, resolved or reopened is inferred from rows that follow each other,
so it does not hang on the order in which they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from ...domain import events as ev
from .tellings import INFERRED, Said, Wanted

Meaning = Literal["open", "acknowledged", "mitigated", "resolved", "dismissed"]
"""What a state of the source means: where the incident stands while it is in that state."""

ENDED = frozenset({"resolved", "dismissed"})

_ROLE = "/change"


class Change(NamedTuple):
    """One row: `number` puts those of equal time in order."""

    number: str
    at: datetime
    told_at: datetime
    by: str | None
    state: str | None
    fields: Mapping[str, str]


def change_wanted(change: Change) -> Wanted:
    """Return the note that keeps what a row says; fields that are empty are left out."""
    said = {name: " ".join(value.split()) for name, value in change.fields.items()}
    lines = [f"{name}: {value}" for name, value in said.items() if value]
    note = ev.NoteAdded(
        occurred_at=change.at,
        by=change.by,
        text="\n".join(lines) or "[a change]",
        status=change.state,
    )
    return Wanted(f"{change.number}{_ROLE}", note, change.told_at)


def changes_said(said: Sequence[Said]) -> list[Change]:
    """Return the rows that were recorded, in the order in which they came about."""
    changes = [
        _change(one.slot.removesuffix(_ROLE), one.event, one.told_at)
        for one in said
        if one.slot.endswith(_ROLE) and isinstance(one.event, ev.NoteAdded)
    ]
    return sorted(changes, key=lambda change: (change.at, _numeric(change.number)))


def lifecycle(changes: Iterable[Change], meanings: Mapping[str, Meaning]) -> Iterator[Wanted]:
    """Yield what follows from each step from one meaning to another.

    A state without a meaning is `open`; what has no state at all leaves the meaning as it was.
    """
    before: Meaning = "open"
    for change in changes:
        if change.state is None:
            continue
        now = meanings.get(change.state, "open")
        if now != before:
            yield from _step(change, before, now)
        before = now


def _step(change: Change, before: Meaning, now: Meaning) -> Iterator[Wanted]:
    told: dict[str, ev.StoryEvent] = {}
    at, by = change.at, change.by
    if before in ENDED:
        why = f"{change.state}, after it had ended"
        told["reopened"] = ev.Reopened(occurred_at=at, by=by, why=why)
    match now:
        case "acknowledged":
            told["acknowledged"] = ev.Acknowledged(occurred_at=at, by=by)
        case "mitigated":
            told["mitigated"] = ev.Mitigated(occurred_at=at, by=by)
        case "resolved":
            told["resolved"] = ev.Resolved(occurred_at=at, by=by)
        case "dismissed":
            told["dismissed"] = ev.Dismissed(
                occurred_at=at, by=by, reason="not-an-incident", why=change.state
            )
        case "open":
            pass
    for role, event in told.items():
        yield Wanted(f"{INFERRED}{change.number}/{role}", event, change.told_at)


def role_changes(changes: Iterable[Change], field: str, role: str) -> Iterator[Wanted]:
    """Yield who took a role, wherever the value of a field changes to somebody else."""
    holder = ""
    for change in changes:
        now = change.fields.get(field, "")
        if now and now != holder:
            assigned = ev.RoleAssigned(occurred_at=change.at, by=change.by, role=role, holder=now)
            yield Wanted(f"{INFERRED}{change.number}/role {role}", assigned, change.told_at)
            holder = now


def _change(number: str, note: ev.NoteAdded, told_at: datetime) -> Change:
    lines = (line.partition(": ") for line in note.text.splitlines())
    fields = {name: value for name, separator, value in lines if separator}
    return Change(number, note.occurred_at, told_at, note.by, note.status, fields)


def _numeric(number: str) -> tuple[int, str]:
    return (int(number), "") if number.isdecimal() and number.isascii() else (0, number)
