"""The facts of a PagerDuty incident in Retold's words, each with its place in the source.

One fact may come as a part of the incident, as a log entry and as a webhook. Its place is its
role and its second, which all of them tell, so that it is one event whichever came first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from itertools import takewhile

from ....domain import events as ev
from ..joining import check_kinds, joined
from ..tellings import Wanted
from .form import Reference

SYSTEM = "pagerduty"

DETECTED = "detected"
CREATION = "creation"
"""The role of the note of an incident that has no title, from which its detection follows."""

PRIORITY = "priority"
SHOWN_PRIORITY = "priority-shown"
"""The role of a note of the priority that an incident has at some time, but not since when."""
PRIORITY_REMOVED = "priority-removed"

ACKNOWLEDGED = "acknowledged"
ACKNOWLEDGEMENT = "acknowledgement"
"""The role of a note of an acknowledgement by somebody who is not named."""
RESOLVED = "resolved"
MERGED = "merged"
REOPENED = "reopened"

TRIGGER = "trigger"
RESOLUTION = "resolution"
"""The role of a note that says of a resolution, which may have been a merge."""

AUTOMATICALLY = "resolved automatically"
"""The status of a note of a resolution by a machine."""
BY_NOBODY = "resolved by nobody named"
"""The status where nobody is named, which means a machine unless another telling names somebody."""

TITLE, ID = "incident", "incident's id"
"""The fields of notes that say which incident it is; the id is the title where there is none."""


def second(at: datetime) -> str:
    """Return the second in which a fact lies, as a part of its place."""
    return f"{at.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def fact(role: str, event: ev.StoryEvent) -> Wanted:
    """Return an event that was put on record when it happened."""
    at = event.occurred_at
    return Wanted(f"{second(at)}/{_place(role)}", event, at)


def acknowledgement(at: datetime, agent: Reference | None) -> Wanted:
    """Return an acknowledgement; one that names nobody is a note, as another may name them."""
    by = name_of(agent)
    if agent is None or by is None:
        note = ev.NoteAdded(occurred_at=at, text="Acknowledged", status=ACKNOWLEDGED)
        return fact(ACKNOWLEDGEMENT, note)
    acknowledged = ev.Acknowledged(occurred_at=at, by=by, automatic=not agent.is_person)
    return fact(f"{ACKNOWLEDGED} {agent.id or _short(by)}", acknowledged)


def note_by(at: datetime, author: Reference | None, text: str) -> Wanted:
    """Return a note that somebody wrote.

    A person writes one a second, and may change it; what machines write in one second are
    several notes, told apart by their texts.
    """
    note = ev.NoteAdded(occurred_at=at, by=name_of(author), text=text)
    who = author.id if author and author.is_person and author.id else _short(text)
    return fact(f"note {who}", note)


def asked(at: datetime, user: Reference, by: str | None, message: str | None) -> Wanted:
    """Return the note that somebody was asked to respond."""
    text = ": ".join(filter(None, [f"Asked {user.name or 'a responder'} to respond", message]))
    note = ev.NoteAdded(occurred_at=at, by=by, text=text, note="communication")
    return fact(f"asked {user.id}", note)


def came_in(at: datetime, user: Reference) -> Wanted:
    """Return that somebody who was asked to respond came in."""
    engaged = ev.ResponderEngaged(
        occurred_at=at, by=user.name, responder=user.name or "a responder", how="paged"
    )
    return fact(f"engaged {user.id}", engaged)


def name_of(agent: Reference | None) -> str | None:
    """Return the name of who did something, where anybody is named."""
    return agent.name if agent else None


def resolved_status(agent: Reference | None) -> str:
    """Return the status of a note of a resolution, which says whether a machine did it."""
    if agent is None or agent.name is None:
        return BY_NOBODY
    return RESOLVED if agent.is_person else AUTOMATICALLY


def together(some: Iterable[Wanted]) -> tuple[Wanted, ...]:
    """Return each fact of a record once, with all that its pieces say of it."""
    facts: dict[str, Wanted] = {}
    for one in some:
        before = facts.get(one.slot, one)
        check_kinds(one.slot, before.event, one.event)
        event = joined(before.event, one.event, lambda _: True)
        facts[one.slot] = before._replace(event=event)
    return tuple(facts.values())


def written(head: str, fields: Mapping[str, str | None], details: str = "") -> str:
    """Return the text of a note from which `read_fields` reads the fields again."""
    said = {name: _one_line(value or "") for name, value in fields.items()}
    return lines(
        _one_line(head) or "[without text]",
        *(f"{name}: {value}" for name, value in said.items() if value),
        details and f"{_DETAILS}{details}",
    )


def read_fields(text: str) -> dict[str, str]:
    """Return the fields that `written` put into a text."""
    _, *said = text.splitlines()
    fields = (line.partition(": ") for line in takewhile(_is_field, said))
    return {name: value for name, _, value in fields}


_DETAILS = "details: "


def _is_field(line: str) -> bool:
    return not line.startswith(_DETAILS)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def lines(*some: str | None) -> str:
    """Return those lines that there are as one text."""
    return "\n".join(filter(None, some))


def _place(role: str) -> str:
    # An id in a role may be long, and with a slash in it must not look like another role.
    role = role.replace("/", "|")
    return role if len(role) <= _LONG else f"{role[:_LONG]} {_short(role)}"


_LONG = 200


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]
