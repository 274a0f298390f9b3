"""Markdown's tables, and times in them: in UTC, and in another zone beside it where asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

from .wording import markdown, moment

Cells = Iterable[str]


def table(head: Cells, rows: Iterable[Cells]) -> str:
    """Return a table of cells that are Markdown already."""
    heads = list(head)
    lines = [heads, ["---"] * len(heads), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def time_heads(zone: tzinfo | None, what: str = "") -> tuple[str, ...]:
    """Return the headings over the cells of `times`."""
    before = f"{what} " if what else ""
    return (f"{before}UTC", *([f"{before}{markdown(str(zone))}"] if zone else []))


def times(at: datetime | None, zone: tzinfo | None, absent: str = "not recorded") -> Cells:
    """Return a time in UTC, and in the zone if there is one."""
    if at is None:
        return (absent, *([""] if zone else []))
    return (moment(at), *([moment(at, zone)] if zone else []))


def event_ids(*ids: object) -> str:
    """Return event ids, those that are there, as code."""
    return ", ".join(f"`{one}`" for one in ids if one is not None)
