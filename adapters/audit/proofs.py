"""Proofs that an event is in the log, as https://c2sp.org/tlog-proof has them (version 1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...domain.errors import InvalidInput
from ...domain.merkle import check_inclusion, leaf_hash
from .checkpoints import Checkpoint, opened_checkpoint
from .keys import VerifierKey
from .lines import base64_of, bytes_of, hash_of, number_of

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63
"""Hashes on the way from a leaf to the root of the largest tree."""

_EXTRA = "extra "
_INDEX = "index "


class Proof(NamedTuple):
    """That the leaf at `leaf_index` is in the tree of a signed checkpoint; `str` writes it.

    `hashes` are those beside the way from the leaf up to the root. Retold puts the leaf's entry
    into `extra`, so that a proof says of what it is one.
    """

    leaf_index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    @classmethod
    def parsed(cls, text: str) -> Proof:
        """Read a proof; raises `InvalidInput` unless its form is exactly the specified one.

        Nothing of it is checked by that: `check_proof` does.
        """
        head, blank, checkpoint = text.partition("\n\n")
        header, *lines = head.split("\n")
        if header != HEADER or not blank:
            raise InvalidInput(f"no first line {HEADER} with a checkpoint below", "proof")
        extra = None
        if lines and lines[0].startswith(_EXTRA):
            extra = bytes_of(lines.pop(0).removeprefix(_EXTRA), "proof, extra")
        if not lines or not lines[0].startswith(_INDEX):
            raise InvalidInput("no line 'index NUMBER'", "proof")
        index = number_of(lines.pop(0).removeprefix(_INDEX), "proof, index")
        if len(lines) > MAX_HASHES:
            raise InvalidInput(f"more than {MAX_HASHES} hashes", "proof")
        hashes = tuple(hash_of(line, "proof, hash") for line in lines)
        return cls(index, hashes, checkpoint, extra)

    def __str__(self) -> str:
        extra = [] if self.extra is None else [f"{_EXTRA}{base64_of(self.extra)}"]
        head = [HEADER, *extra, f"{_INDEX}{self.leaf_index}", *map(base64_of, self.hashes)]
        return "\n".join(head) + f"\n\n{self.checkpoint}"


def check_proof(proof: Proof, leaf_entry: bytes, vkeys: Sequence[VerifierKey]) -> Checkpoint:
    """Return the checkpoint whose tree holds the entry, once that is shown.

    Raises `InvalidInput` for what is no signed checkpoint; `AuditFailed` if no known key signed
    it, or if its tree is not shown to hold the entry at that index.
    """
    checkpoint = opened_checkpoint(proof.checkpoint, vkeys)
    leaf = leaf_hash(leaf_entry)
    check_inclusion(proof.leaf_index, checkpoint.size, leaf, proof.hashes, checkpoint.root)
    return checkpoint
