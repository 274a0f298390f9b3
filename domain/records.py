"""The envelope around an event, and its stored form: JSON text, written and read by pydantic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError

from .errors import InvalidInput, UnreadableEvent
from .events import EVENT_CLASSES, AnyEvent
from .personal import Path, put_at
from .values import Frozen, Instant, Line, Source

MAX_STATE_BYTES = 1_048_576


class Entry(Frozen):
    """An event on its way into the store, with what the writer knows about its recording.

    `event_id` is the writer's: entering the same entry again changes nothing.
    `told_at` is when somebody first put the fact on record in any system; None means that
    this recording is the first.
    """

    shape: Literal[1] = 1
    event_id: UUID
    told_at: Instant | None = None
    recorded_by: Line | None = None
    source: Source | None = None
    event: Annotated[AnyEvent, Field(discriminator="kind")]


class Tombstone(Frozen):
    """What stands in place of a value that cannot be read.

    `field` is where it stands, as in `event.text`, and `key` the id of the key that it was sealed
    with: destroyed for ever if `is_erased`, else only not at hand.
    """

    field: str
    key: UUID
    is_erased: bool

    @property
    def text(self) -> str:
        """What is read there."""
        return ERASED if self.is_erased else SEALED


ERASED = "[erased]"
SEALED = "[sealed]"


class Recorded(Entry):
    """An event as the store holds it.

    `version` counts 1, 2, 3… within the incident. `position` orders the whole log and may have
    gaps. `recorded_at` is the store's own clock, read while it held the right to write.
    `tombstones` name the values that cannot be read, and stand where they stood.
    """

    incident_id: UUID
    version: int
    position: int
    recorded_at: Instant
    tombstones: tuple[Tombstone, ...] = ()

    @property
    def known_since(self) -> datetime:
        """When people could first have known the fact, in whatever system."""
        return self.told_at or self.recorded_at


def provisional(
    incident_id: UUID, entries: Sequence[Entry], *, after: int, now: datetime
) -> list[Recorded]:
    """Return entries as they will be recorded behind version `after`, but for the position.

    The log alone knows positions, and knows them later; `now` stands for its own clock.
    """
    return [
        Recorded.assembled(
            {
                **entry.__dict__,
                "incident_id": incident_id,
                "version": version,
                "position": 0,
                "recorded_at": now,
                "tombstones": (),
            }
        )
        for version, entry in enumerate(entries, start=after + 1)
    ]


class StoredRow(NamedTuple):
    """One row of the log, as every backend reads it: ids and times still text, for speed."""

    position: int
    incident: str
    """The incident's id."""
    version: int
    kind: str
    state: bytes
    recorded_at: str
    """ISO 8601 in UTC."""

    @property
    def incident_id(self) -> UUID:
        """The incident's id."""
        return UUID(self.incident)


def is_recording_of(recorded: Recorded, said: Entry | AnyEvent) -> bool:
    """Tell whether `recorded` may be the recording of an entry, or of an event.

    It is if they are the same in all that can still be read.
    """
    is_entry = isinstance(said, Entry)
    there = Entry.assembled({name: getattr(recorded, name) for name in Entry.model_fields})
    if not recorded.tombstones:
        return (there if is_entry else there.event) == said
    document = said.model_dump(mode="json") if is_entry else {"event": said.model_dump(mode="json")}
    for one in recorded.tombstones:
        put_at(document, path_of(one.field), one.text)
    kept = there.model_dump(mode="json")
    return document == (kept if is_entry else {"event": kept["event"]})


def path_of(field: str) -> Path:
    """Return the path that a tombstone's `field` writes with dots."""
    return tuple(int(step) if step.isdecimal() else step for step in field.split("."))


def encode(entry: Entry) -> bytes:
    """Return the stored form of `entry`.

    An entry is valid by being there, and what is valid reads back from its stored form as it was.
    Raises `InvalidInput` for an event of a class of the caller's own, and if it takes over 1 MiB.
    """
    if type(entry) is not Entry or EVENT_CLASSES.get(entry.event.kind) is not type(entry.event):
        raise InvalidInput(f"{type(entry.event).__name__} in {type(entry).__name__} is no event")
    # The model's own serializer: what pydantic wraps around it costs as much as it does.
    state = Entry.__pydantic_serializer__.to_json(entry, exclude_none=True)
    if len(state) > MAX_STATE_BYTES:
        raise InvalidInput(f"the event takes {len(state)} bytes; at most {MAX_STATE_BYTES}")
    return state


def decode(rows: Sequence[StoredRow]) -> list[Recorded]:
    """Read stored rows.

    Raises `UnreadableEvent` naming the first position of unknown kind, newer shape or damage.
    """
    # One call for the whole list: the parser then builds every object outside Python.
    try:
        records = _RECORDS.validate_json(b"[" + b",".join(map(_joined, rows)) + b"]")
    except (ValidationError, TypeError):
        records = []
    if len(records) == len(rows) and all(
        recorded.event.kind == row.kind and row.state.endswith(b"}")
        for recorded, row in zip(records, rows, strict=True)
    ):
        return records
    return [_decode_one(row) for row in rows]


_RECORDS = TypeAdapter(list[Recorded])


def _joined(row: StoredRow) -> bytes:
    position, incident, version, _, state, recorded_at = row
    # Behind the state's own fields: of two of one name the later counts, and it is the column.
    columns = (
        f',"position":{position},"incident_id":"{incident}",'
        f'"version":{version},"recorded_at":"{recorded_at}"}}'
    )
    return state[:-1] + columns.encode()


def _decode_one(row: StoredRow) -> Recorded:
    if row.kind not in EVENT_CLASSES:
        raise UnreadableEvent(row.position, f"unknown kind {row.kind!r}; a newer Retold wrote it?")
    if not isinstance(row.state, bytes):  # SQLite keeps text in any column
        raise UnreadableEvent(row.position, "its bytes are damaged: it is kept as text")
    if not (row.state.startswith(b"{") and row.state.endswith(b"}")):
        raise UnreadableEvent(row.position, "its bytes are damaged: no JSON object")
    try:
        recorded = Recorded.model_validate_json(_joined(row))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        if place == "shape":
            raise UnreadableEvent(row.position, "a newer Retold wrote it; upgrade") from None
        raise UnreadableEvent(row.position, f"{place or 'bytes'}: {first['msg']}") from None
    if recorded.event.kind != row.kind:
        raise UnreadableEvent(
            row.position, f"filed as {row.kind!r} but reads {recorded.event.kind!r}"
        )
    return recorded
