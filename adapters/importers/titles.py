"""Detections with their titles, which may be too long for one, or missing in some tellings.

What stands for a missing title must not be joined with a title that another telling has. So a
telling without one is a note, and the detection follows from it as long as no telling has a title.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from ...domain import events as ev
from ...domain.values import MAX_LINE
from .changes import Change, change_wanted, changes_said
from .joining import joined
from .tellings import INFERRED, Said, Wanted

UNTITLED = "untitled"
"""The role of the notes that tell of a detection without a title."""

_WHICH, _NAME, _SERVICE, _SIGNAL = "no title", "no title, but a name", "service", "signal"


class Noticed(NamedTuple):
    """What a telling says of a detection; without a title it is called by `name`, else `which`."""

    at: datetime
    title: str | None
    name: str | None
    which: str
    service: str | None = None
    signal: str | None = None


def detection(slot: str, told: Noticed) -> Iterator[tuple[str, ev.StoryEvent]]:
    """Yield the detection in its slot, with a note of the whole title where that is too long.

    Without a title yield a note of what is told, which `detections_by_name` reads.
    """
    detected = _detected(told.at, told.title or told.name or told.which, told.service, told.signal)
    if told.title is None:
        yield _untitled(slot, told)
        return
    yield slot, detected
    for note in whole_title(told.title, told.at):
        yield f"{slot}/title", note


def whole_title(title: str, at: datetime) -> Iterator[ev.NoteAdded]:
    """Yield a note of the whole title if it is too long for one."""
    if len(title) > MAX_LINE:
        yield ev.NoteAdded(occurred_at=at, text=title)


def detections_by_name(said: Sequence[Said]) -> Iterator[Wanted]:
    """Yield the detections of which no telling has a title, called by their names."""
    titled = {one.slot for one in said}
    untitled: dict[str, list[Change]] = {}
    for change in changes_said(said, UNTITLED):
        untitled.setdefault(change.number.rpartition(" ")[0], []).append(change)
    for slot, tellings in untitled.items():
        if slot not in titled:
            told_at = min(one.told_at for one in tellings)
            yield Wanted(f"{INFERRED}{slot}", _by_name(tellings), told_at)


def _untitled(slot: str, told: Noticed) -> tuple[str, ev.StoryEvent]:
    fields = {
        _WHICH: "" if told.name else told.which,
        _NAME: told.name or "",
        _SERVICE: told.service or "",
        _SIGNAL: told.signal or "",
    }
    digest = hashlib.sha256(repr(sorted(fields.items())).encode()).hexdigest()[:16]
    change = Change(f"{slot} {digest}", told.at, told.at, None, None, fields)
    wanted = change_wanted(change, UNTITLED)
    return wanted.slot, wanted.event


def _by_name(tellings: Sequence[Change]) -> ev.StoryEvent:
    names = [one.fields[_NAME] for one in tellings if _NAME in one.fields]
    whiches = [one.fields[_WHICH] for one in tellings if _WHICH in one.fields]
    title = max(names or whiches, default=f"[{_WHICH}]")
    found = [
        _detected(one.at, title, one.fields.get(_SERVICE), one.fields.get(_SIGNAL))
        for one in tellings
    ]
    whole: ev.StoryEvent = found[0]
    for one in found[1:]:
        whole = joined(whole, one)
    return whole


def _detected(at: datetime, title: str, service: str | None, signal: str | None) -> ev.Detected:
    services = (service,) if service else ()
    return ev.Detected(
        occurred_at=at, title=title[:MAX_LINE], services=services, signal=signal or None
    )
