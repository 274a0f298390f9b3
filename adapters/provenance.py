"""Where a document comes from: what kind of store, how far its log goes, which checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from .audit.checkpoints import Checkpoint
from .audit.lines import base64_of
from .audit.signed_notes import MAX_NOTE, SignedNote
from .text_files import read_text, within


class Kept(NamedTuple):
    """What a checkpoint says of a log: its name, how many events, and the root of their tree.

    It is quoted as it is written; whether it is signed rightly is for `audit verify`.
    """

    origin: str
    size: int
    root: str
    """In base64."""


class Provenance(NamedTuple):
    """What a document's footer says of its store; no path and no credentials."""

    store: str
    log_position: int
    """Of the last event in the whole log that the cut by `recorded_at` lets through."""
    actors: str
    retold_version: str
    checkpoint: Kept | None = None


def kind_of(url: str) -> str:
    """Return what kind of database a store's URL names."""
    if url.startswith(("postgresql:", "postgres:")):
        return "PostgreSQL"
    return "memory" if url == "memory:" else "SQLite"


def quoted_checkpoint(path: Path) -> Kept:
    """Return what the checkpoint in a file says.

    Raises `InvalidInput` for a file that holds none, and what Python raises for a bad path.
    """
    text = read_text(path, MAX_NOTE)
    with within(str(path)):
        origin, size, root = Checkpoint.parsed(SignedNote.parsed(text).text)
    return Kept(origin, size, base64_of(root))
