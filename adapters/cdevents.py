"""Incident histories in the form of CDEvents, for tools that listen to software delivery.

What becomes what is written out in docs/cdevents.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from ..domain import events as ev
from ..domain.history import Effective, History
from ..domain.values import iso
from ..projections.timeline import describe

SPECVERSION = "0.5.1"
"""The version of the CDEvents specification that is written."""

STANDARD = "dev.cdevents.incident."
CUSTOM = "dev.cdeventsx.retold-incident."
STANDARD_VERSION, CUSTOM_VERSION = "0.3.0", "0.1.0"

OWN = "retold"
"""The key of `customData` under which an event stands as Retold has it."""

REPORTED = "reported"

_URI_REFERENCE = re.compile(r"[!#$%&'()*+,/:;=?@\[\]~\w.-]+", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")


class Around(NamedTuple):
    """What CDEvents say beside what is recorded: who tells them, and of which environment."""

    source: str = "/retold"
    environment: str = "production"


def cdevents(histories: Iterator[tuple[UUID, History]], around: Around) -> Iterator[dict[str, Any]]:
    """Yield a CDEvent for every event that stands, incident by incident, in effective order."""
    for incident_id, history in histories:
        told = [entry for entry in history.entries if entry.retraction is None]
        tickets, service = _tickets(told), _service(told)
        for entry in told:
            yield _cdevent(incident_id, entry, tickets, service, around)


def within_cloudevent(cdevent: Mapping[str, Any]) -> dict[str, Any]:
    """Return a CDEvent in a CloudEvent of structured form, as the binding has it."""
    context = cdevent["context"]
    return {
        "specversion": "1.0",
        "id": context["id"],
        "source": context["source"],
        "type": context["type"],
        "subject": cdevent["subject"]["id"],
        "time": context["timestamp"],
        "datacontenttype": "application/json",
        "data": cdevent,
    }


def is_uri_reference(text: str) -> bool:
    """Tell whether a text may stand where a URI or the path of one is asked for."""
    return _URI_REFERENCE.fullmatch(text) is not None


def predicate_of(kind: str) -> str:
    """Return what a kind of event is called within a type of CDEvent, which takes letters only."""
    return kind.removeprefix("incident-").replace("-", "")


def _cdevent(
    incident_id: UUID,
    entry: Effective,
    tickets: Mapping[datetime, str],
    service: str | None,
    around: Around,
) -> dict[str, Any]:
    event = entry.event
    ticket = tickets.get(event.occurred_at) if isinstance(event, ev.Declared) else None
    concerned = _service_of(event) or service
    content = {
        "description": _description(event),
        "environment": {"id": around.environment},
        "service": {"id": concerned} if concerned else None,
        "ticketURI": ticket,
    }
    return {
        "context": {
            "specversion": SPECVERSION,
            "id": str(entry.recorded.event_id),
            "source": around.source,
            "type": _type(event, ticket),
            "timestamp": iso(event.occurred_at),
        },
        "subject": {
            "id": str(incident_id),
            "content": {key: value for key, value in content.items() if value},
        },
        "customData": {OWN: _own(entry)},
        "customDataContentType": "application/json",
    }


def _own(entry: Effective) -> dict[str, Any]:
    return {
        "told_at": iso(entry.recorded.known_since),
        "event": entry.event.model_dump(mode="json", exclude_none=True),
    }


def _type(event: ev.StoryEvent, ticket: str | None) -> str:
    match event:
        case ev.Detected() | ev.Resolved():
            return f"{STANDARD}{predicate_of(event.kind)}.{STANDARD_VERSION}"
        case ev.Declared() if ticket:
            return f"{STANDARD}{REPORTED}.{STANDARD_VERSION}"
        case _:
            return f"{CUSTOM}{predicate_of(event.kind)}.{CUSTOM_VERSION}"


def _description(event: ev.StoryEvent) -> str | None:
    match event:
        case ev.Detected():
            return event.title
        case ev.Declared():
            return event.why
        case ev.Resolved():
            return event.summary
        case _:
            return describe(event)


def _service_of(event: ev.StoryEvent) -> str | None:
    match event:
        case ev.Detected():
            return next(iter(event.services), None)
        case ev.ImpactStarted() | ev.ImpactEnded():
            return event.service
        case _:
            return None


def _service(told: Sequence[Effective]) -> str | None:
    """Return the first service that a detection names: a CDEvent has room for one."""
    named = (_service_of(one.event) for one in told if isinstance(one.event, ev.Detected))
    return next(filter(None, named), None)


def _tickets(told: Sequence[Effective]) -> dict[datetime, str]:
    """Return the tickets that notes link to with the status `reported`, by moment."""
    notes = [one.event for one in told if isinstance(one.event, ev.NoteAdded)]
    return {
        note.occurred_at: note.links[0]
        for note in notes
        if note.status == REPORTED and note.links and _is_uri(note.links[0])
    }


def _is_uri(text: str) -> bool:
    return is_uri_reference(text) and _SCHEME.match(text) is not None
