"""What rows of both kinds of tables have in common: which incident, and whether to read it."""

from __future__ import annotations

from pydantic import TypeAdapter

from ....domain.errors import InvalidInput
from ....domain.values import Line, refusing_invalid
from ..tellings import Skipped
from .cells import Row
from .mapping import Table

_LINE: TypeAdapter[str] = TypeAdapter(Line)

EMPTY = Skipped("an empty row")
OTHER = Skipped("not what the mapping's when asks for")


def is_left_out(table: Table, row: Row) -> Skipped | None:
    """Return why a row is not read at all, None if it is."""
    if not row.filled:
        return EMPTY
    return None if table.when is None or table.when.holds(row.text) else OTHER


def incident_ref(table: Table, row: Row) -> str:
    """Return the table's own id of the incident; raises `InvalidInput` if there is none."""
    ref = row.text(table.id)
    if ref is None:
        raise InvalidInput("is empty: no row without the incident's id", table.id)
    return line(ref, table.id)


def line(text: str, where: str) -> str:
    """Return a text that names something; raises `InvalidInput` if it is too long for a name."""
    with refusing_invalid(where):
        return _LINE.validate_python(text, strict=True)
