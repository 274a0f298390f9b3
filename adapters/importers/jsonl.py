"""Retold's own export of events: each recorded here as it is in the store that it came from.

What is kept and what is new is written out in docs/importing-jsonl.md.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field
from pydantic_core import to_json

from ...domain.errors import InvalidInput
from ...domain.events import EVENT_CLASSES, AnyEvent
from ...domain.records import Entry
from ...domain.values import Instant, Line, Source, System, refusing_invalid
from .formats import Format, Options, Told
from .reading.records import Record
from .tellings import Copied
from .wire import Wire

SYSTEM = "jsonl"
SCHEMA = "retold.events/1"
ROWS = "rows"
COLUMNS = frozenset({"event_id", "incident_id", "kind", "told_at", "event"})
OWN_COLUMNS = frozenset({"version", "position", "recorded_at"})
"""What each store gives a row itself."""

SAID_TWICE = ("kind", "occurred_at", "by")
"""What a row says beside its event and within it."""


class Row(Wire):
    """One row of the export; `version`, `position` and `recorded_at` are each store's own."""

    event_id: UUID
    incident_id: UUID
    kind: Line
    occurred_at: Instant
    told_at: Instant
    recorded_by: Line | None = None
    source: System | None = None
    source_ref: Line | None = None
    source_part: Line | None = None
    source_revised_at: Instant | None = None
    raw_sha256: str | None = None
    by: Line | None = None
    event: Annotated[AnyEvent, Field(discriminator="kind")]

    @property
    def read_from(self) -> Source | None:
        """Where the other store had read the event."""
        if self.source is None:
            return None
        return Source.model_validate(
            {
                "system": self.source,
                "ref": self.source_ref,
                "part": self.source_part,
                "revised_at": self.source_revised_at,
                "raw_sha256": self.raw_sha256,
            }
        )


KNOWN_COLUMNS = OWN_COLUMNS | Row.model_fields.keys()
LOCAL = "_local"
"""Ends the columns that an export in a zone has beside those of times."""


def recognises(record: Record) -> bool:
    """Tell whether a record looks like a row of exported events."""
    return isinstance(record.raw, dict) and record.raw.keys() >= COLUMNS


def read(record: Record, _options: Options) -> Told:
    """Return the event of one row, to be recorded as it is."""
    _refuse_other_tables(record)
    _refuse_unknown_kinds(record)
    _refuse_unknown_columns(record)
    with refusing_invalid():
        row = Row.model_validate_json(_json(record.raw))
        source = row.read_from
    # What was validated once as a row is no less valid as an entry.
    entry = Entry.assembled(
        {
            "shape": 1,
            "event_id": row.event_id,
            "told_at": row.told_at,
            "recorded_by": row.recorded_by,
            "source": source,
            "event": row.event,
        }
    )
    for column in SAID_TWICE:
        if getattr(row, column) != getattr(row.event, column):
            raise InvalidInput("says other than its event: one of them was edited", column)
    return [Copied(row.incident_id, entry)]


def _refuse_other_tables(record: Record) -> None:
    schema = record.context.get("schema", SCHEMA)
    if record.key == ROWS and schema != SCHEMA:
        raise InvalidInput(f"is {schema!r}: only {SCHEMA} can be imported", "schema")


def _refuse_unknown_kinds(record: Record) -> None:
    match record.raw:
        case {"kind": str(kind)} if kind not in EVENT_CLASSES:
            raise InvalidInput(f"unknown kind {kind!r}; a newer Retold wrote it?", "kind")


def _refuse_unknown_columns(record: Record) -> None:
    if not isinstance(record.raw, dict):
        return
    for column in record.raw:
        is_local = column.endswith(f"_at{LOCAL}")
        if (column.removesuffix(LOCAL) if is_local else column) not in KNOWN_COLUMNS:
            raise InvalidInput("no such column; a newer Retold wrote it?", column)


def _json(raw: object) -> bytes:
    try:
        return to_json(raw)
    except (ValueError, RecursionError) as error:  # a lone surrogate, bottomless nesting
        raise InvalidInput(f"cannot be read as JSON: {error}") from None


FORMAT = Format(
    SYSTEM,
    "Retold's own: export events --nl or --json",
    recognises,
    read,
    lists=(ROWS,),
)
