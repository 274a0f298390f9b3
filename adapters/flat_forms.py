"""The text of rows for programs: JSON, TSV, CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence

from .wording import visible, without_controls

Row = Mapping[str, object]


def json_text(value: object, indent: int | None = None) -> str:
    """Return a value, row or document as JSON text that no terminal takes for an order."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    # Escaped, the value stays what it is and a terminal stays what it was.
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _flat(value: object) -> str:
    match value:
        case None:
            return ""
        case bool() | list() | dict():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def tsv_text(rows: Sequence[Row], keys: Sequence[str]) -> str:
    """Return rows as tab-separated values under `keys`, if any, each cell safe to show."""
    lines = [*([keys] if keys else []), *(map(_flat, row.values()) for row in rows)]
    return "".join("\t".join(map(visible, line)) + "\n" for line in lines)


def csv_text(rows: Sequence[Row], keys: Sequence[str], *, raw: bool = False) -> str:
    """Return rows as RFC 4180 has them, without what a spreadsheet would run as a formula.

    With `raw` cells are as they are, for programs. Without `keys` there is no head.
    """
    cell = _flat if raw else _guarded
    text = io.StringIO()
    writer = csv.writer(text)
    if keys:
        writer.writerow(keys)
    writer.writerows([cell(value) for value in row.values()] for row in rows)
    return text.getvalue()


def _guarded(value: object) -> str:
    cell = _flat(value)
    safe = without_controls(cell)
    # A spreadsheet would run it as a formula, also where it only begins so once controls are gone.
    is_formula = not isinstance(value, int | float) and (
        cell.startswith(_FORMULA) or safe.lstrip().startswith(_FORMULA)
    )
    return f"'{safe}" if is_formula else safe


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How formulas begin: https://owasp.org/www-community/attacks/CSV_Injection."""
