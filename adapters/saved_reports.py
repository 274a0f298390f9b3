"""Reports kept in files, made again from what they carry."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..domain.errors import InvalidInput
from ..domain.history import Cut
from ..projections.measures import Measure
from .flat_forms import json_text
from .reader import Reader
from .report_forms import document
from .reporting import moment_of, report_of
from .reports import Query


def reproduced(reader: Reader, file: str) -> list[str]:
    """Make a saved report again and return how it differs, line by line; nothing if it does not.

    The definitions and the cut are the file's own. Raises `InvalidInput` for a file that is no
    saved report.
    """
    try:
        text = Path(file).read_text("utf-8")
        saved = json.loads(text)
        query = Query.model_validate_json(json.dumps(saved["query"]))
        cut = Cut.model_validate_json(json.dumps(saved["cut"]))
        measures = [_measure(one) for one in saved["definitions"]]
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise InvalidInput(f"is no report saved with --output as JSON: {error}", file) from None
    again = report_of(Reader(reader.backend, measures), query, cut, moment_of(cut))
    told = json_text(document(again), indent=2) + "\n"
    return list(
        difflib.unified_diff(
            text.splitlines(), told.splitlines(), file, "made again", lineterm="", n=1
        )
    )


def _measure(definition: Any) -> Measure:
    return Measure.model_validate_json(json.dumps(definition["as_written"]))
