"""Histories with one row per change: each row is a note, and what happened follows from them all.

A row says how an incident stood after a change. Each is recorded as a note of what it says; that
the incident was acknowledged, resolved or reopened is inferred from rows that follow each other,
so it does not hang on the order in which they are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, assert_never

from ...domain import events as ev
from .tellings import INFERRED, Said, Wanted

Meaning = Literal["open", "acknowledged", "mitigated", "resolved", "dismissed"]
"""What a state of the source means: where the incident stands while it is in that state."""

ENDED = frozenset({"resolved", "dismissed"})

CHANGE = "change"
"""The role of a row's note, unless its source tells several sorts of rows apart."""


class Change(NamedTuple):
    """One row: the whole number that `number` begins with puts those of equal time in order."""

    number: str
    at: datetime
    told_at: datetime
    by: str | None
    state: str | None
    fields: Mapping[str, str]


def change_wanted(change: Change, role: str = CHANGE) -> Wanted:
    """Return the note that keeps what a row says; fields that are empty are left out."""
    said = {name: " ".join(value.split()) for name, value in change.fields.items()}
    lines = [f"{_plain(name)}: {value}" for name, value in said.items() if value]
    note = ev.NoteAdded(
        occurred_at=change.at,
        by=change.by,
        text="\n".join(lines) or "[a change]",
        status=change.state,
    )
    return Wanted(f"{change.number}/{role}", note, change.told_at)


def changes_said(said: Sequence[Said], role: str = CHANGE) -> list[Change]:
    """Return the rows that were recorded, in the order in which they came about."""
    ending = f"/{role}"
    return in_order(
        _change(one.slot.removesuffix(ending), one.event, one.told_at)
        for one in said
        if one.slot.endswith(ending) and isinstance(one.event, ev.NoteAdded)
    )


def in_order(changes: Iterable[Change]) -> list[Change]:
    """Return rows in the order in which they came about."""
    return sorted(changes, key=lambda change: (change.at, _numeric(change.number)))


def lifecycle(changes: Iterable[Change], meanings: Mapping[str, Meaning]) -> Iterator[Wanted]:
    """Yield what follows from each step from one meaning to another.

    A state without a meaning is `open`; what has no state at all leaves the meaning as it was.
    Somebody takes an incident on once: after a pause it is not acknowledged again, only after a
    reopening. From one ending to another nothing is reopened. What follows from several rows is
    known since the last of them was told.
    """
    before: Meaning = "open"
    is_taken_on = False
    basis = _Basis()
    for change in changes:
        if change.state is None:
            continue
        now = meanings.get(change.state, "open")
        if now == before:
            continue
        is_reopened = before in ENDED and now not in ENDED
        change = basis.of_step(change, before, now, is_reopened=is_reopened)  # noqa: PLW2901
        if is_reopened:
            is_taken_on = False
            yield _inferred(change, "reopened", _reopened(change))
        if now != "open" and not (now == "acknowledged" and is_taken_on):
            yield _inferred(change, now, _step(change, now))
        is_taken_on = is_taken_on or now == "acknowledged"
        before = now


class _Basis:
    """Since when the rows are known that a step follows from, beside its own."""

    def __init__(self) -> None:
        self._step: datetime | None = None
        self._reopening: datetime | None = None
        self._left: dict[Meaning, datetime] = {}

    def of_step(
        self, change: Change, before: Meaning, now: Meaning, *, is_reopened: bool
    ) -> Change:
        """Return the row of a step, told when all was that the step follows from."""
        # Without the ending nothing is reopened; without the pause nothing happens again.
        others = (self._step if is_reopened else None, self._reopening, self._left.get(now))
        told_at = max(filter(None, (change.told_at, *others)))
        self._step = self._left[before] = told_at
        if is_reopened:
            self._reopening = told_at
        return change._replace(told_at=told_at)


def _reopened(change: Change) -> ev.Reopened:
    why = f"{change.state}, after it had ended"
    return ev.Reopened(occurred_at=change.at, by=change.by, why=why)


def _step(
    change: Change, now: Literal["acknowledged", "mitigated", "resolved", "dismissed"]
) -> ev.StoryEvent:
    at, by = change.at, change.by
    match now:
        case "acknowledged":
            return ev.Acknowledged(occurred_at=at, by=by)
        case "mitigated":
            return ev.Mitigated(occurred_at=at, by=by)
        case "resolved":
            return ev.Resolved(occurred_at=at, by=by)
        case "dismissed":
            return ev.Dismissed(occurred_at=at, by=by, reason="not-an-incident", why=change.state)
        case other:
            assert_never(other)


def role_changes(changes: Iterable[Change], field: str, role: str) -> Iterator[Wanted]:
    """Yield who took a role, wherever the value of a field changes to somebody else."""
    holder, name = "", _plain(field)
    given_up: dict[str, datetime] = {}
    for change in changes:
        now = change.fields.get(name, "")
        if now and now != holder:
            # Nobody takes a role back before it is known that somebody else had it.
            told_at = max(change.told_at, given_up.get(now, change.told_at))
            change = change._replace(told_at=told_at)  # noqa: PLW2901
            given_up[holder] = told_at
            assigned = ev.RoleAssigned(occurred_at=change.at, by=change.by, role=role, holder=now)
            yield _inferred(change, f"role {role}", assigned)
            holder = now


def _inferred(change: Change, role: str, event: ev.StoryEvent) -> Wanted:
    return Wanted(f"{INFERRED}{change.number}/{role}", event, change.told_at)


def _change(number: str, note: ev.NoteAdded, told_at: datetime) -> Change:
    lines = (line.partition(": ") for line in note.text.splitlines())
    fields = {name: value for name, separator, value in lines if separator}
    return Change(number, note.occurred_at, told_at, note.by, note.status, fields)


def _plain(name: str) -> str:
    # A name that looked like a name and a value could not be read back out of the note.
    return " ".join(name.split()).replace(": ", ":")


def _numeric(number: str) -> tuple[int, str]:
    digits = re.match(r"[0-9]{1,18}", number)
    return (int(digits[0]) if digits else 0, number)
