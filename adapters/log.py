"""The log as an `eventsourcing` application, for hosts that follow it with that library's tools.

Retold itself writes through `Store`, which keeps the views in step; this door is for reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import (
    ApplicationRecorder,
    InfrastructureFactory,
    JSONTranscoder,
    Mapper,
    Notification,
    Recording,
    StoredEvent,
)
from eventsourcing.popo import POPOFactory
from eventsourcing.utils import Environment

from ..domain.errors import InvalidInput
from ..domain.records import Entry, Recorded, StoredRow, decode, encode
from ..domain.values import iso


@dataclass(frozen=True)
class LogNotification(Notification):
    """A row of our log in the library's form, with the column that only ours has."""

    recorded_at: str


@dataclass(frozen=True)
class LoggedEvent:
    """A recorded event in the form that the library hands to projections."""

    recorded: Recorded

    @property
    def originator_id(self) -> UUID:
        """The incident's id, under the library's name."""
        return self.recorded.incident_id

    @property
    def originator_version(self) -> int:
        """The version within the incident, under the library's name."""
        return self.recorded.version


class KindMapper(Mapper[UUID]):
    """Maps by our closed table of kinds: a stored string is looked up, never imported."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:  # Any: the library's protocol
        """Return the library's form of a `LoggedEvent`."""
        recorded: Recorded = domain_event.recorded
        entry = Entry(**{name: getattr(recorded, name) for name in Entry.model_fields})
        return StoredEvent(
            recorded.incident_id, recorded.version, recorded.event.kind, encode(entry)
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:  # Any: the library's protocol
        """Return a `LoggedEvent`; raises `UnreadableEvent`."""
        return LoggedEvent(decode([row_of(stored_event)])[0])


def row_of(stored: StoredEvent) -> StoredRow:
    """Return our row for the library's; without the log's columns it reads as position 0, 1970."""
    return StoredRow(
        position=getattr(stored, "id", 0),
        incident=str(stored.originator_id),
        version=stored.originator_version,
        kind=stored.topic,
        state=stored.state,
        recorded_at=getattr(stored, "recorded_at", iso(datetime.fromtimestamp(0, UTC))),
    )


def notification_of(row: StoredRow) -> LogNotification:
    """Return the library's form of a row."""
    return LogNotification(
        id=row.position,
        originator_id=row.incident_id,
        originator_version=row.version,
        topic=row.kind,
        state=row.state,
        recorded_at=row.recorded_at,
    )


class IncidentLog(Application[UUID]):
    """The log, to be followed with the library's `ProjectionRunner` and its kin.

    It takes no setting from the environment, where the library would look for code to import.
    """

    name = "retold"

    def __init__(self, recorder: ApplicationRecorder) -> None:
        """Open the application over one of our recorders."""
        self._opened_recorder = recorder
        super().__init__()

    def construct_env(self, name: str, env: object = None) -> Environment:
        """Return an empty environment."""
        return Environment(name, {})

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        """Return a factory that owns nothing: the recorder is already there."""
        return POPOFactory(env)

    def construct_mapper(self) -> Mapper[UUID]:
        """Return the mapper by kinds."""
        return KindMapper(transcoder=JSONTranscoder())

    def construct_recorder(self) -> ApplicationRecorder:
        """Return the recorder that was opened."""
        return self._opened_recorder

    def save(self, *objs: object, **kwargs: Any) -> list[Recording[UUID]]:
        """Refuse: what is saved here would miss the views."""
        raise InvalidInput("record through Retold's store, which keeps the views in step")
