"""Checkpoints, what a log's tree was at some size, as https://c2sp.org/tlog-checkpoint has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...domain.errors import AuditFailed, InvalidInput
from .keys import SigningKey, VerifierKey
from .lines import base64_of, hash_of, number_of
from .signed_notes import opened_note, signed_note

_WHERE = "checkpoint"


class Checkpoint(NamedTuple):
    """The root of the tree over the first `size` leaves of the log named `origin`.

    `str` writes the text that is signed, without extension lines.
    """

    origin: str
    size: int
    root: bytes

    @classmethod
    def parsed(cls, text: str) -> Checkpoint:
        """Read the text that is signed; extension lines are read over.

        Raises `InvalidInput` unless its form is exactly the specified one.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise InvalidInput("no three lines: origin, size and root", _WHERE)
        origin, size, root = lines[:3]
        return cls(origin, number_of(size, f"{_WHERE}, size"), hash_of(root, f"{_WHERE}, root"))

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64_of(self.root)}\n"


def signed_checkpoint(checkpoint: Checkpoint, keys: Sequence[SigningKey]) -> str:
    """Return the checkpoint as a note signed with each of the keys, more than one at a rotation.

    Raises `InvalidInput` without a key, and for a key that is not named after the log.
    """
    for key in keys:
        if key.name != checkpoint.origin:
            raise InvalidInput(f"the key of {key.name} does not sign {checkpoint.origin}", _WHERE)
    return signed_note(str(checkpoint), keys)


def opened_checkpoint(note: str, vkeys: Sequence[VerifierKey]) -> Checkpoint:
    """Return the checkpoint in a signed note, once a known key of that log is seen to have signed.

    Raises `InvalidInput` for what is no signed checkpoint; `AuditFailed` if no known key signed
    it, if a known key's signature is wrong, or if only keys of other names signed.
    """
    text, signers = opened_note(note, vkeys)
    checkpoint = Checkpoint.parsed(text)
    names = {vkey.name for vkey in signers}
    if checkpoint.origin not in names:
        by = ", ".join(sorted(names))
        raise AuditFailed(f"the checkpoint of {checkpoint.origin} is only signed by {by}")
    return checkpoint
