"""The sources whose exports can be imported: one line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import NamedTuple

from .news import Infer
from .records import Record
from .tellings import Skipped, Telling


class Options(NamedTuple):
    """What the caller says beside the files: the zone of times that have none."""

    zone: tzinfo | None = None


Told = Sequence[Telling] | Skipped


class Format(NamedTuple):
    """How to read one source's export.

    `read` returns what a record tells, or why it tells nothing; it raises `InvalidInput` whose
    `where` is the field. `recognises` looks only at the shape of a record. `lists` are the keys
    under which a document lists its records; `infer` tells what follows from all of an
    incident's facts together.
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
