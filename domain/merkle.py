"""The Merkle tree over SHA-256 of RFC 6962: roots, proofs, and checks of proofs.

Algorithms are those of RFC 9162, section 2.1, which defines the same tree. The tree itself is
kept elsewhere: `Node` looks up the hash of a complete subtree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from .errors import AuditFailed

Node = Callable[[int, int], bytes]
"""Given a level and an index, returns the hash of the complete subtree over the leaves from
`index * 2**level` to before `(index + 1) * 2**level`."""

DIGEST = 32
"""Bytes in a hash."""

EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of what lies over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


class Frontier(NamedTuple):
    """What must be known of a tree to add to it: its complete subtrees, the largest first.

    At most 64 hashes, one for each bit that is set in `size`.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def extended(self, leaves: Sequence[bytes]) -> tuple[Frontier, list[bytes]]:
        """Return the frontier with those leaves behind, and what each of them completed.

        A leaf completes itself and every subtree that it is the last leaf of: their hashes of
        level 0, 1, 2 and so on, joined.
        """
        if len(leaves) == 1:
            return self._plus(leaves[0])
        nodes = list(leaves)
        pending = dict(zip(_levels(self.size), self.hashes, strict=True))
        level, first, hashes = 0, self.size, list(leaves)
        while hashes:  # those of the level that are new, from index `first` on
            if first & 1:
                hashes.insert(0, pending.pop(level))
            if len(hashes) & 1:
                pending[level] = hashes.pop()
            first, level = first >> 1, level + 1
            hashes = list(map(node_hash, hashes[::2], hashes[1::2]))
            for index, one in enumerate(hashes, start=first):
                nodes[last_leaf_of(level, index) - self.size] += one
        size = self.size + len(leaves)
        return Frontier(size, tuple(pending[one] for one in _levels(size))), nodes

    def _plus(self, leaf: bytes) -> tuple[Frontier, list[bytes]]:
        """Return what `extended` does for one leaf, in a third of the time."""
        hashes, last, nodes, size = list(self.hashes), leaf, leaf, self.size
        while size & 1:
            last = node_hash(hashes.pop(), last)
            nodes += last
            size >>= 1
        return Frontier(self.size + 1, (*hashes, last)), [nodes]

    @property
    def root(self) -> bytes:
        """The root of the whole tree."""
        if not self.hashes:
            return EMPTY_ROOT
        *others, root = self.hashes
        for one in reversed(others):
            root = node_hash(one, root)
        return root


def completed_at(level: int, nodes: bytes) -> bytes:
    """Return the hash of that level out of what a leaf completed."""
    return nodes[level * DIGEST : (level + 1) * DIGEST]


def last_leaf_of(level: int, index: int) -> int:
    """Return the index of the leaf that completes a subtree."""
    return (index + 1 << level) - 1


def frontier_leaves(size: int) -> list[int]:
    """Return the indices of the leaves that completed what the frontier consists of."""
    return [last_leaf_of(level, (size >> level) - 1) for level in _levels(size)]


def frontier_of(size: int, node: Node) -> Frontier:
    """Return what must be known of the tree over the first `size` leaves to add to it."""
    return Frontier(size, tuple(node(level, (size >> level) - 1) for level in _levels(size)))


def root_of(size: int, node: Node) -> bytes:
    """Return the root of the tree over the first `size` leaves."""
    return frontier_of(size, node).root


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Return the proof that the tree of `size` leaves holds the one at `index`, from the leaf up.

    Raises `ValueError` if the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    proof, begin, end = [], 0, size
    while end - begin > 1:
        middle = begin + _half(end - begin)
        if index < middle:
            proof.append(_hash_of(middle, end, node))
            end = middle
        else:
            proof.append(_hash_of(begin, middle, node))
            begin = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """Return the proof that the tree of `old` leaves is the beginning of that of `new`.

    Raises `ValueError` if `old` is none or more than `new`.
    """
    if not 0 < old <= new:
        raise ValueError(f"a tree of {old} leaves is no beginning of one of {new}")
    proof, begin, end = [], 0, new
    while old != end:
        middle = begin + _half(end - begin)
        if old <= middle:
            proof.append(_hash_of(middle, end, node))
            end = middle
        else:
            proof.append(_hash_of(begin, middle, node))
            begin = middle
    # The old root needs no proof where the old tree is one complete subtree of the new one.
    return [*([_hash_of(begin, end, node)] if begin else []), *reversed(proof)]


def check_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise `AuditFailed` unless `proof` shows `leaf` at `index` of the tree with that `root`."""
    if not 0 <= index < size or len(leaf) != DIGEST:
        raise AuditFailed(f"a tree of {size} leaves has no such leaf {index}")
    found, place = leaf, _Place(index, size - 1)
    for one in proof:
        is_left, place = place.up()
        found = node_hash(one, found) if is_left else node_hash(found, one)
    if place.last != 0 or found != root:
        raise AuditFailed(f"leaf {index} is not shown to be in the tree of {size} leaves")


def check_consistency(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Raise `AuditFailed` unless `proof` shows one tree to be the beginning of the other.

    The tree without leaves has no root that says anything, so it proves nothing of any other.
    """
    failed = AuditFailed(f"the tree of {old} leaves is not shown to be the beginning of {new}")
    if not 0 < old <= new:
        raise failed
    if old == new:
        if proof or old_root != new_root:
            raise failed
        return
    steps = _steps(old, proof, old_root)
    begin = next(steps, None)
    if begin is None:
        raise failed
    place = _Place(old - 1, new - 1).without_odd_levels()
    before = after = begin
    for one in steps:
        is_left, place = place.up()
        before = node_hash(one, before) if is_left else before
        after = node_hash(one, after) if is_left else node_hash(after, one)
    if place.last != 0 or (before, after) != (old_root, new_root):
        raise failed


class _Place(NamedTuple):
    """A node and the last node of its level, on the way up to the root."""

    node: int
    last: int

    def up(self) -> tuple[bool, _Place]:
        """Return whether the proof's next hash lies to the left, and the place above it."""
        if self.last == 0:
            raise AuditFailed("the proof is longer than the way to the root")
        node, last = self
        is_left = bool(node & 1) or node == last
        while is_left and node and not node & 1:
            node, last = node >> 1, last >> 1
        return is_left, _Place(node >> 1, last >> 1)

    def without_odd_levels(self) -> _Place:
        """Return the place above all levels where the old tree ends with a complete pair."""
        node, last = self
        while node & 1:
            node, last = node >> 1, last >> 1
        return _Place(node, last)


def _steps(old: int, proof: Sequence[bytes], old_root: bytes) -> Iterator[bytes]:
    if proof and old & (old - 1) == 0:
        yield old_root
    yield from proof


def _levels(size: int) -> list[int]:
    """Return the levels of the complete subtrees that a tree consists of, the largest first."""
    return [level for level in reversed(range(size.bit_length())) if size >> level & 1]


def _half(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _hash_of(begin: int, end: int, node: Node) -> bytes:
    size = end - begin
    if size & (size - 1) == 0 and begin % size == 0:
        level = size.bit_length() - 1
        return node(level, begin >> level)
    middle = begin + _half(size)
    return node_hash(_hash_of(begin, middle, node), _hash_of(middle, end, node))
