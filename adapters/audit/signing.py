"""Signing a store's tree, and keeping what was signed where the database cannot reach it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...domain.errors import AuditFailed
from ..text_files import read_text, write_whole
from ..trees import Tree
from .checkpoints import Checkpoint, opened_checkpoint, signed_checkpoint
from .keys import SigningKey, VerifierKey
from .signed_notes import MAX_NOTE
from .tree import check_extends, checkpoint_of


def keep_checkpoint(
    tree: Tree, keys: Sequence[SigningKey], path: Path, retired: Sequence[VerifierKey] = ()
) -> Checkpoint:
    """Put a signed checkpoint of the tree into a file, in place of an earlier one.

    The earlier one, signed by one of `keys` or by a `retired` one, must be of the beginning of
    this tree: else `AuditFailed` is raised and the file stays, as the evidence that it then is.
    """
    vkeys = [*(key.vkey for key in keys), *retired]
    try:
        # Read before the tree: what another process has put there by now is no longer than that.
        old = opened_checkpoint(read_text(path, MAX_NOTE), vkeys) if path.exists() else None
        new = checkpoint_of(tree, keys[0].name)
        if old is not None:
            check_extends(tree, old, new)
    except AuditFailed as error:
        raise AuditFailed(f"{path} stays as it is: {error}") from None
    write_whole(path, signed_checkpoint(new, keys))
    return new
