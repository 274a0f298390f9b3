"""JSON read strictly: what two programs could read in two ways is refused."""

from __future__ import annotations

import json
import math
from json import JSONDecodeError
from typing import Any, NoReturn


def parsed(text: bytes | str) -> Any:
    """Parse JSON strictly; raises `ValueError`.

    No NaN, no number beyond all floats, no key twice, no bottomless nesting.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig")
    try:
        return DECODER.decode(text)
    except JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"{error.msg} at {where}") from None
    except RecursionError:
        raise ValueError("nested too deep") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is beyond all numbers")
    return number


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


DECODER = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_each_once
)
