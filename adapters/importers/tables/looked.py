"""An unknown table, looked at: which column is the id, and what one row stands for."""

from __future__ import annotations

from collections.abc import Sequence

from .guesses import CHANGED, ID, is_expected, is_state, like, named
from .sample import columns_of
from .times import agreed, times_of

NOT_SAID = frozenset({"?", "-", "--", "n/a", "na", "null", "nil", "tbc", "tbd"})
STATES = 60
"""A column of more different values holds no states."""


class Looked:
    """What a table's columns hold, and what one row of it is."""

    def __init__(self, rows: Sequence[dict[str, str]]) -> None:
        self.rows = rows
        self.columns = {one.name: one for one in columns_of(rows)}
        self.id = self._id()
        found = {
            name: times
            for name, seen in self.columns.items()
            if name != self.id and (times := times_of(seen)) is not None
        }
        self.dated = agreed(found)
        self.times = {name: times for name, times in self.dated.items() if not is_expected(name)}
        self.others = [
            name
            for name, seen in self.columns.items()
            if name != self.id and name not in self.dated and seen.filled
        ]
        # Two rows may tell of one incident by mistake; where a tenth does, rows are changes.
        ids = self.columns[self.id].values
        self.is_changes = bool(self.times) and ids.total() * 10 >= len(ids) * 11
        self.states = [
            name
            for name in self.others
            if is_state(name) and len(self.columns[name].values) <= STATES
        ][:2]

    def _id(self) -> str:
        most = 0.95 * len(self.rows)
        full = [name for name, seen in self.columns.items() if seen.filled >= most]
        unique = [name for name in full if len(self.columns[name].values) == len(self.rows)]
        no_time = [name for name in (*unique, *full) if times_of(self.columns[name]) is None]
        return [*named(full, ID), *no_time, *self.columns][0]

    def says(self, row: dict[str, str], column: str) -> bool:
        """Tell whether a row has a time in a column."""
        return bool(row.get(column)) and row[column] not in self.times[column].words

    @property
    def changed_at(self) -> str:
        """The time that is another one from row to row of one incident."""

        def different(column: str) -> int:
            return len({(row[self.id], row[column]) for row in self.rows})

        likely = [*named(self.times, CHANGED), *self.times]
        return max(likely, key=different)

    def missing(self, used: Sequence[str]) -> list[str]:
        """Return the words that say that there is nothing, in columns of times and elsewhere."""
        words = dict.fromkeys(word for name in used for word in self.times[name].words)
        for seen in self.columns.values():
            words |= dict.fromkeys(one for one in seen.values if one.casefold() in NOT_SAID)
        return list(words)

    def first(self, names: Sequence[str], stems: Sequence[str]) -> str | None:
        """Return the column of no time that is called so, or in whose name a word begins so."""
        free = [name for name in self.others if name not in self.states]
        return next(iter([*named(free, names), *like(free, stems)]), None)
