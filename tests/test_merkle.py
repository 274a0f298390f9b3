"""The Merkle tree of RFC 6962: against published vectors, and against a slow recursion."""

import json
from pathlib import Path
from typing import Any

import pytest
from retold.domain import merkle
from retold.domain.errors import AuditFailed

VECTORS = Path(__file__).parents[2] / "shared" / "data" / "golden" / "rfc6962_vectors.json"
SIZE = 130
LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(SIZE)]


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    if not VECTORS.is_file():
        pytest.skip("the golden values in ../shared/data are not part of the project")
    return dict(json.loads(VECTORS.read_text()))


def slow(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 6962, section 2.1, defines it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else merkle.EMPTY_ROOT
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return merkle.node_hash(slow(leaves[:half]), slow(leaves[half:]))


def nodes(leaves: list[bytes]) -> dict[tuple[int, int], bytes]:
    """Return the hashes of all complete subtrees, as appending leaf by leaf completes them."""
    found, frontier = {}, merkle.Frontier()
    for index, leaf in enumerate(leaves):
        frontier, [completed] = frontier.extended([leaf])
        for level in range(len(completed) // merkle.DIGEST):
            found[level, index >> level] = merkle.completed_at(level, completed)
    return found


NODES = nodes(LEAVES)


def node(level: int, index: int) -> bytes:
    return NODES[level, index]


def is_valid(check: Any, *given: Any) -> bool:
    try:
        check(*given)
    except AuditFailed:
        return False
    return True


def test_hashes_and_roots_are_the_published_ones(vectors: dict[str, Any]) -> None:
    tree = vectors["tree8"]
    leaves = [merkle.leaf_hash(bytes.fromhex(one)) for one in tree["leaf_inputs_hex"]]
    assert [one.hex() for one in leaves] == tree["leaf_hashes"]
    frontier, roots = merkle.Frontier(), [merkle.EMPTY_ROOT.hex()]
    for leaf in leaves:
        frontier, _ = frontier.extended([leaf])
        roots.append(frontier.root.hex())
    assert roots == tree["root_hashes_by_size"]


def test_every_published_inclusion_probe_is_judged_as_published(vectors: dict[str, Any]) -> None:
    for probe in vectors["inclusion_probes"]:
        proof = [bytes.fromhex(one) for one in probe["proof"] or ()]
        leaf, root = bytes.fromhex(probe["leafHash"]), bytes.fromhex(probe["root"])
        given = probe["leafIdx"], probe["treeSize"], leaf, proof, root
        assert is_valid(merkle.check_inclusion, *given) is not probe["wantErr"], probe["file"]


def test_every_published_consistency_probe_is_judged_as_published(vectors: dict[str, Any]) -> None:
    for probe in vectors["consistency_probes"]:
        proof = [bytes.fromhex(one) for one in probe["proof"] or ()]
        roots = bytes.fromhex(probe["root1"]), bytes.fromhex(probe["root2"])
        given = probe["size1"], probe["size2"], proof, *roots
        assert is_valid(merkle.check_consistency, *given) is not probe["wantErr"], probe["file"]


def test_the_root_is_that_of_the_definition_for_every_size() -> None:
    frontier = merkle.Frontier()
    for size in range(SIZE + 1):
        root = slow(LEAVES[:size])
        assert frontier.root == root == merkle.root_of(size, node)
        if size < SIZE:
            frontier, _ = frontier.extended([LEAVES[size]])


def test_every_leaf_of_every_tree_is_proved_and_no_other() -> None:
    for size in range(1, SIZE + 1):
        root = merkle.root_of(size, node)
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, node)
            merkle.check_inclusion(index, size, LEAVES[index], proof, root)
            other = (index + 1) % SIZE
            assert not is_valid(merkle.check_inclusion, index, size, LEAVES[other], proof, root)


def test_every_tree_is_proved_to_begin_every_larger_one() -> None:
    roots = [merkle.root_of(size, node) for size in range(SIZE + 1)]
    for new in range(1, SIZE + 1):
        for old in range(1, new + 1):
            proof = merkle.consistency_proof(old, new, node)
            merkle.check_consistency(old, new, proof, roots[old], roots[new])
            if old < new:
                wrong = roots[old - 1]
                given = old, new, proof, wrong, roots[new]
                assert not is_valid(merkle.check_consistency, *given)


@pytest.mark.parametrize("size", [1, 2, 7, 64, 129])
def test_a_changed_proof_is_refused(size: int) -> None:
    root = merkle.root_of(size, node)
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, node)
        for number, one in enumerate(proof):
            changed = [*proof[:number], bytes([one[0] ^ 1]) + one[1:], *proof[number + 1 :]]
            given = index, size, LEAVES[index], changed, root
            assert not is_valid(merkle.check_inclusion, *given)
        longer = [*proof, LEAVES[0]]
        assert not is_valid(merkle.check_inclusion, index, size, LEAVES[index], longer, root)


def test_what_is_not_in_a_tree_has_no_proof() -> None:
    with pytest.raises(ValueError, match="has no leaf 5"):
        merkle.inclusion_proof(5, 5, node)
    with pytest.raises(ValueError, match="is no beginning"):
        merkle.consistency_proof(6, 5, node)


@pytest.mark.parametrize("first", range(0, SIZE + 1, 7))
def test_leaves_added_at_once_complete_what_they_complete_one_by_one(first: int) -> None:
    frontier, before = merkle.Frontier().extended(LEAVES[:first])

    frontier, behind = frontier.extended(LEAVES[first:])

    for index, completed in enumerate(before + behind):
        levels = range(len(completed) // merkle.DIGEST)
        assert [merkle.completed_at(level, completed) for level in levels] == [
            NODES[level, index >> level] for level in levels
        ]
        assert merkle.last_leaf_of(levels[-1], index >> levels[-1]) == index
        assert (levels[-1] + 1, index >> levels[-1] + 1) not in NODES or index & 1 << levels[
            -1
        ] == 0
    assert frontier == merkle.frontier_of(SIZE, node)
    assert frontier.root == slow(LEAVES)
