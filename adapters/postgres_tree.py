"""The audit's tree in PostgreSQL: the statement that appends events adds their leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .backend import Leaf

_LEAVES = "SELECT leaf_index, position, nodes FROM {s}.retold_leaves"


class PostgresTree:
    """A `Tree` in one table."""

    def __init__(self, fetch: Callable[[str, tuple[Any, ...]], list[Any]]) -> None:
        """Read through `fetch`, which runs a query in the store's schema."""
        self._fetch = fetch

    def size(self) -> int:
        """Return how many leaves there are."""
        # Not counted, which would take longer with every leaf: indices have no holes.
        size = "SELECT coalesce(max(leaf_index) + 1, 0) FROM {s}.retold_leaves"
        return int(self._fetch(size, ())[0][0])

    def leaves(self, first: int, limit: int) -> list[Leaf]:
        """Return leaves from an index on; see `Tree`."""
        where = "WHERE leaf_index >= %s ORDER BY leaf_index LIMIT %s"
        return list(map(Leaf._make, self._fetch(f"{_LEAVES} {where}", (first, limit))))

    def at(self, indices: Sequence[int]) -> dict[int, Leaf]:
        """Return the leaves at those indices."""
        found = self._fetch(f"{_LEAVES} WHERE leaf_index = ANY(%s)", (list(indices),))
        return {leaf.leaf_index: leaf for leaf in map(Leaf._make, found)}
