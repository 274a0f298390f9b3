"""The sources that can be imported: one line each."""

from __future__ import annotations

from ...domain.errors import InvalidInput
from . import statuspage
from .formats import Format
from .records import Record

FORMATS: dict[str, Format] = {one.system: one for one in (statuspage.FORMAT,)}

ALIASES = {"victorops": "splunk-oncall"}
"""Other names of the same sources."""


def format_named(name: str) -> Format:
    """Return the format of a source; raises `InvalidInput` for one that is not known."""
    found = FORMATS.get(ALIASES.get(name, name))
    if found is None:
        raise InvalidInput(f"unknown source {name!r}; known: {', '.join(sorted(FORMATS))}")
    return found


def formats_like(record: Record) -> list[Format]:
    """Return the formats that a record may be of, judged by its shape."""
    return [one for one in FORMATS.values() if one.recognises(record)]
