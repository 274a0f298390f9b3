"""When tables were exported, where nobody says: their files' own dates."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from .mapping import IncidentTable
from .mapping_file import read_mapping


def dates_of(files: Sequence[str], mapping: str) -> dict[str, datetime]:
    """Return each file's date, or that of the mapping if it was changed later.

    Nothing for tables whose rows say when they changed, and for those with a row per change,
    which say nothing otherwise later.
    """
    table = read_mapping(mapping)
    if not isinstance(table, IncidentTable) or table.updated_at:
        return {}
    now = datetime.now(UTC)
    dates = {
        "stdin" if file == "-" else file: now if file == "-" else _date(file) for file in files
    }
    at_least = _date(mapping)
    return {"stdin" if file == "-" else file: max(date, at_least) for file, date in dates.items()}


def _date(file: str) -> datetime:
    with suppress(OSError):
        return datetime.fromtimestamp(Path(file).stat().st_mtime, UTC)
    return datetime.fromtimestamp(0, UTC)  # it cannot be read, and the import will say so
