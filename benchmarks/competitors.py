"""Opens the three competitors on one kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from databases import Addresses, Database
from raw_side import RAW
from retold_side import Retold
from stock_side import Stock


@contextmanager
def opened(database: Database) -> Iterator[dict[str, Any]]:
    """Open each on a fresh database, by name."""
    with opened_at(database.fresh(), database.name) as competitors:
        yield competitors


@contextmanager
def opened_at(addresses: Addresses, database: str) -> Iterator[dict[str, Any]]:
    """Open each where it has its database, by name."""
    competitors = {
        "retold": Retold(addresses.retold),
        "stock": Stock(addresses.stock),
        "raw": RAW[database](addresses.raw),
    }
    try:
        yield competitors
    finally:
        for competitor in competitors.values():
            competitor.close()
