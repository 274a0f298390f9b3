"""What inferences follow from: the notes of an incident, told apart by their roles."""

from __future__ import annotations

from datetime import datetime, timedelta

from ....domain import events as ev
from ..tellings import INFERRED, Said, Wanted
from .facts import read_fields

ONE_SECOND = timedelta(seconds=1)
"""How far apart one moment may be told: one form cuts it to the second, another rounds it."""


def is_note(one: Said, role: str) -> bool:
    """Tell whether it is a note with that role."""
    has_role = one.slot == role or one.slot.endswith(f"/{role}")
    return has_role and isinstance(one.event, ev.NoteAdded)


def fields_of(one: Said) -> dict[str, str]:
    """Return the fields that a note keeps."""
    return read_fields(_text(one))


def head_of(one: Said) -> str:
    """Return what a note begins with."""
    return next(iter(_text(one).splitlines()), "")


def is_near(one: Said, other: Said) -> bool:
    """Tell whether two sayings may mean one moment."""
    return abs(one.event.occurred_at - other.event.occurred_at) <= ONE_SECOND


def cut(at: datetime) -> datetime:
    """Return the second in which a time lies."""
    return at.replace(microsecond=0)


def caused_by(cause: Said, role: str, event: ev.StoryEvent, *more: Said | Wanted) -> Wanted:
    """Return what follows from a cause and more; nobody knew it before the last of them.

    Its place names them all: from others it follows anew, and is known since another time.
    """
    told_at = max(one.told_at for one in (cause, *more))
    slots = dict.fromkeys(one.slot.removeprefix(INFERRED) for one in (cause, *more))
    return Wanted(f"{INFERRED}{'+'.join(slots)}/{role}", event, told_at)


def _text(one: Said) -> str:
    return one.event.text if isinstance(one.event, ev.NoteAdded) else ""
