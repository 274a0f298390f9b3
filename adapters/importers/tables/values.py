"""Where a mapping takes a value from: a column, several, always the same, or a condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from ....domain.values import Frozen

Lookup = Callable[[str], str | None]
"""Finds what a column holds; None where it is missing."""

Column = Annotated[str, Field(min_length=1, max_length=200)]


def as_several(value: object) -> object:
    """Return a text as one of several, and a list as several."""
    match value:
        case str():
            return (value,)
        case list() | tuple():
            return tuple(value)
        case _:
            raise ValueError("write a text, or a list of texts")


Columns = Annotated[tuple[Column, ...], BeforeValidator(as_several)]
"""One column or several, written as a text or a list of texts."""

Words = Annotated[tuple[str, ...], BeforeValidator(as_several)]


class Value(Frozen):
    """One value of an event, as a mapping writes it.

    `"Owner"` is a column; `["Owner", "Team"]` the first of these columns that holds something;
    `{ always = "sev2" }` a constant; `{ column = "Tags", split = ";" }` a list in one column;
    `{ column = "State", is = ["Cancelled"] }` and `is_not` are true or false.
    """

    columns: Columns = ()
    always: str | bool | None = None
    split: Annotated[str, Field(min_length=1)] | None = None
    is_in: Words | None = Field(default=None, alias="is")
    is_not_in: Words | None = Field(default=None, alias="is_not")

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, written: Any) -> Any:
        match written:
            case str() | list():
                return {"columns": written}
            case bool():
                return {"always": written}
            case {"column": str(column), **rest} if "columns" not in rest:
                return {"columns": column, **rest}
            case {"always": _}:
                return written
            case _:
                raise ValueError(
                    'write a column\'s name, or { always = "…" }, or { column = "…", is = ["…"] }'
                )

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        tests = [one for one in (self.split, self.is_in, self.is_not_in) if one is not None]
        if (self.always is None) == (not self.columns) or (tests and self.always is not None):
            raise ValueError("write either a column or always")
        if len(tests) > 1:
            raise ValueError("write one of split, is and is_not")
        return self

    @property
    def is_condition(self) -> bool:
        """Whether it is true or false."""
        return isinstance(self.always, bool) or (self.is_in or self.is_not_in) is not None

    def holds(self, lookup: Lookup) -> bool:
        """Tell whether a condition is true of a row; upper and lower case are the same."""
        if isinstance(self.always, bool):
            return self.always
        found = (self.text(lookup) or "").casefold()
        if self.is_in is not None:
            return found in {word.casefold() for word in self.is_in}
        return found not in {word.casefold() for word in self.is_not_in or ()}

    def text(self, lookup: Lookup) -> str | None:
        """Return what a row says, None where nothing."""
        if isinstance(self.always, str):
            return self.always
        return next(iter(self.texts(lookup)), None)

    def texts(self, lookup: Lookup) -> tuple[str, ...]:
        """Return all that a row says in these columns, each once."""
        if isinstance(self.always, str):
            return (self.always,)
        cells = [cell for column in self.columns if (cell := lookup(column)) is not None]
        if self.split is not None:
            cells = [part.strip() for cell in cells for part in cell.split(self.split)]
        return tuple(dict.fromkeys(cell for cell in cells if cell))
