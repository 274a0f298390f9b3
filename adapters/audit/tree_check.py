"""The leaves that a store keeps, held against those that its events give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ...domain.merkle import DIGEST
from ...domain.records import StoredRow
from ..trees import Leaf, Tree
from .findings import Finding

PAGE = 2_000


class TreeCheck:
    """Compares a tree with the log, page by page in the order of positions."""

    def __init__(self, tree: Tree) -> None:
        """Begin at the first leaf."""
        self._tree = tree
        self._read: list[Leaf] = []  # and not compared yet
        self._index = 0  # of the next leaf to read
        self._compared = 0
        self._strange: set[int] = set()  # positions of leaves that cannot be
        self._told: set[int] = set()
        self._is_sound = True

    def compare(self, rows: Sequence[StoredRow], completed: Sequence[bytes]) -> list[Finding]:
        """Return what is wrong with the leaves of the next rows.

        `completed` is what each row's leaf completed in a tree hashed anew.
        """
        first, self._compared = self._compared, self._compared + len(rows)
        leaves = self._take(rows[-1].position, len(rows))
        given = zip(range(first, self._compared), rows, completed, strict=True)
        expected = [Leaf(index, row.position, nodes) for index, row, nodes in given]
        if self._is_sound and leaves == expected:
            return self._odd()
        findings = [*self._odd(), *_differences(leaves, rows, completed)]
        if self._is_sound and not findings:
            findings = [_not_that_of_the_log(leaves, expected)]
        self._is_sound = False  # from here on, nodes over the leaves cannot be the same
        return findings

    def finish(self, position: int) -> list[Finding]:
        """Return what is wrong with the leaves that are left, up to that position."""
        left = self._take(position, PAGE)
        return [*self._odd(), *map(_gone, left)]

    def _take(self, position: int, count: int) -> list[Leaf]:
        """Return the next leaves, those up to that position."""
        while not self._read or self._read[-1].position < position:
            found = self._tree.leaves(self._index, max(count - len(self._read), 1))
            more = list(filter(_can_be, found))
            self._strange |= {leaf.position for leaf in found if not _can_be(leaf)}
            if not more:
                break
            self._read += more
            self._index = more[-1].leaf_index + 1
        taken = [leaf for leaf in self._read if leaf.position <= position]
        self._read = [leaf for leaf in self._read if leaf.position > position]
        return taken

    def _odd(self) -> list[Finding]:
        """Return what is to be told of leaves that were met and that no Retold writes."""
        new, self._told = self._strange - self._told, self._strange | self._told
        return [Finding("this is no leaf that Retold writes", position) for position in sorted(new)]


def _can_be(leaf: Leaf) -> bool:
    """Tell whether a leaf is possible: SQLite takes anything in any column.

    An index is always below its position, which begins at 1 and may have gaps.
    """
    index, position, nodes = leaf
    return type(index) is int and 0 <= index < position and type(nodes) is bytes


def _not_that_of_the_log(leaves: Sequence[Leaf], expected: Sequence[Leaf]) -> Finding:
    there = set(leaves)
    position = next((leaf.position for leaf in expected if leaf not in there), None)
    what = "the leaf of this event is not in its place, or what it completes in the tree is wrong"
    return Finding(what, position)


def _differences(
    leaves: Sequence[Leaf], rows: Sequence[StoredRow], completed: Sequence[bytes]
) -> Iterator[Finding]:
    by_position = {leaf.position: leaf for leaf in leaves}
    for row, nodes in zip(rows, completed, strict=True):
        leaf = by_position.pop(row.position, None)
        if leaf is None:
            what = "the event has no leaf in the audit's tree: it was put in behind Retold's back"
            yield Finding(what, row.position, row.incident)
        elif leaf.nodes[:DIGEST] != nodes[:DIGEST]:
            what = (
                "the event is not as it was recorded: its bytes, kind, version, time or place"
                " was changed"
            )
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
