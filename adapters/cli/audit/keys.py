"""The command `retold audit keygen`: the key that signs checkpoints."""

from __future__ import annotations

from pathlib import Path

import click

from ...audit.key_files import add_to_key_file, public_file_of, write_key_file
from ...audit.keys import SigningKey
from ..output import say

DEFAULT = Path("retold-audit.key")


@click.command(epilog="Example: retold audit keygen example.com/incidents --to /etc/retold/key")
@click.argument("name")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"Make this file, by default {DEFAULT}.",
)
@click.option(
    "--add-to",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Add a key of the same name to this file of keys.",
)
def keygen(name: str, to: Path | None, add_to: Path | None) -> None:
    """Make a key that signs checkpoints, in a file that only you may read.

    NAME says for ever whose log it is: a URL without its scheme, such as example.com/incidents.
    The public key (vkey), by which others check, is printed and put beside the file as FILE.pub:
    give it to them by a way that whoever writes the database does not control.

    To change keys, add the new one with --add-to: from then on both sign. Once everybody who
    checks has the new vkey, delete the old key's line from FILE, but never its line from
    FILE.pub: it checks what was signed before.
    """
    if to is not None and add_to is not None:
        raise click.UsageError("--to makes a file, --add-to adds to one: give one of them")
    key = SigningKey.generated(name)
    path = add_to or to or DEFAULT
    if add_to is not None:
        add_to_key_file(path, key)
    else:
        write_key_file(path, key)
    click.echo(key.vkey)
    say(
        f"The private key lies in {path}: keep it away from the database and its backups."
        f" The public one is printed, and in {public_file_of(path)}."
    )
