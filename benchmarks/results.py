"""What was measured, its ratios to the yardsticks, and the table of it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from rounds import Figures


class Floor(NamedTuple):
    """What DESIGN asks for: a least ratio to a yardstick, or a most or least in its own unit."""

    bound: float
    against: Literal["raw", "stock", "most", "least"]

    def __str__(self) -> str:
        if self.against == "most":
            return f"<= {self.bound:,g}"
        if self.against == "least":
            return f">= {self.bound:,.0f}"
        return f">= {self.bound:g} x {self.against}"


class Result(NamedTuple):
    """One row of the table. `figures` may hold `retold`, `stock` and `raw`."""

    what: str
    database: str
    unit: str
    figures: Figures
    floor: Floor | None
    note: str = ""

    def median(self, name: str) -> float | None:
        """Return a competitor's median, if it took part."""
        return statistics.median(self.figures[name]) if name in self.figures else None

    def ratio(self, name: str) -> float | None:
        """Return the median of Retold's ratio to a yardstick in the same round."""
        if name not in self.figures or self.unit == "times":  # a ratio already
            return None
        pairs = zip(self.figures["retold"], self.figures[name], strict=True)
        return statistics.median(ours / theirs for ours, theirs in pairs)

    @property
    def is_reached(self) -> bool | None:
        """Whether the floor is reached, if there is one."""
        if self.floor is None:
            return None
        if self.floor.against == "most":
            return (self.median("retold") or 0) <= self.floor.bound
        if self.floor.against == "least":
            return (self.median("retold") or 0) >= self.floor.bound
        return (self.ratio(self.floor.against) or 0) >= self.floor.bound

    def as_json(self) -> dict[str, Any]:
        """Return the row with every round, for a file."""
        return {
            "what": self.what,
            "database": self.database,
            "unit": self.unit,
            "rounds": self.figures,
            "ratio_to_raw": self.ratio("raw"),
            "ratio_to_stock": self.ratio("stock"),
            "floor": str(self.floor) if self.floor else None,
            "reached": self.is_reached,
            "note": self.note,
        }


HEADS = ("what", "database", "unit", "retold", "stock", "raw", "/ raw", "/ stock", "floor", "")


def table(results: Sequence[Result]) -> str:
    """Return the results as a table of aligned columns, notes below it."""
    rows = [HEADS, *map(_cells, results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = [
        "  ".join(
            cell.rjust(width) if 3 <= column <= 7 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    lines.insert(1, "-" * max(map(len, lines)))
    notes = dict.fromkeys(f"{one.what}: {one.note}" for one in results if one.note)
    return "\n".join([*lines, "", *notes])


def _cells(result: Result) -> tuple[str, ...]:
    medians = [_figure(result.median(name)) for name in ("retold", "stock", "raw")]
    ratios = [_figure(result.ratio(name)) for name in ("raw", "stock")]
    reached = {True: "reached", False: "MISSED", None: ""}[result.is_reached]
    return (
        result.what,
        result.database,
        result.unit,
        *medians,
        *ratios,
        str(result.floor or "-"),
        reached,
    )


def _figure(number: float | None) -> str:
    if number is None:
        return "-"
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
