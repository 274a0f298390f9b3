"""The stock library with pydantic events, storing the same bytes: no views, its own recorder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from eventsourcing.utils import get_topic, resolve_topic
from pydantic import BaseModel, ConfigDict
from retold.domain.history import Effective
from retold.domain.incident import NOTHING_YET, Incident
from retold.domain.records import Entry, Recorded
from workload import Step


class LoggedEvent(BaseModel):
    """An event in the form that the library saves."""

    model_config = ConfigDict(frozen=True)

    originator_id: UUID
    originator_version: int
    entry: Entry


class PydanticMapper(Mapper[UUID]):
    """Writes and reads JSON with pydantic, as the library's own example does."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Return the stored form of a `LoggedEvent`."""
        return StoredEvent(
            domain_event.originator_id,
            domain_event.originator_version,
            get_topic(type(domain_event)),
            domain_event.entry.model_dump_json(exclude_none=True).encode(),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Return a `LoggedEvent`."""
        event_class = resolve_topic(stored_event.topic)
        return event_class(
            originator_id=stored_event.originator_id,
            originator_version=stored_event.originator_version,
            entry=Entry.model_validate_json(stored_event.state),
        )


class Loaded(NamedTuple):
    """An aggregate: what a decision needs."""

    id: UUID
    version: int
    incident: Incident


def loaded(aggregate: Loaded | None, events: Iterable[LoggedEvent]) -> Loaded | None:
    """Fold events into an aggregate; the library's projector function."""
    for event in events:
        incident = aggregate.incident if aggregate else NOTHING_YET
        # The fold reads the event alone, so the envelope without its position will do.
        effective = Effective(cast("Recorded", event.entry), cast("Any", event.entry.event))
        aggregate = Loaded(
            event.originator_id, event.originator_version, incident.evolve(effective)
        )
    return aggregate


class IncidentApplication(Application[UUID]):
    """The application that a user of the library would write."""

    name = "incidents"

    def construct_mapper(self) -> Mapper[UUID]:
        """Return the pydantic mapper."""
        return PydanticMapper(transcoder=JSONTranscoder())


class Stock:
    """The application, and the few calls that are measured."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Open the application, making its tables if they are not there."""
        self.application = IncidentApplication(env=dict(environment))

    def append(self, step: Step) -> None:
        """Save one event durably."""
        self.application.save(_logged(step.incident_id, step.version, step.entry))

    def command(self, step: Step) -> None:
        """Load an incident, decide to note something, save it."""
        event = step.entry.event
        found: Any = self.application.repository.get(step.incident_id, projector_func=loaded)
        decided = found.incident.note(
            event.occurred_at, text=getattr(event, "text", ""), by=event.by
        )
        entry = Entry(
            event_id=step.entry.event_id, recorded_by=step.entry.recorded_by, event=decided
        )
        self.application.save(_logged(step.incident_id, found.version + 1, entry))

    def log_after(self, position: int) -> list[tuple[int, UUID, int]]:
        """Return position, incident and version of what comes next in the log."""
        rows = self.application.recorder.select_notifications(
            position, 1_000, inclusive_of_start=False
        )
        return [(row.id, UUID(str(row.originator_id)), row.originator_version) for row in rows]

    def close(self) -> None:
        """Close the application."""
        self.application.close()


def _logged(incident_id: UUID, version: int, entry: Entry) -> Any:
    return LoggedEvent(originator_id=incident_id, originator_version=version, entry=entry)
