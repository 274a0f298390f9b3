"""The command `retold audit verify-proof`: what a proof shows, without any database."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import click

from ....domain.errors import AuditFailed, InvalidInput
from ....domain.leaves import LeafEntry
from ....domain.records import MAX_STATE_BYTES
from ...audit.checkpoints import Checkpoint
from ...audit.key_files import read_vkeys
from ...audit.proofs import Proof, check_proof
from ...audit.signed_notes import MAX_NOTE
from ..options import answers
from ..output import Column, How, say, write_rows

_COLUMNS = (
    Column("position", "position", "number"),
    Column("incident", "incident_id", "word"),
    Column("version", "version", "number"),
    Column("kind", "kind", "word"),
    Column("recorded at", "recorded_at", "word"),
    Column("log", "origin"),
    Column("tree size", "tree_size", "number"),
    Column("event checked", "event_checked"),
)


@click.command(
    "verify-proof",
    epilog="Example: retold audit verify-proof event.tlog-proof --vkey retold-audit.key.pub",
)
@click.argument("file", type=click.File("rb"))
@click.option(
    "--vkey",
    "given",
    metavar="KEY",
    required=True,
    multiple=True,
    help="The log's public key, or a file of them; may be given more than once.",
)
@click.option(
    "--event",
    "state",
    type=click.File("rb"),
    metavar="STATEFILE",
    help="Also check that these are the stored bytes of the event.",
)
@answers
def verify_proof(
    *, file: BinaryIO, given: tuple[str, ...], state: BinaryIO | None, how: How
) -> None:
    """Check a proof that an event is in the log, and say which event that is.

    FILE is what `retold audit prove` wrote; - is standard input. No database is needed. KEY must
    come from whoever keeps the log, not with FILE. Exits with 1 if the proof does not hold.
    """
    vkeys = [vkey for one in given for vkey in read_vkeys(one)]
    proof, entry = _read_proof(file)
    checkpoint = check_proof(proof, entry.encoded(), vkeys)
    if state is not None:
        _check_state(state, entry)
    if state is None:
        say("What the event says was not checked: --event STATEFILE does.")
    row = _row(entry, proof, checkpoint, event_checked=state is not None)
    write_rows("proved", [row], _COLUMNS, how)


def _read_proof(file: BinaryIO) -> tuple[Proof, LeafEntry]:
    try:
        proof = Proof.parsed(file.read(MAX_NOTE + 1).decode())
        return proof, _entry_in(proof)
    except UnicodeDecodeError:
        raise InvalidInput("this is no text, so no proof", file.name) from None
    except InvalidInput as error:
        raise InvalidInput(str(error), file.name) from None


def _entry_in(proof: Proof) -> LeafEntry:
    if proof.extra is None:
        raise InvalidInput("no line 'extra' says which event it proves", "proof")
    return LeafEntry.decoded(proof.extra)


def _check_state(state: BinaryIO, entry: LeafEntry) -> None:
    if sha256(state.read(MAX_STATE_BYTES + 1)).digest() != entry.state_sha256:
        raise AuditFailed(
            f"the bytes of {Path(state.name).name} are not those of the event, to the last one;"
            " a line end behind them counts, too"
        )


def _row(
    entry: LeafEntry, proof: Proof, checkpoint: Checkpoint, *, event_checked: bool
) -> dict[str, object]:
    return {
        "position": entry.position,
        "incident_id": entry.incident,
        "version": entry.version,
        "kind": entry.kind,
        "recorded_at": entry.recorded_at,
        "origin": checkpoint.origin,
        "leaf_index": proof.leaf_index,
        "tree_size": checkpoint.size,
        "state_sha256": entry.state_sha256.hex(),
        "event_checked": event_checked,
    }
