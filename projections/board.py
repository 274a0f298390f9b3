"""The board of open incidents: what somebody who walks past a wall must see of each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ..domain import events as ev
from ..domain.values import micros
from .actors import SOMEBODY
from .spans import RoleSpan, phase_spans
from .story import Story
from .timeline import Phase, TimelineRow, phase_of

LEADING = frozenset(
    ("commander", "incident commander", "ic", "lead", "incident lead", "leader",
     "incident leader", "incident manager", "major incident manager")
)  # fmt: skip
"""Roles whose holder leads the response, in small letters; a communications lead does not."""


class LastWord(NamedTuple):
    """What was last said in words of one's own, when, and by whom where that is recorded."""

    text: str
    at: datetime
    who: str | None


class BoardRow(NamedTuple):
    """One incident as a board shows it."""

    incident_id: UUID
    title: str | None
    services: tuple[str, ...]
    phase: Phase
    phase_since: datetime | None
    """When the event happened that led there; None where every entry was retracted."""
    began_at: datetime
    """T0; without one, the first entry told."""
    age_us: int
    """Microseconds since `began_at`; 0 where that lies ahead, as clocks differ."""
    severity: str | None
    """The severity in force."""
    spread: tuple[str, ...]
    """The severities that assessors' last words hold, each once, in the order of assessment.

    Two or more mean that they differ. Severities are names, so nobody can say which is worst.
    """
    leader: str | None
    """Who holds a leading role, the one who took it last if several do; None: nobody recorded."""
    last_word: LastWord | None


def board_row(story: Story, now: datetime) -> BoardRow:
    """Return what a board shows of one incident at `now`."""
    incident = story.incident
    rows = [row for row in story.views.timeline if not row.retracted]
    phases = phase_spans(rows)
    began_at = incident.t_zero_at or (rows or story.views.timeline)[0].occurred_at
    return BoardRow(
        incident_id=incident.incident_id,
        title=incident.title,
        services=incident.services,
        phase=phase_of(story.document.status),
        phase_since=phases[-1].started_at if phases else None,
        began_at=began_at,
        age_us=max(0, micros(now) - micros(began_at)),
        severity=incident.severity,
        spread=_spread(story.assessments),
        leader=leader(story.roles),
        last_word=_last_word(story),
    )


def board(stories: Iterable[Story], now: datetime) -> tuple[BoardRow, ...]:
    """Return the open incidents in the order of a board.

    First those that nobody has taken on, then those that users still suffer from, then the
    mitigated ones; the oldest first among each. Those that were never detected and have no impact
    come last.
    """
    rows = (board_row(story, now) for story in stories if story.incident.is_open)
    return tuple(sorted(rows, key=_urgency))


def leads(role: str) -> bool:
    """Tell whether the holder of a role leads: `Incident-Commander` is an incident commander."""
    return " ".join(role.casefold().replace("-", " ").replace("_", " ").split()) in LEADING


def _urgency(row: BoardRow) -> tuple[int, datetime, UUID]:
    return _RANKS.get(row.phase, len(_RANKS)), row.began_at, row.incident_id


_RANKS: dict[Phase, int] = {"undetected": 0, "unacknowledged": 0, "unmitigated": 1, "mitigated": 2}


def _spread(assessments: Iterable[TimelineRow]) -> tuple[str, ...]:
    in_order = sorted(assessments, key=lambda row: (row.occurred_at, row.version))
    return tuple(dict.fromkeys(row.severity for row in in_order if row.severity is not None))


def leader(roles: Iterable[RoleSpan]) -> str | None:
    """Return who holds a leading role, the one who took it last if several do."""
    # A role is often handed over without a word that the one before gave it back.
    held = [one for one in roles if one.end_event_id is None and leads(one.role)]
    return (held[-1].holder or SOMEBODY) if held else None


def _last_word(story: Story) -> LastWord | None:
    rows = [
        (entry.event, row)
        for entry, row in zip(story.history.entries, story.views.timeline, strict=True)
        if not row.retracted
    ]
    if not rows:
        return None
    said = [row for event, row in rows if _is_said(event)]
    last = said[-1] if said else rows[-1][1]
    return LastWord(last.text, last.occurred_at, last.who or last.assessor)


def _is_said(event: ev.StoryEvent) -> bool:
    """Tell whether an event holds words of somebody's own that tell how things stand."""
    match event:
        case ev.NoteAdded() | ev.SurpriseNoted():
            return True
        case ev.Mitigated():
            return event.how is not None
        case ev.Resolved():
            return event.summary is not None
        case ev.Declared() | ev.Reopened() | ev.Dismissed() | ev.Merged():
            return event.why is not None
        case ev.SeverityAssessed():
            return event.basis is not None
        case _:
            return False
