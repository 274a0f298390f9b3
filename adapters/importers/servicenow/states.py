"""What ServiceNow's states and levels are called, and what the states mean."""

from __future__ import annotations

import re

from ..changes import Meaning
from .form import Cell

NAMES = {
    "1": "New",
    "2": "In Progress",
    "3": "On Hold",
    "6": "Resolved",
    "7": "Closed",
    "8": "Canceled",
}

_MEANINGS: dict[str, Meaning] = {
    "new": "open",
    "on hold": "open",
    "in progress": "acknowledged",
    "active": "acknowledged",
    "work in progress": "acknowledged",
    "resolved": "resolved",
    "closed": "resolved",
    "canceled": "dismissed",
    "cancelled": "dismissed",
}

UNKNOWN = "-100"
"""Stands in logs where the state is none at all."""

_NUMBERED = re.compile(r"(-?[0-9]{1,9}) - (.+)")


def state_named(text: str | None) -> str | None:
    """Return a state's name, given that, its number, or both as in `2 - In Progress`."""
    if text is None:
        return None
    numbered = _NUMBERED.fullmatch(text)
    return numbered[2] if numbered else NAMES.get(text, text)


def state_of(cell: Cell) -> str | None:
    """Return the name of the state in a cell; its number says more than words in any language."""
    return NAMES.get(cell.value or "") or state_named(cell.shown)


def meaning_of(state: str | None, unknown: Meaning = "open") -> Meaning:
    """Return where an incident stands in a state; `unknown` is for a state of one's own."""
    return _MEANINGS.get((state or "").casefold(), unknown)


def is_known(state: str) -> bool:
    """Tell whether it is one of ServiceNow's own states, by its English name."""
    return state.casefold() in _MEANINGS


def is_machine(user: str | None) -> bool:
    """Tell whether it is the user under whose name ServiceNow does things by itself."""
    return (user or "").casefold() == "system"


def is_closed(state: str | None) -> bool:
    """Tell whether a state is the one that follows resolution."""
    return (state or "").casefold() == "closed"


def level_code(level: str) -> str:
    """Return what is the same for a level as number and as `2 - High`."""
    numbered = _NUMBERED.fullmatch(level)
    return numbered[1] if numbered else level.casefold()
