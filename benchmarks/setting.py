"""What every measurement is told."""

from __future__ import annotations

from typing import NamedTuple

from databases import Database


class Setting(NamedTuple):
    """`events` is the size of the log that is replayed, rebuilt and asked."""

    rounds: int
    events: int
    databases: tuple[Database, ...]
