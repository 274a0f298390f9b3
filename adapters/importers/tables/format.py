"""Tables of any tool, read as a mapping file says; the mapping is described in importing-csv.md."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import NoReturn

from ....domain.errors import InvalidInput
from ....domain.values import parse_instant
from ..formats import EXPORTED_AT, Format, Options, Told
from ..reading.records import Record
from .cells import Row
from .change_rows import read_change, what_follows
from .incidents import read_incident
from .mapping import ChangeTable, IncidentTable, Table

SYSTEM = "csv"
NEEDS_MAPPING = (
    "a table needs a mapping: draft one with retold import csv --suggest FILE > map.toml, read it"
    " over, and import with --map map.toml"
)


def format_of(table: Table) -> Format:
    """Return how to read a table as its mapping says; `read_mapping` reads one from a file."""
    return Format(
        table.source,
        f"tables, one row per {table.rows.removesuffix('s')}",
        partial(_has_all_columns, table),
        partial(_read, table),
        infer=partial(what_follows, table) if isinstance(table, ChangeTable) else None,
        takes_tables=True,
        encoding=table.encoding,
        delimiter=table.delimiter,
        misfit=partial(_missing_columns, table),
    )


def _read(table: Table, record: Record, options: Options) -> Told:
    if table.zone and options.zone and str(options.zone) != table.zone:
        problem = f"the mapping says {table.zone}, --tz {options.zone}: leave one of them away"
        raise InvalidInput(problem, "zone")
    row = Row(record.raw, table, options.zone)
    exported_at = _exported_at(record)
    if isinstance(table, IncidentTable):
        return read_incident(table, row, exported_at)
    return read_change(table, row, exported_at)


def _exported_at(record: Record) -> datetime | None:
    """Return when the table was exported, as what stands around its rows says."""
    said = record.context.get(EXPORTED_AT)
    if said is None:
        return None
    if not isinstance(said, str):
        raise InvalidInput("is no time", EXPORTED_AT)
    return parse_instant(said, EXPORTED_AT)


def _has_all_columns(table: Table, record: Record) -> bool:
    return isinstance(record.raw, dict) and table.columns.keys() <= record.raw.keys()


def _missing_columns(table: Table, record: Record) -> str:
    if not isinstance(record.raw, dict):
        return "is no table"
    missing = [
        f"{column!r} ({key})" for column, key in table.columns.items() if column not in record.raw
    ]
    columns = ", ".join(repr(name) for name in record.raw)
    return f"has no column {', '.join(missing)}; its columns are {columns}"


def _refused(_record: Record, _options: Options) -> NoReturn:
    raise InvalidInput(NEEDS_MAPPING)


FORMAT = Format(
    SYSTEM,
    "any table or spreadsheet saved as CSV, through --map FILE",
    lambda _record: False,
    _refused,
    takes_tables=True,
    misfit=lambda _record: NEEDS_MAPPING,
)
