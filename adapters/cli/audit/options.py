"""What the commands of `retold audit` have in common: keys, anchors, files to write."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from ....domain.errors import InvalidInput
from ...audit.key_files import public_file_of, read_key_file, read_vkeys
from ...audit.keys import SigningKey, VerifierKey
from ...text_files import write_whole
from .keys import DEFAULT

key_option = click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="RETOLD_AUDIT_KEY",
    show_envvar=True,
    metavar="FILE",
    help=f"The log's private key, by default {DEFAULT}.",
)
checkpoint_option = click.option(
    "--checkpoint",
    "checkpoint_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Take this signed checkpoint instead of signing one.",
)


def signing_keys(key_file: Path | None) -> tuple[SigningKey, ...]:
    """Return the private keys to sign with; raises `InvalidInput` that says how to make one."""
    path = key_file or DEFAULT
    if not path.exists():
        raise InvalidInput(
            f"there is no {path}: --key names the log's private key, `retold audit keygen` makes"
            " one",
            "--key",
        )
    return read_key_file(path)


def public_keys(key_file: Path | None) -> tuple[VerifierKey, ...]:
    """Return the public keys beside the private ones, retired ones among them.

    Raises `InvalidInput` where neither file is there.
    """
    public = public_file_of(key_file or DEFAULT)
    if public.exists():
        return read_vkeys(str(public))
    return tuple(key.vkey for key in signing_keys(key_file))


def vkeys_of(given: Iterable[str]) -> list[VerifierKey]:
    """Return the public keys that were given, each as such or in a file."""
    return [vkey for one in given for vkey in read_vkeys(one)]


def write_out(text: str, to: str) -> None:
    """Write evidence to a file, or to stdout where that is `-`."""
    if to == "-":
        click.echo(text, nl=False)
    else:
        write_whole(Path(to), text)
