"""The leaves that a store keeps, held against those that its events give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ...domain.merkle import DIGEST
from ...domain.records import StoredRow
from ..backend import Leaf, Tree
from .findings import Finding

PAGE = 2_000


class TreeCheck:
    """Compares a tree with the log, page by page in the order of positions."""

    def __init__(self, tree: Tree) -> None:
        """Begin at the first leaf."""
        self._tree = tree
        self._read: list[Leaf] = []  # and not compared yet
        self._index = 0  # of the next leaf to read
        self._is_sound = True

    def compare(self, rows: Sequence[StoredRow], completed: Sequence[bytes]) -> list[Finding]:
        """Return what is wrong with the leaves of the next rows.

        `completed` is what each row's leaf completed in a tree hashed anew.
        """
        leaves = self._take(rows[-1].position, len(rows))
        if self._is_sound and _are_those(leaves, rows, completed):
            return []
        self._is_sound = False  # from here on, nodes over the leaves cannot be the same
        return list(_differences(leaves, rows, completed))

    def finish(self, position: int) -> list[Finding]:
        """Return what is wrong with the leaves that are left, up to that position."""
        return [_gone(leaf) for leaf in self._take(position, PAGE)]

    def _take(self, position: int, count: int) -> list[Leaf]:
        """Return the next leaves, those up to that position."""
        while not self._read or self._read[-1].position < position:
            more = self._tree.leaves(self._index, max(count - len(self._read), 1))
            if not more:
                break
            self._read += more
            self._index = more[-1].leaf_index + 1
        taken = [leaf for leaf in self._read if leaf.position <= position]
        self._read = self._read[len(taken) :]
        return taken


def _are_those(
    leaves: Sequence[Leaf], rows: Sequence[StoredRow], completed: Sequence[bytes]
) -> bool:
    return (
        [leaf.nodes for leaf in leaves] == completed
        and [leaf.position for leaf in leaves] == [row.position for row in rows]
        and leaves[-1].leaf_index - leaves[0].leaf_index == len(leaves) - 1
    )


def _differences(
    leaves: Sequence[Leaf], rows: Sequence[StoredRow], completed: Sequence[bytes]
) -> Iterator[Finding]:
    by_position = {leaf.position: leaf for leaf in leaves}
    for row, nodes in zip(rows, completed, strict=True):
        leaf = by_position.pop(row.position, None)
        if leaf is None:
            what = "has no leaf in the audit's tree: it was put in behind Retold's back"
            yield Finding(what, row.position, row.incident)
        elif leaf.nodes[:DIGEST] != nodes[:DIGEST]:
            what = "is not as it was recorded: its bytes, kind, version, time or place was changed"
            yield Finding(what, row.position, row.incident)
    yield from map(_gone, by_position.values())
    yield from _holes(leaves)


def _holes(leaves: Sequence[Leaf]) -> Iterator[Finding]:
    for before, leaf in pairwise(leaves):
        if leaf.leaf_index != before.leaf_index + 1:
            what = (
                f"leaf {before.leaf_index} is followed by leaf {leaf.leaf_index}:"
                " events between them were removed"
            )
            yield Finding(what, leaf.position)


def _gone(leaf: Leaf) -> Finding:
    return Finding(f"the event of leaf {leaf.leaf_index} is gone", leaf.position)
