"""A thousand changes to the content of a log, one bit each, in copies of a SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from loading import tell
from results import Floor, Result
from retold import RetoldError, open_store
from retold.adapters.audit.checkpoints import signed_checkpoint
from retold.adapters.audit.keys import SigningKey
from retold.adapters.audit.tree import checkpoint_of
from retold.adapters.audit.verifying import verify_store
from workload import stories

CHANGES = 1_000
INCIDENTS = 40
NOTE = "raw is SQLite's own integrity_check on the same damaged files"
_CONTENT = (
    "SELECT position, originator_id, originator_version, topic, state, event_id, recorded_at"
    " FROM retold_events NOT INDEXED ORDER BY position"
)


def found_tamperings(key: SigningKey) -> Result:
    """Return how many of the changes the audit finds, and how many SQLite's check does."""
    with TemporaryDirectory(prefix="retold-tampering-") as folder:
        original = Path(folder) / "original.db"
        with open_store(str(original)) as store:
            tell(store, stories(INCIDENTS, "tampering"))
            anchor = signed_checkpoint(checkpoint_of(store.backend.tree, key.name), [key])
        _leave_wal(original)
        found = [
            (_audit_finds(copy, anchor, key), _sqlite_finds(copy))
            for copy in _tampered_copies(original, Random(1))
        ]
    figures = {
        "retold": [float(sum(by_audit for by_audit, _ in found))],
        "raw": [float(sum(by_sqlite for _, by_sqlite in found))],
    }
    return Result(
        f"tamperings found of {CHANGES:,}",
        "SQLite",
        "found",
        figures,
        Floor(CHANGES, "least"),
        NOTE,
    )


def _leave_wal(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()


def _tampered_copies(original: Path, random: Random) -> Iterator[Path]:
    """Yield copies with one bit flipped, those alone in which the log reads otherwise."""
    intact, content = original.read_bytes(), _content(original)
    copy = original.with_name("copy.db")
    count = 0
    while count < CHANGES:
        damaged = bytearray(intact)
        damaged[random.randrange(len(intact))] ^= 1 << random.randrange(8)
        copy.write_bytes(damaged)
        if _content(copy) != content:
            count += 1
            yield copy


def _content(path: Path) -> list[Any] | None:
    connection = sqlite3.connect(path)
    connection.text_factory = bytes  # also what is no text any more is content
    try:
        return connection.execute(_CONTENT).fetchall()
    except (sqlite3.Error, UnicodeDecodeError):  # what it says of a damaged schema is no text
        return None
    finally:
        connection.close()


def _audit_finds(path: Path, anchor: str, key: SigningKey) -> bool:
    try:
        with open_store(f"{path}?mode=ro") as store:
            verdict = verify_store(store, [("anchor", anchor)], [key.vkey], with_views=False)
    except RetoldError:
        return True  # it says that the file cannot be read
    return not verdict.is_verified


def _sqlite_finds(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchone() != ("ok",)
    except (sqlite3.Error, UnicodeDecodeError):
        return True
    finally:
        connection.close()
