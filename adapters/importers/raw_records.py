"""The record as the source wrote it, kept beside the events that were read from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from ...domain.errors import InvalidInput
from ...domain.records import Entry
from ..backend import RawRecord
from .reading.records import Record


def raw_record(record: Record) -> RawRecord:
    """Return a record as compact JSON with sorted keys, and its hash.

    Raises `InvalidInput` for what no text can hold, such as a lone surrogate.
    """
    try:
        text = json.dumps(record.raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return RawRecord(hashlib.sha256(text.encode()).hexdigest(), text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"cannot be kept as text: {error}") from None


def with_raw(entries: Sequence[Entry], raw: RawRecord | None) -> list[Entry]:
    """Return the entries with the hash of the record that they were read from."""
    if raw is None:
        return list(entries)
    return [
        entry.but({"source": entry.source and entry.source.but({"raw_sha256": raw.sha256})})
        for entry in entries
    ]
