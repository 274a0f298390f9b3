"""Verifying an exported log: the folder alone, without a database."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice, zip_longest
from pathlib import Path
from typing import NamedTuple

from ...domain.errors import AuditFailed, InvalidInput
from ...domain.leaves import LeafEntry
from ...domain.records import MAX_STATE_BYTES, StoredRow
from ..text_files import read_text
from .anchored import Audit
from .bundle import CHECKPOINT, ENTRIES, EVENTS
from .checkpoints import opened_checkpoint
from .findings import Finding, Verdict
from .keys import VerifierKey
from .signed_notes import MAX_NOTE
from .tree_check import PAGE
from .verifying import Progress


class Line(NamedTuple):
    """One event of the folder, and what is wrong with its line."""

    row: StoredRow | None
    findings: list[Finding]


def verify_bundle(
    folder: Path,
    anchors: Sequence[tuple[str, str]],
    vkeys: Sequence[VerifierKey],
    progress: Progress,
) -> Verdict:
    """Check an exported log against its checkpoint and earlier ones, all signed by known keys.

    Raises `InvalidInput` for a folder that is no export.
    """
    for name in (EVENTS, ENTRIES, CHECKPOINT):
        if not (folder / name).is_file():
            raise InvalidInput(f"holds no {name}: this is no folder of audit export", str(folder))
    audit = Audit(anchors, vkeys)
    _check_lines(audit, folder, progress)
    _check_checkpoint(audit, folder, vkeys)
    audit.unchecked.append("what readers' tables say, which are not part of an export")
    return audit.verdict()


def _check_lines(audit: Audit, folder: Path, progress: Progress) -> None:
    all_bytes = (folder / EVENTS).stat().st_size
    done = 0
    with (folder / EVENTS).open("rb") as events, (folder / ENTRIES).open("rb") as entries:
        pairs = enumerate(zip_longest(_lines(events), _lines(entries)), start=1)
        lines = (_line(number, state, entry) for number, (state, entry) in pairs)
        while some := list(islice(lines, PAGE)):
            rows = [line.row for line in some if line.row is not None]
            audit.found.add_all(finding for line in some for finding in line.findings)
            _, findings = audit.log.take(rows, None)
            audit.found.add_all(findings)
            done += sum(len(row.state) + 1 for row in rows)
            progress(audit.log.frontier.size, done / all_bytes if all_bytes else None)
    audit.checked.append(
        f"{audit.log.frontier.size:,} events: every byte against its entry, the tree over the"
        " entries, positions in order, versions without holes, no id twice"
    )


def _lines(file: object) -> Iterator[bytes]:
    readline = file.readline  # type: ignore[attr-defined] # of a binary file
    while line := readline(2 * MAX_STATE_BYTES):
        yield line


def _line(number: int, state: bytes | None, encoded: bytes | None) -> Line:
    if state is None or encoded is None:
        missing = EVENTS if state is None else ENTRIES
        return Line(None, [Finding(f"{missing} has no line {number:,}: it was cut off")])
    try:
        entry = LeafEntry.decoded(b64decode(encoded.removesuffix(b"\n"), validate=True))
    except ValueError as error:
        return Line(None, [Finding(f"{ENTRIES}, line {number:,}: {error}")])
    state = state.removesuffix(b"\n")
    row = StoredRow(
        entry.position, entry.incident, entry.version, entry.kind, state, entry.recorded_at
    )
    if sha256(state).digest() == entry.state_sha256:
        return Line(row, [])
    what = f"{EVENTS}, line {number:,} is not the event that its entry commits to"
    return Line(row, [Finding(what, entry.position, entry.incident, "state")])


def _check_checkpoint(audit: Audit, folder: Path, vkeys: Sequence[VerifierKey]) -> None:
    """Hold the folder against its own checkpoint, which vouches for nothing that came before."""
    if not vkeys:
        audit.unchecked.append("who signed the folder's checkpoint: no public key was given")
        return
    try:
        name = str(folder / CHECKPOINT)
        signed = opened_checkpoint(read_text(folder / CHECKPOINT, MAX_NOTE), vkeys)
    except (AuditFailed, InvalidInput) as error:
        audit.found.add(Finding(f"{name}: {error}", field="signature"))
        return
    frontier = audit.log.frontier
    if (signed.size, signed.root) != (frontier.size, frontier.root):
        what = f"{name} was signed over other events: {signed.size:,}, and here {frontier.size:,}"
        audit.found.add(Finding(what, field="root"))
    audit.checked.append("the signature of the folder's checkpoint, and its root")
