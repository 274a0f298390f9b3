"""The stored form of events, with what may be personal data in envelopes, and out of them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import from_json, to_json

from ...domain.errors import UnreadableEvent
from ...domain.events import EVENT_CLASSES
from ...domain.personal import Path, Personal, personal_values, put_at
from ...domain.records import StoredRow, Tombstone
from ..backend import NewEvent
from .envelopes import MARK, Bound, field_of, is_envelope, kid_of, opened, sealed
from .keys import Key, owner_of_event, owner_of_subject


class Clear(NamedTuple):
    """An event to seal: its stored form, parsed, and what in it may be personal data."""

    event: NewEvent
    document: dict[str, Any]
    values: Sequence[Personal]

    @classmethod
    def of(cls, event: NewEvent) -> Clear:
        """Look an event over."""
        document = from_json(event.state)
        return cls(event, document, list(personal_values(document)))

    def owner(self, one: Personal) -> str:
        """Return whose key a value is sealed with."""
        if one.is_person and isinstance(one.value, str):
            return owner_of_subject(one.value)
        return owner_of_event(self.event.event_id)

    @property
    def owners(self) -> set[str]:
        """All owners of keys that sealing takes."""
        return {self.owner(one) for one in self.values}

    def sealed(self, incident_id: UUID, keys: Mapping[str, Key]) -> NewEvent:
        """Return the event with those values in envelopes."""
        bound = Bound(str(incident_id), self.event.version)
        for one in self.values:
            envelope = sealed(one.value, keys[self.owner(one)], bound.to(one.path))
            put_at(self.document, one.path, envelope)
        return self.event._replace(state=to_json(self.document))


class Envelope(NamedTuple):
    """An envelope and where it stands."""

    path: Path
    kid: UUID
    envelope: dict[str, Any]


class Read(NamedTuple):
    """A row of the log that holds envelopes."""

    row: StoredRow
    document: dict[str, Any]
    envelopes: Sequence[Envelope]

    @classmethod
    def of(cls, row: StoredRow) -> Read | None:
        """Look a row over; None if nothing in it is sealed, as far as this version can read it.

        Raises `UnreadableEvent` for a damaged envelope.
        """
        if MARK not in row.state or row.kind not in EVENT_CLASSES:
            return None
        try:
            document = from_json(row.state)
            found = [
                Envelope(one.path, kid_of(one.value), one.value)
                for one in personal_values(document)
                if is_envelope(one.value)
            ]
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise UnreadableEvent(row.position, f"its bytes are damaged: {error}") from None
        return cls(row, document, found) if found else None

    def opened(self, keys: Mapping[UUID, Key]) -> StoredRow:
        """Return the row with what was sealed: a text in its place where its key is not there.

        Raises `UnreadableEvent` for an envelope that is damaged or was taken from another place.
        """
        bound = Bound(self.row.incident, self.row.version)
        tombstones = []
        for path, kid, envelope in self.envelopes:
            key = keys.get(kid)
            if key is None or key.secret is None:
                one = Tombstone(field=field_of(path), key=kid, is_erased=key is not None)
                tombstones.append(one)
                put_at(self.document, path, one.text)
                continue
            try:
                put_at(self.document, path, opened(envelope, key, bound.to(path)))
            except ValueError as error:
                problem = f"{field_of(path)}: {error}"
                raise UnreadableEvent(self.row.position, problem) from None
        if tombstones:
            self.document["tombstones"] = [one.model_dump(mode="json") for one in tombstones]
        return self.row._replace(state=to_json(self.document))


def kids_in(rows: Sequence[StoredRow]) -> dict[UUID, set[UUID]]:
    """Return by key the events of stored rows that hold an envelope of it.

    What is damaged holds none: it is for the audit to find, and must not keep others from being
    erased.
    """
    found: dict[UUID, set[UUID]] = {}
    for row in rows:
        with suppress(UnreadableEvent):
            read = Read.of(row)
            if read is None:
                continue
            for one in read.envelopes:
                found.setdefault(one.kid, set()).add(UUID(str(read.document["event_id"])))
    return found
