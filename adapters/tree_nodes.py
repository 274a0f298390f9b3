"""The subtrees of the audit's tree, looked up in the leaves that completed them."""

from __future__ import annotations

from collections.abc import Callable

from ..domain.errors import StoreMismatch
from ..domain.merkle import DIGEST, Node, completed_at, last_leaf_of
from .backend import Leaf


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
