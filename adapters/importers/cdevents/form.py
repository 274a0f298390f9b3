"""The wire form of a CDEvent about an incident, as far as it is read, and what may be around it."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import Field

from ....domain.values import Line
from ..reading.json_parsing import parsed
from ..wire import MaybeText, Moment, Wire

SYSTEM = "cdevents"


class Reference(Wire):
    """Something else, such as a service, by its id within its source."""

    id: Line
    source: Line | None = None


class Content(Wire):
    """What is said of the incident."""

    description: MaybeText = None
    environment: Reference | None = None
    service: Reference | None = None
    artifact_id: Line | None = Field(None, alias="artifactId")
    ticket_uri: Line | None = Field(None, alias="ticketURI")


class Subject(Wire):
    """The incident; its id is unique within its source, which is the event's if none is named."""

    id: Line
    source: Line | None = None
    content: Content


class Context(Wire):
    """Which event it is: the id is unique within the source."""

    id: Line
    source: Line
    timestamp: Moment


class CDEvent(Wire):
    """One CDEvent."""

    context: Context
    subject: Subject
    custom_data: Any = Field(None, alias="customData")

    @property
    def ref(self) -> str:
        """The incident's reference: its source and its id."""
        return self.ref_of(self.subject.id)

    @property
    def event_ref(self) -> str:
        """The event's own reference: its source and its id."""
        return _within(self.context.source, self.context.id)

    def ref_of(self, subject_id: str) -> str:
        """Return the reference of an incident of the same source."""
        return _within(self.subject.source or self.context.source, subject_id)

    @property
    def custom(self) -> dict[str, Any]:
        """The custom data, where it is an object; other forms are not read."""
        return self.custom_data if isinstance(self.custom_data, dict) else {}


def _within(source: str, within: str) -> str:
    # Escaped, so that the first # always ends the source and no two pairs read the same.
    return f"{source.replace('%', '%25').replace('#', '%23')}#{within}"


class Enveloped(NamedTuple):
    """What a record holds: the type that it gives, and the CDEvent itself, not yet understood."""

    type: str
    cdevent: object


def opened(raw: Any) -> Enveloped | None:
    """Return what a record holds: plain, in a structured CloudEvent, or in one of binary form.

    The binary form is a message's headers beside its body, as loggers write them. Returns None
    for what is nothing of it.
    """
    match raw:
        case {"context": {"type": str(kind)}, "subject": _}:
            return Enveloped(kind, raw)
        case {"specversion": _, "id": _, "source": _, "type": str(kind)}:
            return _of_cloudevent(kind, raw.get("data"))
        case {"headers": dict(headers)}:
            named = {str(name).lower().replace("_", "-"): one for name, one in headers.items()}
            match named:
                case {"ce-id": _, "ce-type": str(kind)}:
                    return _of_cloudevent(kind, raw.get("data", raw.get("body")))
    return None


def _of_cloudevent(kind: str, data: object) -> Enveloped:
    if isinstance(data, str):
        try:
            data = parsed(data)
        except ValueError:
            return Enveloped(kind, None)
    match data:
        case {"context": {"type": str(inner)}}:
            return Enveloped(inner, data)
        case _:
            return Enveloped(kind, data)
