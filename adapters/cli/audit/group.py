"""The command `retold audit` and its commands."""

from __future__ import annotations

import click

from . import keys, proving, replaying, signing, verifying


@click.group(epilog="Example: retold audit verify --anchor old.checkpoint --vkey KEY")
def audit() -> None:
    """Prove that nobody changed the history, or find out where."""


for _command in (verifying.verify, *signing.COMMANDS):
    audit.add_command(_command)
audit.add_command(replaying.replay)
audit.add_command(keys.keygen)
audit.add_command(proving.verify_proof)

COMMANDS = (audit,)
