"""When tables were exported, where nobody says: their files' own dates."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from .mapping import ChangeTable
from .mapping_file import read_mapping


def dates_of(files: Sequence[str], mapping: str) -> dict[str, datetime]:
    """Return each file's date, or that of the mapping if it was changed later.

    Nothing for tables whose rows say when they changed. A row of a change without a key never
    says anything otherwise itself: its mapping's date alone tells how it was read last.
    """
    table = read_mapping(mapping)
    if table.updated_at:
        return {}
    if isinstance(table, ChangeTable) and not table.key:
        return {"stdin" if file == "-" else file: _date(mapping) for file in files}
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
