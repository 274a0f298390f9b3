"""The commands that make evidence: `retold audit checkpoint`, `prove` and `export`."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click

from ....domain.errors import IncidentNotFound, InvalidInput
from ....domain.leaves import entry_of
from ...audit.bundle import write_bundle
from ...audit.checkpoints import Checkpoint, opened_checkpoint, signed_checkpoint
from ...audit.proofs import Proof
from ...audit.signed_notes import MAX_NOTE
from ...audit.signing import keep_checkpoint
from ...audit.tree import check_extends, checkpoint_of, included, leaf_index_of
from ...audit.verifying import innermost, whole_log
from ...backend import Backend
from ...text_files import read_text
from ..output import say
from ..progress import Progress
from ..stores import existing_store
from .options import (
    checkpoint_option,
    key_option,
    public_keys,
    signing_keys,
    write_out,
)


@click.command(epilog="Example: retold audit checkpoint --to /mnt/elsewhere/march.checkpoint")
@key_option
@click.option(
    "--to",
    default="-",
    metavar="FILE",
    help="Keep it in this file, by default -, which is stdout.",
)
@click.pass_context
def checkpoint(ctx: click.Context, *, key_file: Path | None, to: str) -> None:
    """Sign what the log holds now, for whoever will want to check that it still begins so.

    It is worth as much as the place where it is kept: give it to somebody else, or write it where
    whoever writes the database cannot. A file that holds an earlier checkpoint is replaced only
    if the log still begins with what that was signed over; else it stays, and this exits with 1.
    """
    keys = signing_keys(key_file)
    with existing_store(ctx.obj) as store:
        tree = store.backend.tree
        if to == "-":
            click.echo(signed_checkpoint(checkpoint_of(tree, keys[0].name), keys), nl=False)
            return
        kept = keep_checkpoint(tree, keys, Path(to), public_keys(key_file))
    say(f"{to} vouches for {kept.size:,} events, root {kept.root.hex()}")


@click.command(epilog="Example: retold audit prove 3f2c… --to event.tlog-proof")
@click.argument("event", type=click.UUID)
@key_option
@checkpoint_option
@click.option("--to", metavar="FILE", help="By default EVENT.tlog-proof; - is stdout.")
@click.option(
    "--event-to", metavar="FILE", help="Also write the event's stored bytes, for --event."
)
@click.pass_context
def prove(
    ctx: click.Context,
    *,
    event: UUID,
    key_file: Path | None,
    checkpoint_file: Path | None,
    to: str | None,
    event_to: str | None,
) -> None:
    """Write a proof that one event is in the log, which is checked without the database.

    `retold audit verify-proof` checks it, and so do other programs that read
    c2sp.org/tlog-proof. EVENT is the event's id.
    """
    with existing_store(ctx.obj) as store:
        log = innermost(store.backend)
        rows = log.stored([event])
        if not rows or not store.backend.stored([event]):  # also where a reader may not see it
            raise IncidentNotFound(f"no event {event}")
        (_, size, _), note = _signed(log, key_file, checkpoint_file)
        index = leaf_index_of(log.tree, rows[0].position)
        if index >= size:
            what = f"is of {size:,} events, and this one is number {index + 1:,}"
            raise InvalidInput(what, "--checkpoint")
        hashes = included(log.tree, index, size)
    proof = Proof(index, hashes, note, extra=entry_of(rows[0]).encoded())
    write_out(str(proof), to or f"{event}.tlog-proof")
    if event_to is not None:
        Path(event_to).write_bytes(rows[0].state)
    if to != "-":
        say(f"{to or f'{event}.tlog-proof'} proves that the event is one of {size:,}")


@click.command(epilog="Example: retold audit export evidence --key /etc/retold/key")
@click.argument("folder", type=click.Path(path_type=Path))
@key_option
@checkpoint_option
@click.pass_context
def export(
    ctx: click.Context, *, folder: Path, key_file: Path | None, checkpoint_file: Path | None
) -> None:
    """Write the log into a new FOLDER that an auditor checks without database and program.

    It holds the stored bytes of every event, the entries of the tree over them, a signed
    checkpoint, public keys, a schema and a page that says how to check it. What is sealed in
    the events stays sealed.
    """
    with existing_store(ctx.obj) as store, Progress("events written") as progress:
        log = whole_log(store.backend)
        signed = _signed(log, key_file, checkpoint_file)
        write_bundle(log, folder, signed, vkeys=public_keys(key_file), progress=progress)
    say(f"{folder} holds {signed[0].size:,} events; `retold audit verify {folder}` checks them")


def _signed(
    log: Backend, key_file: Path | None, checkpoint_file: Path | None
) -> tuple[Checkpoint, str]:
    """Return the signed checkpoint that was given, or one of the log as it is; and its note."""
    if checkpoint_file is None:
        keys = signing_keys(key_file)
        checkpoint = checkpoint_of(log.tree, keys[0].name)
        return checkpoint, signed_checkpoint(checkpoint, keys)
    note = read_text(checkpoint_file, MAX_NOTE)
    checkpoint = opened_checkpoint(note, public_keys(key_file))
    check_extends(log.tree, checkpoint, checkpoint_of(log.tree, checkpoint.origin))
    return checkpoint, note


COMMANDS = (checkpoint, prove, export)
