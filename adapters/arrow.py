"""Rows as an Arrow stream, for notebooks and data frames: types are declared, never guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ..domain.errors import InvalidInput
from .flat_forms import json_text
from .wording import json_value

Kind = Literal["integer", "number", "text", "json"]


def arrow_stream(rows: Sequence[Mapping[str, object]], columns: Mapping[str, Kind]) -> Any:
    """Return the PyCapsule of an Arrow C stream of rows, one batch.

    Whole numbers are int64, others float64, all else text; a column `json` holds JSON text. Null
    is what a row has as None. Needs the extra `arrow`; raises `InvalidInput` without it.

    The interface is Arrow's PyCapsule: pyarrow, polars, pandas and DuckDB read it.
    """
    try:
        import nanoarrow  # noqa: PLC0415 - an extra
    except ImportError:
        raise InvalidInput("Arrow needs the extra 'arrow': pip install 'retold[arrow]'") from None
    types = {
        "integer": nanoarrow.int64(),
        "number": nanoarrow.float64(),
        "text": nanoarrow.string(),
        "json": nanoarrow.string(),
    }
    children = [
        nanoarrow.c_array([_cell(row[name], kind) for row in rows], types[kind])
        for name, kind in columns.items()
    ]
    schema = nanoarrow.struct({name: types[kind] for name, kind in columns.items()})
    batch = nanoarrow.c_array_from_buffers(schema, len(rows), [None], children=children)
    return nanoarrow.c_array_stream(batch).__arrow_c_stream__()


def _cell(value: object, kind: Kind) -> object:
    if value is None:
        return None
    match kind:
        case "json":
            return json_text(json_value(value))
        case "text":
            return str(json_value(value))
        case "integer" | "number":
            return value
