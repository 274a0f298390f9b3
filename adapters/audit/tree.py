"""The audit's tree of a store: its root at any size, and proofs from it."""

from __future__ import annotations

from bisect import bisect_left

from ...domain.errors import AuditFailed, IncidentNotFound
from ...domain.merkle import (
    Node,
    check_consistency,
    consistency_proof,
    inclusion_proof,
    root_of,
)
from ..trees import Tree, nodes_of
from .checkpoints import Checkpoint


def checkpoint_of(tree: Tree, origin: str, size: int | None = None) -> Checkpoint:
    """Return the checkpoint of the tree as it is, or as it was at an earlier size."""
    size = tree.size() if size is None else size
    return Checkpoint(origin, size, root_of(size, _node(tree)))


def leaf_index_of(tree: Tree, position: int) -> int:
    """Return the index of the leaf of the event at that position.

    Raises `IncidentNotFound` if it has none.
    """
    # Without gaps in the log, position and index differ by one; else it is further down.
    index = bisect_left(
        range(min(position, tree.size())), position, key=lambda index: _position(tree, index)
    )
    if _position(tree, index) != position:
        raise IncidentNotFound(f"no leaf of the audit's tree is of the event at {position}")
    return index


def included(tree: Tree, index: int, size: int) -> tuple[bytes, ...]:
    """Return the proof that the leaf at `index` is in the tree of `size` leaves."""
    return tuple(inclusion_proof(index, size, _node(tree)))


def check_extends(tree: Tree, old: Checkpoint, new: Checkpoint) -> None:
    """Raise `AuditFailed` unless what `old` was signed over is the beginning of `new`."""
    if old.size > new.size:
        raise AuditFailed(
            f"the last checkpoint was signed over {old.size:,} events, here are {new.size:,}:"
            " cut off, or an old backup was restored"
        )
    if old.size:
        proof = consistency_proof(old.size, new.size, _node(tree))
        check_consistency(old.size, new.size, proof, old.root, new.root)


def _node(tree: Tree) -> Node:
    return nodes_of(lambda index: tree.at([index]).get(index))


def _position(tree: Tree, index: int) -> int:
    leaf = tree.at([index]).get(index)
    return leaf.position if leaf else 0
