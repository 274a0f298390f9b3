"""What the audit asks of the tree that a database keeps beside its log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from ..domain.errors import StoreMismatch
from ..domain.merkle import DIGEST, Node, completed_at, last_leaf_of


class Leaf(NamedTuple):
    """The leaf of one event in the audit's tree.

    `nodes` are the hashes of the subtrees that it completed, joined: the leaf's own first.
    """

    leaf_index: int
    position: int
    nodes: bytes


class Tree(Protocol):
    """The leaves of the audit's tree: one for each event, in the order of positions, for ever.

    Raises `StorageUnavailable` as `Backend` does.
    """

    def size(self) -> int:
        """Return how many leaves there are."""
        ...

    def leaves(self, first: int, limit: int) -> list[Leaf]:
        """Return up to `limit` leaves from index `first` on, in the order of the tree."""
        ...

    def at(self, indices: Sequence[int]) -> dict[int, Leaf]:
        """Return those leaves that the tree has at these indices."""
        ...


def nodes_of(leaf_at: Callable[[int], Leaf | None]) -> Node:
    """Return the lookup of subtrees over that of leaves.

    It raises `StoreMismatch` for what the tree does not hold: then somebody changed it.
    """

    def node(level: int, index: int) -> bytes:
        last = last_leaf_of(level, index)
        leaf = leaf_at(last)
        found = completed_at(level, leaf.nodes) if leaf else b""
        if len(found) != DIGEST:
            raise StoreMismatch(
                f"leaf {last} of the audit's tree is gone or damaged: history was changed behind"
                " Retold's back; `retold audit verify` says where"
            )
        return found

    return node
