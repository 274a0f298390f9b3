"""Two tellings of one fact as one, whichever came first."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from ...domain.errors import InvalidInput
from ...domain.events import STORY, StoryEvent
from .tellings import Wanted

IsNewer = Callable[[str], bool | None]
"""Tells of a field whether what is told now is newer; None where neither telling is."""


def neither(_field: str) -> None:
    """Say that of two tellings neither is newer."""


def joined(old: StoryEvent, new: StoryEvent, is_newer: IsNewer = neither) -> StoryEvent:
    """Return the event that tells what both of one kind tell.

    What only one says is kept; of one time the more exact telling stands; of two values that of
    the newer telling. Where neither is newer lists are united, and of two values the greater
    stands.
    """
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    fields = {name: _joined(before[name], after[name], is_newer(name)) for name in before}
    return STORY.validate_json(json.dumps(fields))


def each_once(wanted: Iterable[Wanted]) -> Iterable[Wanted]:
    """Return what is wanted with each slot once: what one slot is told twice is joined."""
    found: dict[str, Wanted] = {}
    for one in wanted:
        before = found.get(one.slot)
        if before is not None:
            check_kinds(one.slot, before.event, one.event)
            event = joined(before.event, one.event)
            one = one._replace(event=event, told_at=min(before.told_at, one.told_at))  # noqa: PLW2901
        found[one.slot] = one
    return found.values()


def check_kinds(slot: str, one: StoryEvent, other: StoryEvent) -> None:
    """Refuse two kinds of events in one slot, as ids made to look alike would bring about."""
    if one.kind != other.kind:
        raise InvalidInput(f"tells {one.kind} and {other.kind} in one place", slot)


def _joined(old: Any, new: Any, is_newer: bool | None) -> Any:
    if old == new or new in (None, [], False):
        return old
    if old in (None, [], False):
        return new
    if _is_cut(old, new) or _is_cut(new, old):
        return max(old, new, key=len)
    if isinstance(old, list) and is_newer is None:
        return sorted({*old, *new})
    if is_newer is None:
        return max(old, new, key=json.dumps)
    return new if is_newer else old


def _is_cut(short: Any, exact: Any) -> bool:
    """Tell whether a time is another one, cut to its second."""
    is_time = isinstance(short, str) and isinstance(exact, str) and _SECOND.fullmatch(short)
    return bool(is_time) and exact.startswith(f"{short[:-1]}.")


_SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
