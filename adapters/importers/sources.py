"""The sources that can be imported: one line each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...domain.errors import InvalidInput
from . import (
    alertmanager,
    cdevents,
    firehydrant,
    google_cloud,
    incident_io,
    jsonl,
    opsgenie,
    pagerduty,
    servicenow,
    splunk_oncall,
    statuspage,
    tables,
)
from .formats import Format
from .reading.files import records
from .reading.records import Record
from .reading.volume import Volume
from .tables.mapping_file import read_mapping

FORMATS: dict[str, Format] = {
    one.system: one
    for one in (
        alertmanager.FORMAT,
        cdevents.FORMAT,
        firehydrant.FORMAT,
        google_cloud.FORMAT,
        incident_io.FORMAT,
        jsonl.FORMAT,
        opsgenie.FORMAT,
        pagerduty.FORMAT,
        servicenow.FORMAT,
        splunk_oncall.FORMAT,
        statuspage.FORMAT,
        tables.FORMAT,
    )
}

ALIASES = {"victorops": "splunk-oncall"}
"""Other names of the same sources."""


def format_named(name: str) -> Format:
    """Return the format of a source; raises `InvalidInput` for one that is not known."""
    found = FORMATS.get(ALIASES.get(name, name))
    if found is None:
        raise InvalidInput(f"unknown source {name!r}; known: {', '.join(sorted(FORMATS))}")
    return found


def records_as(form: Format, file: str, volume: Volume | None = None) -> Iterator[Record]:
    """Yield the records of a file, read as one of that format; see `records`."""
    return records(
        file,
        form.lists,
        tables=form.takes_tables,
        encoding=form.encoding,
        delimiter=form.delimiter,
        volume=volume,
    )


def format_mapped(file: str | Path) -> Format:
    """Return how to read tables as a mapping file says.

    Raises `InvalidInput` with file, line and key for what is wrong with it, and for the name of a
    source that is imported otherwise: the two would not know each other's events.
    """
    table = read_mapping(file)
    if table.source in {*FORMATS, *ALIASES}:
        problem = f"retold import {table.source} reads that source itself: choose another name"
        raise InvalidInput(problem, f"{file} source")
    return tables.format_of(table)
