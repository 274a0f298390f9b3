"""The audit's tree in memory."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.leaves import leaf_of
from ..domain.merkle import Frontier
from ..domain.records import StoredRow
from .trees import Leaf


class MemoryTree:
    """A `Tree` over a list."""

    def __init__(self) -> None:
        """Begin empty."""
        self._leaves: list[Leaf] = []
        self._frontier = Frontier()

    def add(self, row: StoredRow) -> None:
        """Add the leaf of the log's newest row."""
        self._frontier, [nodes] = self._frontier.extended([leaf_of(row)])
        self._leaves.append(Leaf(len(self._leaves), row.position, nodes))

    def size(self) -> int:
        """Return how many leaves there are."""
        return len(self._leaves)

    def leaves(self, first: int, limit: int) -> list[Leaf]:
        """Return leaves from an index on; see `Tree`."""
        return self._leaves[first : first + limit]

    def at(self, indices: Sequence[int]) -> dict[int, Leaf]:
        """Return the leaves at those indices."""
        return {index: self._leaves[index] for index in indices if index < len(self._leaves)}
