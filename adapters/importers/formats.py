"""The sources whose exports can be imported: one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from .reading.records import Record
from .sayings import Infer
from .tellings import Skipped, Telling


class Options(NamedTuple):
    """What the caller says beside the files: the zone of times that have none.

    `exported_at` is when a table was exported, by its file's name: where its rows do not say when
    they changed, that tells which of two tables is newer.
    """

    zone: tzinfo | None = None
    exported_at: Mapping[str, datetime] = {}


EXPORTED_AT = "exported_at"
"""Where a record's context says when its file was exported, where that was told."""

Told = Sequence[Telling] | Skipped


class Format(NamedTuple):
    """How to read one source's export.

    `read` returns what a record tells, or why it tells nothing; it raises `InvalidInput` whose
    `where` is the field. `recognises` looks only at the shape of a record. `lists` are the keys
    under which a document that is a page lists its records; `infer` tells what follows from all
    of an incident's facts together.
    """

    system: str
    reads: str
    recognises: Callable[[Record], bool]
    read: Callable[[Record, Options], Told]
    lists: tuple[str, ...] = ()
    infer: Infer | None = None
    takes_tables: bool = False
    """Whether exports may be CSV or TSV, whose rows come as dicts from column to text."""
    encoding: str = "utf-8-sig"
    """The encoding of tables."""
    delimiter: str | None = None
    """What separates the columns of tables; None: what the header has most of."""
    misfit: Callable[[Record], str] | None = None
    """Says what is wrong with a file whose first record is not recognised."""
